"""A passkey in use: at sign-in by whoever has it, at re-authentication by the person themself.

Everything is judged before anything is written (P35). What a stranger could send is refused first;
what only the owner can cause (suspended, single sign-on, a counter) comes after the signature.
"""

from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any, NamedTuple

from scimserver.adapters import webauthn
from scimserver.domain.actor import Actor, Door
from scimserver.domain.client_name import client_name
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import PasskeyRejectedError, SsoRequiredError
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import WebSession
from scimserver.services import accounts, audit, ceremonies, notices, sessions
from scimserver.services.ceremonies import Ceremony, Party, Purpose
from scimserver.services.sessions import Opened
from scimserver.storage import passkeys, web_sessions
from scimserver.storage.passkeys import Passkey
from scimserver.storage.session import Session

METHOD = "passkey"


class Begun(NamedTuple):
    """An attempt with the passkeys its options name; none means any."""

    ceremony: Ceremony
    known: list[Passkey]


class Claimed(NamedTuple):
    """The passkey an answer names and whose it is. Nothing of it is proved."""

    passkey: Passkey
    owner: Person


def start_sign_in(session: Session, now: datetime, current: WebSession) -> Begun:
    """Begin an attempt at sign-in: the same for everybody (P73)."""
    return Begun(ceremonies.start(session, now, current, Purpose.SIGN_IN), [])


def start_reauth(session: Session, now: datetime, party: Party, current: WebSession) -> Begun:
    """Begin an attempt at re-authentication, by one of the person's own passkeys."""
    known = []
    if current.org_id is not None and current.user_id is not None:
        held = passkeys.every(session, current.org_id, current.user_id)
        known = [each for each in held if each.rp_id == party.id]
    # An empty list would let the browser offer every passkey it has.
    if not known:
        raise PasskeyRejectedError("no_passkey")
    allowed = [each.credential for each in known]
    return Begun(ceremonies.start(session, now, current, Purpose.REAUTH, allowed), known)


def options(party: Party, begun: Begun) -> Mapping[str, Any]:
    """Return the options of an attempt."""
    known = [webauthn.Known(each.credential_id, each.transports) for each in begun.known]
    return webauthn.assertion_options(party, begun.ceremony.challenge, known)


def look_up(session: Session, party: Party, claim: webauthn.Assertion) -> Claimed:
    """Return the passkey that an answer names, whosever it is.

    Its id is stored nowhere: only then the client is told, so that the device may forget it (P38).
    """
    passkey = passkeys.find(session, party.id, claim.credential_id)
    owner = accounts.person(session, passkey.org_id, passkey.user_id) if passkey else None
    if passkey is None or owner is None:
        raise PasskeyRejectedError("credential_unknown", unknown_credential=True)
    return Claimed(passkey, owner)


def verify(
    party: Party,
    ceremony: Ceremony,
    current: WebSession,
    claimed: Claimed,
    claim: webauthn.Assertion,
    credential: Any,
) -> webauthn.Used:
    """Return what a passkey proves, or raise PasskeyRejectedError (P29 to P31)."""
    passkey, owner = claimed
    if ceremony.purpose == Purpose.REAUTH:
        if passkey.credential not in ceremony.allowed:
            raise PasskeyRejectedError("credential_not_in_allow_list")
        if (owner.org_id, owner.user_id) != (current.org_id, current.user_id):
            raise PasskeyRejectedError("credential_of_another_person")
    _check_handle(claim.user_handle, owner, is_needed=ceremony.purpose == Purpose.SIGN_IN)
    used = webauthn.verify_assertion(
        party.id, party.origins, ceremony.challenge, credential, passkey.public_key
    )
    if used.backup_eligible != passkey.backup_eligible:
        raise PasskeyRejectedError("backup_eligibility_changed")
    return used


def sign_in(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    claimed: Claimed,
    used: webauthn.Used,
    *,
    is_lenient: bool,
) -> Opened | None:
    """Open a session for the owner of a verified passkey.

    None where the counter went backwards: that is marked, and refused unless ``is_lenient`` (P32).
    """
    owner = _admitted(session, claimed)
    if not _use(session, now, visit, owner, claimed.passkey, used, is_lenient=is_lenient):
        return None
    return sessions.sign_in(session, now, visit, current, owner, METHOD, claimed.passkey.id)


def step_up(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    claimed: Claimed,
    used: webauthn.Used,
    *,
    is_lenient: bool,
) -> Opened | None:
    """Note that the person is still there; None as at sign-in."""
    owner = _admitted(session, claimed)
    if not _use(session, now, visit, owner, claimed.passkey, used, is_lenient=is_lenient):
        return None
    return sessions.step_up(session, now, visit, current)


def _check_handle(sent: bytes | None, owner: Person, *, is_needed: bool) -> None:
    if sent is None:
        if is_needed:
            raise PasskeyRejectedError("user_handle_missing")
        return
    if owner.handle is None or not compare_digest(sent, owner.handle):
        raise PasskeyRejectedError("user_handle_mismatch")


def _admitted(session: Session, claimed: Claimed) -> Person:
    """Return the owner as they are now, if a passkey may let them in (P33, P34).

    Their row is taken first, as by whatever shuts them out: neither then waits for the other.
    """
    web_sessions.may_enter(session, claimed.owner.org_id, claimed.owner.user_id)
    owner = accounts.person(session, claimed.owner.org_id, claimed.owner.user_id)
    if owner is None:
        raise PasskeyRejectedError("credential_unknown", unknown_credential=True)
    if (cause := owner.why_shut_out) is not None:
        raise PasskeyRejectedError(cause)
    if accounts.must_use_sso(owner):
        raise SsoRequiredError
    if not accounts.may_use_passkeys(session, owner):
        raise PasskeyRejectedError("passkeys_not_allowed")
    return owner


def _as(owner: Person, visit: Visit) -> Actor:
    return Actor(
        owner.org_id,
        Door.CONSOLE,
        f"user:{owner.user_id}",
        request_id=visit.request_id,
        user_agent=visit.user_agent,
    )


def _use(
    session: Session,
    now: datetime,
    visit: Visit,
    owner: Person,
    passkey: Passkey,
    used: webauthn.Used,
    *,
    is_lenient: bool,
) -> bool:
    """Note a use and return whether it may count; a counter that regressed is marked (P32)."""
    client = client_name(visit.user_agent)

    def use(*, regressed: bool) -> bool:
        return passkeys.use(
            session,
            passkey.org_id,
            passkey.id,
            used.sign_count,
            now,
            backed_up=used.backed_up,
            client=client,
            regressed=regressed,
        )

    if use(regressed=False):
        return True
    stored = passkeys.get(session, passkey.org_id, passkey.user_id, passkey.id)
    if stored is None:
        raise PasskeyRejectedError("credential_unknown", unknown_credential=True)
    passkeys.suspect(session, passkey.org_id, passkey.id)
    changes = {
        "signCount": (stored.sign_count, used.sign_count),
        "suspect": (stored.suspect, True),
    }
    actor = _as(owner, visit)
    audit.record(session, actor, now, "passkey:suspect", passkey.id, changes, visit)
    notices.tell(
        session,
        now,
        owner.org_id,
        "passkey_suspect",
        person=owner.user_id,
        administrators=True,
        facts={"label": stored.label, "user_name": owner.user_name},
    )
    return is_lenient and use(regressed=True)
