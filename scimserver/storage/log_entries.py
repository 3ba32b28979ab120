"""The provisioning log as people read it: one entry, and how the last of them ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, func, literal_column, select

from scimserver.ids import is_id
from scimserver.storage.journal import REFUSED
from scimserver.storage.models import provisioning_log
from scimserver.storage.session import Session

MOST = 10_000
"""Entries that are counted at the most: a page must not wait for a day with a first import."""


class Tally(NamedTuple):
    """How many requests of one connection ended in one way, and when the last of them did."""

    connection_id: str | None
    outcome: str
    entries: int
    last_at: datetime


def find(session: Session, org_id: str, id: str) -> Row[Any] | None:
    """Return one entry, whatever was sent as an id."""
    if not is_id(id):
        return None
    table = provisioning_log
    query = select(table).where(table.c.org_id == org_id, table.c.id == id)
    return session.execute(query).first()


def refusals(
    session: Session,
    org_id: str,
    code: str,
    where: Mapping[str, str | None],
    *,
    limit: int,
    at_most: int = MOST,
) -> Sequence[Row[Any]]:
    """Return the newest refusals with a code, among so many of the newest.

    ``where`` are further columns and what they hold; one that is None may hold anything.
    """
    table = provisioning_log
    newest = (
        select(table.c.id)
        # Spelled out, not bound: only then may the index of refusals answer.
        .where(table.c.org_id == org_id, table.c.outcome == literal_column(f"'{REFUSED}'"))
        .order_by(table.c.id.desc())
        .limit(at_most)
        .subquery()
    )
    tests = [table.c[name] == value for name, value in where.items() if value is not None]
    query = (
        select(table)
        .join(newest, table.c.id == newest.c.id)
        .where(table.c.org_id == org_id, table.c.code == code, *tests)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return session.execute(query).all()


def tally(session: Session, org_id: str, since: datetime, at_most: int = MOST) -> Sequence[Tally]:
    """Count the newest entries since an instant by connection and outcome, so many at the most."""
    table = provisioning_log
    newest = (
        select(table.c.connection_id, table.c.outcome, table.c.at)
        .where(table.c.org_id == org_id)
        .order_by(table.c.id.desc())
        .limit(at_most)
        .subquery()
    )
    query = (
        select(newest.c.connection_id, newest.c.outcome, func.count(), func.max(newest.c.at))
        .where(newest.c.at >= since)
        .group_by(newest.c.connection_id, newest.c.outcome)
    )
    return [Tally._make(row) for row in session.execute(query)]
