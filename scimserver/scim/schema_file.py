"""Reading one schema file: its JSON, its attributes, its private block; what is illegal, and where.

A file is a Schema of RFC 7643 §7 with an ``x-scimserver`` block. Every complaint names the file and
the JSON path, or the line where the JSON itself breaks (L3).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from scimserver.errors import ScimServerError
from scimserver.scim.schema import Attribute, Mutability, Returned, Type, Uniqueness

BLOCK = "x-scimserver"
COMMON = frozenset({"schemas", "id", "externalid", "meta"})

_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}(:[A-Za-z0-9._~-]+)+")
_NAME = re.compile(r"(\$ref|[A-Za-z][A-Za-z0-9_$-]*)")
_ENDPOINT = re.compile(r"/[A-Za-z][A-Za-z0-9_-]*")
_SCHEMA_KEYS = frozenset({"schemas", "id", "name", "description", "attributes", "meta", BLOCK})
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_SANDBOXES = "sandboxes"

_BLOCK_KEYS = frozenset(
    [
        "endpoint",
        "extends",
        "required",
        "edges",
        "index",
        "emails",
        "discard",
        "selfService",
        "organizations",
    ]
)
_ATTRIBUTE_KEYS = frozenset(
    [
        "name",
        "type",
        "multiValued",
        "description",
        "required",
        "caseExact",
        "canonicalValues",
        "mutability",
        "returned",
        "uniqueness",
        "referenceTypes",
        "subAttributes",
    ]
)

_TEXTS = (Type.STRING, Type.REFERENCE, Type.BINARY)
_APPLIES: Mapping[str, tuple[Type, ...]] = {
    "caseExact": _TEXTS,
    "canonicalValues": (Type.STRING,),
    "referenceTypes": (Type.REFERENCE,),
    "uniqueness": (*_TEXTS, Type.INTEGER, Type.DATE_TIME),
    "subAttributes": (Type.COMPLEX,),
}
_INDEXABLE = (Type.STRING, Type.REFERENCE, Type.DATE_TIME)
# By what somebody is known, let in and given rights, that is for others to say (H2).
_NOT_THEIRS = frozenset(
    {"active", "emails", "entitlements", "groups", "roles", "username", "x509certificates"}
)
_PEOPLE = "User"


def _is_top(attribute: Attribute) -> bool:
    return "." not in attribute.urn.rpartition(":")[2]


def _may_be_theirs(attribute: Attribute) -> bool:
    """Return whether users may be allowed to change an attribute of theirs (H2).

    An address or a value that only one may have could be taken from whom it is meant for.
    """
    parts = (attribute, *attribute.sub_attributes.values())
    return (
        _is_top(attribute)
        and attribute.mutability is Mutability.READ_WRITE
        and attribute.name.lower() not in _NOT_THEIRS
        and not any(p.is_secret or p.email or p.uniqueness is not Uniqueness.NONE for p in parts)
    )


_MARKS: Mapping[str, Callable[[Attribute], bool]] = {
    "index": lambda a: a.type in _INDEXABLE and not a.is_secret,
    "emails": lambda a: a.type is Type.STRING,
    "discard": lambda a: a.is_secret and not a.required and _is_top(a),
    "selfService": _may_be_theirs,
}

Word = TypeVar("Word", bound=StrEnum)


class SchemaFileError(ScimServerError):
    """A schema file that cannot be served as it is; the server does not start with it."""

    code = "schema_file"
    recommended_action = "Correct the schema file."


@dataclass(frozen=True, slots=True)
class Audience:
    """Which organizations see a schema: everyone, or else all sandboxes, or those with a slug."""

    sandboxes: bool = False
    slugs: frozenset[str] = frozenset()

    @property
    def is_everyone(self) -> bool:
        """Whether nothing is said, so that every organization sees the schema."""
        return not self.sandboxes and not self.slugs

    def admits(self, slug: str, *, sandbox: bool) -> bool:
        """Return whether an organization sees the schema."""
        return self.is_everyone or slug in self.slugs or (self.sandboxes and sandbox)

    def covers(self, other: "Audience") -> bool:
        """Return whether whoever sees a schema of the other audience sees one of this, surely."""
        if self.is_everyone or other.is_everyone:
            return self.is_everyone
        return other.slugs <= self.slugs and other.sandboxes <= self.sandboxes


@dataclass(frozen=True, slots=True)
class Block:
    """The private block: what the schema is, and what is kept beside its values."""

    endpoint: str | None
    extends: str | None
    required: bool
    edge: str | None = None
    edge_types: tuple[str, ...] = ()
    audience: Audience = Audience()


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One file, checked as far as it can be without knowing the others."""

    file: str
    urn: str
    name: str
    description: str
    attributes: Mapping[str, Attribute]
    block: Block

    def fail(self, where: str, problem: str) -> SchemaFileError:
        """Return the error that names this file and a JSON path in it."""
        return SchemaFileError(f"{self.file}: {where}: {problem}", file=self.file, path=where)


