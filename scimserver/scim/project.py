"""What of a resource is sent: returned, attributes and excludedAttributes (RFC 7644 §3.9).

A projection is read once a request and asked before anything is fetched, so that members nobody
wants are never selected (T11).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scimserver.scim.errors import InvalidValueError
from scimserver.scim.schema import Attribute, ResourceType, Returned

# What is sent of an attribute: all of it (None), or the sub-attributes named here.
_Parts = frozenset[str] | None
_Table = dict[str, _Parts]


@dataclass(slots=True)
class _Shape:
    """What is sent of one resource type: core attributes, and extensions by their URN."""

    core: _Table
    extensions: dict[str, _Table]

    def copy(self) -> "_Shape":
        return _Shape(dict(self.core), {urn: dict(t) for urn, t in self.extensions.items()})

    def table(self, attribute: Attribute) -> _Table:
        """Return the table an attribute stands in: its extension's, or the core one."""
        return self.extensions.get(attribute.location[0], self.core)


@dataclass(frozen=True, slots=True)
class Projection:
    """What one request wants to see, for each resource type it may meet."""

    shapes: Mapping[str, _Shape]

    @classmethod
    def read(
        cls,
        kinds: ResourceType | Sequence[ResourceType],
        attributes: Sequence[str] = (),
        excluded: Sequence[str] = (),
    ) -> "Projection | None":
        """Return the projection two parameters ask for, or None where both are empty (D44).

        Unknown names are passed over (D46). Both parameters at once raise InvalidValueError.
        """
        named, left_out = _names("attributes", attributes), _names("excludedAttributes", excluded)
        if named and left_out:
            raise InvalidValueError(
                "attributes: cannot stand beside excludedAttributes. Send one of the two."
            )
        if not named and not left_out:
            return None
        every = [kinds] if isinstance(kinds, ResourceType) else kinds
        shape = _including if named else _excluding
        return cls({kind.name: shape(kind, named or left_out) for kind in every})

    @classmethod
    def written(cls, kind: ResourceType, names: Sequence[str]) -> "Projection":
        """Return what a write that named these paths answers with where nobody asks (B31)."""
        return cls({kind.name: _written(kind, names)})

    def wants(self, name: str) -> bool:
        """Return whether an attribute (``members``, ``groups``) may be sent for any type."""
        return any(name in shape.core for shape in self.shapes.values())

    def apply(self, kind: ResourceType, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return the resource as it is sent under this projection."""
        return _cut(self.shapes[kind.name], resource)


def default_view(
    kind: ResourceType, resource: Mapping[str, Any], written: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a resource without what a plain answer must not hold (B31).

    ``written`` are the paths a write named: attributes returned on request come back for those.
    """
    return _cut(_written(kind, written) if written else _default(kind), resource)


def _written(kind: ResourceType, names: Iterable[str]) -> _Shape:
    """Return the default set and what is returned on request among these names."""
    shape = _default(kind).copy()
    for attribute, sub in _resolved(kind, names):
        if Returned.REQUEST in (attribute.returned, (sub or attribute).returned):
            _include(shape, attribute, sub)
    return shape


def _names(parameter: str, values: Sequence[str]) -> tuple[str, ...]:
    if not all(isinstance(each, str) for each in values):
        raise InvalidValueError(f"{parameter}: must be names of attributes")
    return tuple(name.strip() for each in values for name in each.split(",") if name.strip())


def _default(kind: ResourceType) -> _Shape:
    """Return what is sent when nobody asks for more or less, compiled once a type."""
    found: _Shape | None = kind.memo.get("shape")
    if found is None:
        found = _Shape({}, {e.schema.urn: {} for e in kind.extensions.values()})
        for attribute in _tops(kind):
            if _is_default(attribute):
                found.table(attribute)[attribute.name] = _default_parts(attribute)
        kind.memo["shape"] = found
    return found


def _tops(kind: ResourceType) -> Iterator[Attribute]:
    yield from kind.attributes.values()
    for extension in kind.extensions.values():
        yield from extension.schema.attributes.values()


def _is_default(attribute: Attribute) -> bool:
    return attribute.returned is not Returned.REQUEST and not attribute.is_secret


def _default_parts(attribute: Attribute) -> _Parts:
    subs = attribute.sub_attributes.values()
    shown = frozenset(sub.name for sub in subs if _is_default(sub))
    return None if len(shown) == len(subs) else shown


def _including(kind: ResourceType, names: Iterable[str]) -> _Shape:
    """Return the minimum and exactly what is named; a schema's URN names its default set (D45)."""
    shape = _Shape({}, {e.schema.urn: {} for e in kind.extensions.values()})
    for attribute in _tops(kind):
        if attribute.returned is Returned.ALWAYS and not attribute.is_secret:
            shape.table(attribute)[attribute.name] = _default_parts(attribute)
    for attribute, sub in _resolved(kind, names):
        _include(shape, attribute, sub)
    return shape


def _include(shape: _Shape, attribute: Attribute, sub: Attribute | None) -> None:
    if attribute.is_secret or (sub is not None and sub.is_secret):
        return
    table = shape.table(attribute)
    present = table.get(attribute.name, frozenset())
    if sub is None:
        whole = _default_parts(attribute)
        table[attribute.name] = None if whole is None or present is None else whole | present
        return
    always = {
        each.name
        for each in attribute.sub_attributes.values()
        if each.returned is Returned.ALWAYS and not each.is_secret
    }
    if present is not None:
        table[attribute.name] = present | always | {sub.name}


def _excluding(kind: ResourceType, names: Iterable[str]) -> _Shape:
    """Return the default set without what is named and not always returned (B31)."""
    shape = _default(kind).copy()
    for attribute, sub in _resolved(kind, names):
        table = shape.table(attribute)
        if attribute.name not in table or Returned.ALWAYS in (
            (attribute.returned,) if sub is None else (sub.returned,)
        ):
            continue
        if sub is None:
            del table[attribute.name]
            continue
        parts = table[attribute.name]
        held = parts if parts is not None else {s.name for s in attribute.sub_attributes.values()}
        table[attribute.name] = frozenset(held) - {sub.name}
    return shape


def _resolved(
    kind: ResourceType, names: Iterable[str]
) -> Iterator[tuple[Attribute, Attribute | None]]:
    """Return what names stand for: an attribute, or one of its sub-attributes."""
    for name in names:
        text = name.partition("[")[0]
        table = _schema_table(kind, text.lower())
        if table is not None:
            yield from ((each, None) for each in table.values() if _is_default(each))
            continue
        urn = _prefix(kind, text.lower())
        local = text[len(urn) + 1 :] if urn else text
        head, _, tail = local.partition(".")
        attribute = kind.find(head, urn=urn, unqualified=True)
        sub = kind.find(head, tail, urn, unqualified=True) if tail else None
        if attribute is not None and (sub is not None or not tail):
            yield attribute, sub


def _schema_table(kind: ResourceType, urn: str) -> Mapping[str, Attribute] | None:
    if urn == kind.schema.urn.lower():
        return kind.schema.attributes
    extension = kind.extensions.get(urn)
    return extension.schema.attributes if extension else None


def _prefix(kind: ResourceType, text: str) -> str | None:
    urns = [kind.schema.urn.lower(), *kind.extensions]
    fitting = [urn for urn in urns if text.startswith(f"{urn}:")]
    return max(fitting, key=len, default=None)


def _cut(shape: _Shape, resource: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in resource.items():
        if name in shape.core:
            part = _part(shape.core[name], value)
        elif name in shape.extensions:
            table = shape.extensions[name]
            part = {
                each: kept
                for each, held in value.items()
                if each in table and (kept := _part(table[each], held)) is not None
            }
        else:
            continue
        if part is not None and part != {}:
            found[name] = part
    return found


def _part(parts: _Parts, value: Any) -> Any:
    """Return what is sent of a value, or None where nothing is left of it."""
    if parts is None:
        return value
    if isinstance(value, list):
        kept = [each for each in (_part(parts, entry) for entry in value) if each is not None]
        return kept if kept or not value else None
    return {name: each for name, each in value.items() if name in parts} or None
