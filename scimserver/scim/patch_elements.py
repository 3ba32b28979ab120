"""PATCH of multi-valued attributes: whole lists, selected elements, one primary (C25 to C31)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scimserver.scim.errors import (
    InvalidFilterError,
    InvalidSyntaxError,
    InvalidValueError,
    NoTargetError,
)
from scimserver.scim.filter import entry_matches, size
from scimserver.scim.patch_state import EMPTY, State, check_removable, merged
from scimserver.scim.patch_targets import Target, is_derived
from scimserver.scim.quirks.counters import REMOVE_VALUE, UNMATCHED_CREATE
from scimserver.scim.schema import Attribute
from scimserver.scim.validate import UNSET

MAX_VALUES = 100


def write(state: State, op: str, target: Target, value: Any, where: str) -> None:
    """Add or replace what a target selects in a multi-valued attribute."""
    attribute = _attribute(target)
    if target.test is None and target.sub is None:
        _write_all(state, op, attribute, value, where)
        return
    entries = _entries(state, attribute)
    chosen = _chosen(state, target, entries)
    if target.sub is not None and is_derived(attribute, target.sub):
        return
    if target.sub is None and value in EMPTY:
        _put(state, attribute, _without(entries, chosen), where)
        return
    if target.sub is not None:
        given = {target.sub.name: state.canonical(target.sub, value, where)}
    else:
        given = _given(state, attribute, value, where)
    terms = target.terms or {}
    parent = where.rpartition(".")[0] if target.sub is not None else where
    if chosen:
        keeps = target.sub is not None or op == "add"
        for index in chosen:
            base = entries[index] if keeps else _kept(attribute, entries[index], terms)
            entries[index] = merged(attribute, base, given, parent)
    elif not any(each is not UNSET for each in given.values()):
        return
    else:
        _check_creation(state, op, target, where)
        entries.append(merged(attribute, terms, given, parent))
        chosen = [len(entries) - 1]
    if target.sub is not None and target.sub.name == "value" and given["value"] is UNSET:
        entries = _without(entries, chosen)
    else:
        _settle_primary(entries, chosen if given.get("primary") is True else (), where)
    _put(state, attribute, entries, where)


def remove(state: State, target: Target, value: Any, where: str) -> None:
    """Take away what a target selects in a multi-valued attribute."""
    attribute, sub = _attribute(target), target.sub
    entries = _entries(state, attribute)
    if target.test is None and sub is None:
        if value is None:
            if entries:
                check_removable(attribute, where)
            entries = []
        else:
            entries = _without_values(state, attribute, entries, value, where)
        _put(state, attribute, entries, where)
        return
    if sub is not None and target.test is None and value is not None:
        raise InvalidSyntaxError(f"{where}: remove takes no value here. Use a value filter.")
    chosen = _chosen(state, target, entries)
    if sub is None or sub.name == "value":
        entries = _without(entries, chosen)
    else:
        for index in chosen:
            if sub.name in entries[index]:
                check_removable(sub, where)
                entries[index] = merged(attribute, entries[index], {sub.name: UNSET}, where)
    _put(state, attribute, entries, where)


def _attribute(target: Target) -> Attribute:
    assert target.attribute is not None  # noqa: S101  # A whole schema is dealt with elsewhere.
    return target.attribute


def _entries(state: State, attribute: Attribute) -> list[Any]:
    return list(state.get(attribute) or ())


def _put(state: State, attribute: Attribute, entries: list[Any], where: str) -> None:
    entries = [entry for entry in entries if entry != {}]
    if len(entries) > MAX_VALUES:
        raise InvalidValueError(f"{where}: more than {MAX_VALUES} values")
    state.put(attribute, entries or UNSET, where)


def _without(entries: Sequence[Any], chosen: Iterable[int]) -> list[Any]:
    gone = set(chosen)
    return [entry for index, entry in enumerate(entries) if index not in gone]


def _write_all(state: State, op: str, attribute: Attribute, value: Any, where: str) -> None:
    given = state.canonical(attribute, value, where)
    if given is UNSET:
        state.put(attribute, UNSET, where)
        return
    entries = _Elements(attribute, _entries(state, attribute) if op == "add" else [])
    touched = [entries.add(entry, where) for entry in given]
    claimed = {
        index
        for index, entry in zip(touched, given, strict=True)
        if isinstance(entry, dict) and entry.get("primary") is True
    }
    _settle_primary(entries.entries, claimed, where)
    _put(state, attribute, entries.entries, where)


def _given(state: State, attribute: Attribute, value: Any, where: str) -> dict[str, Any]:
    """Return what a value says of the sub-attributes of each selected element (C27, C56)."""
    if isinstance(value, list) and len(value) == 1 and not state.profile.strict:
        value = value[0]
    if not isinstance(value, dict):
        raise InvalidValueError(f"{where}: expected an object")
    return state.subs(attribute, value, where)


def _chosen(state: State, target: Target, entries: Sequence[Any]) -> list[int]:
    if target.test is None:
        return list(range(len(entries)))
    test = target.test
    state.effort.spend(size(test), len(entries))
    chosen = [index for index, entry in enumerate(entries) if entry_matches(test, entry)]
    if state.profile.strict and len(chosen) > 1:
        raise InvalidFilterError(f"{target.text}: selects {len(chosen)} elements, not one")
    return chosen


def _kept(
    attribute: Attribute, entry: Mapping[str, Any], terms: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what outlives a replaced element: what it was selected by, and what is not ours."""
    immutable = {
        name: held
        for name, held in entry.items()
        if attribute.sub_attributes[name.lower()].mutability == "immutable"
    }
    return {**immutable, **{name: entry.get(name, value) for name, value in terms.items()}}


