"""Notices as rows: what a person, or everyone who runs an organization, must be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update

from scimserver.storage.models import notice
from scimserver.storage.session import Session

PERSON, ADMINISTRATORS = "person", "administrators"
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``user_id`` is whom it is for, None where it is for all administrators."""

    org_id: str
    id: str
    at: datetime
    audience: str
    user_id: str | None
    code: str
    facts: Mapping[str, Any]
    dismissed_at: datetime | None = None


def add(session: Session, org_id: str, new: Notice) -> None:
    """Write a notice."""
    session.execute(
        insert(notice).values(
            org_id=org_id,
            id=new.id,
            at=new.at,
            audience=new.audience,
            user_id=new.user_id,
            code=new.code,
            facts=dict(new.facts),
        )
    )


def was_told(
    session: Session,
    org_id: str,
    code: str,
    since: datetime,
    about: Mapping[str, Any] | None = None,
) -> bool:
    """Return whether there is a notice of this code that is no older, and has these facts."""
    wanted = about or {}
    query = select(notice.c.facts).where(
        notice.c.org_id == org_id, notice.c.code == code, notice.c.at >= since
    )
    told = session.execute(query).scalars()
    return any(wanted.items() <= facts.items() for facts in told)


def shown(
    session: Session,
    org_id: str,
    user_id: str,
    *,
    administrators: bool,
    before: str | None = None,
    limit: int = 50,
) -> list[Notice]:
    """Return what a person is to see, newest first; ``before`` is the last id of a page."""
    mine = and_(notice.c.audience == PERSON, notice.c.user_id == user_id)
    wanted = or_(mine, notice.c.audience == ADMINISTRATORS) if administrators else mine
    query = select(*notice.c).where(
        notice.c.org_id == org_id, notice.c.dismissed_at.is_(None), wanted
    )
    if before is not None:
        query = query.where(notice.c.id < before)
    query = query.order_by(notice.c.id.desc()).limit(limit)
    return [Notice(**row) for row in session.execute(query).mappings()]


def dismiss(
    session: Session, org_id: str, id: str, user_id: str, now: datetime, *, administrators: bool
) -> bool:
    """Put a notice away; False where there is none that this person sees."""
    mine = and_(notice.c.audience == PERSON, notice.c.user_id == user_id)
    wanted = or_(mine, notice.c.audience == ADMINISTRATORS) if administrators else mine
    here = (notice.c.org_id == org_id, notice.c.id == id, notice.c.dismissed_at.is_(None))
    put_away = update(notice).where(*here, wanted).values(dismissed_at=now)
    return session.execute(put_away).rowcount == 1


def purge(
    session: Session,
    org_id: str,
    told_before: datetime,
    dismissed_before: datetime,
    limit: int = _CHUNK,
) -> int:
    """Delete notices that are older, or were put away earlier; repeat until it returns 0."""
    over = or_(notice.c.at < told_before, notice.c.dismissed_at < dismissed_before)
    found = select(notice.c.id).where(notice.c.org_id == org_id, over).limit(limit)
    gone = delete(notice).where(notice.c.org_id == org_id, notice.c.id.in_(found))
    return session.execute(gone).rowcount
