"""What a write named: attributes returned on request come back to whoever sent them (B31)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.scim.schema import ResourceType

_SELECTION = re.compile(r"\[.*\]", re.DOTALL)


def written(kind: ResourceType, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths a body of POST, PUT or PATCH names (RFC 7643 §7, ``returned``)."""
    operations = [value for name, value in body.items() if name.lower() == "operations"]
    if not operations:
        return tuple(_named(kind, body))
    listed = operations[0] if isinstance(operations[0], list) else operations
    return tuple(
        path for each in listed if isinstance(each, Mapping) for path in _operation(kind, each)
    )


def _operation(kind: ResourceType, operation: Mapping[str, Any]) -> Iterator[str]:
    members = {name.lower(): value for name, value in operation.items()}
    path, value = members.get("path"), members.get("value")
    if not isinstance(path, str) or not path:
        if isinstance(value, Mapping):
            yield from (_SELECTION.sub("", name) for name in _named(kind, value))
        return
    yield from _below(kind, _SELECTION.sub("", path), value)


def _named(kind: ResourceType, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield from _below(kind, name, value)


def _below(kind: ResourceType, name: str, value: Any) -> Iterator[str]:
    """Return a name and those below it: attributes of an extension, or sub-attributes."""
    if name.lower() in kind.extensions:
        if isinstance(value, Mapping):
            for each, held in value.items():
                yield from _below(kind, f"{name}:{each}", held)
        return
    yield name
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, Mapping):
            yield from (f"{name}.{sub}" for sub in entry)
