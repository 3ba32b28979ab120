"""References kept in documents, such as ``manager``: finding them, and forgetting who has gone."""

from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.scim.schema import Attribute, ResourceType


def targets(kind: ResourceType, attributes: Mapping[str, Any]) -> Iterator[tuple[Attribute, str]]:
    """Return every reference of a resource: the attribute and the id it points to."""
    for attribute in kind.references:
        value = _holder(attribute, attributes).get(attribute.name)
        if value is None:
            continue
        for entry in _entries(value):
            if isinstance(entry.get("value"), str):
                yield attribute, entry["value"]


def forget(kind: ResourceType, attributes: Mapping[str, Any], id: str) -> dict[str, Any]:
    """Return the attributes without any reference to ``id`` (B40, L5)."""
    kept = dict(attributes)
    for attribute in kind.references:
        extension = attribute.location[0] if len(attribute.location) > 1 else None
        holder = dict(_holder(attribute, kept))
        left = _without(holder.pop(attribute.name, None), id)
        if left:
            holder[attribute.name] = left
        if extension is None:
            kept = holder
        elif holder:
            kept[extension] = holder
        else:
            kept.pop(extension, None)
    return kept


def redirect(
    kind: ResourceType, attributes: Mapping[str, Any], ids: Mapping[str, str]
) -> dict[str, Any]:
    """Return the attributes with each reference to a key of ``ids`` pointing to its value."""
    turned = dict(attributes)
    for attribute in kind.references:
        holder = dict(_holder(attribute, turned))
        if attribute.name not in holder:
            continue
        holder[attribute.name] = _redirected(holder[attribute.name], ids)
        if len(attribute.location) == 1:
            turned = holder
        else:
            turned[attribute.location[0]] = holder
    return turned


def _redirected(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_redirected(entry, ids) for entry in value]
    if isinstance(value, Mapping) and value.get("value") in ids:
        return {**value, "value": ids[value["value"]]}
    return value


def _holder(attribute: Attribute, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object the attribute stands in: the resource, or an extension's."""
    if len(attribute.location) == 1:
        return attributes
    held: Mapping[str, Any] = attributes.get(attribute.location[0], {})
    return held


def _entries(value: Any) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if type(entry) is dict or isinstance(entry, Mapping)]


def _without(value: Any, id: str) -> Any:
    if isinstance(value, list):
        return [entry for entry in value if entry.get("value") != id]
    if isinstance(value, Mapping) and value.get("value") == id:
        return None
    return value
