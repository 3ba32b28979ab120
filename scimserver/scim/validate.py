"""Bodies of POST, PUT and import become Drafts; values of PATCH become canonical values.

Names are matched in any case and written in the schema's spelling, readOnly values are passed over,
unset ones left out, types checked. What a resource as a whole must fulfil is judged by
``resource.complete``, since a PATCH may build it in steps.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from scimserver.scim.edge_values import read_edges
from scimserver.scim.errors import InvalidSyntaxError
from scimserver.scim.quirks import Profile, counters
from scimserver.scim.readers import (
    UNSET,
    Notes,
    Reader,
    Refusal,
    check_text,
    entry_reader,
    members_reader,
    plain_limit,
    reader,
)
from scimserver.scim.resource import Draft
from scimserver.scim.schema import Attribute, Mutability, ResourceType

__all__ = ["UNSET", "Notes", "canonical", "canonical_entry", "canonical_value", "check_text"]


class _Part(IntEnum):
    """What a name at the top of a body stands for."""

    CORE = 0
    EXTENSION = 1
    EDGE = 2
    EXTERNAL_ID = 3
    SCHEMAS = 4
    UNQUALIFIED = 5
    PASSED_OVER = 6


def canonical(kind: ResourceType, body: Mapping[str, Any], profile: Profile) -> Draft:
    """Return what a body says, or raise InvalidSyntaxError, InvalidValueError or 413 (B64).

    Whether required attributes are there is not asked yet.
    """
    if type(body) is not dict:
        raise InvalidSyntaxError("The body must be a JSON object.")
    return _Body(kind, profile).read(body)


def canonical_value(
    attribute: Attribute, value: Any, profile: Profile, where: str, notes: Notes | None = None
) -> Any:
    """Return the canonical value of a whole attribute, or UNSET; the value of a PATCH operation.

    One element may stand for an array, except in strict (C13). ``notes`` collects tolerances and
    names that were passed over.
    """
    notes = notes or Notes(profile)
    if attribute.multi_valued and not profile.strict and type(value) not in (list, type(None)):
        value = [value]
    return _read(reader(attribute), value, notes, where)


def canonical_entry(
    attribute: Attribute, value: Any, profile: Profile, where: str, notes: Notes | None = None
) -> Any:
    """Return one canonical value of a multi-valued attribute, or UNSET."""
    return _read(entry_reader(attribute), value, notes or Notes(profile), where)


def _read(read: Reader, value: Any, notes: Notes, where: str) -> Any:
    try:
        return read(value, notes)
    except Refusal as refusal:
        refusal.at(where)
        raise refusal.error() from None


class _Body:
    """One body while it is read."""

    def __init__(self, kind: ResourceType, profile: Profile) -> None:
        self._kind = kind
        self._notes = Notes(profile)
        self._attributes: dict[str, Any] = {}
        self._unqualified: dict[str, dict[str, Any]] = {}
        self._external_id: str | None = None
        self._edges: tuple[str, ...] | None = None
        self._edge_types: dict[str, str] = {}
        self._cleared: set[str] = set()
        self._has_schemas = False

    def read(self, body: dict[str, Any]) -> Draft:
        known = _names(self._kind)
        notes, attributes = self._notes, self._attributes
        key = ""
        try:
            for key, value in body.items():
                entry = known.get(key) or known.get(key.lower())
                if entry is None:
                    notes.unknown(key, "")
                    continue
                part, name, read_one, limit = entry
                # The limit is 0 for all but plain texts of the core.
                if type(value) is str and 0 < len(value) <= limit and value.isprintable():
                    attributes[name] = value
                elif part is not _Part.CORE:
                    self._other(part, name, read_one, value)
                elif (one := read_one(value, notes)) is UNSET:
                    self._cleared.add(name)
                else:
                    attributes[name] = one
        except Refusal as refusal:
            refusal.at(key)
            raise refusal.error() from None
        if not self._has_schemas:
            self._without_schemas()
        for urn, values in self._unqualified.items():
            attributes[urn] = {**values, **attributes.get(urn, {})}
        return Draft(
            self._kind,
            attributes,
            self._external_id,
            self._edges,
            ignored=tuple(notes.ignored),
            quirks=tuple(notes.quirks),
            edge_types=self._edge_types,
            cleared=frozenset(self._cleared),
        )

    def _other(self, part: _Part, name: str, read_one: Reader, value: Any) -> None:
        """Read what is no core attribute."""
        if part is _Part.EXTENSION:
            self._extension(name, read_one, value)
        elif part is _Part.EDGE:
            self._edge(name, value)
        elif part is _Part.EXTERNAL_ID:
            one = read_one(value, self._notes)
            self._external_id = None if one is UNSET else one
            if one is UNSET:
                self._cleared.add(name)
        elif part is _Part.SCHEMAS:
            self._schemas(value)
        elif part is _Part.UNQUALIFIED:
            self._loose(name, read_one, value)

    def _extension(self, urn: str, read_one: Reader, value: Any) -> None:
        if type(value) is not dict:
            if value is not None and value != []:
                raise Refusal("must be a JSON object")
            value = {}
        one = read_one(value, self._notes)
        if one is UNSET:
            self._cleared.add(urn)
        else:
            self._attributes[urn] = one

    def _loose(self, path: str, read_one: Reader, value: Any) -> None:
        """Take an extension attribute that stands among the core ones (C5)."""
        urn, _, name = path.rpartition(":")
        if not self._notes.profile.unqualified_extension_paths:
            self._notes.unknown(name, "")
            return
        self._notes.use(counters.UNQUALIFIED_PATH)
        one = read_one(value, self._notes)
        if one is not UNSET:
            self._unqualified.setdefault(urn, {})[name] = one

    def _schemas(self, value: Any) -> None:
        """Check ``schemas`` (B8): the type's own URN, extensions, and strangers as allowed."""
        if type(value) is str and self._notes.profile.scalar_to_list:
            self._notes.use(counters.SCALAR_TO_LIST)
            value = [value]
        if value is None or value == []:
            return
        if type(value) is not list or not all(type(each) is str for each in value):
            raise Refusal("must be an array of URNs", InvalidSyntaxError)
        self._has_schemas = True
        urns = {each.lower() for each in value}
        base = self._kind.schema.urn
        if base.lower() not in urns:
            raise Refusal(f"must name {base}", InvalidSyntaxError)
        if urns - {base.lower()} - self._kind.extensions.keys():
            if not self._notes.profile.unknown_attributes:
                raise Refusal("names a schema this resource type does not have", InvalidSyntaxError)
            self._notes.use(counters.UNKNOWN_SCHEMA)

    def _without_schemas(self) -> None:
        if not self._notes.profile.missing_schemas:
            raise InvalidSyntaxError(f"schemas: is missing. Send [{self._kind.schema.urn!r}].")
        self._notes.use(counters.MISSING_SCHEMAS)

    def _edge(self, name: str, value: Any) -> None:
        edge = self._kind.edge
        assert edge is not None  # noqa: S101  # Only a type with an edge has this part.
        self._edges, self._edge_types = read_edges(self._kind, edge, value, self._notes)
        if not self._edges:
            self._cleared.add(name)


