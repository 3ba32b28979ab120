"""Export: an organization's resources as JSON Lines, the way an import reads them.

What has no members comes first, then what has, so that a reader meets nobody unknown. A team's
members are streamed: its line is never held as a whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from scimserver.domain.actor import Actor
from scimserver.scim.registry import Registry
from scimserver.scim.resource import Stored, hidden, is_public
from scimserver.scim.schema import Attribute, ResourceType
from scimserver.storage import members, search
from scimserver.storage.search import Position, Search
from scimserver.storage.session import Session

PAGE = 500


class Export:
    """An export of one organization, with the externalIds of one connection."""

    def __init__(self, session: Session, actor: Actor, registry: Registry) -> None:
        self._session = session
        self._actor = actor
        self._kinds = sorted(registry.types.values(), key=lambda kind: kind.edge is not None)

    def total(self) -> int:
        """Return how many resources there are."""
        counts = (
            search.count(self._session, self._actor.org_id, self._search(kind))
            for kind in self._kinds
        )
        return sum(counts)

    def lines(self) -> Iterator[Iterator[bytes]]:
        """Yield each resource as the pieces of its line."""
        for kind in self._kinds:
            position: Position | None = None
            while found := search.rows_after(
                self._session, self._actor.org_id, self._search(kind), position, PAGE
            ):
                for stored, _ in found:
                    yield self._pieces(stored)
                position = found[-1][1]

    def _search(self, kind: ResourceType) -> Search:
        return Search((kind,), connection_id=self._actor.connection_id)

    def _pieces(self, stored: Stored) -> Iterator[bytes]:
        """Yield a resource's line: its document, with what is kept beside it."""
        kind = stored.type
        yield public_document(stored)[:-1].encode()
        yield b',"meta":' + orjson.dumps({"resourceType": kind.name})
        if stored.external_id is not None:
            yield b',"externalId":' + orjson.dumps(stored.external_id)
        if kind.edge is not None:
            yield b"," + orjson.dumps(kind.edge.name) + b":["
            yield from self._members(stored.id)
            yield b"]"
        yield b"}\n"

    def _members(self, group_id: str) -> Iterator[bytes]:
        comma = b""
        for page in members.stream(self._session, self._actor.org_id, group_id):
            listed = [{"value": member.value, "type": member.type} for member in page]
            yield comma + orjson.dumps(listed)[1:-1]
            comma = b","


def public_document(stored: Stored) -> str:
    """Return a resource's document without what may never leave the server (B32)."""
    kind = stored.type
    if is_public(kind, stored.document):
        return stored.document
    body = orjson.loads(stored.document)
    for urn in hidden(kind, body):
        del body[urn]
        body["schemas"].remove(urn)
    tables: list[tuple[Any, Mapping[str, Attribute]]] = [(body, kind.attributes)]
    tables += [
        (body.get(extension.schema.urn), extension.schema.attributes)
        for extension in kind.extensions.values()
    ]
    for holder, attributes in tables:
        _strip(holder, attributes)
    return orjson.dumps(body).decode()


def _strip(holder: Any, attributes: Mapping[str, Attribute]) -> None:
    entries: Sequence[Any] = holder if isinstance(holder, list) else [holder]
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        for attribute in attributes.values():
            if attribute.is_secret:
                entry.pop(attribute.name, None)
            elif attribute.sub_attributes:
                _strip(entry.get(attribute.name), attribute.sub_attributes)
