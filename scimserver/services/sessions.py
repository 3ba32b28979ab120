"""Sessions of browsers: opened, read, rotated and ended (P58 to P64).

The secret is 256 random bits and stands in the visitor's cookie alone; the database knows its
SHA-256. Whatever raises what a session may do makes a new one and ends the old in the same commit.
"""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from scimserver.domain.actor import Actor, Door
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import NoSessionError
from scimserver.domain.sso_mode import Mode
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import Kind, WebSession
from scimserver.ids import is_id, new_id
from scimserver.services import audit, notices
from scimserver.storage import web_sessions
from scimserver.storage.session import Session

__all__ = ["Kind", "Opened", "WebSession"]

_BYTES = 32
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_AGENT_LENGTH = 256


class Opened(NamedTuple):
    """A session that has just begun. ``secret`` is the only copy there will ever be."""

    secret: str
    session: WebSession


def digest_of(secret: str) -> str | None:
    """Return what the database knows a secret by; None where it can be none of ours."""
    if _SHAPE.fullmatch(secret) is None:
        return None
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def open_anonymous(session: Session, now: datetime, visit: Visit) -> Opened:
    """Open a session for a visitor whom we do not know."""
    return _write(session, _new(Kind.ANONYMOUS, now, visit))


def read(session: Session, secret: str, now: datetime) -> WebSession | None:
    """Return the live session of a secret, with person and organization as they are now.

    None for what is malformed, unknown, ended, too old (P62), or of someone who may not enter.
    """
    digest = digest_of(secret)
    found = web_sessions.find(session, digest) if digest is not None else None
    return found if found is not None and found.is_live(now) else None


def sign_in(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    person: Person,
    method: str,
    opened_by: str | None,
    *,
    auth_at: datetime | None = None,
) -> Opened:
    """Turn a session into one that is signed in.

    ``auth_at`` is when the person proved who they are, where that was not now (P8).
    """
    fresh = replace(
        _of(session, person, _new(Kind.USER, now, visit)),
        method=method,
        opened_by=opened_by,
        auth_at=now if auth_at is None else auth_at,
    )
    _end_current(session, now, current, "signed_in")
    opened = _write(session, fresh)
    changes: dict[str, tuple[object, object]] = {
        "method": (None, method),
        "openedBy": (None, opened_by),
    }
    if person.local_administrator:
        changes["localAdministrator"] = (None, True)
    _record(session, now, visit, opened.session, "session:create", changes)
    if person.local_administrator:
        _tell(session, now, person)
    return opened


def restrict(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    person: Person,
    link_id: str | None,
    door: str,
) -> Opened:
    """Turn a session into one that may register one passkey for a person (P85)."""
    fresh = _of(session, person, _new(Kind.RESTRICTED, now, visit))
    _end_current(session, now, current, "restricted")
    opened = _write(session, replace(fresh, method=door, opened_by=link_id))
    changes = {"method": (None, door), "openedBy": (None, link_id), "restricted": (None, True)}
    _record(session, now, visit, opened.session, "session:create", changes)
    return opened


def step_up(session: Session, now: datetime, visit: Visit, current: WebSession) -> Opened:
    """Note that the person has just proved again who they are; the limits run on."""
    if current.person is None:
        raise NoSessionError("nobody_signed_in")
    fresh = _of(session, current.person, _new(Kind.USER, now, visit))
    _end_current(session, now, current, "stepped_up")
    raised = replace(
        current,
        digest=fresh.digest,
        csrf=fresh.csrf,
        seen_at=now,
        auth_at=now,
        address=fresh.address,
        user_agent=fresh.user_agent,
    )
    opened = _write(session, raised)
    _record(session, now, visit, opened.session, "session:step_up", {})
    return opened


def sign_out(session: Session, now: datetime, visit: Visit, current: WebSession) -> None:
    """End a session because its person says so."""
    if web_sessions.end(session, current.digest, now, "signed_out"):
        changes = {"endedWhy": (None, "signed_out")}
        _record(session, now, visit, current, "session:end", changes)


def end(
    session: Session,
    org_id: str,
    user_id: str,
    session_id: str,
    now: datetime,
    why: str,
    *,
    by: Actor | None = None,
    visit: Visit | None = None,
) -> bool:
    """End one of a person's sessions by its id; False where that is none or over already."""
    if not is_id(session_id):
        return False
    count = web_sessions.end_of(session, org_id, user_id, now, why, id=session_id)
    return _ended(session, org_id, user_id, now, why, count, by, visit) > 0


def end_all(
    session: Session,
    org_id: str,
    user_id: str,
    now: datetime,
    why: str,
    keep: str | None = None,
    *,
    by: Actor | None = None,
    visit: Visit | None = None,
) -> int:
    """End a person's sessions, restricted ones included, but the one whose digest is ``keep``."""
    count = web_sessions.end_of(session, org_id, user_id, now, why, keep=keep)
    return _ended(session, org_id, user_id, now, why, count, by, visit)


