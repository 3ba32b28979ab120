"""Lists: filtered, sorted and paged by the database, in one statement each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    and_,
    func,
    literal_column,
    null,
    or_,
    select,
)

from scimserver.scim.filter import Constant, Node, size
from scimserver.scim.resource import Stored
from scimserver.scim.schema import ResourceType
from scimserver.storage import indexes, shapes
from scimserver.storage.filters import FilterContext, where
from scimserver.storage.models.resource import resource
from scimserver.storage.session import Session
from scimserver.storage.sorting import Order, Position, Sorting
from scimserver.storage.timeout import time_limit

__all__ = [
    "Order",
    "Position",
    "Search",
    "count",
    "count_up_to",
    "rows",
    "rows_after",
    "stream",
    "time_limit",
]


KEPT_TERMS = 10


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: types, a bound filter by type name, an order, and who asks.

    ``locations`` are the prefixes of meta.location by type, for filters that name it or ``$ref``.
    """

    kinds: tuple[ResourceType, ...]
    filters: Mapping[str, Node] | None = None
    order: Order | None = None
    connection_id: str | None = None
    locations: Mapping[str, str] = field(default_factory=dict)

    def node(self) -> Node | None:
        """Return the filter of the only type, or None where there is none or more."""
        if not self.filters or len(self.kinds) != 1:
            return None
        return self.filters[self.kinds[0].name]


def rows(session: Session, org_id: str, search: Search, *, offset: int, limit: int) -> list[Stored]:
    """Return a page of what matches: by the order asked for, else by creation."""
    if len(search.kinds) == 1 and search.order is None:
        quick = _quick(session, org_id, search, offset, limit)
        if quick is not None:
            return [_stored(search, row) for row in quick]
    test = _test(session, org_id, search)
    if test is None:
        return []
    statement = _columns(org_id, search).where(test)
    if search.order is None:
        statement = statement.order_by(resource.c.id)
    else:
        sorting = _sorting(session, org_id, search, whole=True)
        statement = statement.order_by(*sorting.by(backwards=False))
    found: list[Any] = list(_run(session, search, statement.limit(limit).offset(offset)))
    return [_stored(search, row) for row in found]


def rows_after(
    session: Session,
    org_id: str,
    search: Search,
    position: Position | None,
    limit: int,
    *,
    backwards: bool = False,
) -> list[tuple[Stored, Position]]:
    """Return the matches next to a position, each with its own, in the order of the search.

    Without a position they are the first ones, or backwards the last. While others insert and
    delete, a walk meets every resource that exists throughout exactly once (D41).
    """
    test = _test(session, org_id, search)
    if test is None:
        return []
    statement = _columns(org_id, search).where(test).limit(limit)
    if search.order is None:
        statement = _by_id(statement, position, backwards=backwards)
        found: list[Any] = list(_run(session, search, statement))
        pairs = [(_stored(search, row), Position(None, row[1])) for row in found]
    else:
        sorting = _sorting(session, org_id, search, whole=False)
        statement = statement.add_columns(sorting.key)
        statement = statement.order_by(*sorting.by(backwards=backwards))
        if position is not None:
            statement = statement.where(sorting.beyond(position, backwards=backwards))
        found = list(_run(session, search, statement))
        pairs = [(_stored(search, row), sorting.position(row[1], row[-1])) for row in found]
    return pairs[::-1] if backwards else pairs


def count(session: Session, org_id: str, search: Search) -> int:
    """Return how many resources match."""
    if len(search.kinds) == 1 and (node := search.node()) is not None:
        quick = shapes.count(session, org_id, search.kinds[0], node, search.connection_id)
        if quick is not None:
            return quick
    test = _test(session, org_id, search)
    if test is None:
        return 0
    statement = select(func.count()).select_from(resource).where(test)
    found: int = _run(session, search, statement).scalar_one()
    return found


def count_up_to(session: Session, org_id: str, search: Search, most: int) -> int:
    """Return how many resources match, or ``most`` where there are more: the rest is not read."""
    test = _test(session, org_id, search)
    if test is None:
        return 0
    one: Select[Any] = select(literal_column("1").label("one"))
    some = one.select_from(resource).where(test).limit(most)
    statement = select(func.count()).select_from(some.subquery())
    found: int = _run(session, search, statement).scalar_one()
    return found


def stream(
    session: Session, org_id: str, search: Search, chunk: int = 500
) -> Iterator[list[Stored]]:
    """Yield everything that matches in lists of bounded length."""
    position: Position | None = None
    while True:
        found = rows_after(session, org_id, search, position, chunk)
        if found:
            yield [stored for stored, _ in found]
        if len(found) < chunk:
            return
        position = found[-1][1]


def _run(session: Session, search: Search, statement: Select[Any]) -> CursorResult[Any]:
    """Run a search, compiled anew where its filter is long.

    SQLAlchemy keeps statements by their shape, some hundred of them. Two hundred terms are 4 MB of
    it, and a client can think of many shapes.
    """
    terms = sum(map(size, (search.filters or {}).values()))
    return session.execute(statement, kept=terms <= KEPT_TERMS)


def _quick(
    session: Session, org_id: str, search: Search, offset: int, limit: int
) -> Sequence[Sequence[Any]] | None:
    kind = search.kinds[0]
    if not search.filters:
        return shapes.page(session, org_id, kind, search.connection_id, offset, limit)
    node = search.filters[kind.name]
    return shapes.equal(session, org_id, kind, node, search.connection_id, offset, limit)


def _by_id(statement: Select[Any], position: Position | None, *, backwards: bool) -> Select[Any]:
    id = resource.c.id
    if position is not None:
        statement = statement.where(id < position.id if backwards else id > position.id)
    return statement.order_by(id.desc() if backwards else id)


def _columns(org_id: str, search: Search) -> Select[Any]:
    if search.connection_id is None:
        return select(*shapes.COLUMNS, null())
    return select(*shapes.COLUMNS, shapes.named(org_id, search.connection_id))


def _context(session: Session, org_id: str, search: Search) -> FilterContext:
    return FilterContext(
        org_id,
        search.connection_id,
        session.is_sqlite,
        search.locations,
        partial(indexes.is_trusted, session),
    )


def _sorting(session: Session, org_id: str, search: Search, *, whole: bool) -> Sorting:
    assert search.order is not None  # noqa: S101  # The caller has asked.
    return Sorting(search.order, search.kinds, _context(session, org_id, search), whole=whole)


def _test(session: Session, org_id: str, search: Search) -> ColumnElement[bool] | None:
    """Return the whole condition, or None where nothing can match."""
    owned = resource.c.org_id == org_id
    if not search.filters:
        return owned & resource.c.type.in_([kind.name for kind in search.kinds])
    context = _context(session, org_id, search)
    tests = [
        and_(resource.c.type == kind.name, where(search.filters[kind.name], kind, context))
        for kind in search.kinds
        if search.filters[kind.name] != Constant(False)
    ]
    return and_(owned, or_(*tests)) if tests else None


def _stored(search: Search, row: Sequence[Any]) -> Stored:
    type_name, id, version, document, active, created_at, updated_at, external = row[:8]
    kind = search.kinds[0]
    if kind.name != type_name:
        kind = next(each for each in search.kinds if each.name == type_name)
    return Stored(kind, id, version, document, external, active, created_at, updated_at)
