"""A person's passkeys: listed, renamed, deleted, and told to the browser (P41 to P47, P53).

How one is made is in ``registration``, how one lets somebody in in ``assertions``.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from scimserver.adapters import strict
from scimserver.domain import label as labels
from scimserver.domain.actor import Actor
from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import BadRequestError, LastPasskeyError
from scimserver.domain.visit import Visit
from scimserver.ids import is_id
from scimserver.services import accounts, audit, notices, sessions
from scimserver.storage import accounts as stored_accounts
from scimserver.storage import enrolment, passkeys
from scimserver.storage.passkeys import Passkey
from scimserver.storage.session import Session

__all__ = ["Hint", "Passkey", "Removal", "accepted", "delete", "details", "every", "get", "rename"]

FEWEST_LOCAL = 2
"""How many passkeys a local administrator keeps (P46)."""
DELETED = "passkey_deleted"


class Removal(StrEnum):
    """Whether a passkey may go. LAST: only with codes, and once the person has confirmed it."""

    FREE = "free"
    LAST = "last"
    KEPT = "last_passkey"
    KEPT_LOCAL = "local_administrator_passkeys"


class Hint(StrEnum):
    """What is suggested after sign-in (P47); each can be dismissed."""

    ONLY_ONE = "only_one"
    ONE_DEVICE = "one_device"
    OTHER_DEVICE = "other_device"
    NO_CODES = "no_codes"


def every(session: Session, org_id: str, user_id: str) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    return passkeys.every(session, org_id, user_id)


def get(session: Session, person: Person, passkey_id: str) -> Passkey:
    """Return one of a person's own passkeys; anybody else's is unknown to them."""
    found = None
    if is_id(passkey_id):
        found = passkeys.get(session, person.org_id, person.user_id, passkey_id)
    if found is None:
        raise UnknownResourceError("Passkey", passkey_id)
    return found


def rename(
    session: Session, now: datetime, visit: Visit, person: Person, passkey_id: str, text: str
) -> Passkey:
    """Give a passkey another label; BadRequestError says what is wrong with it (P42)."""
    enrolment.lock_account(session, person.org_id, person.user_id)
    before = get(session, person, passkey_id)
    label = labels.clean(text)
    if not labels.is_fit(label):
        raise BadRequestError("label_length", f"A name has 1 to {labels.LONGEST} characters.")
    if label == before.label:
        return before
    if label in labels_of(passkeys.every(session, person.org_id, person.user_id)):
        raise BadRequestError("label_taken", "Another of your passkeys has this name.")
    passkeys.rename(session, person.org_id, before.id, label)
    actor = accounts.actor_of(person, visit)
    changes = {"label": (before.label, label)}
    audit.record(session, actor, now, "passkey:rename", before.id, changes, visit)
    return get(session, person, passkey_id)


def removal(
    session: Session,
    person: Person,
    passkey: Passkey,
    *,
    has_mail: bool,
    rp_id: str | None = None,
) -> Removal:
    """Return whether a passkey may go (P46). ``has_mail``: a mailed code can reach the person.

    Those of another RP ID than ours let nobody in, so they are neither counted nor kept; without
    ``rp_id`` the passkey's own is taken for ours.
    """
    if rp_id is not None and passkey.rp_id != rp_id:
        return Removal.FREE
    held = passkeys.every(session, person.org_id, person.user_id)
    others = sum(each.rp_id == passkey.rp_id for each in held) - 1
    if person.local_administrator and others < FEWEST_LOCAL:
        return Removal.KEPT_LOCAL
    if others > 0:
        return Removal.FREE
    return Removal.LAST if has_mail and unused_codes(session, person) else Removal.KEPT


def delete(
    session: Session,
    now: datetime,
    visit: Visit,
    person: Person,
    passkey_id: str,
    *,
    confirmed: bool = False,
    has_mail: bool = False,
    rp_id: str | None = None,
) -> Passkey:
    """Delete a passkey and end the sessions it opened, or raise LastPasskeyError (P45, P46).

    Counted under a lock on the account: of two deletions at once one sees what the other left.
    """
    enrolment.lock_account(session, person.org_id, person.user_id)
    old = get(session, person, passkey_id)
    found = removal(session, person, old, has_mail=has_mail, rp_id=rp_id)
    if found is not Removal.FREE and not (found is Removal.LAST and confirmed):
        raise LastPasskeyError(found.value)
    _remove(session, accounts.actor_of(person, visit), now, visit, person, old)
    return old


def delete_others(
    session: Session, actor: Actor, now: datetime, visit: Visit, person: Person, keep: str
) -> int:
    """Delete all passkeys of a person but one, because the others were lost or stolen (P86)."""
    old = [
        each for each in passkeys.every(session, person.org_id, person.user_id) if each.id != keep
    ]
    for each in old:
        _remove(session, actor, now, visit, person, each)
    return len(old)


def unused_codes(session: Session, person: Person) -> int:
    """Return how many recovery codes a person could still use."""
    means = stored_accounts.means(session, person.org_id, [person.user_id])
    return means[person.user_id].codes


def hints(
    session: Session, person: Person, rp_id: str, *, other_device: bool = False
) -> list[Hint]:
    """Return what to suggest to a person (P47); ``other_device``: signed in by another one's."""
    held = [
        each
        for each in passkeys.every(session, person.org_id, person.user_id)
        if each.rp_id == rp_id
    ]
    found = []
    if len(held) == 1:
        found.append(Hint.ONLY_ONE)
    elif held and not any(each.backup_eligible for each in held):
        found.append(Hint.ONE_DEVICE)
    if other_device:
        found.append(Hint.OTHER_DEVICE)
    if not unused_codes(session, person):
        found.append(Hint.NO_CODES)
    dismissed = passkeys.dismissed(session, person.org_id, person.user_id)
    return [each for each in found if each not in dismissed]


