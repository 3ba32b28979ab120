"""The values of a resource that get rows of their own: to be found by, or to be held alone.

A value that must be unique has a row in ``unique_value`` (in ``global_value`` as well, where the
schema says global); an indexed one that need not be has a row in ``resource_value``. Never both.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from scimserver.scim.datetimes import instant
from scimserver.scim.quirks import Profile
from scimserver.scim.schema import Attribute, ResourceType, Type, Uniqueness

LIMIT = 2_200
PREFIX = 512
GROUP_NAME = "displayName"
EMAIL = "emails.value"


class Value(NamedTuple):
    """One value with a row: its place in a list, its comparison key, and who may hold it too."""

    path: str
    ordinal: int
    key: str
    unique: bool
    shared: bool


def of(
    kind: ResourceType, attributes: Mapping[str, Any], profile: Profile, *, enforce_unique: bool
) -> dict[str, tuple[Value, ...]]:
    """Return the values of a resource by the path of their attribute; paths without one absent.

    ``enforce_unique`` off means that addresses may repeat whatever the profile says, and that no
    other organization is asked about them (M22).
    """
    unique_emails = profile.unique_emails and enforce_unique
    found: dict[str, tuple[Value, ...]] = {}
    for attribute, indexed in _kept(kind):
        if attribute.location[0] not in attributes:
            continue
        entries = _entries(attribute, attributes)
        if not entries:
            continue
        path = attribute.path
        always = attribute.uniqueness is not Uniqueness.NONE
        alone = (
            _main(attribute, attributes, entries)
            if path == EMAIL and attribute.email and unique_emails
            else None
        )
        named = path == GROUP_NAME and kind.edge is not None and profile.unique_group_names
        shared = attribute.uniqueness is Uniqueness.GLOBAL and (
            enforce_unique or not attribute.email
        )
        values = []
        for ordinal, value in entries:
            unique = always or named or ordinal == alone
            if unique or indexed:
                values.append(Value(path, ordinal, key(attribute, value), unique, shared))
        if values:
            found[path] = tuple(values)
    return found


def indexed_paths(kind: ResourceType) -> tuple[str, ...]:
    """Return the paths of the attributes whose values have rows."""
    return tuple(attribute.path for attribute, _ in _kept(kind))


@lru_cache(maxsize=256)
def searchable(kind: ResourceType) -> frozenset[Attribute]:
    """Return the attributes of which every value has a row, so that rows tell who has one."""
    return frozenset(
        attribute
        for attribute, indexed in _kept(kind)
        if indexed or attribute.uniqueness is not Uniqueness.NONE
    )


def key(attribute: Attribute, value: Any) -> str:
    """Return what a value is compared by, short enough for an index."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if attribute.type is Type.DATE_TIME:
        return instant(value) or value
    return bounded(attribute.fold(value))


def bounded(folded: str) -> str:
    """Return a folded text as the index holds it: whole, or its beginning and a digest.

    PostgreSQL refuses index rows of more than 2,704 bytes. Equal texts stay equal, and a prefix of
    512 characters still finds them.
    """
    if len(folded) <= PREFIX or len(folded.encode()) <= LIMIT:
        return folded
    return f"{folded[:PREFIX]}\x01{sha256(folded.encode()).hexdigest()}"


@lru_cache(maxsize=256)
def _kept(kind: ResourceType) -> tuple[tuple[Attribute, bool], ...]:
    """Return the attributes whose values may have rows, and whether they are for searching."""
    referring = {
        reference.sub_attributes["value"].path
        for reference in kind.references
        if "value" in reference.sub_attributes
    }
    kept = []
    for attribute in kind.every():
        if attribute.type is Type.COMPLEX or attribute.is_secret:
            continue
        indexed = attribute.indexed or attribute.email or attribute.path in referring
        switched = attribute.path == GROUP_NAME and kind.edge is not None
        if indexed or switched or attribute.uniqueness is not Uniqueness.NONE:
            kept.append((attribute, indexed))
    return tuple(kept)


def _entries(attribute: Attribute, attributes: Mapping[str, Any]) -> list[tuple[int, Any]]:
    """Return the values of one attribute with their place in the list they stand in."""
    location = attribute.location
    first = attributes[location[0]]
    if len(location) == 1 and type(first) is str:
        return [(0, first)]
    if len(location) == 2 and type(first) is list:
        texts = [
            (ordinal, text)
            for ordinal, each in enumerate(first)
            if type(each) is dict and type(text := each.get(location[1])) is str
        ]
        if len(texts) == len(first):
            return texts
    held: list[tuple[int, Any]] = [(0, attributes)]
    for name in location:
        stepped: list[tuple[int, Any]] = []
        for ordinal, holder in held:
            value = holder.get(name) if type(holder) is dict else None
            if isinstance(value, list):
                stepped.extend(enumerate(value))
            elif value is not None:
                stepped.append((ordinal, value))
        held = stepped
    return held


def _main(
    attribute: Attribute, attributes: Mapping[str, Any], entries: Sequence[tuple[int, Any]]
) -> int:
    """Return the place of the primary entry, else of the first (B23)."""
    held = attributes[attribute.location[0]]
    for ordinal, _ in entries:
        if isinstance(held, list) and held[ordinal].get("primary") is True:
            return ordinal
    return entries[0][0]
