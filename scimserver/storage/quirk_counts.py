"""How often a connection took each tolerance, as rows that every process adds to (J2.1)."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, delete, select

from scimserver.storage.models import connection, quirk_count
from scimserver.storage.session import Session
from scimserver.storage.statement import upsert


class QuirkCount(NamedTuple):
    """One tolerance of one connection: how often it took effect, and when last."""

    quirk: str
    hits: int
    last_at: datetime


def add(session: Session, org_id: str, connection_id: str, more: list[QuirkCount]) -> None:
    """Add to a connection's counts; nothing happens where the connection is gone."""
    # The lock keeps an organization from being erased between this look and the rows: its erasure
    # removes the connection first and the counts after it.
    there = (
        select(connection.c.id)
        .where(connection.c.org_id == org_id, connection.c.id == connection_id)
        .with_for_update(read=True, key_share=True)
    )
    if session.execute(there).first() is None:
        return
    # In one order always, so that two processes cannot wait for each other.
    rows = [
        {"org_id": org_id, "connection_id": connection_id, **each._asdict()}
        for each in sorted(more)
    ]
    new = upsert(quirk_count).values(rows)
    was, sent = quirk_count.c.last_at, new.excluded.last_at
    added = new.on_conflict_do_update(
        index_elements=["org_id", "connection_id", "quirk"],
        set_={
            "hits": quirk_count.c.hits + new.excluded.hits,
            "last_at": case((sent > was, sent), else_=was),
        },
    )
    session.execute(added)


def every(session: Session, org_id: str, connection_id: str) -> list[QuirkCount]:
    """Return a connection's counts, the most frequent first."""
    query = (
        select(quirk_count.c.quirk, quirk_count.c.hits, quirk_count.c.last_at)
        .where(quirk_count.c.org_id == org_id, quirk_count.c.connection_id == connection_id)
        .order_by(quirk_count.c.hits.desc(), quirk_count.c.quirk)
    )
    rows = session.execute(query)
    return [QuirkCount(row.quirk, row.hits, row.last_at) for row in rows]


def erase(session: Session, org_id: str) -> None:
    """Remove the counts of an organization that is being deleted, connections gone before."""
    session.execute(delete(quirk_count).where(quirk_count.c.org_id == org_id))
