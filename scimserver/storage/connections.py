"""Connections as rows: one identity provider's link to one organization."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, insert, select, update

from scimserver.storage import quirk_counts
from scimserver.storage.models import connection
from scimserver.storage.session import Session


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection. ``switches`` are the departures from its profile, by name and word.

    ``has_errors`` says that a cause of refusals is unresolved; ``paused_at`` since when its writes
    pause (G12).
    """

    org_id: str
    id: str
    name: str
    profile: str
    switches: Mapping[str, str]
    rate_limit: int
    scopes: frozenset[str]
    disabled: bool
    created_at: datetime
    has_errors: bool = False
    paused_at: datetime | None = None


def get(session: Session, org_id: str, id: str) -> Connection | None:
    """Return one connection."""
    row = session.execute(_of(org_id).where(connection.c.id == id)).mappings().first()
    return _connection(row) if row else None


def every(session: Session, org_id: str) -> list[Connection]:
    """Return an organization's connections, the oldest first."""
    rows = session.execute(_of(org_id).order_by(connection.c.id)).mappings()
    return [_connection(row) for row in rows]


def insert_one(session: Session, org_id: str, new: Connection) -> None:
    """Write a connection."""
    session.execute(
        insert(connection).values(
            org_id=org_id,
            id=new.id,
            name=new.name,
            profile=new.profile,
            switches=dict(new.switches),
            rate_limit=new.rate_limit,
            scopes=joined(new.scopes),
            disabled=new.disabled,
            created_at=new.created_at,
        )
    )


def update_fields(session: Session, org_id: str, id: str, values: dict[str, Any]) -> None:
    """Change columns of a connection."""
    session.execute(
        update(connection)
        .where(connection.c.org_id == org_id, connection.c.id == id)
        .values(**values)
    )


def pause(session: Session, org_id: str, id: str, now: datetime) -> bool:
    """Let a connection's writes pause from now on; False where they do, or it is gone."""
    here = (connection.c.org_id == org_id, connection.c.id == id)
    changed = update(connection).where(*here, connection.c.paused_at.is_(None))
    return session.execute(changed.values(paused_at=now)).rowcount == 1


def resume(session: Session, org_id: str, id: str) -> bool:
    """Let a connection write again; False where it does."""
    here = (connection.c.org_id == org_id, connection.c.id == id)
    changed = update(connection).where(*here, connection.c.paused_at.is_not(None))
    return session.execute(changed.values(paused_at=None)).rowcount == 1


def erase(session: Session, org_id: str) -> None:
    """Remove the connections of an organization that is being deleted, tokens gone before."""
    session.execute(delete(connection).where(connection.c.org_id == org_id))
    quirk_counts.erase(session, org_id)


def joined(scopes: frozenset[str]) -> str:
    """Return scopes as OAuth writes them: separated by spaces."""
    return " ".join(sorted(scopes))


def _of(org_id: str) -> Select[Any]:
    return select(*connection.c).where(connection.c.org_id == org_id)


def _connection(row: RowMapping) -> Connection:
    return Connection(
        org_id=row["org_id"],
        id=row["id"],
        name=row["name"],
        profile=row["profile"],
        switches=row["switches"],
        rate_limit=row["rate_limit"],
        scopes=frozenset(row["scopes"].split()),
        disabled=row["disabled"],
        created_at=row["created_at"],
        has_errors=row["has_errors"],
        paused_at=row["paused_at"],
    )
