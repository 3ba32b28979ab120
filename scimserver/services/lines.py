"""The lines of an import: JSON Lines of SCIM resources, read in batches from any place."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from scimserver import codec
from scimserver.domain.actor import Actor
from scimserver.domain.references import targets
from scimserver.errors import ScimServerError
from scimserver.scim.errors import InvalidSyntaxError, InvalidValueError, PayloadTooLargeError
from scimserver.scim.registry import Registry
from scimserver.scim.resource import Draft
from scimserver.scim.schema import Attribute, ResourceType, Type, Uniqueness
from scimserver.scim.validate import canonical
from scimserver.storage.scratch import Later, Mark

BATCH_LINES = 1_000
BATCH_BYTES = 2 * 1024**2
MAX_LINE = 32 * 1024**2
_HEAD = 64 * 1024
_LONG = 256 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


Name = tuple[Attribute, str]
"""The attribute that names a resource, with the comparison key of its value."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was read: a draft, or the reason why there is none.

    ``name`` is what it is matched by when its id is unknown, ``references`` are the ids its
    attributes point to. ``id`` and ``effect`` say what an earlier stage made of it; ``has_edges``
    that it must wait for the stage of what has members.
    """

    number: int
    position: int
    draft: Draft | None = None
    file_id: str | None = None
    refusal: ScimServerError | None = None
    has_edges: bool = False
    name: Name | None = None
    references: tuple[str, ...] = ()
    id: str | None = None
    effect: str | None = None

    def later(self, stage: int, id: str | None = None, effect: str | None = None) -> Later:
        """Return the note that brings the line back in a later stage."""
        return Later(stage, self.position, self.number, self.file_id, id, effect)


class LineReader:
    """Reads a file's lines into drafts, as an actor's connection sends them."""

    def __init__(self, file: Path, actor: Actor, registry: Registry) -> None:
        self.size = file.stat().st_size
        self.position = 0
        self.number = 0
        # Without a connection an externalId would belong to nobody.
        self.external_ids_left_out = 0
        self._file: IO[bytes] = file.open("rb")
        self._actor = actor
        self._types = {kind.name.lower(): kind for kind in registry.types.values()}
        self._edge_names = {kind.edge.name.lower() for kind in registry.types.values() if kind.edge}
        self._urns = {kind.schema.urn.lower(): kind for kind in registry.types.values()}

    def digest(self) -> str:
        """Return what tells this file from another one under its name."""
        self._file.seek(0)
        return f"{self.size} {hashlib.sha256(self._file.read(_HEAD)).hexdigest()}"

    def following(self, mark: Mark) -> list[Line]:
        """Return the next lines, none of which means the same resource as another."""
        self._file.seek(mark.position)
        self.position, self.number = mark.position, mark.line
        lines: list[Line] = []
        seen: set[tuple[str, str]] = set()
        used = 0
        while len(lines) < BATCH_LINES and used < BATCH_BYTES:
            position = self.position
            raw, length = self._raw()
            if not length:
                break
            if raw.strip():
                line = self._line(self.number + 1, position, raw)
                marks = _marks(line)
                if not seen.isdisjoint(marks):
                    break
                seen.update(marks)
                lines.append(line)
            self.position, self.number = position + length, self.number + 1
            used += length
        return lines

    def again(self, waiting: Sequence[Later]) -> list[Line]:
        """Return lines that were put off, as many as make a batch."""
        lines: list[Line] = []
        seen: set[tuple[str, str]] = set()
        used = 0
        for later in waiting:
            self._file.seek(later.position)
            raw, length = self._raw()
            line = self._line(later.line, later.position, raw, whole=True)
            marks = _marks(line)
            if not seen.isdisjoint(marks):
                break
            seen.update(marks)
            lines.append(replace(line, id=later.id, effect=later.effect))
            used += length
            if used > BATCH_BYTES:
                break
        return lines

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _raw(self) -> tuple[bytes, int]:
        """Return the line at the file's position, cut off where it is too long, and its length."""
        raw = self._file.readline(MAX_LINE + 1)
        length = len(raw)
        while length > MAX_LINE and (rest := self._file.readline(MAX_LINE)):
            length += len(rest)
            if rest.endswith(b"\n"):
                break
        return raw, length

    def _line(self, number: int, position: int, raw: bytes, *, whole: bool = False) -> Line:
        file_id = None
        try:
            body = self._body(raw if position else raw.removeprefix(_BYTE_ORDER_MARK))
            kind = self._kind(body)
            file_id = _file_id(body)
            if kind.edge is not None and not whole:
                return Line(number, position, file_id=file_id, has_edges=True)
            draft = canonical(kind, _unpacked(kind, body), self._actor.profile)
        except ScimServerError as refusal:
            return Line(number, position, file_id=file_id, refusal=refusal)
        if draft.external_id is not None and self._actor.connection_id is None:
            self.external_ids_left_out += 1
            draft = replace(draft, external_id=None)
        held = tuple(value for _attribute, value in targets(kind, draft.attributes))
        return Line(number, position, draft, file_id, name=unique_name(draft), references=held)

    def _body(self, raw: bytes) -> Mapping[str, Any]:
        if len(raw) > MAX_LINE:
            raise PayloadTooLargeError(f"A line may hold {MAX_LINE} bytes at most.")
        # A team of 200,000 would take some hundred megabytes as dicts, one a member.
        body = (
            codec.decode(raw) if len(raw) < _LONG else codec.decode_sparing(raw, self._edge_names)
        )
        if not isinstance(body, dict):
            raise InvalidSyntaxError("A line must be one JSON object, a SCIM resource.")
        return body

    def _kind(self, body: Mapping[str, Any]) -> ResourceType:
        """Return the type of a resource: ``meta.resourceType``, else what ``schemas`` says."""
        meta = _member(body, "meta")
        name = _member(meta, "resourceType") if isinstance(meta, dict) else None
        if isinstance(name, str) and name.lower() in self._types:
            return self._types[name.lower()]
        schemas = _member(body, "schemas")
        for urn in schemas if isinstance(schemas, list) else ():
            if isinstance(urn, str) and urn.lower() in self._urns:
                return self._urns[urn.lower()]
        raise InvalidSyntaxError(
            "schemas: none of them is a resource type of this server. Name one, such as "
            "urn:ietf:params:scim:schemas:core:2.0:User."
        )


