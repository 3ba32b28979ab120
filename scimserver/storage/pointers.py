"""What an id points to, as a filter sees it: members of a group, groups of a user, managers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    case,
    cast,
    exists,
    false,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from scimserver.scim.filter import Compare, Node, Present, entry_matches
from scimserver.scim.schema import Attribute, ResourceType
from scimserver.storage import leaves
from scimserver.storage.folded import Doc
from scimserver.storage.members import GROUP
from scimserver.storage.models.resource import membership, resource
from scimserver.storage.walk import Place, walk

NAMES = frozenset({"display", "displayname"})
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def _always(_kind: ResourceType, _path: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class FilterContext:
    """For whom a filter is compiled.

    ``locations`` are the prefixes of meta.location by type, each ending before the id.
    ``is_trusted`` tells whether the rows of an attribute are complete.
    """

    org_id: str
    connection_id: str | None
    sqlite: bool
    locations: Mapping[str, str] = field(default_factory=dict)
    is_trusted: Callable[[ResourceType, str], bool] = _always


@dataclass(frozen=True, slots=True)
class Pointer:
    """The sub-attributes that are read from the resource an id points to (T29).

    ``way`` is the ``type`` of an entry of User.groups, which no row holds.
    """

    context: FilterContext
    id: ColumnElement[Any]
    row: FromClause
    targets: tuple[str, ...]
    way: str | None = None

    def compare(self, node: Compare, place: Place) -> ColumnElement[bool]:
        """Return the test of value, type, display or $ref; others are never set."""
        sqlite, op, value = self.context.sqlite, node.op, node.value
        match node.attribute.name.lower():
            case "value":
                test = leaves.id_test(self.id, op, value, sqlite=sqlite)
            case "type" if self.way is not None:
                test = true() if matches_word(node, self.way) else false()
            case "type":
                names = [name for name in self.targets if matches_word(node, name)]
                test = self.row.c.type.in_(names) if names else false()
            case "$ref":
                test = self._location(node)
            case "display" | "displayname":
                test = leaves.sure(leaves.text(self.display(), op, value, sqlite=sqlite))
            case _:
                test = false()
        return place.sign(test)

    def present(self, attribute: Attribute, place: Place) -> ColumnElement[bool]:
        """Return whether the sub-attribute has a value."""
        match attribute.name.lower():
            case "display" | "displayname":
                return place.sign(self.display().is_not(None))
            case "value" | "type":
                return place.sign(true())
            case "$ref":
                return place.sign(true() if self.context.locations else false())
            case _:
                return place.sign(false())

    def entry(self, attribute: Attribute, test: Node, place: Place) -> ColumnElement[bool]:  # noqa: ARG002  # A scope's signature.
        """Return false: nothing that is computed has several values."""
        return place.sign(false())

    def union(self, terms: Sequence[Node]) -> None:  # noqa: ARG002  # A scope's signature.
        """Return nothing: an entry is a row already."""
        return

    def display(self) -> ColumnElement[Any]:
        """Return the key of the name that is shown; NULL where there is none."""
        doc = Doc(self.row.c.folded, sqlite=self.context.sqlite)
        return doc.text(("displayName",))

    def _location(self, node: Compare) -> ColumnElement[bool]:
        sqlite = self.context.sqlite
        tests = [
            (self.row.c.type == name)
            & leaves.location(self.id, prefix, node.op, node.value, sqlite=sqlite)
            for name in self.targets
            if (prefix := self.context.locations.get(name))
        ]
        return or_(*tests) if tests else false()


def matches_word(node: Compare, word: str) -> bool:
    """Return whether a word passes, for a test of one value or of any of several."""
    values: Any = node.value
    each = values if isinstance(values, tuple) else (values,)
    return any(entry_matches(replace(node, value=value), word) for value in each)


def attributes_of(test: Node) -> set[str]:
    """Return the lower-case names of the sub-attributes a test looks at."""
    match test:
        case Compare(attribute=attribute) | Present(attribute=attribute):
            return {attribute.name.lower()}
    # Of negations, conjunctions and disjunctions; what is constant has no parts.
    parts = getattr(test, "terms", None) or (getattr(test, "term", None),)
    return set().union(*(attributes_of(part) for part in parts if part is not None))


def referred(
    context: FilterContext,
    value: ColumnElement[Any],
    targets: tuple[str, ...],
    leaf: Callable[[Pointer], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """Return whether the resource that a text names exists and passes a test."""
    row = resource.alias()
    tests = _target(context, row, value, targets)
    passed = leaf(Pointer(context, row.c.id, row, targets))
    one: Select[Any] = select(literal_column("1")).select_from(row).where(*tests, passed)
    return exists(one.correlate_except(row))


def display_of(
    context: FilterContext, value: ColumnElement[Any], targets: tuple[str, ...]
) -> ColumnElement[Any]:
    """Return the name of the resource that a text names, NULL where there is none."""
    row = resource.alias()
    name = Pointer(context, row.c.id, row, targets).display()
    found = select(name).select_from(row).where(*_target(context, row, value, targets))
    return found.correlate_except(row).scalar_subquery()


def _target(
    context: FilterContext, row: FromClause, value: ColumnElement[Any], targets: tuple[str, ...]
) -> tuple[ColumnElement[bool], ...]:
    # An id from outside may be any text (B59), and a cast of the wrong one would raise.
    id = value if context.sqlite else case((value.regexp_match(_UUID), cast(value, Uuid)))
    return (row.c.org_id == context.org_id, row.c.id == id, row.c.type.in_(targets))


def member_test(
    test: Node, targets: tuple[str, ...], context: FilterContext
) -> ColumnElement[bool]:
    """Return the test of one row of ``membership``, as a value path on the edge puts it."""
    row = resource.alias()
    passed = walk(test, Pointer(context, membership.c.member_id, row, targets), Place())
    if attributes_of(test) <= {"value"}:
        return passed
    one: Select[Any] = (
        select(literal_column("1"))
        .select_from(row)
        .where(row.c.org_id == context.org_id, row.c.id == membership.c.member_id, passed)
    )
    return exists(one.correlate_except(row))


def in_groups(test: Node, context: FilterContext) -> Select[Any]:
    """Return the ids of those who are in a group that passes a test, directly or not (B48).

    The closure goes down from the groups that pass, which are few where a group is named.
    """
    if "type" not in attributes_of(test):
        seeds = _groups(test, context, way=None)
        below = _below(seeds, context, pairs=False)
        return select(below.c.id)
    direct = select(membership.c.member_id.label("id")).where(
        membership.c.org_id == context.org_id,
        membership.c.group_id.in_(_groups(test, context, way="direct")),
    )
    pairs = _below(_groups(test, context, way="indirect"), context, pairs=True)
    also_direct = membership.alias()
    indirect = select(pairs.c.id).where(
        ~exists(
            select(literal_column("1"))
            .select_from(also_direct)
            .where(
                also_direct.c.org_id == context.org_id,
                also_direct.c.group_id == pairs.c.seed,
                also_direct.c.member_id == pairs.c.id,
            )
            .correlate_except(also_direct)
        )
    )
    return select(union_all(direct, indirect).subquery().c.id)


def _groups(test: Node, context: FilterContext, *, way: str | None) -> Select[Any]:
    group = resource.alias()
    scope = Pointer(context, group.c.id, group, (GROUP,), way)
    return select(group.c.id).where(
        group.c.org_id == context.org_id, group.c.type == GROUP, walk(test, scope, Place())
    )


def _below(seeds: Select[Any], context: FilterContext, *, pairs: bool) -> Any:
    """Return everyone below the seeds as a table: ``id``, and with pairs the ``seed`` too."""
    first, step = membership.alias(), membership.alias()
    columns: list[ColumnElement[Any]] = [first.c.member_id.label("id")]
    if pairs:
        columns.append(first.c.group_id.label("seed"))
    below = (
        select(*columns)
        .where(first.c.org_id == context.org_id, first.c.group_id.in_(seeds))
        .cte(recursive=True)
    )
    further: list[ColumnElement[Any]] = [step.c.member_id]
    if pairs:
        further.append(below.c.seed)
    return below.union(
        select(*further).where(step.c.org_id == context.org_id, step.c.group_id == below.c.id)
    )
