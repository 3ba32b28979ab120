"""Sessions of browsers as rows: found by the digest of their secret, with whoever is signed in.

One statement reads session, person and organization, since each request does (P63).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, insert, or_, select, update

from scimserver.domain.web_session import IDLE, Kind, WebSession
from scimserver.storage import accounts
from scimserver.storage.models import (
    account,
    ceremony,
    mail_code,
    organization,
    resource,
    web_session,
)
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot

_KEPT = timedelta(hours=24)
_SESSION = (
    web_session.c.digest,
    web_session.c.id,
    web_session.c.kind,
    web_session.c.org_id,
    web_session.c.user_id,
    web_session.c.method,
    web_session.c.opened_by,
    web_session.c.csrf,
    web_session.c.created_at,
    web_session.c.seen_at,
    web_session.c.auth_at,
    web_session.c.address,
    web_session.c.user_agent,
)
_NAMES = tuple(column.name for column in _SESSION)
_USER_AT = [column is resource.c.id for column in accounts.COLUMNS].index(True)


def _open() -> Select[Any]:
    owned = and_(
        resource.c.org_id == web_session.c.org_id,
        resource.c.id == web_session.c.user_id,
        resource.c.type == accounts.USER,
    )
    beside = and_(
        account.c.org_id == web_session.c.org_id, account.c.user_id == web_session.c.user_id
    )
    return (
        select(*_SESSION, *accounts.COLUMNS)
        .select_from(web_session)
        .outerjoin(organization, organization.c.id == web_session.c.org_id)
        .outerjoin(resource, owned)
        .outerjoin(account, beside)
        .where(web_session.c.ended_at.is_(None))
    )


_FOUND = Hot(_open().where(web_session.c.digest == bindparam("digest", required=True)))
_EVERY = Hot(
    _open()
    .where(
        web_session.c.org_id == bindparam("org_id", required=True),
        web_session.c.user_id == bindparam("user_id", required=True),
        web_session.c.kind == Kind.USER.value,
    )
    .order_by(web_session.c.id)
)
# A deactivation changes the user's row and a suspension the organization's: either waits for us, or
# we see it. Without the lock a session could begin behind the back of what ends them all.
_STANDING = Hot(
    select(resource.c.active, organization.c.suspended, organization.c.sandbox)
    .select_from(resource)
    .join(organization, organization.c.id == resource.c.org_id)
    .where(
        resource.c.org_id == bindparam("org_id", required=True),
        resource.c.id == bindparam("user_id", required=True),
        resource.c.type == accounts.USER,
    )
    .with_for_update(read=True)
)
_SEEN = Hot(
    update(web_session)
    .where(
        web_session.c.digest == bindparam("wanted", required=True),
        web_session.c.ended_at.is_(None),
    )
    .values(seen_at=bindparam("now", required=True))
)


def find(session: Session, digest: str) -> WebSession | None:
    """Return the session with this digest, unless it was ended. Its limits are not judged."""
    rows = session.run(_FOUND, {"digest": digest})
    return _web_session(rows[0]) if rows else None


def every(session: Session, org_id: str, user_id: str) -> list[WebSession]:
    """Return a person's signed-in sessions that were not ended, the oldest first."""
    rows = session.run(_EVERY, {"org_id": org_id, "user_id": user_id})
    return [_web_session(row) for row in rows]


def may_enter(session: Session, org_id: str, user_id: str) -> bool:
    """Return whether a user may have a session, and let whoever would change that wait for us."""
    rows = session.run(_STANDING, {"org_id": org_id, "user_id": user_id})
    return bool(rows) and rows[0] == (True, False, False)


def write(session: Session, new: WebSession) -> None:
    """Write a new session."""
    session.execute(
        insert(web_session).values(
            digest=new.digest,
            id=new.id,
            kind=new.kind.value,
            org_id=new.org_id,
            user_id=new.user_id,
            method=new.method,
            opened_by=new.opened_by,
            csrf=new.csrf,
            created_at=new.created_at,
            seen_at=new.seen_at,
            auth_at=new.auth_at,
            address=new.address,
            user_agent=new.user_agent,
        )
    )


def seen(session: Session, digest: str, now: datetime) -> bool:
    """Note that a session was used; False where it has ended meanwhile."""
    return session.write(_SEEN, {"wanted": digest, "now": now}) == 1


def end(session: Session, digest: str, now: datetime, why: str) -> bool:
    """End one session; False where it had ended before."""
    return _end(session, now, why, web_session.c.digest == digest) == 1


def end_of(
    session: Session,
    org_id: str,
    user_id: str,
    now: datetime,
    why: str,
    *,
    id: str | None = None,
    opened_by: str | None = None,
    keep: str | None = None,
) -> int:
    """End a person's sessions of every kind, or some of them; how many.

    ``id`` names one, ``opened_by`` those a passkey, link or connection opened; ``keep`` is the
    digest of one to spare.
    """
    tests = [web_session.c.org_id == org_id, web_session.c.user_id == user_id]
    if id is not None:
        tests.append(web_session.c.id == id)
    if opened_by is not None:
        tests.append(web_session.c.opened_by == opened_by)
    if keep is not None:
        tests.append(web_session.c.digest != keep)
    return _end(session, now, why, *tests)


def end_organization(
    session: Session, org_id: str, now: datetime, why: str, spare: Collection[str]
) -> int:
    """End all sessions of an organization but those of some people; how many."""
    tests = [web_session.c.org_id == org_id]
    if spare:
        tests.append(web_session.c.user_id.not_in(sorted(spare)))
    return _end(session, now, why, *tests)


def purge(session: Session, now: datetime, limit: int) -> int:
    """Delete up to ``limit`` rows a table that have been over for 24 hours; how many (P16)."""
    before = now - _KEPT
    # Whatever its kind, a session nobody used for that long had passed its limits a day ago.
    idle = web_session.c.seen_at < before - IDLE
    ended = or_(web_session.c.ended_at.is_(None), web_session.c.ended_at < before)
    gone = 0
    for key, *tests in (
        (ceremony.c.id, ceremony.c.expires_at < before),
        (mail_code.c.session_digest, mail_code.c.expires_at < before),
        (web_session.c.digest, idle, ended),
    ):
        old = select(key).where(*tests).limit(limit)
        gone += session.execute(delete(key.table).where(key.in_(old))).rowcount
    return gone


def _end(session: Session, now: datetime, why: str, *tests: Any) -> int:
    ending = update(web_session).where(web_session.c.ended_at.is_(None), *tests)
    count: int = session.execute(ending.values(ended_at=now, ended_why=why)).rowcount
    return count


def _web_session(row: tuple[Any, ...]) -> WebSession:
    own, joined = row[: len(_SESSION)], row[len(_SESSION) :]
    known = dict(zip(_NAMES, own, strict=True))
    known["kind"] = Kind(known["kind"])
    # Outer joins: nobody is signed in, or who was is gone.
    person = accounts.from_row(joined) if joined[_USER_AT] is not None else None
    return WebSession(**known, person=person)
