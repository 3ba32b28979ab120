"""Refusals of a connection as the surfaces tell of them, and what becomes of their errors.

idp = Idp(site, org_id)
idp.refuse("ann", "bob")       # both for their domain, in one transaction
idp.succeed("ann")             # what a success of the same externalId settles
[error] = idp.errors()
"""

from datetime import datetime

from scimserver.domain import provisioning_error as domain
from scimserver.domain.actor import Door
from scimserver.domain.provisioning_error import Notices
from scimserver.services import causes, error_policy, provisioning_errors
from scimserver.services.audit import operator
from scimserver.services.causes import Refused, Success
from scimserver.storage import connections, organizations
from scimserver.storage.journal import REFUSED, LogRow
from scimserver.storage.models import notice
from scimserver.storage.provisioning_errors import Origin
from tests.factories import a_connection, rows

CODE = "domain_not_verified"


class Idp:
    """One connection of an organization on a site, and its token."""

    def __init__(self, site, org_id):
        self.site = site
        self.org_id = org_id
        self.id = a_connection(site.database, org_id)
        self.token_id = self.id

    @property
    def actor(self):
        return operator(self.get(organizations.get))

    @property
    def connection(self):
        return self.get(connections.get, self.id)

    def get(self, work, *arguments):
        with self.site.database.reading() as session:
            return work(session, self.org_id, *arguments)

    def refused(self, who, code=CODE, at: datetime | None = None, **columns):
        row = LogRow(
            at=at or self.site.now,
            connection_id=self.id,
            token_id=self.token_id,
            method="POST",
            endpoint="/Users",
            resource_type="User",
            outcome=REFUSED,
            status=400,
            code=code,
            reason="emails: domain 'evil.test' is not verified.",
            recommended_action="Verify it.",
            request_id="request-1",
        )._replace(**columns)
        return Refused(row, subject(who))

    def refuse(self, *names, code=CODE, pause_after=None, **columns):
        refused = [self.refused(name, code, **columns) for name in names]
        self.note(refused, pause_after)

    def note(self, refused, pause_after=None):
        def work(session):
            causes.note(
                session, self.org_id, Door.SCIM, self.site.now, refused, pause_after=pause_after
            )

        self.site.run(work)

    def success(self, *names, at=None, gone=()):
        return Success(
            self.org_id,
            Origin(Door.SCIM.value, self.id),
            at or self.site.now,
            [domain.digest(self.org_id, *subject(name)) for name in names],
            [domain.digest(self.org_id, *subject(name)) for name in gone],
        )

    def succeed(self, *names, **options):
        done = self.success(*names, **options)
        return self.site.run(lambda session: causes.settle(session, done))

    def errors(self, **options):
        return self.get(lambda s, org_id: provisioning_errors.page(s, org_id, **options))

    def states(self):
        return {state.value: n for state, n in self.get(provisioning_errors.counts).items() if n}

    def decide(self, notices=Notices.AT_ONCE, pause_after=None):
        return self.site.run(
            lambda s: error_policy.decide(s, self.actor, self.site.now, notices, pause_after)
        )

    def told(self, code=causes.CODE):
        """The facts of what its organization was told, the first first."""
        found = [row for row in rows(self.site.database, notice) if row.org_id == self.org_id]
        return [row.facts for row in sorted(found, key=lambda row: row.id) if row.code == code]


def subject(name):
    return ("externalId", "User", name)
