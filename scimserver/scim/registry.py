"""The schemas in force: files become resource types, extensions and their published documents.

Loaded once at start and frozen; a folder that contradicts itself stops the start (L3).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scimserver.scim.schema import (
    Attribute,
    Extension,
    Mutability,
    ResourceType,
    Returned,
    Schema,
    Type,
)
from scimserver.scim.schema_file import Audience, SchemaFile, SchemaFileError, read

__all__ = ["Registry", "SchemaFileError", "default_folder", "load"]

_RESERVED = frozenset({"schemas", "resourcetypes", "serviceproviderconfig", "bulk", "me"})
_FREE_REFERENCES = frozenset({"external", "uri"})


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """Every resource type, by name and by lower-case endpoint; every schema, by lower-case URN.

    ``limited`` says of the schemas that not every organization sees, who does (L7).
    """

    types: Mapping[str, ResourceType]
    by_endpoint: Mapping[str, ResourceType]
    schemas: Mapping[str, Schema]
    limited: Mapping[str, Audience]
    _parts: dict[frozenset[str], "Registry"] = field(init=False, default_factory=dict)

    def seen_by(self, slug: str, *, sandbox: bool) -> "Registry":
        """Return what an organization sees: to it, the other schemas are as if taken away.

        Organizations that see the same share one registry, so what is compiled from its types is
        compiled once.
        """
        if not self.limited:
            return self
        hidden = frozenset(
            [urn for urn, each in self.limited.items() if not each.admits(slug, sandbox=sandbox)]
        )
        if not hidden:
            return self
        found = self._parts.get(hidden)
        # Of two threads that are here at once, both must go on with the same types.
        return found or self._parts.setdefault(hidden, self._without(hidden))

    def _without(self, hidden: frozenset[str]) -> "Registry":
        types = {
            name: _narrowed(kind, hidden)
            for name, kind in self.types.items()
            if kind.schema.urn.lower() not in hidden
        }
        return _registry(types, {u: each for u, each in self.schemas.items() if u not in hidden})


def default_folder() -> Path:
    """Return the folder of the schemas we ship: in the package, or in the source tree."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_schemas"
    return packaged if packaged.is_dir() else package.parent / "schemas"


def load(folder: Path, *, examples: bool = False) -> Registry:
    """Return the registry of a folder's ``*.json`` files, or raise SchemaFileError.

    With ``examples`` the files of its ``examples`` are among them (L6).
    """
    folders = [folder, folder / "examples"] if examples else [folder]
    files: list[SchemaFile] = []
    for place in folders:
        found = sorted(place.glob("*.json"))
        if not found:
            raise SchemaFileError(f"{place.name}: there is no schema file in this folder")
        files += map(read, found)
    _check_distinct(files)
    cores = {each.name: each for each in files if each.block.endpoint is not None}
    for each in files:
        _check_names(each, cores)
    tables = {each.urn: _with_targets(each.attributes, frozenset(cores)) for each in files}
    schemas = {each.urn.lower(): _schema(each, tables[each.urn]) for each in files}
    types = {
        name: _type(core, [f for f in files if f.block.extends == name], schemas)
        for name, core in cores.items()
    }
    limited = {f.urn.lower(): f.block.audience for f in files if not f.block.audience.is_everyone}
    return _registry(types, schemas, limited)


def _registry(
    types: Mapping[str, ResourceType],
    schemas: Mapping[str, Schema],
    limited: Mapping[str, Audience] = MappingProxyType({}),
) -> Registry:
    return Registry(
        MappingProxyType(types),
        MappingProxyType({kind.endpoint[1:].lower(): kind for kind in types.values()}),
        MappingProxyType(schemas),
        MappingProxyType(limited),
    )


def _check_distinct(files: Sequence[SchemaFile]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for each in files:
        facts = [("$.id", each.urn.lower())]
        if each.block.endpoint is not None:
            facts += [("$.name", each.name), (_ENDPOINT, each.block.endpoint.lower())]
            if each.block.endpoint[1:].lower() in _RESERVED:
                raise each.fail(_ENDPOINT, f"'{each.block.endpoint}' is an endpoint of SCIM itself")
        for fact in facts:
            if fact in seen:
                raise each.fail(fact[0], f"'{fact[1]}' is taken by {seen[fact]}")
            seen[fact] = each.file


_ENDPOINT = "$.x-scimserver.endpoint"


def _check_names(file: SchemaFile, cores: Mapping[str, SchemaFile]) -> None:
    """Refuse a file that names a type which nobody defines, or which others see than see it."""
    for where, name in _named(file):
        if name not in cores:
            raise file.fail(where, f"there is no type '{name}'")
        if not cores[name].block.audience.covers(file.block.audience):
            problem = f"an organization that sees this schema may not see the type '{name}'"
            raise file.fail(where, f"{problem}; give both the same 'organizations'")


def _named(file: SchemaFile) -> Iterator[tuple[str, str]]:
    """Yield the resource types a file names, each with its place."""
    if file.block.extends is not None:
        yield "$.x-scimserver.extends", file.block.extends
    for name in file.block.edge_types:
        yield "$.x-scimserver.edges", name
    for top in file.attributes.values():
        for attribute in (top, *top.sub_attributes.values()):
            for name in attribute.reference_types:
                if name not in _FREE_REFERENCES:
                    yield f"$.attributes ({attribute.urn}).referenceTypes", name


def _with_targets(table: Mapping[str, Attribute], types: frozenset[str]) -> dict[str, Attribute]:
    """Say of each complex attribute with ``value`` and ``$ref`` which types it points to."""
    found = {}
    for key, attribute in table.items():
        pointer = attribute.sub_attributes.get("$ref")
        names = pointer.reference_types if pointer and "value" in attribute.sub_attributes else ()
        targets = tuple(name for name in names if name in types)
        found[key] = replace(
            attribute,
            targets=targets,
            sub_attributes=MappingProxyType(dict(attribute.sub_attributes)),
        )
    return found


def _schema(file: SchemaFile, table: Mapping[str, Attribute]) -> Schema:
    attributes = MappingProxyType(dict(table))
    document = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": file.urn,
        "name": file.name,
        "description": file.description,
        "attributes": [published(attribute) for attribute in table.values()],
    }
    return Schema(file.urn, file.name, file.description, attributes, MappingProxyType(document))