def end_opened_by(
    session: Session,
    org_id: str,
    user_id: str,
    opened_by: str,
    now: datetime,
    why: str,
    *,
    by: Actor | None = None,
    visit: Visit | None = None,
) -> int:
    """End the sessions that a passkey, a connection or an enrolment link opened."""
    count = web_sessions.end_of(session, org_id, user_id, now, why, opened_by=opened_by)
    return _ended(session, org_id, user_id, now, why, count, by, visit)


def end_organization(
    session: Session,
    org_id: str,
    now: datetime,
    why: str,
    spare: Collection[str] = (),
    *,
    by: Actor | None = None,
) -> int:
    """End every session of an organization but those of the users in ``spare`` (P64)."""
    count = web_sessions.end_organization(session, org_id, now, why, spare)
    return _ended(session, org_id, org_id, now, why, count, by, None)


def every(session: Session, org_id: str, user_id: str, now: datetime) -> list[WebSession]:
    """Return a person's live sessions, the oldest first (P63)."""
    return [each for each in web_sessions.every(session, org_id, user_id) if each.is_live(now)]


def seen(session: Session, digest: str, now: datetime) -> bool:
    """Note that a session was used (P62); False where it has ended meanwhile."""
    return web_sessions.seen(session, digest, now)


def purge(session: Session, now: datetime, limit: int) -> int:
    """Delete sessions, attempts and mailed codes that were over 24 hours ago; how many (P16)."""
    return web_sessions.purge(session, now, limit)


def _new(kind: Kind, now: datetime, visit: Visit) -> WebSession:
    return WebSession(
        digest="",
        id=new_id(),
        kind=kind,
        org_id=None,
        user_id=None,
        method=None,
        opened_by=None,
        csrf=secrets.token_urlsafe(_BYTES),
        created_at=now,
        seen_at=now,
        auth_at=None,
        person=None,
        address=visit.address,
        user_agent=visit.user_agent[:_AGENT_LENGTH],
    )


def _of(session: Session, person: Person, fresh: WebSession) -> WebSession:
    """Return the session as this person's, who may have been shut out a moment ago (P33).

    Comes before anything is written: what shuts them out takes the rows in the same order.
    """
    if not web_sessions.may_enter(session, person.org_id, person.user_id):
        raise NoSessionError("person_shut_out")
    return replace(fresh, org_id=person.org_id, user_id=person.user_id, person=person)


def _write(session: Session, new: WebSession) -> Opened:
    secret = secrets.token_urlsafe(_BYTES)
    digest = hashlib.sha256(secret.encode("ascii")).hexdigest()
    written = replace(new, digest=digest)
    web_sessions.write(session, written)
    return Opened(secret, written)


def _end_current(session: Session, now: datetime, current: WebSession, why: str) -> None:
    """End the session that is being replaced; whoever ended it first has won."""
    if not web_sessions.end(session, current.digest, now, why):
        raise NoSessionError("session_ended")


def _record(
    session: Session,
    now: datetime,
    visit: Visit,
    of: WebSession,
    event: str,
    changes: Mapping[str, tuple[object, object]],
) -> None:
    seen_as = replace(visit, session=of.digest)
    audit.record(session, _actor(of, visit), now, event, of.id, changes, seen_as)


def _tell(session: Session, now: datetime, person: Person) -> None:
    """Tell the administrators of a sign-in that no identity provider saw (P90)."""
    code = "local_admin_sign_in"
    if person.sso_mode == Mode.ENFORCED:
        code = "local_admin_sign_in_past_sso"
    facts = {"user_name": person.user_name}
    notices.tell(session, now, person.org_id, code, administrators=True, facts=facts)


def _actor(of: WebSession, visit: Visit) -> Actor:
    """Return the person of a session as the one who did something with it."""
    if of.person is None:
        return audit.NOBODY
    return Actor(
        org_id=of.person.org_id,
        door=Door.CONSOLE,
        id=f"user:{of.person.user_id}",
        scopes=frozenset(),
        request_id=visit.request_id,
        user_agent=visit.user_agent,
    )


def _ended(
    session: Session,
    org_id: str,
    subject_id: str,
    now: datetime,
    why: str,
    count: int,
    by: Actor | None,
    visit: Visit | None,
) -> int:
    """Record that sessions ended, where any did, and return how many."""
    if count:
        actor = by or Actor(org_id=org_id, door=Door.SYSTEM, id="sessions")
        changes = {"ended": (None, count), "endedWhy": (None, why)}
        audit.record(session, actor, now, "session:end", subject_id, changes, visit)
    return count
