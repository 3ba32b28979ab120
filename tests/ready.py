"""What an organization needs before single sign-on could be enforced for it, step by step.

``met`` is everything; tests that are about one condition leave that one out.
"""

from datetime import timedelta

from sqlalchemy import update

from scimserver.domain.provisioning_error import Notices
from scimserver.services import domains, error_policy, identity_owners
from scimserver.services.audit import operator
from scimserver.storage import organizations
from scimserver.storage.models import organization
from scimserver.storage.transaction import run
from tests.factories import a_passkey, a_person

ENOUGH, DAYS = 2, 90


def a_local_administrator(database, org, passkeys=2, **options):
    """Add one, ready unless told otherwise."""
    person = a_person(database, org, local_administrator=True, **options)
    for _ in range(passkeys):
        a_passkey(database, org, person.user_id)
    return person


def tested(database, org, at):
    """Let recovery have been tested at a moment."""
    change = update(organization).where(organization.c.id == org).values(recovery_tested_at=at)
    run(database, lambda session: session.execute(change))


def identified(database, org, now):
    """Name an owner and an address, and vouch for the authoritative domain."""
    person = a_person(database, org)

    def work(session):
        actor = operator(organizations.get(session, org))
        claim = domains.attest(session, actor, now, "acme.com", reason="test")
        domains.make_authoritative(session, actor, now, claim.id)
        identity_owners.add(session, actor, now, person.user_id)
        identity_owners.set_contact(session, actor, now, "it@acme.com")

    run(database, work)


def decided(database, org, now):
    """Decide how errors are told."""

    def work(session):
        actor = operator(organizations.get(session, org))
        error_policy.decide(session, actor, now, Notices.AT_ONCE, None)

    run(database, work)


def met(database, org, now, *, administrators=ENOUGH, tested_days_ago=DAYS):
    """Meet everything; ``tested_days_ago`` None leaves recovery untested."""
    for _ in range(administrators):
        a_local_administrator(database, org)
    if tested_days_ago is not None:
        tested(database, org, now - timedelta(days=tested_days_ago))
    identified(database, org, now)
    decided(database, org, now)