def _check_creation(state: State, op: str, target: Target, where: str) -> None:
    """Refuse to make an element unless the filter, the operation and the connection allow it."""
    if target.test is None:
        return
    if target.terms is None:
        raise NoTargetError(f"{where}: nothing matches, and the filter describes no value")
    if op == "add":
        creates = not (state.profile.strict and target.sub is not None)
    else:
        creates = state.profile.unmatched_replace == "create"
    if not creates:
        raise NoTargetError(f"{where}: nothing matches the filter")
    state.use(UNMATCHED_CREATE)


def _settle_primary(entries: list[Any], claimed: Iterable[int], where: str) -> None:
    """Let one element be primary, and no other (B27); nothing happens where none was made so."""
    chosen = set(claimed)
    if len(chosen) > 1:
        raise InvalidValueError(f"{where}: more than one value would be primary")
    if chosen:
        for index, entry in enumerate(entries):
            if index not in chosen and entry.get("primary") is True:
                entries[index] = {**entry, "primary": False}


def _without_values(
    state: State, attribute: Attribute, entries: list[Any], value: Any, where: str
) -> list[Any]:
    """Return the entries a remove with a value leaves: it never takes more than it names (C38)."""
    if not state.profile.remove_with_value:
        raise InvalidSyntaxError(f"{where}: remove takes no value here. Use a value filter.")
    state.use(REMOVE_VALUE)
    wanted = value if isinstance(value, list) else [value]
    if len(wanted) > MAX_VALUES:
        raise InvalidValueError(f"{where}: more than {MAX_VALUES} values")
    state.effort.spend(len(wanted), len(entries))
    for position, each in enumerate(wanted):
        test = _folded(attribute, _wanted(state, attribute, each, f"{where}[{position}]"))
        entries = [entry for entry in entries if not _covers(_folded(attribute, entry), test)]
    return entries


def _wanted(state: State, attribute: Attribute, value: Any, where: str) -> Any:
    """Return what an element must hold to be the one that is meant."""
    if not attribute.sub_attributes:
        only = state.canonical(attribute, [value], where)
        if only is UNSET:
            raise InvalidValueError(f"{where}: expected a value")
        return only[0]
    if not isinstance(value, dict):
        value = {"value": value}
    value = {key: each for key, each in value.items() if each is not None}
    known = {
        sub.name: value[key]
        for key in value
        if (sub := attribute.sub_attributes.get(key.lower())) is not None
    }
    if "value" in known:
        known = {name: known[name] for name in ("value", "type") if name in known}
    wanted = {}
    for name, each in known.items():
        sub = attribute.sub_attributes[name.lower()]
        read = state.canonical(sub, each, f"{where}.{name}")
        if read is not UNSET:
            wanted[name] = read
    if not wanted:
        raise InvalidValueError(f"{where}: name the element by its value")
    return wanted


def _covers(entry: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(entry == wanted)
    return all(entry.get(name) == value for name, value in wanted.items())


def _folded(attribute: Attribute, entry: Any) -> Any:
    if not isinstance(entry, dict):
        return attribute.fold(entry) if isinstance(entry, str) else entry
    return {
        name: attribute.sub_attributes[name.lower()].fold(held) if isinstance(held, str) else held
        for name, held in entry.items()
    }


class _Elements:
    """The elements of one attribute, found by what makes two of them the same (C14, T25)."""

    def __init__(self, attribute: Attribute, entries: list[Any]) -> None:
        self._attribute = attribute
        self._places: dict[Any, list[int]] = {}
        self.entries: list[Any] = []
        for entry in entries:
            self._append(entry)

    def add(self, entry: Any, where: str) -> int:
        """Merge an element into the one it is, or append it; return its place."""
        place = self._find(entry)
        if place is None:
            return self._append(entry)
        if isinstance(entry, dict):
            self.entries[place] = merged(self._attribute, self.entries[place], entry, where)
        return place

    def _append(self, entry: Any) -> int:
        self.entries.append(entry)
        place = len(self.entries) - 1
        self._places.setdefault(self._key(entry), []).append(place)
        return place

    def _find(self, entry: Any) -> int | None:
        places = self._places.get(self._key(entry), [])
        kind = self._type(entry)
        for place in places:
            if kind is None or self._type(self.entries[place]) == kind:
                return place
        return None

    def _key(self, entry: Any) -> Any:
        folded = _folded(self._attribute, entry)
        if isinstance(folded, dict):
            return folded["value"] if "value" in folded else repr(sorted(folded.items()))
        return folded

    def _type(self, entry: Any) -> Any:
        if not isinstance(entry, dict) or "value" not in entry:
            return None
        return (
            _folded(self._attribute, {"type": entry["type"]})["type"] if "type" in entry else None
        )
