"""Organizations that claim domains, with a clock that tests move and DNS that they fill.

world = Claims(database)
acme = world.organization()
claim = world.add(acme, "acme.com")
world.zone("acme.com").publish(claim.token)
world.verify(acme, claim)
world.pass_time(days=1)                     # whatever came due meanwhile was done
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from scimserver.config import Settings
from scimserver.services import audit, domains, organizations
from scimserver.services.domain_checks import DomainChecks
from scimserver.storage import claim_rows
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import claim as claim_table
from scimserver.storage.models import domain_owner, notice
from scimserver.storage.transaction import run
from tests.fakes import FakeProver, Zone
from tests.signing_in import Clock

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Claims:
    """One database, one clock, one DNS; as many organizations as a test wants."""

    def __init__(self, database, **environment):
        self.database = database
        self.clock = Clock(START)
        self.settings = Settings.from_env(
            {
                "SCIMSERVER_DATABASE_URL": database.url.render_as_string(hide_password=False),
                **environment,
            }
        )
        self.prover = FakeProver()
        self.checks = self.checker()

    def checker(self, prover=None):
        """Return the service, as another process would have it."""
        prover = prover or self.prover
        return DomainChecks(self.run, self.read, self.clock, prover, self.settings)

    @property
    def now(self):
        return self.clock.now()

    def run(self, work):
        return run(self.database, work)

    def read(self, work):
        with self.database.reading() as session:
            return work(session)

    def organization(self, name="Acme", **options):
        """Make an organization; return the operator who acts for it."""
        made = self.run(lambda s: organizations.create(s, self.now, name=name, **options))
        return audit.operator(made)

    def zone(self, domain):
        """Return what is published at a domain, for whoever asks from now on."""
        return self.prover.findings.setdefault(domain, Zone())

    def add(self, actor, domain="acme.com"):
        return self.run(lambda s: domains.add(s, actor, self.now, domain, self.settings))

    def rotate(self, actor, claim):
        return self.run(lambda s: domains.rotate(s, actor, self.now, claim.id, self.settings))

    def remove(self, actor, claim, **options):
        return self.run(lambda s: domains.remove(s, actor, self.now, claim.id, **options))

    def verify(self, actor, claim):
        return self.checks.verify(actor, claim.id)

    def verified(self, actor, domain="acme.com"):
        """Add a domain, publish its record and verify it."""
        claim = self.add(actor, domain)
        self.zone(domain).publish(claim.token)
        return self.verify(actor, claim)

    def pass_time(self, **duration):
        """Let time go by, with every check done when it is due."""
        until = self.clock.at + timedelta(**duration)
        while (at := self._next_check()) is not None and at <= until:
            self.clock.at = max(at, self.clock.at)
            self.checks.due()
        self.clock.at = until

    def _next_check(self):
        return self.read(
            lambda s: s.execute(
                select(claim_table.c.next_check_at)
                .where(claim_table.c.next_check_at.is_not(None))
                .order_by(claim_table.c.next_check_at)
                .limit(1)
            ).scalar()
        )

    def now_of(self, claim):
        """Return a claim as it is now; None when it was given up."""
        return self.read(lambda s: claim_rows.by_id(s, claim.org_id, claim.id))

    def owner_of(self, domain):
        """Return the organization that owns a domain."""
        query = select(domain_owner.c.org_id).where(domain_owner.c.domain == domain)
        return self.read(lambda s: s.execute(query).scalar())

    def told(self, actor):
        """Return the codes of what an organization was told, the oldest first."""
        query = select(notice.c.code).where(notice.c.org_id == actor.org_id).order_by(notice.c.id)
        return self.read(lambda s: list(s.execute(query).scalars()))

    def events(self, actor):
        """Return what the audit log of an organization says of domains, the oldest first."""
        query = (
            select(audit_table)
            .where(audit_table.c.org_id == actor.org_id, audit_table.c.event.startswith("domain:"))
            .order_by(audit_table.c.id)
        )
        return self.read(lambda s: s.execute(query).mappings().all())
