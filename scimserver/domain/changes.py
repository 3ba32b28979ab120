"""What changed between two states of a resource, for the audit log: attributes, not documents."""

from collections.abc import Iterator, Mapping
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
    core = (change for change in _differing(kind.attributes, before, after))
    extended = (
        change
        for extension in kind.extensions.values()
        for change in _differing(
            extension.schema.attributes,
            before.get(extension.schema.urn, {}),
            after.get(extension.schema.urn, {}),
        )
    )
    return (*core, *extended)


def edge_change(name: str, added: tuple[str, ...], removed: tuple[str, ...]) -> Change:
    """Return the change of a member list: who left and who came, the first hundred of each."""
    return Change(name, _listed("removed", removed), _listed("added", added))


def _listed(word: str, ids: tuple[str, ...]) -> dict[str, Any]:
    return {word: list(ids[:LISTED_MEMBERS]), "count": len(ids)}


def _differing(
    table: Mapping[str, Attribute], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    for attribute in table.values():
        name = attribute.name
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if attribute.is_secret:
            old, new = old and MASK, new and MASK
        yield Change(attribute.path, _masked(attribute, old), _masked(attribute, new))


def _masked(attribute: Attribute, value: Any) -> Any:
    """Mask the secret sub-attributes of a complex value."""
    secret = {sub.name for sub in attribute.sub_attributes.values() if sub.is_secret}
    if not secret:
        return value
    if isinstance(value, list):
        return [_masked(attribute, entry) for entry in value]
    if isinstance(value, dict):
        return {name: MASK if name in secret else each for name, each in value.items()}
    return value
