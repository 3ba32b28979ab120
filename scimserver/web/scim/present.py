"""Stored documents become representations: what changes without them is spliced on.

A plain read joins texts and never parses a document, unless it holds a reference whose address and
name are computed. Projections, and types that hide attributes, take the longer way over a dict.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from scimserver.scim import project
from scimserver.scim.conditions import etag
from scimserver.scim.project import Projection
from scimserver.scim.registry import Registry
from scimserver.scim.resource import Stored, hidden, is_public
from scimserver.scim.schema import Attribute, ResourceType
from scimserver.storage import members
from scimserver.storage.members import GroupOf, Member
from scimserver.storage.session import Session

CHUNK = 1_000

_COMPUTED = frozenset({"$ref", "type", "display"})

Kinds = Mapping[str, tuple[str, str | None]]


class Parts(NamedTuple):
    """One representation, open where the members go; ``closed`` is it without them."""

    head: bytes
    tail: bytes

    @property
    def closed(self) -> bytes:
        """The representation of a resource whose members are not part of it."""
        return self.head + self.tail


class Presenter:
    """Turns stored resources into bytes, with addresses under one public base URL.

    ``roots`` are the addresses above the resources of each type, by its name.
    """

    def __init__(self, registry: Registry, base_url: str) -> None:
        self.roots = {
            name: f"{base_url}/scim/v2{kind.endpoint}/" for name, kind in registry.types.items()
        }
        self._needles = {
            name: tuple(f'"{attribute.name}":' for attribute in kind.references)
            for name, kind in registry.types.items()
        }

    def location(self, stored: Stored) -> str:
        """Return the permanent address of a resource."""
        return self.roots[stored.type.name] + stored.id

    def address(self, kind: ResourceType, id: str) -> str:
        """Return the address of a resource by type and id."""
        return self.roots[kind.name] + id

    def parts(
        self,
        session: Session,
        org_id: str,
        found: Sequence[Stored],
        projection: Projection | None,
        *,
        are_new: bool = False,
    ) -> list[Parts]:
        """Return the representations, all but their members, in a statement or two for all.

        ``are_new`` says that they were created by this very request, so they are in no group.
        """
        grouped = [
            stored.id
            for stored in found
            if stored.type.computed_groups
            and not are_new
            and (projection is None or projection.wants("groups"))
        ]
        groups = members.groups_of(session, org_id, grouped) if grouped else {}
        listed = self._listed(groups) if projection is None else {}
        parsed = [self._parsed(stored) for stored in found]
        self._complete_all(session, org_id, found, parsed)
        return [
            self._projected(stored, held, groups.get(stored.id, ()), projection)
            if projection is not None or not is_public(stored.type, stored.document)
            else self._whole(stored, held, listed.get(stored.id))
            for stored, held in zip(found, parsed, strict=True)
        ]

    def has_members(self, kind: ResourceType, projection: Projection | None) -> bool:
        """Return whether the members of this type are part of the answer (B54)."""
        return kind.edge is not None and (projection is None or projection.wants(kind.edge.name))

    def sizes(
        self,
        session: Session,
        org_id: str,
        found: Sequence[Stored],
        projection: Projection | None,
    ) -> dict[str, int]:
        """Return how many members come with each resource that shows any, by id."""
        ids = [stored.id for stored in found if self.has_members(stored.type, projection)]
        return members.sizes(session, org_id, ids) if ids else {}

    def joined(
        self,
        session: Session,
        org_id: str,
        found: Sequence[Stored],
        parts: Sequence[Parts],
        projection: Projection | None,
        sizes: Mapping[str, int],
    ) -> Iterator[bytes]:
        """Yield the representations with their members, commas between, in bounded pieces."""
        inside = members.each(session, org_id, sizes)
        separator = b""
        for stored, part in zip(found, parts, strict=True):
            yield separator + part.head
            if stored.id in sizes:
                yield from self.members(stored, next(inside), projection)
            yield part.tail
            separator = b","

    def members(
        self, stored: Stored, chunks: Iterable[list[Member]], projection: Projection | None
    ) -> Iterator[bytes]:
        """Yield what stands between head and tail of a group, from its members in pieces."""
        edge = stored.type.edge
        assert edge is not None  # noqa: S101  # The caller asked has_members.
        # What the schema of the type does not list is not there to be told (A9).
        unlisted = _COMPUTED - edge.sub_attributes.keys()
        yield f',"{edge.name}":['.encode()
        separator = b""
        for chunk in chunks:
            entries = [self._member(member) for member in chunk]
            if unlisted:
                entries = [_without(each, unlisted) for each in entries]
            if projection is not None:
                entries = projection.apply(stored.type, {edge.name: entries}).get(edge.name, [])
            if entries:
                yield separator + orjson.dumps(entries)[1:-1]
                separator = b","
        yield b"]"

    def _parsed(self, stored: Stored) -> dict[str, Any] | None:
        """Return the document as a dict if it may hold a reference, else None."""
        document = stored.document
        for needle in self._needles[stored.type.name]:
            if needle in document:
                parsed: dict[str, Any] = orjson.loads(document)
                return parsed
        return None

    def _complete_all(
        self,
        session: Session,
        org_id: str,
        found: Sequence[Stored],
        parsed: Sequence[dict[str, Any] | None],
    ) -> None:
        """Put into the documents what is computed of their references, from one statement."""
        ids = [id for stored, held in zip(found, parsed, strict=True) for id in _ids(stored, held)]
        kinds = members.kinds_of(session, org_id, ids) if ids else {}
        for stored, held in zip(found, parsed, strict=True):
            if held is not None:
                self._complete_references(stored.type, held, kinds)

    def _listed(self, groups: Mapping[str, Sequence[GroupOf]]) -> dict[str, str]:
        """Return the groups of each member as JSON text, each group written once for a page."""
        written: dict[GroupOf, str] = {}
        listed = {}
        for id, held in groups.items():
            if held:
                for group in held:
                    if group not in written:
                        written[group] = orjson.dumps(self._group(group)).decode()
                listed[id] = ",".join([written[group] for group in held])
        return listed

    def _whole(self, stored: Stored, parsed: dict[str, Any] | None, groups: str | None) -> Parts:
        text = stored.document if parsed is None else orjson.dumps(parsed).decode()
        external = groups_text = ""
        if stored.external_id is not None:
            external = f',"externalId":{orjson.dumps(stored.external_id).decode()}'
        if groups is not None:
            groups_text = f',"groups":[{groups}]'
        head = f"{text[:-1]}{external}{groups_text}"
        created = _time(stored.created_at)
        modified = created if stored.version == 1 else _time(stored.updated_at)
        tail = (
            f',"meta":{{"resourceType":"{stored.type.name}","created":"{created}"'
            f',"lastModified":"{modified}","location":"{self.location(stored)}"'
            f',"version":"W/\\"{stored.version}\\""}}}}'
        )
        return Parts(head.encode(), tail.encode())

    def _projected(
        self,
        stored: Stored,
        parsed: dict[str, Any] | None,
        groups: Sequence[GroupOf],
        projection: Projection | None,
    ) -> Parts:
        whole = orjson.loads(stored.document) if parsed is None else parsed
        for urn in hidden(stored.type, whole):
            whole["schemas"].remove(urn)
        if stored.external_id is not None:
            whole["externalId"] = stored.external_id
        if groups:
            whole["groups"] = [self._group(group) for group in groups]
        whole["meta"] = {
            "resourceType": stored.type.name,
            "created": _time(stored.created_at),
            "lastModified": _time(stored.updated_at),
            "location": self.location(stored),
            "version": etag(stored.version),
        }
        if projection is None:
            shown = project.default_view(stored.type, whole)
        else:
            shown = projection.apply(stored.type, whole)
        return Parts(orjson.dumps(shown)[:-1], b"}")

    def _group(self, group: GroupOf) -> dict[str, str]:
        entry = {"value": group.value, "$ref": self.roots[members.GROUP] + group.value}
        if group.display is not None:
            entry["display"] = group.display
        entry["type"] = "direct" if group.direct else "indirect"
        return entry

    def _member(self, member: Member) -> dict[str, str]:
        entry = {"value": member.value}
        # The schema of a type may have been taken away while its resources stay (L7).
        if member.type in self.roots:
            entry["$ref"] = self.roots[member.type] + member.value
        entry["type"] = member.type
        if member.display is not None:
            entry["display"] = member.display
        return entry

    def _complete_references(
        self, kind: ResourceType, parsed: dict[str, Any], kinds: Kinds
    ) -> None:
        for attribute in kind.references:
            for entry in _entries(attribute, parsed):
                target = kinds.get(entry.get("value", ""))
                if target is None or target[0] not in attribute.targets:
                    continue  # An id that is not (yet) a resource is kept bare (B59).
                subs = attribute.sub_attributes
                if "$ref" in subs:
                    entry["$ref"] = self.roots[target[0]] + entry["value"]
                if "type" in subs:
                    entry["type"] = target[0]
                for name in ("displayName", "display"):
                    if name.lower() in subs and target[1] is not None:
                        entry[name] = target[1]


def _without(entry: dict[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in entry.items() if name not in names}


def _ids(stored: Stored, parsed: dict[str, Any] | None) -> list[str]:
    if parsed is None:
        return []
    return [
        entry["value"]
        for attribute in stored.type.references
        for entry in _entries(attribute, parsed)
        if "value" in entry
    ]


def _entries(attribute: Attribute, parsed: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    held: Any = parsed
    for name in attribute.location:
        held = held.get(name)
        if held is None:
            return ()
    return held if isinstance(held, list) else [held]


def _time(moment: datetime) -> str:
    """Return an instant in UTC as ``clock.timestamp`` does, at a fifth of the cost."""
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"
