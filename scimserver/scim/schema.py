"""Compiled attribute tables: what the schemas say, in the shape the rest of the program reads.

Everything here is frozen and built once at start by ``registry``. Mappings are keyed by the
lower-case attribute name, since SCIM compares names ignoring case (RFC 7643 §2.1).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# What is computed of a reference from the resource it points to, never stored (B33, T29).
COMPUTED = frozenset({"$ref", "type", "display", "displayname"})


class Type(StrEnum):
    """The data types of RFC 7643 §2.3."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write an attribute, and when (RFC 7643 §7)."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """When an attribute is sent (RFC 7643 §7)."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(StrEnum):
    """Among which resources a value may stand only once (RFC 7643 §7; L4)."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Attribute:
    """One attribute or sub-attribute with its characteristics.

    ``location`` holds the keys that lead to it in a document, ``("emails", "value")`` or
    ``("urn:…:User", "manager", "value")``; ``path`` is the same as SCIM writes it, and names it in
    the value index. ``in_list`` says that the parent is multi-valued. ``targets`` names the
    resource types a complex attribute refers to by the id in its ``value`` (``manager``): its
    ``$ref``, ``type`` and display name are computed on reading, never stored (T29). ``urn`` is the
    full name, ``urn:…:User:emails.value``. ``discarded`` values are checked and dropped (B61).
    ``self_service`` ones are changed by the user they are about (H2).
    ``memo`` keeps what other modules of this package compile from it.
    """

    name: str
    urn: str
    location: tuple[str, ...]
    path: str
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    description: str = ""
    in_list: bool = False
    targets: tuple[str, ...] = ()
    indexed: bool = False
    email: bool = False
    discarded: bool = False
    self_service: bool = False
    sub_attributes: Mapping[str, "Attribute"] = field(default_factory=dict)
    memo: dict[str, Any] = field(init=False, repr=False, default_factory=dict)

    def __repr__(self) -> str:
        return f"<Attribute {self.urn}>"

    def fold(self, text: str) -> str:
        """Return the comparison key of a text (B21): equal keys mean equal values."""
        if text.isascii():
            # Most texts are; they have one width and one normal form.
            return text if self.case_exact else text.lower()
        if self.path == "userName":
            text = plain_width(text)
        return fold(text, case_exact=self.case_exact)

    @property
    def is_secret(self) -> bool:
        """Whether its value must never leave the server, nor be searched (B31, B32, T18)."""
        return self.returned is Returned.NEVER or self.mutability is Mutability.WRITE_ONLY


def fold(text: str, *, case_exact: bool) -> str:
    """Return the comparison key of a text: NFC, or NFC, lower case, NFC (B21)."""
    text = unicodedata.normalize("NFC", text)
    return text if case_exact else unicodedata.normalize("NFC", text.lower())


def plain_width(text: str) -> str:
    """Map full-width and half-width forms to their plain ones, as RFC 8265 §3.3 does for names."""
    if text.isascii():
        return text
    return "".join(
        unicodedata.normalize("NFKC", c)
        if unicodedata.east_asian_width(c) in "FH"
        and unicodedata.decomposition(c).startswith(("<wide>", "<narrow>"))
        else c
        for c in text
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Schema:
    """One schema: its attributes for us, its ``document`` for /Schemas (private block removed)."""

    urn: str
    name: str
    description: str
    attributes: Mapping[str, Attribute]
    document: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<Schema {self.urn}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Extension:
    """A schema that extends a resource type."""

    schema: Schema
    required: bool

    def __repr__(self) -> str:
        return f"<Extension {self.schema.urn}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResourceType:
    """A resource type with everything that may stand in its resources.

    ``references`` are the complex attributes with ``targets`` kept in documents (the edge is not).
    ``attributes`` are the core attributes with the common ones (id, externalId, meta, schemas).
    ``edge`` is the attribute kept as membership rows (``members`` of Group), at most one a type,
    and ``edge_types`` are the names of the types it may point to. ``computed_groups`` says that the
    type has the readOnly ``groups`` attribute filled from memberships (RFC 7643 §4.1.2).
    ``hides`` says that a stored document may hold what a plain read must not send (B31).
    """

    name: str
    endpoint: str
    description: str
    schema: Schema
    attributes: Mapping[str, Attribute]
    extensions: Mapping[str, Extension]
    references: tuple[Attribute, ...] = ()
    edge: Attribute | None = None
    edge_types: tuple[str, ...] = ()
    computed_groups: bool = False
    hides: bool = field(init=False, default=False)
    memo: dict[str, Any] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        # Every read asks, so it is answered once.
        hidden = any(a.returned is Returned.REQUEST or a.is_secret for a in self._kept())
        object.__setattr__(self, "hides", hidden)

    def __repr__(self) -> str:
        return f"<ResourceType {self.name}>"

    def _kept(self) -> tuple[Attribute, ...]:
        return tuple(a for a in self.every() if not a.discarded)

    def every(self) -> tuple[Attribute, ...]:
        """Return all attributes and sub-attributes, extensions included, in schema order."""
        tops = [*self.attributes.values()]
        for extension in self.extensions.values():
            tops.extend(extension.schema.attributes.values())
        return tuple(a for top in tops for a in (top, *top.sub_attributes.values()))

    def find(
        self,
        name: str,
        sub: str | None = None,
        urn: str | None = None,
        *,
        unqualified: bool = False,
    ) -> Attribute | None:
        """Return the attribute a path names, in any case, or None.

        ``urn`` is the core schema's or an extension's. With ``unqualified``, a name no core
        attribute has resolves when exactly one extension defines it (C5).
        """
        top = self._top(name.lower(), urn.lower() if urn else None, unqualified=unqualified)
        if top is None or sub is None:
            return top
        return top.sub_attributes.get(sub.lower())

    def _top(self, name: str, urn: str | None, *, unqualified: bool) -> Attribute | None:
        if urn is None:
            found = self.attributes.get(name)
            if found is None and unqualified:
                tables = (e.schema.attributes for e in self.extensions.values())
                owners = [table[name] for table in tables if name in table]
                found = owners[0] if len(owners) == 1 else None
            return found
        if urn == self.schema.urn.lower():
            return self.attributes.get(name)
        extension = self.extensions.get(urn)
        return extension.schema.attributes.get(name) if extension else None
