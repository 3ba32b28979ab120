"""A stored resource as people read it: names of attributes in words, values in one line each."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.scim.schema import Attribute, ResourceType

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MAIN = ("value", "display", "formatted", "displayName")
_FLAGS = {True: "yes", False: "no"}


def lines(kind: ResourceType, held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a resource holds, in the order of its schemas: a name and a value a line."""
    yield from _lines(kind.attributes, held)
    for extension in kind.extensions.values():
        yield from _lines(extension.schema.attributes, held.get(extension.schema.urn) or {})


def label(name: str) -> str:
    """Return the name of an attribute in words: ``employeeNumber`` is Employee number."""
    words = _HUMP.sub(" ", name)
    return words[:1].upper() + words[1:].lower()


def _lines(
    attributes: Mapping[str, Attribute], held: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for attribute in attributes.values():
        value = held.get(attribute.name)
        if value is None or attribute.is_secret:
            continue
        for each in value if isinstance(value, list) else [value]:
            yield label(attribute.name), _text(each)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _FLAGS[value]
    if not isinstance(value, Mapping):
        return str(value)
    main = next((name for name in _MAIN if value.get(name)), None)
    rest = [(n, v) for n, v in value.items() if n != main and v not in (None, "", False)]
    if main is None:
        return ", ".join(f"{label(name).lower()} {_text(each)}" for name, each in rest)
    notes = [n if v is True else _text(v) for n, v in rest if n not in ("$ref", "display")]
    return f"{value[main]} ({', '.join(notes)})" if notes else str(value[main])
