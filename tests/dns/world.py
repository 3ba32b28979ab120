"""Organizations that claim domains of a real name server, and a clock that tests move.

world = ClaimWorld(database, knot)
acme = world.organization("Acme")
claim = world.add(acme, knot.new_zone())
world.publish(claim)
assert world.verify(acme, claim).state is State.VERIFIED
world.withdraw(claim)
world.later(hours=24)                 # and whatever was due meanwhile has been looked at
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from scimserver.adapters.dns import prover
from scimserver.config import Settings
from scimserver.domain import record
from scimserver.services import audit, claim_object, domains, organizations
from scimserver.services.domain_checks import DomainChecks
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import claim as claim_table
from scimserver.storage.models import notice
from scimserver.storage.transaction import run

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def environment(*servers, **variables):
    """Return the variables by which a program asks these servers and no others."""
    return {
        "SCIMSERVER_DNS_RESOLVERS": ",".join(each.address for each in servers),
        "SCIMSERVER_DNS_MIN_AGREE": str(len(servers)),
        "SCIMSERVER_DNS_QUERIES_PER_SECOND": "10000",
        "SCIMSERVER_ALLOW_PRIVATE_NETWORKS": "on",
        "SCIMSERVER_EXTRA_SUFFIXES": "test,example",
        **variables,
    }


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self, now=START):
        self.at = now

    def now(self):
        return self.at


class ClaimWorld:
    """One database and its claims, checked by the program's own prover.

    ``server`` is asked; ``knot`` is where records are published, where that is another one.
    """

    def __init__(self, database, server, *, knot=None, **variables):
        self.database = database
        self.server = server
        self.knot = knot or server
        url = database.url.render_as_string(hide_password=False)
        self.settings = Settings.from_env(
            {
                "SCIMSERVER_DATABASE_URL": url,
                "SCIMSERVER_SECRET_KEY": "a-secret-key-of-the-tests-0123456789abcdef",
                **environment(server, **variables),
            }
        )
        self.clock = Clock()
        self.prover = prover.from_settings(self.settings)
        self.checks = DomainChecks(self.run, self.run, self.clock, self.prover, self.settings)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.prover.close()

    @property
    def now(self):
        return self.clock.now()

    def run(self, work):
        return run(self.database, work)

    def organization(self, name="Acme"):
        """Create an organization; return its operator."""
        made = self.run(lambda s: organizations.create(s, self.now, name=name))
        return audit.operator(made)

    def add(self, actor, domain):
        return self.run(lambda s: domains.add(s, actor, self.now, domain, self.settings))

    def rotate(self, actor, claim):
        return self.run(lambda s: domains.rotate(s, actor, self.now, claim.id, self.settings))

    def remove(self, actor, claim):
        return self.run(lambda s: domains.remove(s, actor, self.now, claim.id))

    def verify(self, actor, claim):
        """Press Verify; return the claim as it is then."""
        return self.checks.verify(actor, claim.id)

    def claim(self, actor, claim):
        """Return a claim as it is now."""
        return self.run(lambda s: domains.get(s, actor, claim.id))

    def shown(self, actor, claim):
        """Return the claim object (1.8)."""
        return claim_object.shown(self.claim(actor, claim), self.now)

    def publish(self, claim):
        """Publish exactly the record the claim asks for."""
        wanted = record.record(claim.domain, claim.token)
        self.knot.publish_txt(wanted.name, wanted.value)

    def withdraw(self, claim):
        self.knot.withdraw(record.challenge_name(claim.domain))

    def obscure(self, claim):
        """Let nobody find out whether the record is there: its name leads to itself."""
        self.withdraw(claim)
        name = record.challenge_name(claim.domain)
        self.knot.publish(name, "CNAME", f"{name}.")

    def verified(self, actor, domain=None):
        """Return a claim whose record is published and was found."""
        claim = self.add(actor, domain or self.knot.new_zone())
        self.publish(claim)
        return self.verify(actor, claim)

    def later(self, **span):
        """Let time pass, with every check made when it is due."""
        until = self.now + timedelta(**span)
        while (due := self._next()) is not None and due <= until:
            self.clock.at = max(due, self.now)
            self.checks.due()
        self.clock.at = until

    def _next(self):
        query = select(claim_table.c.next_check_at).where(claim_table.c.next_check_at.is_not(None))
        return min(self.run(lambda s: s.execute(query).scalars().all()), default=None)

    def events(self, actor):
        """Return what the audit log says of the organization's domains, oldest first."""
        query = (
            select(audit_table.c.event)
            .where(audit_table.c.org_id == actor.org_id, audit_table.c.event.like("domain:%"))
            .order_by(audit_table.c.at, audit_table.c.id)
        )
        return self.run(lambda s: list(s.execute(query).scalars()))

    def told(self, actor):
        """Return what the organization was told, oldest first, and how many days from the start."""
        query = (
            select(notice.c.code, notice.c.at)
            .where(notice.c.org_id == actor.org_id)
            .order_by(notice.c.at, notice.c.id)
        )
        rows = self.run(lambda s: s.execute(query).all())
        return [(row.code, (row.at - START) // timedelta(days=1)) for row in rows]
