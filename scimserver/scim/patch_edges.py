"""PATCH of the edge attribute: members are added and removed by id, and never read (C34 to C36)."""

from collections.abc import Mapping
from typing import Any

from scimserver.scim.delta import EdgeDelta
from scimserver.scim.effort import Effort
from scimserver.scim.errors import (
    InvalidSyntaxError,
    InvalidValueError,
    MutabilityError,
    NoTargetError,
    PayloadTooLargeError,
)
from scimserver.scim.filter import And, Compare, Node, Not, Op, Or, Present, entry_matches, size
from scimserver.scim.patch_targets import Target
from scimserver.scim.quirks.counters import LONE_VALUE, REMOVE_VALUE, UNMATCHED_CREATE
from scimserver.scim.readers import UNSET, Notes
from scimserver.scim.schema import Attribute, ResourceType
from scimserver.scim.validate import canonical_value

MAX_MEMBER_VALUES = 10_000
MAX_TESTS = 50
# All members of a group, 200,000 or more, are looked at for each term.
MAX_TERMS = 256


class Edges:
    """The members of one group while operations are applied, as far as they can be known.

    What is stored is not asked. Operations only say what shall come and go, and the last word on an
    id counts (C61).
    """

    def __init__(self, kind: ResourceType, edge: Attribute, notes: Notes, effort: Effort) -> None:
        self._kind = kind
        self._edge = edge
        self._notes = notes
        self._profile = notes.profile
        self._effort = effort
        self._cleared = False
        self._added: dict[str, int] = {}
        self._tests: list[Node] = []
        self._removed: set[str] = set()
        self._removed_where: list[Node] = []
        self._expected: dict[str, None] = {}
        self._types: dict[str, str] = {}
        self._values = 0
        self._tested = 0
        self._terms = 0

    def delta(self) -> EdgeDelta:
        """Return what the operations so far change."""
        # A member is exposed to the tests that came after it: one tuple serves all it is shared by.
        later = {start: tuple(self._tests[start:]) for start in {*self._added.values()}}
        return EdgeDelta(
            cleared=self._cleared,
            added=tuple(self._added),
            removed=frozenset(self._removed),
            removed_where=tuple(self._removed_where),
            expected=tuple(self._expected),
            added_unless={id: later[start] for id, start in self._added.items() if later[start]},
            types={id: self._types[id] for id in self._added if id in self._types},
        )

    def add(self, target: Target, value: Any, where: str) -> None:
        """Members named by the value, or by the filter, shall be in (C34, C35)."""
        self._check_target(target)
        if target.test is None:
            self._come(self._read(value, where))
        else:
            self._come(self._selected(target, value, where))

    def replace(self, target: Target, value: Any, where: str) -> None:
        """Exactly the members of the value shall be in, or one selected member stays (C34, C35)."""
        self._check_target(target)
        if target.test is None:
            members = self._read(value, where)
            self._clear()
            self._come(members)
            return
        for id, kind in self._selected(target, value, where).items():
            if id in self._added:
                continue
            if not (self._cleared or id in self._removed):
                self._expect(id, kind)
            elif self._profile.unmatched_replace == "create":
                self._notes.use(UNMATCHED_CREATE)
                self._come({id: kind})
            else:
                raise NoTargetError(f"{where}: not a member any more. Add it.")

    def remove(self, target: Target, value: Any, where: str) -> None:
        """Members that match go, those of the value alone if there is one (C34, C35, C38)."""
        self._check_target(target)
        if target.test is not None:
            self._remove_where(target.test)
        elif value is None:
            self._clear()
        elif not self._profile.remove_with_value:
            raise InvalidSyntaxError(
                f'{where}: remove takes no value here. Use {self._edge.name}[value eq "…"].'
            )
        else:
            self._notes.use(REMOVE_VALUE)
            for id in self._read(value if isinstance(value, list) else [value], where):
                self._go(id)

    def _check_target(self, target: Target) -> None:
        if target.sub is not None:
            raise MutabilityError(
                f"{target.text}: the sub-attributes of {self._edge.name} cannot be changed. "
                "Remove the element and add another."
            )

    def _expect(self, id: str, kind: str | None) -> None:
        if self._profile.unmatched_replace == "create":
            self._come({id: kind})
        else:
            self._expected[id] = None

    def _come(self, members: Mapping[str, str | None]) -> None:
        for id, kind in members.items():
            self._removed.discard(id)
            self._added[id] = len(self._tests)
            if kind is not None:
                self._types[id] = kind

    def _go(self, id: str) -> None:
        self._added.pop(id, None)
        if not self._cleared:
            self._removed.add(id)

    def _clear(self) -> None:
        self._cleared = True
        self._added.clear()
        self._removed.clear()
        self._removed_where.clear()

    def _remove_where(self, test: Node) -> None:
        ids = _ids(test)
        if ids is not None:
            for id in ids:
                self._go(id)
            return
        self._tested += 1
        self._terms += size(test)
        if self._tested > MAX_TESTS or self._terms > MAX_TERMS:
            raise PayloadTooLargeError(
                f"{self._edge.name}: more than {MAX_TESTS} removals by a filter, or {MAX_TERMS} "
                "terms in them. Name the values."
            )
        # Whoever was added before the test is held against it, here or when types are known.
        self._effort.spend(size(test), len(self._added))
        if not self._cleared:
            self._removed_where.append(test)
        if not _is_about_ids(test):
            self._tests.append(test)
            return
        for id in [id for id in self._added if entry_matches(test, {"value": id})]:
            self._go(id)

    def _selected(self, target: Target, value: Any, where: str) -> dict[str, str | None]:
        """Return the one member a filter and the value beside it describe."""
        if target.terms is None or not isinstance(target.terms.get("value"), str):
            raise NoTargetError(f'{where}: name the member: {self._edge.name}[value eq "…"]')
        id: str = target.terms["value"]
        given = {} if _is_empty(value) else self._read(value, where, default=id)
        if any(other != id for other in given):
            raise MutabilityError(
                f"{where}: the value of a member cannot be changed. Remove it and add another."
            )
        return {id: given.get(id) or self._checked_type(target.terms.get("type"), where)}

    def _read(self, value: Any, where: str, default: str | None = None) -> dict[str, str | None]:
        """Return the ids of a value with the types it claims for them."""
        if _is_empty(value):
            return {}
        if not isinstance(value, list):
            if self._profile.strict and default is None:
                raise InvalidValueError(f"{where}: expected an array")
            self._notes.use(LONE_VALUE)
            value = [value]
        self._values += len(value)
        if self._values > MAX_MEMBER_VALUES:
            raise PayloadTooLargeError(
                f"{where}: more than {MAX_MEMBER_VALUES} values in one request. Split it."
            )
        members: dict[str, str | None] = {}
        for position, entry in enumerate(value):
            id, kind = self._member(entry, f"{where}[{position}]", default)
            members[id] = kind or members.get(id)
        return members

    def _member(self, entry: Any, where: str, default: str | None) -> tuple[str, str | None]:
        if isinstance(entry, str) and self._profile.scalar_to_list:
            entry = {"value": entry}
        if not isinstance(entry, dict):
            raise InvalidValueError(f"{where}: expected an object with a value")
        given = {key.lower(): each for key, each in entry.items()}
        id = self._text("value", given, where) or default
        if id is None:
            raise InvalidValueError(f"{where}: name the member by its value")
        return id, self._checked_type(self._text("type", given, where), where)

    def _text(self, name: str, given: Mapping[str, Any], where: str) -> str | None:
        raw, sub = given.get(name), self._edge.sub_attributes.get(name)
        if raw is None or sub is None:
            return None
        read = canonical_value(sub, raw, self._profile, f"{where}.{name}")
        return None if read is UNSET else read

    def _checked_type(self, kind: str | None, where: str) -> str | None:
        if kind is None:
            return None
        for name in self._kind.edge_types:
            if name.lower() == kind.lower():
                return name
        names = " or ".join(self._kind.edge_types)
        raise InvalidValueError(f"{where}.type: a member is a {names}")


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _ids(test: Node) -> list[str] | None:
    """Return the ids of a filter that only lists them (P10), else None."""
    terms = test.terms if isinstance(test, Or) else (test,)
    ids = []
    for term in terms:
        if not (isinstance(term, Compare) and term.op is Op.EQ and term.attribute.name == "value"):
            return None
        ids.append(str(term.value))
    return ids


def _is_about_ids(test: Node) -> bool:
    """Return whether a filter speaks of ids alone, so that an id is enough to decide it."""
    match test:
        case And(terms) | Or(terms):
            return all(_is_about_ids(term) for term in terms)
        case Not(term):
            return _is_about_ids(term)
        case Compare(attribute) | Present(attribute):
            return attribute.name == "value"
    return True
