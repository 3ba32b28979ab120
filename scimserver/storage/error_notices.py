"""Who hears of provisioning errors, what was told already, and what a digest would say (G12)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select, update

from scimserver.storage.models import notice, organization, provisioning_error
from scimserver.storage.session import Session

_TABLE = provisioning_error
_IS_OPEN: ColumnElement[bool] = _TABLE.c.state == literal_column("'open'")


class Hearing(NamedTuple):
    """How an organization hears of errors, and the facts of what it was told already."""

    sandbox: bool
    error_notices: str | None
    told: Sequence[Mapping[str, Any]]


class OfCode(NamedTuple):
    """How many errors are open with a code, and how many of them nobody was told of."""

    code: str
    number: int
    untold: int


def hearing(session: Session, org_id: str, code: str, since: datetime) -> Hearing | None:
    """Return how an organization hears of errors, and what it was told of a notice's code lately.

    One statement: every error that opens asks.
    """
    query = (
        select(organization.c.sandbox, organization.c.error_notices, notice.c.facts)
        .select_from(organization)
        .outerjoin(
            notice,
            and_(notice.c.org_id == organization.c.id, notice.c.code == code, notice.c.at >= since),
        )
        .where(organization.c.id == org_id)
    )
    found = session.execute(query).all()
    if not found:
        return None
    told = [row.facts for row in found if row.facts is not None]
    return Hearing(found[0].sandbox, found[0].error_notices, told)


def tell(session: Session, org_id: str, ids: Collection[str], now: datetime) -> None:
    """Note that errors have been told of."""
    here = (_TABLE.c.org_id == org_id, _TABLE.c.id.in_(ids))
    session.execute(update(_TABLE).where(*here).values(told_at=now))


def tell_open(session: Session, org_id: str, now: datetime) -> None:
    """Note that every open error nobody was told of has been told of."""
    here = (_TABLE.c.org_id == org_id, _IS_OPEN, _TABLE.c.told_at.is_(None))
    session.execute(update(_TABLE).where(*here).values(told_at=now))


def take_digest(session: Session, org_id: str, now: datetime, before: datetime) -> bool:
    """Note that a digest is told now; False where one was since ``before``."""
    told = organization.c.errors_told_at
    here = (organization.c.id == org_id, or_(told.is_(None), told <= before))
    changed = update(organization).where(*here).values(errors_told_at=now)
    return session.execute(changed).rowcount == 1


def summary(session: Session, org_id: str, since: datetime | None) -> list[OfCode]:
    """Return how many errors of each code are open and came since, the most frequent first."""
    untold = func.count(case((_TABLE.c.told_at.is_(None), 1)))
    number = func.count()
    query = (
        select(_TABLE.c.code, number.label("number"), untold.label("untold"))
        .where(_TABLE.c.org_id == org_id, _IS_OPEN)
        .group_by(_TABLE.c.code)
        .order_by(number.desc(), _TABLE.c.code)
    )
    if since is not None:
        query = query.where(_TABLE.c.last_seen_at > since)
    return [OfCode(row.code, row.number, row.untold) for row in session.execute(query)]
