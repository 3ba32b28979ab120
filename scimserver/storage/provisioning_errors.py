"""Provisioning errors as rows: counted by one statement, found by subject, purged (G11)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from scimserver.domain.provisioning_error import MOST_IN_SLICE, SLICE, State
from scimserver.storage.models import connection, provisioning_error
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, upsert

_TABLE = provisioning_error
# Spelled out, not bound: only then may the partial index answer.
_UNRESOLVED: ColumnElement[bool] = _TABLE.c.state != literal_column("'resolved'")
# What every refusal of the same cause says anew.
_LATEST = (
    "token_id",
    "operation",
    "resource_type",
    "resource_id",
    "external_id",
    "domain",
    "reason",
    "recommended_action",
    "request_id",
)
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ProvisioningError:
    """One cause of refusals. ``hits`` says how often it came; ``told_at`` when a notice named it.

    ``acknowledged_by`` is who acknowledged it, by their id. ``connection_id`` and ``token_id`` are
    those it came by, None for an import from the shell.
    """

    org_id: str
    id: str
    state: State
    hits: int
    first_seen_at: datetime
    last_seen_at: datetime
    told_at: datetime | None
    acknowledged_by: str | None
    source: str
    connection_id: str | None
    token_id: str | None
    operation: str
    resource_type: str | None
    resource_id: str | None
    external_id: str | None
    attribute: str | None
    domain: str | None
    category: str
    code: str
    reason: str
    recommended_action: str | None
    retryable: bool
    request_id: str


_NAMES = tuple(field.name for field in fields(ProvisioningError))
_COLUMNS = tuple(_TABLE.c[name] for name in _NAMES)


class Counted(NamedTuple):
    """What counting met: a row it made, one that had been resolved, or one that was waiting."""

    id: str
    is_new: bool
    was_resolved: bool


class Origin(NamedTuple):
    """By which door, and which connection, something came."""

    source: str
    connection_id: str | None


def _counting() -> Hot:
    """Return the statement that counts a refusal, or makes its row while its slice has room."""
    given = {
        column.name: bindparam(column.name, type_=column.type, required=True)
        for column in _TABLE.columns
    }
    same = exists().where(_TABLE.c.org_id == given["org_id"], _TABLE.c.cause == given["cause"])
    slice_ = (
        select(literal_column("1"))
        .where(
            _TABLE.c.org_id == given["org_id"],
            _TABLE.c.subject >= bindparam("low", type_=_TABLE.c.subject.type, required=True),
            _TABLE.c.subject < bindparam("high", type_=_TABLE.c.subject.type, required=True),
            _UNRESOLVED,
        )
        .limit(literal_column(str(MOST_IN_SLICE)))
        .subquery()
    )
    held = select(func.count()).select_from(slice_).scalar_subquery()
    unbounded = bindparam("unbounded", type_=_TABLE.c.retryable.type, required=True)
    wanted = or_(unbounded == true(), same, held < literal_column(str(MOST_IN_SLICE)))
    new = upsert(_TABLE).from_select(list(given), select(*given.values()).where(wanted))
    sent, was = new.excluded, _TABLE.c
    values: dict[str, Any] = {name: sent[name] for name in _LATEST}
    values["hits"] = was.hits + sent.hits
    values["last_seen_at"] = case(
        (sent.last_seen_at > was.last_seen_at, sent.last_seen_at), else_=was.last_seen_at
    )
    counted = new.on_conflict_do_update(index_elements=["org_id", "cause"], set_=values)
    return Hot(counted.returning(was.id, was.state))


_COUNTING = _counting()


def count(
    session: Session,
    org_id: str,
    new: ProvisioningError,
    cause: str,
    subject: str,
    *,
    unbounded: bool = False,
) -> Counted | None:
    """Count refusals of one cause: as many as ``hits`` of the row that is made if there is none.

    A row that was resolved stays so until ``open_again``. None where there is no room for another
    one, which ``unbounded`` does not ask for.
    """
    prefix = subject[:SLICE]
    given = {name: getattr(new, name) for name in _NAMES}
    given |= {"org_id": org_id, "state": new.state.value, "cause": cause, "subject": subject}
    # A digit further than any that follows the prefix.
    given |= {"low": prefix, "high": f"{prefix}g", "unbounded": unbounded}
    found = session.run(_COUNTING, given)
    if not found:
        return None
    ((id, state),) = found
    return Counted(id, id == new.id, state == State.RESOLVED.value)


def get(session: Session, org_id: str, id: str) -> ProvisioningError | None:
    """Return one error."""
    query = select(*_COLUMNS).where(_TABLE.c.org_id == org_id, _TABLE.c.id == id)
    row = session.execute(query).mappings().first()
    return _error(row) if row else None


def page(
    session: Session,
    org_id: str,
    *,
    state: State | None = None,
    connection_id: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[ProvisioningError]:
    """Return errors, the one seen latest first; ``before``: when the last was seen, and its id.

    Few enough to be sorted here: an index on when they were last seen would cost every count.
    """
    query = select(*_COLUMNS).where(_TABLE.c.org_id == org_id)
    if state is not None:
        # Spelled out, as in the index.
        query = query.where(_TABLE.c.state == literal_column(f"'{state.value}'"))
    if connection_id is not None:
        query = query.where(_TABLE.c.connection_id == connection_id)
    if before is not None:
        at, id = before
        earlier = and_(_TABLE.c.last_seen_at == at, _TABLE.c.id < id)
        query = query.where(or_(_TABLE.c.last_seen_at < at, earlier))
    query = query.order_by(_TABLE.c.last_seen_at.desc(), _TABLE.c.id.desc()).limit(limit)
    return [_error(row) for row in session.execute(query).mappings()]


def counts(session: Session, org_id: str) -> dict[str, int]:
    """Return how many errors are in each state, by its word; a state without any is left out."""
    query = (
        select(_TABLE.c.state, func.count().label("number"))
        .where(_TABLE.c.org_id == org_id)
        .group_by(_TABLE.c.state)
    )
    return {row.state: row.number for row in session.execute(query)}


def acknowledge(session: Session, org_id: str, id: str, person: str | None) -> bool:
    """Mark an open error as known; False where it is not open any more."""
    changed = (
        update(_TABLE)
        .where(_TABLE.c.org_id == org_id, _TABLE.c.id == id, _TABLE.c.state == State.OPEN.value)
        .values(state=State.ACKNOWLEDGED.value, acknowledged_by=person)
    )
    return session.execute(changed).rowcount == 1


def open_again(session: Session, org_id: str, id: str) -> bool:
    """Open an error that nobody has been told of in this new life; False where it is open."""
    changed = (
        update(_TABLE)
        .where(_TABLE.c.org_id == org_id, _TABLE.c.id == id, _TABLE.c.state != State.OPEN.value)
        .values(state=State.OPEN.value, acknowledged_by=None, told_at=None)
    )
    return session.execute(changed).rowcount == 1


def mark(session: Session, org_id: str, connection_id: str) -> None:
    """Note that a connection has an unresolved error. Call it after the row has been written.

    Whether or not it is noted already: whoever is about to take the note back has locked the
    connection, and has to be waited for.
    """
    here = (connection.c.org_id == org_id, connection.c.id == connection_id)
    session.execute(update(connection).where(*here).values(has_errors=True))


def unmark(session: Session, org_id: str, connection_ids: Collection[str]) -> None:
    """Take that note back from the connections that have no unresolved error any more.

    The lock is a statement of its own: only the next one sees the errors that others wrote while
    it was waited for.
    """
    # In one order always: two who settle must not wait for each other.
    for id in sorted(connection_ids):
        here = (connection.c.org_id == org_id, connection.c.id == id)
        session.execute(select(connection.c.id).where(*here).with_for_update())
        waiting = select(_TABLE.c.id).where(
            _TABLE.c.org_id == org_id, _TABLE.c.connection_id == id, _UNRESOLVED
        )
        if session.execute(waiting.limit(1)).first() is None:
            session.execute(update(connection).where(*here).values(has_errors=False))


def unresolved(
    session: Session,
    org_id: str,
    subjects: Sequence[str],
    at: datetime,
    origin: Origin | None = None,
) -> bool:
    """Return whether ``resolve`` would find anything."""
    query = select(_TABLE.c.id).where(*_settled(org_id, subjects, at, origin)).limit(1)
    return session.execute(query).first() is not None


def resolve(
    session: Session,
    org_id: str,
    subjects: Sequence[str],
    at: datetime,
    origin: Origin | None = None,
) -> list[tuple[str, str | None]]:
    """Resolve what was refused no later than ``at``; return ids, each with its connection's.

    What was refused after the success that resolves is news, and stays. With an origin only what
    came the same way is resolved.
    """
    here = _settled(org_id, subjects, at, origin)
    # In one order always, as counting locks them. Put together with nothing, since SQLite would
    # walk the index of causes to save the sorting of a few.
    order = _TABLE.c.cause.concat(literal_column("''"))
    query = select(_TABLE.c.id).where(*here).order_by(order).with_for_update()
    ids = list(session.execute(query).scalars())
    if not ids:
        return []
    # Asked again: who held a lock may have counted a refusal meanwhile.
    changed = (
        update(_TABLE)
        .where(*here, _TABLE.c.id.in_(ids))
        .values(state=State.RESOLVED.value)
        .returning(_TABLE.c.id, _TABLE.c.connection_id)
    )
    return [(row.id, row.connection_id) for row in session.execute(changed)]


def any_unresolved(session: Session, org_id: str) -> bool:
    """Return whether the organization has any error that is not resolved."""
    query = select(_TABLE.c.id).where(_TABLE.c.org_id == org_id, _UNRESOLVED).limit(1)
    return session.execute(query).first() is not None


def purge(
    session: Session, org_id: str, before: datetime, limit: int = _CHUNK
) -> tuple[int, set[str]]:
    """Delete errors not seen since; how many, and of which connections. Repeat until it is none."""
    old = select(_TABLE.c.id).where(_TABLE.c.org_id == org_id, _TABLE.c.last_seen_at < before)
    gone = (
        delete(_TABLE)
        # Asked again, for one that is counted at this moment.
        .where(
            _TABLE.c.org_id == org_id,
            _TABLE.c.id.in_(old.limit(limit)),
            _TABLE.c.last_seen_at < before,
        )
        .returning(_TABLE.c.connection_id)
    )
    found = session.execute(gone).scalars().all()
    return len(found), {id for id in found if id is not None}


def _settled(
    org_id: str, subjects: Sequence[str], at: datetime, origin: Origin | None
) -> list[ColumnElement[bool]]:
    here = [
        _TABLE.c.org_id == org_id,
        _TABLE.c.subject.in_(subjects),
        _UNRESOLVED,
        _TABLE.c.last_seen_at <= at,
    ]
    if origin is not None:
        here.append(_TABLE.c.source == origin.source)
        here.append(_TABLE.c.connection_id.is_not_distinct_from(origin.connection_id))
    return here


def _error(row: RowMapping) -> ProvisioningError:
    return ProvisioningError(**{**row, "state": State(row["state"])})
