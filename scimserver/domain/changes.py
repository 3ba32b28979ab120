"""What changed between two states of a resource, for the audit log: attributes, not documents."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scimserver.domain.commands import Change
from scimserver.scim.schema import Attribute, ResourceType

MASK = "***"
LISTED_MEMBERS = 100


def differences(
    kind: ResourceType, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Change, ...]:
    """Return the attributes that differ, with both values; extensions attribute by attribute.

    Values of secret attributes are masked (B32); that they changed is still said.
    """
    if not before:
        return _appearing(kind, after)
    changes = list(_differing(kind.attributes, before, after))
    for extension in kind.extensions.values():
        urn = extension.schema.urn
        if urn in before or urn in after:
            table = extension.schema.attributes
            changes += _differing(table, before.get(urn, {}), after.get(urn, {}))
    return tuple(changes)


def _appearing(kind: ResourceType, after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the attributes of a new resource, in the order of ``differences``.

    An import makes a million of them: what to do with a name is looked up once a type.
    """
    own, extensions = _shown(kind)
    changes = _appeared(own, after)
    for urn, table in extensions.items():
        if urn in after:
            changes += _appeared(table, after[urn])
    return tuple(changes)


_Shown = Mapping[str, tuple[str, Attribute | None]]


@lru_cache(maxsize=256)
def _shown(kind: ResourceType) -> tuple[_Shown, Mapping[str, _Shown]]:
    """Return by name the path of each attribute, and itself where parts of it are secret."""

    def table(attributes: Mapping[str, Attribute]) -> _Shown:
        return {a.name: (a.path, None if _is_plain(a) else a) for a in attributes.values()}

    extensions = (extension.schema for extension in kind.extensions.values())
    return table(kind.attributes), {each.urn: table(each.attributes) for each in extensions}


def _appeared(table: _Shown, after: Mapping[str, Any]) -> list[Change]:
    changes = []
    for name, value in after.items():
        shown = table.get(name)
        if shown is None or value is None:
            continue
        path, masked = shown
        changes.append(Change(path, None, value if masked is None else _masked(masked, value)))
    return changes


def edge_change(name: str, added: tuple[str, ...], removed: tuple[str, ...]) -> Change:
    """Return the change of a member list: who left and who came, the first hundred of each."""
    return Change(name, _listed("removed", removed), _listed("added", added))


def _listed(word: str, ids: tuple[str, ...]) -> dict[str, Any]:
    return {word: list(ids[:LISTED_MEMBERS]), "count": len(ids)}


def _differing(
    table: Mapping[str, Attribute], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old == new or (attribute := table.get(name.lower())) is None:
            continue
        if not _is_plain(attribute):
            old, new = _masked(attribute, old), _masked(attribute, new)
        yield Change(attribute.path, old, new)


def _masked(attribute: Attribute, value: Any) -> Any:
    """Return the value with whatever is secret in it replaced."""
    if value is None:
        return None
    if attribute.is_secret:
        return MASK
    secret = _secrets(attribute)
    if isinstance(value, list):
        return [_masked(attribute, entry) for entry in value]
    return {name: MASK if name in secret else each for name, each in value.items()}


@lru_cache(maxsize=1024)
def _is_plain(attribute: Attribute) -> bool:
    """Return whether no part of an attribute is secret; nearly all are plain."""
    return not attribute.is_secret and not _secrets(attribute)


@lru_cache(maxsize=1024)
def _secrets(attribute: Attribute) -> frozenset[str]:
    """Return the names of the sub-attributes that must not be shown."""
    return frozenset(sub.name for sub in attribute.sub_attributes.values() if sub.is_secret)