def published(attribute: Attribute) -> dict[str, Any]:
    """Return an attribute as /Schemas shows it: no nulls, each keyword where it applies (A8)."""
    shown: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.type.value,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
    }
    if attribute.type in (Type.STRING, Type.REFERENCE, Type.BINARY):
        shown["caseExact"] = attribute.case_exact
    if attribute.canonical_values:
        shown["canonicalValues"] = list(attribute.canonical_values)
    shown |= {"mutability": attribute.mutability.value, "returned": attribute.returned.value}
    if attribute.type not in (Type.COMPLEX, Type.BOOLEAN):
        shown["uniqueness"] = attribute.uniqueness.value
    if attribute.reference_types:
        shown["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        shown["subAttributes"] = [published(sub) for sub in attribute.sub_attributes.values()]
    return shown


def _type(
    core: SchemaFile, extending: Sequence[SchemaFile], schemas: Mapping[str, Schema]
) -> ResourceType:
    schema = schemas[core.urn.lower()]
    extensions = {
        each.urn.lower(): Extension(schemas[each.urn.lower()], each.block.required)
        for each in extending
    }
    edge = schema.attributes[core.block.edge.lower()] if core.block.edge else None
    tables = [schema.attributes, *(e.schema.attributes for e in extensions.values())]
    tops = [attribute for table in tables for attribute in table.values()]
    groups = schema.attributes.get("groups")
    return ResourceType(
        name=core.name,
        endpoint=core.block.endpoint or "",
        description=core.description,
        schema=schema,
        attributes=MappingProxyType({**_COMMON, **schema.attributes}),
        extensions=MappingProxyType(extensions),
        references=tuple(
            each
            for each in tops
            if each.targets and each is not edge and each.mutability is not Mutability.READ_ONLY
        ),
        edge=edge,
        edge_types=core.block.edge_types,
        computed_groups=groups is not None and groups.mutability is Mutability.READ_ONLY,
    )


def _narrowed(kind: ResourceType, hidden: frozenset[str]) -> ResourceType:
    """Return a type without some of its extensions; itself if it has none of them."""
    if hidden.isdisjoint(kind.extensions):
        return kind
    extensions = {urn: each for urn, each in kind.extensions.items() if urn not in hidden}
    tables = (kind.attributes, *(each.schema.attributes for each in extensions.values()))
    left = {attribute for table in tables for attribute in table.values()}
    references = tuple(each for each in kind.references if each in left)
    return replace(kind, extensions=MappingProxyType(extensions), references=references)


def _common(name: str, parent: str = "", **characteristics: Any) -> Attribute:
    path = f"{parent}.{name}" if parent else name
    plain: dict[str, Any] = {"case_exact": True, "mutability": Mutability.READ_ONLY}
    return Attribute(
        name=name,
        urn=path,
        location=tuple(path.split(".")),
        path=path,
        **{**plain, **characteristics},
    )


# RFC 7643 §3.1; what every resource has beside the attributes of its schemas.
_META = {
    "resourcetype": _common("resourceType", "meta"),
    "created": _common("created", "meta", type=Type.DATE_TIME, case_exact=False),
    "lastmodified": _common("lastModified", "meta", type=Type.DATE_TIME, case_exact=False),
    "location": _common("location", "meta", type=Type.REFERENCE, reference_types=("uri",)),
    "version": _common("version", "meta"),
}
_COMMON: Mapping[str, Attribute] = {
    "schemas": _common(
        "schemas",
        type=Type.REFERENCE,
        multi_valued=True,
        case_exact=False,
        returned=Returned.ALWAYS,
        reference_types=("uri",),
    ),
    "id": _common("id", returned=Returned.ALWAYS),
    "externalid": _common("externalId", mutability=Mutability.READ_WRITE),
    "meta": _common("meta", type=Type.COMPLEX, case_exact=False, sub_attributes=_META),
}