def dismiss(session: Session, person: Person, hint: Hint) -> None:
    """Do not show a hint to a person again."""
    enrolment.lock_account(session, person.org_id, person.user_id)
    dismissed = passkeys.dismissed(session, person.org_id, person.user_id)
    kept = sorted({*dismissed, hint.value})
    stored_accounts.update_fields(session, person.org_id, person.user_id, {"dismissed": kept})


def accepted(session: Session, person: Person, rp_id: str) -> Mapping[str, Any]:
    """Return what ``signalAllAcceptedCredentials`` is told: every valid id of this RP ID (P53)."""
    held = passkeys.every(session, person.org_id, person.user_id)
    return {
        "rpId": rp_id,
        "userId": _handle(person),
        "allAcceptedCredentialIds": [each.credential for each in held if each.rp_id == rp_id],
    }


def details(session: Session, person: Person, rp_id: str) -> Mapping[str, Any]:
    """Return what ``signalCurrentUserDetails`` is told (P53)."""
    return {
        "rpId": rp_id,
        "userId": _handle(person),
        "name": account_name(session, person),
        "displayName": person.display_name,
    }


def account_name(session: Session, person: Person) -> str:
    """Return how an authenticator lists the account (P7).

    Nobody signs in to a sandbox, so one beside the organization confuses nobody.
    """
    if passkeys.is_alone(session, person.org_id):
        return person.user_name
    return f"{person.user_name} ({person.org_slug})"


def labels_of(held: Collection[Passkey]) -> frozenset[str]:
    """Return the labels in use."""
    return frozenset(each.label for each in held)


def _remove(
    session: Session, actor: Actor, now: datetime, visit: Visit, person: Person, old: Passkey
) -> None:
    passkeys.remove(session, old.org_id, old)
    changes = {
        "user": (old.user_id, None),
        "label": (old.label, None),
        # The record of every authenticator that was ever bound stays (P98).
        "credentialId": (old.credential, None),
        "aaguid": (old.aaguid, None),
    }
    audit.record(session, actor, now, "passkey:delete", old.id, changes, visit)
    sessions.end_opened_by(
        session, old.org_id, old.user_id, old.id, now, DELETED, by=actor, visit=visit
    )
    facts = {"label": old.label, "user_name": person.user_name}
    notices.tell(session, now, old.org_id, "passkey_deleted", person=old.user_id, facts=facts)


def _handle(person: Person) -> str:
    return strict.to_base64url(person.handle or b"")
