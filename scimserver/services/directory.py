"""Reads: one resource, a page of a search, the members of a group. Nothing here writes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from scimserver.domain import permissions
from scimserver.domain.actor import Actor
from scimserver.domain.errors import UnknownResourceError
from scimserver.ids import is_id
from scimserver.scim.binding import bind, sort_attribute
from scimserver.scim.cursor import Sealer, Walk
from scimserver.scim.filter import Compare, Node, Op
from scimserver.scim.messages import SearchRequest
from scimserver.scim.readers import Notes
from scimserver.scim.resource import Stored
from scimserver.scim.schema import ResourceType
from scimserver.storage import reader, search
from scimserver.storage.filters import is_indexed
from scimserver.storage.reader import Ahead
from scimserver.storage.search import Order, Position, Search
from scimserver.storage.session import Session

_KEYS = frozenset({"id", "externalId"})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search. ``start_index`` is None in a cursor walk (D34)."""

    total: int
    found: tuple[Stored, ...]
    start_index: int | None = None
    next_cursor: str | None = None
    previous_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A search bound to the schema. ``is_costly`` says that it may have to look at every row.

    ``quirks`` are the tolerances that its filter and its order took (J2.1).
    """

    wanted: Search
    request: SearchRequest
    is_costly: bool
    quirks: tuple[str, ...]


class Directory:
    """The resources of one organization, as one actor may see them.

    ``locations`` are the addresses above the resources of each type, for filters that name one.
    """

    def __init__(
        self, session: Session, actor: Actor, locations: Mapping[str, str] | None = None
    ) -> None:
        self._session = session
        self._actor = actor
        self._locations = locations or {}

    def get(self, kind: ResourceType, id: str, ahead: Ahead | None = None) -> Stored:
        """Return one resource, or raise UnknownResourceError, whatever the reason (B34).

        ``ahead`` holds it if it was read with the token.
        """
        permissions.check_read(self._actor, kind, id)
        actor = self._actor
        found = None
        if ahead is not None and ahead.is_read:
            found = ahead.stored
            if found is not None and found.type is not kind:
                # It was read before anyone knew whose it is, and which extensions they see.
                found = found._replace(type=kind)
        elif is_id(id):
            found = reader.get(self._session, actor.org_id, kind, id, actor.connection_id)
        if found is None:
            raise UnknownResourceError(kind.name, id)
        return found

    def query(self, kinds: Sequence[ResourceType], request: SearchRequest) -> Query:
        """Return a search among the types, or refuse its filter or order (RFC 7644 §3.4.2)."""
        for kind in kinds:
            permissions.check_read(self._actor, kind)
        profile = self._actor.profile
        filters: Mapping[str, Node] | None = None
        quirks: tuple[str, ...] = ()
        if request.filter is not None:
            bound = bind(request.filter, kinds, profile)
            filters, quirks = bound.nodes, bound.quirks
        order = None
        if request.sort_by is not None:
            notes = Notes(profile)
            order = Order(sort_attribute(request.sort_by, kinds, notes), request.descending)
            quirks = tuple({**dict.fromkeys(quirks), **notes.quirks})
        wanted = Search(tuple(kinds), filters, order, self._actor.connection_id, self._locations)
        plain = filters is None or all(_is_look_up(kind, filters[kind.name]) for kind in kinds)
        return Query(wanted, request, order is not None or not plain, quirks)

    def page(self, query: Query, sealer: Sealer, now: datetime) -> Page:
        """Return the page a query asks for, by index or by cursor (RFC 9865)."""
        if query.request.cursor is None:
            return self._index_page(query.wanted, query.request)
        return self._cursor_page(query.wanted, query.request, sealer, now)

    def _index_page(self, wanted: Search, request: SearchRequest) -> Page:
        offset, limit = request.start_index - 1, request.count
        found: Sequence[Stored] = ()
        if limit:
            found = search.rows(
                self._session, self._actor.org_id, wanted, offset=offset, limit=limit
            )
        # A page that is not full ends the list, so its length is known without counting.
        if limit > len(found) and (found or not offset):
            total = offset + len(found)
        else:
            total = search.count(self._session, self._actor.org_id, wanted)
        return Page(total, tuple(found), start_index=request.start_index)

    def _cursor_page(
        self, wanted: Search, request: SearchRequest, sealer: Sealer, now: datetime
    ) -> Page:
        session, org_id = self._session, self._actor.org_id
        binding = self._binding(wanted, request)
        walk = None
        if request.cursor:
            count = request.count if request.counted else None
            walk = sealer.open(request.cursor, binding, now, count)
        limit = walk.count if walk else request.count
        backwards = walk is not None and walk.backwards
        position = _position(walk) if walk else None
        found = (
            search.rows_after(session, org_id, wanted, position, limit + 1, backwards=backwards)
            if limit
            else []
        )
        more = len(found) > limit
        # The row beyond the page lies at the far end of the direction we walk in.
        found = (found[1:] if backwards else found[:limit]) if more else found
        if walk is not None:
            total = walk.total
        elif limit and not more:
            total = len(found)
        else:
            total = search.count(session, org_id, wanted)

        def cursor(at: Position, *, back: bool) -> str:
            return sealer.seal(Walk(_values(at), total, limit, back), binding, now)

        has_next = bool(found) and (more or backwards)
        has_previous = bool(found) and walk is not None and (more or not backwards)
        return Page(
            total,
            tuple(stored for stored, _ in found),
            next_cursor=cursor(found[-1][1], back=False) if has_next else None,
            previous_cursor=cursor(found[0][1], back=True) if has_previous else None,
        )

    def _binding(self, wanted: Search, request: SearchRequest) -> bytes:
        """Return what must be the same on every page of a walk (D36, D38, D40)."""
        actor = self._actor
        asked = [
            actor.org_id,
            actor.connection_id,
            actor.token_id,
            sorted(actor.scopes),
            [kind.name for kind in wanted.kinds],
            request.filter,
            request.sort_by,
            request.descending,
            request.attributes,
            request.excluded,
        ]
        return hashlib.sha256(orjson.dumps(asked)).digest()


def _is_look_up(kind: ResourceType, node: Node) -> bool:
    """Return whether a filter asks one index for one value."""
    if not isinstance(node, Compare) or node.op is not Op.EQ:
        return False
    return node.attribute.path in _KEYS or is_indexed(kind, node.attribute)


def _values(position: Position) -> tuple[str | float | None, ...]:
    return (position.id, position.key)


def _position(walk: Walk) -> Position:
    id, key = walk.position
    return Position(key, str(id))