_Names = Mapping[str, tuple[_Part, str, Reader, int]]


def _names(kind: ResourceType) -> _Names:
    """Return what each name at the top of a body stands for, compiled once a type."""
    found: _Names | None = kind.memo.get("names")
    if found is None:
        found = kind.memo["names"] = _compiled(kind)
    return found


def _compiled(kind: ResourceType) -> _Names:
    found: dict[str, tuple[_Part, str, Reader, int]] = {}

    def add(part: _Part, written: str, name: str, read_one: Reader, limit: int = 0) -> None:
        found.setdefault(written, (part, name, read_one, limit))
        found.setdefault(written.lower(), (part, name, read_one, limit))

    for each in kind.attributes.values():
        part = _Part.CORE
        if each.name == "schemas":
            part = _Part.SCHEMAS
        elif each.name == "externalId":
            part = _Part.EXTERNAL_ID
        elif each is kind.edge:
            part = _Part.EDGE
        elif each.mutability is Mutability.READ_ONLY:
            part = _Part.PASSED_OVER
        limit = plain_limit(each) if part is _Part.CORE else 0
        add(part, each.name, each.name, reader(each), limit)
    for extension in kind.extensions.values():
        schema = extension.schema
        read_one = members_reader(schema.attributes, f"{schema.urn}:", ":")
        add(_Part.EXTENSION, schema.urn, schema.urn, read_one)
    for each in _unambiguous(kind):
        if each.mutability is not Mutability.READ_ONLY:
            add(_Part.UNQUALIFIED, each.name, f"{each.location[0]}:{each.name}", reader(each))
    return found


def _unambiguous(kind: ResourceType) -> list[Attribute]:
    """Return the extension attributes whose name says alone where they belong (C5)."""
    named = (name for e in kind.extensions.values() for name in e.schema.attributes)
    resolved = (kind.find(name, unqualified=True) for name in named)
    return [
        each for each in resolved if each is not None and each.name.lower() not in kind.attributes
    ]