def read(path: Path) -> SchemaFile:
    """Return the checked content of a file, or raise SchemaFileError."""
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as flaw:
        raise SchemaFileError(f"{path.name}: line {flaw.lineno}: {flaw.msg}") from flaw
    except (ValueError, RecursionError) as flaw:
        raise SchemaFileError(f"{path.name}: not a JSON text in UTF-8: {flaw}") from flaw
    return _Reader(path.name).schema(document)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name '{twice}' stands twice in one object")
    return found


def _is_slug(value: Any) -> bool:
    return isinstance(value, str) and _SLUG.fullmatch(value) is not None


class _Reader:
    """Reads the parts of one file; each method names the JSON path it stands at."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._urn = ""
        self._is_extension = False
        self._marks: dict[str, frozenset[str]] = {}

    def schema(self, document: Any) -> SchemaFile:
        """Return the whole file."""
        where = "$"
        whole = self._object(document, where, _SCHEMA_KEYS)
        self._urn = self._text(whole, "id", where)
        if not _URN.fullmatch(self._urn):
            raise self._fail("$.id", f"'{self._urn}' is not a URN")
        at = f"$.{BLOCK}"
        raw_block = self._object(whole.get(BLOCK), at, _BLOCK_KEYS)
        self._is_extension = "extends" in raw_block
        self._marks = {
            key: frozenset(path.lower() for path in self._texts(raw_block, key, at))
            for key in _MARKS
        }
        attributes = self._attributes(whole.get("attributes"), "$.attributes", None)
        self._check_marks(attributes)
        if self._marks["selfService"] and raw_block.get("extends", whole.get("name")) != _PEOPLE:
            raise self._fail(f"{at}.selfService", "only users can change themselves")
        return SchemaFile(
            self._file,
            self._urn,
            self._text(whole, "name", where),
            self._text(whole, "description", where, default=""),
            attributes,
            self._block(raw_block, at, attributes),
        )

    def _block(
        self, block: Mapping[str, Any], where: str, attributes: Mapping[str, Attribute]
    ) -> Block:
        if ("endpoint" in block) == self._is_extension:
            raise self._fail(where, "needs either 'endpoint' or 'extends'")
        endpoint = None if self._is_extension else self._text(block, "endpoint", where)
        if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
            raise self._fail(f"{where}.endpoint", f"'{endpoint}' is not of the form /Name")
        extends = self._text(block, "extends", where) if self._is_extension else None
        required = self._flag(block, "required", where)
        if required and endpoint:
            raise self._fail(f"{where}.required", "belongs to an extension")
        audience = self._audience(block, where)
        raw_edges = self._object(block.get("edges", {}), f"{where}.edges")
        if len(raw_edges) > 1 or (raw_edges and extends):
            raise self._fail(f"{where}.edges", "only a type may have an edge, and one at most")
        for name, kinds in raw_edges.items():
            edge = attributes.get(name.lower())
            if (
                edge is None
                or not edge.multi_valued
                or edge.required
                or "value" not in edge.sub_attributes
            ):
                problem = "must name an optional multi-valued complex attribute with a 'value'"
                raise self._fail(f"{where}.edges.{name}", problem)
            listed = {name: [kinds]} if isinstance(kinds, str) else raw_edges
            types = self._texts(listed, name, f"{where}.edges")
            return Block(endpoint, extends, required, edge.name, types, audience)
        return Block(endpoint, extends, required, audience=audience)

    def _audience(self, block: Mapping[str, Any], where: str) -> Audience:
        if "organizations" not in block:
            return Audience()
        if block["organizations"] == _SANDBOXES:
            return Audience(sandboxes=True)
        slugs = block["organizations"]
        if not isinstance(slugs, list) or not slugs or not all(map(_is_slug, slugs)):
            problem = f"must be '{_SANDBOXES}' or a list of slugs of organizations"
            raise self._fail(f"{where}.organizations", problem)
        return Audience(slugs=frozenset(slugs))

    def _check_marks(self, attributes: Mapping[str, Attribute]) -> None:
        every = {
            name if sub is None else f"{name}.{sub}": top
            if sub is None
            else top.sub_attributes[sub]
            for name, top in attributes.items()
            for sub in (None, *top.sub_attributes)
        }
        for key, fits in _MARKS.items():
            for path in sorted(self._marks[key]):
                if path not in every:
                    raise self._fail(f"$.{BLOCK}.{key}", f"there is no attribute '{path}'")
                if not fits(every[path]):
                    raise self._fail(f"$.{BLOCK}.{key}", f"'{path}' is not of a kind that can be")

    def _attributes(self, raw: Any, where: str, parent: Attribute | None) -> dict[str, Attribute]:
        if not isinstance(raw, list) or not raw:
            raise self._fail(where, "must be a list of attributes, not empty")
        found: dict[str, Attribute] = {}
        for index, each in enumerate(raw):
            at = f"{where}[{index}]"
            attribute = self._attribute(self._object(each, at, _ATTRIBUTE_KEYS), at, parent)
            if attribute.name.lower() in found:
                raise self._fail(f"{at}.name", f"'{attribute.name}' stands twice")
            found[attribute.name.lower()] = attribute
        return found

    def _attribute(self, raw: Mapping[str, Any], where: str, parent: Attribute | None) -> Attribute:
        name = self._text(raw, "name", where)
        if not _NAME.fullmatch(name):
            raise self._fail(f"{where}.name", f"'{name}' is not an attribute name")
        if parent is None and name.lower() in COMMON:
            raise self._fail(f"{where}.name", f"'{name}' belongs to every resource")
        kind = Type(self._word(raw, "type", Type, Type.STRING, where))
        local = name if parent is None else f"{parent.name}.{name}"
        exact = kind in (Type.REFERENCE, Type.BINARY)
        attribute = Attribute(
            name=name,
            urn=f"{self._urn}:{local}",
            location=(*((self._urn,) if self._is_extension else ()), *local.split(".")),
            path=f"{self._urn}:{local}" if self._is_extension else local,
            type=kind,
            multi_valued=self._flag(raw, "multiValued", where),
            required=self._flag(raw, "required", where),
            case_exact=self._flag(raw, "caseExact", where, default=exact),
            mutability=self._word(raw, "mutability", Mutability, Mutability.READ_WRITE, where),
            returned=self._word(raw, "returned", Returned, Returned.DEFAULT, where),
            uniqueness=self._word(raw, "uniqueness", Uniqueness, Uniqueness.NONE, where),
            canonical_values=self._texts(raw, "canonicalValues", where),
            reference_types=self._texts(raw, "referenceTypes", where),
            description=self._text(raw, "description", where, default=""),
            in_list=parent is not None and parent.multi_valued,
            indexed=local.lower() in self._marks["index"],
            email=local.lower() in self._marks["emails"],
            discarded=local.lower() in self._marks["discard"],
            self_service=local.lower() in self._marks["selfService"],
        )
        self._check_kind(attribute, raw, where, parent)
        if kind is not Type.COMPLEX:
            return attribute
        subs = self._attributes(raw.get("subAttributes"), f"{where}.subAttributes", attribute)
        return replace(attribute, sub_attributes=subs)

    def _check_kind(
        self,
        attribute: Attribute,
        raw: Mapping[str, Any],
        where: str,
        parent: Attribute | None,
    ) -> None:
        """Refuse keywords that do not apply to the type (RFC 7643 §7, §2.3.8)."""
        kind = attribute.type
        if kind is Type.COMPLEX and parent is not None:
            raise self._fail(f"{where}.type", "a sub-attribute cannot be complex")
        for key, kinds in _APPLIES.items():
            if raw.get(key) and raw[key] != "none" and kind not in kinds:
                raise self._fail(f"{where}.{key}", f"does not apply to the type {kind}")

    def _object(
        self, value: Any, where: str, known: frozenset[str] | None = None
    ) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._fail(where, "must be a JSON object")
        for name in value:
            if known is not None and name not in known:
                raise self._fail(f"{where}.{name}", "is not a keyword that belongs here")
        return value

    def _text(
        self, holder: Mapping[str, Any], key: str, where: str, default: str | None = None
    ) -> str:
        value = holder.get(key, default)
        if not isinstance(value, str) or not (value or default is not None):
            raise self._fail(f"{where}.{key}", "must be a string that is not empty")
        return value

    def _texts(self, holder: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = holder.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._fail(f"{where}.{key}", "must be a list of strings")
        return tuple(value)

    def _flag(
        self, holder: Mapping[str, Any], key: str, where: str, *, default: bool = False
    ) -> bool:
        value = holder.get(key, default)
        if not isinstance(value, bool):
            raise self._fail(f"{where}.{key}", "must be true or false")
        return value

    def _word(
        self, holder: Mapping[str, Any], key: str, words: type[Word], default: Word, where: str
    ) -> Word:
        value = holder.get(key, default)
        try:
            return words(value)
        except ValueError:
            allowed = ", ".join(words)
            raise self._fail(f"{where}.{key}", f"must be one of {allowed}") from None

    def _fail(self, where: str, problem: str) -> SchemaFileError:
        return SchemaFileError(f"{self._file}: {where}: {problem}", file=self._file, path=where)
