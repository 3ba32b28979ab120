"""Saved recovery codes: made, spelled, proved to be kept, and used up (P76 to P78).

Above 112 bits no slow hash is needed: what is stored is an HMAC under a key outside the database.
"""

import hmac
import re
import secrets
from datetime import datetime

from scimserver.domain.actor import Actor
from scimserver.domain.person import Person
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import accounts, audit, notices
from scimserver.services.sealed import Keys
from scimserver.storage import recovery
from scimserver.storage.session import Session

PURPOSE = "recovery"
"""What the keys are derived for: ``Keys.of(settings, recovery_codes.PURPOSE)``."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 24
GROUP = 4
COUNT = 10
_IGNORED = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_SHAPE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def generate(
    session: Session, now: datetime, visit: Visit, person: Person, keys: Keys
) -> list[str]:
    """Make a new set of codes, told this once; the set before opens nothing any more (P77)."""
    org_id, user_id = person.org_id, person.user_id
    accounts.ensure(session, org_id, user_id, now)
    recovery.lock(session, org_id, user_id)
    ended = recovery.end_set(session, org_id, user_id, now)
    codes = [_new() for _ in range(COUNT)]
    macs = [_mac(keys.current, user_id, code) for code in codes]
    recovery.insert_set(session, org_id, user_id, new_id(), macs, now)
    actor = accounts.actor_of(person, visit)
    changes = {"made": (None, COUNT), "ended": (0, ended)}
    audit.record(session, actor, now, "recovery_code:generate", user_id, changes, visit)
    facts = {"user_name": person.user_name}
    notices.tell(session, now, org_id, "recovery_codes_created", person=user_id, facts=facts)
    return [spelled(code) for code in codes]


def confirm(
    session: Session, now: datetime, visit: Visit, person: Person, typed: str, keys: Keys
) -> bool:
    """Use one code up to prove that they were kept; False where it is none of this person's."""
    return spend(session, now, visit, person, typed, keys, "to prove that they were kept")


def spend(
    session: Session,
    now: datetime,
    visit: Visit,
    person: Person,
    typed: str,
    keys: Keys,
    purpose: str,
) -> bool:
    """Use one of a signed-in person's own codes up, and tell them; False where it is none."""
    org_id, user_id = person.org_id, person.user_id
    standing = recovery.lock(session, org_id, user_id)
    if standing is None or standing.disabled_at is not None:
        return False
    if not recovery.use(session, org_id, user_id, candidates(keys, user_id, typed), now):
        return False
    used(session, now, visit, accounts.actor_of(person, visit), person, purpose)
    return True


def used(
    session: Session, now: datetime, visit: Visit, actor: Actor, person: Person, purpose: str
) -> None:
    """Leave the traces of a code that was used: audit row and notice."""
    left = recovery.unused(session, person.org_id, person.user_id)
    changes = {"purpose": (None, purpose), "left": (None, left)}
    audit.record(session, actor, now, "recovery_code:use", person.user_id, changes, visit)
    facts = {"user_name": person.user_name, "purpose": purpose, "left": left}
    notices.tell(
        session,
        now,
        person.org_id,
        "recovery_code_used",
        person=person.user_id,
        facts=facts,
    )


def unused(session: Session, person: Person) -> int:
    """Return how many codes a person could still use; none while they are disabled."""
    return recovery.unused(session, person.org_id, person.user_id)


def candidates(keys: Keys, user_id: str, typed: str) -> tuple[str, ...]:
    """Return what a typed code may be stored as; never empty, so that each try costs the same."""
    code = _IGNORED.sub("", typed).upper()
    # A code of another shape is nobody's, and is asked for all the same (P75).
    code = code if _SHAPE.fullmatch(code) else "-"
    return tuple(_mac(key, user_id, code) for key in keys.every)


def spelled(code: str) -> str:
    """Return a code in groups of four."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def _new() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _mac(key: bytes, user_id: str, code: str) -> str:
    return hmac.digest(key, f"saved code\0{user_id}\0{code}".encode(), "sha256").hex()
