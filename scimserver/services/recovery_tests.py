"""Trying recovery out before it is needed, and saying when that was too long ago (P88)."""

from datetime import datetime, timedelta

from scimserver.clock import timestamp
from scimserver.domain.person import Person
from scimserver.domain.visit import Visit
from scimserver.services import accounts, audit, notices, recovery_codes
from scimserver.services.sealed import Keys
from scimserver.storage import notices as stored_notices
from scimserver.storage import organizations, recovery
from scimserver.storage.session import Session

REMINDED_BEFORE = timedelta(days=14)
_BY_CODE = "with a saved code"


def burn_code(
    session: Session, now: datetime, visit: Visit, person: Person, typed: str, keys: Keys
) -> bool:
    """Use a code up as a test of recovery; False where it is none of this person's."""
    purpose = "to test recovery"
    if not recovery_codes.spend(session, now, visit, person, typed, keys, purpose):
        return False
    note(session, now, visit, person, _BY_CODE)
    return True


def note(session: Session, now: datetime, visit: Visit, person: Person, way: str) -> None:
    """Note that a person tried recovery and it worked; the administrators are told."""
    before = person.recovery_tested_at
    recovery.note_test(session, person.org_id, person.user_id, now)
    actor = accounts.actor_of(person, visit)
    changes = {
        "way": (None, way),
        "testedAt": (timestamp(before) if before is not None else None, timestamp(now)),
    }
    audit.record(session, actor, now, "recovery:test", person.user_id, changes, visit)
    facts = {"user_name": person.user_name, "way": way}
    notices.tell(session, now, person.org_id, "recovery_tested", administrators=True, facts=facts)


def remind(session: Session, now: datetime, org_id: str, days: int) -> bool:
    """Remind the administrators before a test is too old to count, once for each test.

    When that notice has gone (they put it away a month ago, say) they are reminded again.
    """
    organization = organizations.get(session, org_id)
    if organization is None or organization.recovery_tested_at is None:
        return False
    tested = organization.recovery_tested_at
    due = tested + timedelta(days=days) - min(REMINDED_BEFORE, timedelta(days=days) / 2)
    if now < due or stored_notices.was_told(session, org_id, "recovery_test_due", tested):
        return False
    facts = {"tested_at": tested, "days": days}
    notices.tell(session, now, org_id, "recovery_test_due", administrators=True, facts=facts)
    return True
