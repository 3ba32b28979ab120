"""A new passkey: for somebody signed in, or for whoever was let in to make just one (P82, P86).

The response is verified before; here it is stored, with everything that hangs on it, or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from scimserver.adapters import aaguid, strict, webauthn
from scimserver.domain import label as labels
from scimserver.domain.actor import Actor, Door
from scimserver.domain.client_name import client_name
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import (
    NoSessionError,
    PasskeyRejectedError,
    SsoRequiredError,
)
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import Kind, WebSession
from scimserver.ids import new_id
from scimserver.services import accounts, audit, ceremonies, enrolment, notices
from scimserver.services.ceremonies import Ceremony, Party, Purpose
from scimserver.services.passkeys import account_name, labels_of
from scimserver.storage import enrolment as stored_enrolment
from scimserver.storage import passkeys, web_sessions
from scimserver.storage.passkeys import Passkey
from scimserver.storage.session import Session

SELF, LINK, SHELL = "self", "link", "shell"


class Begun(NamedTuple):
    """An attempt with what its options say of the person."""

    ceremony: Ceremony
    person: Person
    name: str
    known: list[Passkey]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What came with the response: a label, if any, and whether the old passkeys go (P85)."""

    label: str = ""
    replace: bool = False


def start(session: Session, now: datetime, party: Party, current: WebSession) -> Begun:
    """Begin an attempt for the person of a session, who gets an account with it (P17)."""
    before = _admitted(session, current)
    person = accounts.ensure(session, before.org_id, before.user_id, now)
    ceremony = ceremonies.start(session, now, current, Purpose.REGISTER)
    held = passkeys.every(session, person.org_id, person.user_id)
    known = [each for each in held if each.rp_id == party.id]
    return Begun(ceremony, person, account_name(session, person), known)


def options(party: Party, begun: Begun, device: webauthn.Device | None) -> Mapping[str, Any]:
    """Return the options of an attempt, which name every passkey of the person (P17 to P20)."""
    return webauthn.registration_options(
        party,
        begun.ceremony.challenge,
        user_handle=begun.person.handle or b"",
        name=begun.name,
        display_name=begun.person.display_name,
        exclude=[webauthn.Known(each.credential_id, each.transports) for each in begun.known],
        device=device,
    )


def verify(party: Party, ceremony: Ceremony, credential: Any) -> webauthn.Attested:
    """Return what a response proves, or raise PasskeyRejectedError."""
    return webauthn.verify_registration(party.id, party.origins, ceremony.challenge, credential)


def store(
    session: Session,
    now: datetime,
    visit: Visit,
    party: Party,
    current: WebSession,
    attested: webauthn.Attested,
    wishes: Wishes,
) -> tuple[Passkey, Person]:
    """Store a verified passkey and use up the link that led here (P82); whose it is.

    Person, account, link and session come first, in this order: whatever shuts out, uses up or ends
    one of them waits for us, or we see that it did.
    """
    person = _admitted(session, current)
    stored_enrolment.lock_account(session, person.org_id, person.user_id)
    added_by = _use_link(session, now, visit, current, person)
    if not web_sessions.seen(session, current.digest, now):
        raise NoSessionError("session_ended")
    held = passkeys.every(session, person.org_id, person.user_id)
    wanted = labels.clean(wishes.label) or aaguid.name(attested.aaguid)
    label = labels.untaken(wanted or client_name(visit.user_agent), labels_of(held))
    new = _passkey(now, party, person, attested, label, added_by)
    if not passkeys.insert(session, person.org_id, new):
        raise PasskeyRejectedError("credential_taken", status=409)
    actor = Actor(
        person.org_id,
        Door.CONSOLE,
        f"user:{person.user_id}",
        request_id=visit.request_id,
        user_agent=visit.user_agent,
    )
    audit.record(session, actor, now, "passkey:create", new.id, _changes(new), visit)
    facts = {"label": new.label, "user_name": person.user_name}
    notices.tell(session, now, person.org_id, "passkey_created", person=person.user_id, facts=facts)
    return new, person


def _use_link(
    session: Session, now: datetime, visit: Visit, current: WebSession, person: Person
) -> str:
    """Use up the link that led here, if one did, and return who it was that adds a passkey."""
    if current.kind is not Kind.RESTRICTED or current.opened_by is None:
        return SELF
    link = enrolment.consume(session, person.org_id, current.opened_by, now, visit)
    return SHELL if link.door == enrolment.Way.SHELL else LINK


def _passkey(
    now: datetime,
    party: Party,
    person: Person,
    attested: webauthn.Attested,
    label: str,
    added_by: str,
) -> Passkey:
    return Passkey(
        org_id=person.org_id,
        id=new_id(),
        user_id=person.user_id,
        rp_id=party.id,
        credential_id=attested.credential_id,
        public_key=attested.public_key,
        sign_count=attested.sign_count,
        backup_eligible=attested.backup_eligible,
        backed_up=attested.backed_up,
        aaguid=attested.aaguid,
        transports=attested.transports,
        discoverable=attested.discoverable,
        label=label,
        added_by=added_by,
        created_at=now,
    )


def _changes(new: Passkey) -> Mapping[str, tuple[Any, Any]]:
    return {
        "user": (None, new.user_id),
        "label": (None, new.label),
        "addedBy": (None, new.added_by),
        "credentialId": (None, strict.to_base64url(new.credential_id)),
        "aaguid": (None, new.aaguid),
        "synced": (None, new.backup_eligible),
    }


def _admitted(session: Session, current: WebSession) -> Person:
    """Return the person of a session, as they are now, if they may have a passkey (P34)."""
    if current.org_id is None or current.user_id is None:
        raise NoSessionError("nobody_signed_in")
    web_sessions.may_enter(session, current.org_id, current.user_id)
    person = accounts.person(session, current.org_id, current.user_id)
    if person is None or person.why_shut_out is not None:
        raise NoSessionError("person_shut_out")
    if accounts.must_use_sso(person):
        raise SsoRequiredError
    if not accounts.may_use_passkeys(session, person):
        raise PasskeyRejectedError("passkeys_not_allowed")
    return person