def unique_name(draft: Draft) -> Name | None:
    """Return the attribute a line is matched by when its id is unknown, and its comparison key."""
    attribute = name_attribute(draft.type)
    value = draft.attributes.get(attribute.name) if attribute else None
    return (attribute, attribute.fold(value)) if attribute and isinstance(value, str) else None


@lru_cache(maxsize=256)
def name_attribute(kind: ResourceType) -> Attribute | None:
    """Return the attribute that names a resource: the unique one, else ``displayName``."""
    own = kind.schema.attributes.values()
    unique = [a for a in own if a.uniqueness is not Uniqueness.NONE and a.type is Type.STRING]
    return unique[0] if unique else kind.schema.attributes.get("displayname")


def _unpacked(kind: ResourceType, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body with nothing packed but the members: only their reader takes them so."""
    edge = kind.edge.name.lower() if kind.edge is not None else ""
    packed = [n for n, each in body.items() if type(each) is codec.Packed and n.lower() != edge]
    return {**body, **{name: list(body[name]) for name in packed}} if packed else body


def _member(body: Mapping[str, Any], name: str) -> Any:
    """Return a member in whatever case it is written (B12)."""
    if name in body:
        return body[name]
    # No other length becomes these letters in lower case, and lengths cost less to compare.
    length, lowered = len(name), name.lower()
    for key in body:
        if len(key) == length and key.lower() == lowered:
            return body[key]
    return None


def _file_id(body: Mapping[str, Any]) -> str | None:
    file_id = _member(body, "id")
    if file_id is not None and not isinstance(file_id, str):
        raise InvalidValueError("id: must be a string")
    return file_id or None


def _marks(line: Line) -> set[tuple[str, str]]:
    """Return what another line of the batch must not repeat."""
    marks = {("id", line.file_id)} if line.file_id else set()
    if line.name is not None:
        # A path alone is not enough: each type has a displayName.
        marks.add((line.name[0].urn, line.name[1]))
    return marks
