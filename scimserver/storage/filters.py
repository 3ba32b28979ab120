"""A bound filter becomes SQL: the only file where both worlds meet.

Every expression is true or false, never NULL (F1), so negation is exact. Texts arrive folded and
are compared as bytes. What has index rows is looked for there; the rest is read from ``folded``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    exists,
    false,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from scimserver.scim.filter import And, Compare, Constant, Entry, Node, Op, parent_of
from scimserver.scim.schema import COMPUTED, Attribute, ResourceType, Type, Uniqueness
from scimserver.storage import leaves
from scimserver.storage.folded import Doc
from scimserver.storage.models.resource import (
    external_id,
    membership,
    resource,
    resource_value,
    unique_value,
)
from scimserver.storage.pointers import (
    FilterContext,
    in_groups,
    matches_word,
    member_test,
    referred,
)
from scimserver.storage.values import GROUP_NAME, PREFIX, bounded, searchable
from scimserver.storage.walk import Place, walk

__all__ = ["FilterContext", "is_indexed", "where"]

_TEXTS = (Type.STRING, Type.REFERENCE)
_COLUMNS = frozenset({"id", "externalId", "meta", "schemas"})


def where(node: Node, kind: ResourceType, context: FilterContext) -> ColumnElement[bool]:
    """Return the test of one resource of a type; the caller limits organization and type."""
    return walk(node, _Root(kind, context), Place())


def is_indexed(kind: ResourceType, attribute: Attribute) -> bool:
    """Return whether values of an attribute have rows to be found by (D23): texts alone do.

    What has a column of its own is found there.
    """
    return (
        attribute.type in _TEXTS
        and attribute.location[0] not in _COLUMNS
        and attribute in searchable(kind)
    )


def _is_served(kind: ResourceType, node: Compare) -> bool:
    """Return whether the index can tell; of a long text it holds the beginning and a digest."""
    attribute = node.attribute
    if node.op is Op.EQ:
        return True
    if node.op is Op.SW:
        return len(str(node.value)) <= PREFIX
    # Names and addresses are short by rule (B63).
    named = attribute.path == GROUP_NAME and kind.edge is not None
    return attribute.email or named or attribute.path == "userName"


@dataclass(frozen=True, slots=True)
class _Holders:
    """Rows that lead to resources: a table, its column with the resource's id, and a test."""

    table: FromClause
    owner: ColumnElement[Any]
    tests: tuple[ColumnElement[bool], ...]

    def ids(self) -> Select[Any]:
        return select(self.owner).select_from(self.table).where(*self.tests)

    def exists(self) -> ColumnElement[bool]:
        one: Select[Any] = select(literal_column("1")).select_from(self.table).where(*self.tests)
        return exists(one.where(self.owner == resource.c.id).correlate(resource))


def _ids(holders: Sequence[_Holders]) -> Select[Any] | CompoundSelect[Any]:
    return holders[0].ids() if len(holders) == 1 else union_all(*(h.ids() for h in holders))


class _Root:
    """The attributes of a resource."""

    def __init__(self, kind: ResourceType, context: FilterContext) -> None:
        self._kind = kind
        self._context = context
        self._doc = Doc(resource.c.folded, sqlite=context.sqlite)

    def compare(self, node: Compare, place: Place) -> ColumnElement[bool]:
        """Look in columns, in the index, behind a reference, or in the document."""
        attribute, op, value = node.attribute, node.op, node.value
        sqlite = self._context.sqlite
        holders = self._holders(node)
        if holders is not None:
            return self._held(holders, place, few=op is Op.EQ)
        column = self._column(node)
        if column is not None:
            return place.sign(column)
        parent = parent_of(self._kind, attribute)
        if parent is not None and parent.targets and attribute.name.lower() in COMPUTED:
            named = self._doc.text((*parent.location, "value"))
            test = referred(
                self._context, named, parent.targets, lambda p: p.compare(node, Place())
            )
        else:
            test = leaves.json(self._doc, attribute.location, attribute, op, value, sqlite=sqlite)
        return place.sign(test)

    def present(self, attribute: Attribute, place: Place) -> ColumnElement[bool]:
        """Return whether there is a value; every resource has id, meta and schemas."""
        parent = parent_of(self._kind, attribute)
        if attribute.location[0] in ("id", "meta", "schemas"):
            return place.sign(true())
        if attribute.path == "externalId":
            return self._held(self._external(), place)
        if attribute is self._kind.edge:
            return self._held([self._members()], place)
        if self._is_groups(attribute):
            return place.sign(resource.c.id.in_(in_groups(Constant(True), self._context)))
        if parent is not None and parent.targets and attribute.name.lower() in COMPUTED:
            named = self._doc.text((*parent.location, "value"))
            return place.sign(
                referred(
                    self._context,
                    named,
                    parent.targets,
                    lambda p: p.present(attribute, Place()),
                )
            )
        return place.sign(self._doc.exists(attribute.location))

    def entry(self, attribute: Attribute, test: Node, place: Place) -> ColumnElement[bool]:
        """Look among edges, in the index, or in the list within the document."""
        holders = self._entry_holders(attribute, test)
        if holders is not None:
            few = isinstance(test, Compare) and test.op is Op.EQ
            return self._held(holders, place, few=few)
        if self._is_groups(attribute):
            return place.sign(resource.c.id.in_(in_groups(test, self._context)))
        found = _entry(self._doc, attribute.location, attribute, test, self._context)
        if not place.negative:
            # The index is narrower than the document, and the document decides.
            terms = test.terms if isinstance(test, And) else ()
            candidates = [
                self._held(holders, place, few=True)
                for term in terms
                if isinstance(term, Compare) and term.op in (Op.EQ, Op.SW)
                if (holders := self._entry_holders(attribute, term)) is not None
            ]
            found = and_(*candidates, found)
        return place.sign(found)

    def union(self, terms: Sequence[Node]) -> ColumnElement[bool] | None:
        """Return look-ups of single values as one (F6)."""
        found: list[_Holders] = []
        for term in terms:
            holders = None
            if isinstance(term, Compare) and term.op is Op.EQ:
                holders = self._holders(term)
            elif isinstance(term, Entry) and isinstance(term.test, Compare):
                holders = self._entry_holders(term.attribute, term.test)
                holders = holders if term.test.op is Op.EQ else None
            if holders is None:
                return None
            found += holders
        return resource.c.id.in_(_ids(found)) if found else None

    def _is_groups(self, attribute: Attribute) -> bool:
        return self._kind.computed_groups and attribute.path == "groups"

    def _held(
        self, holders: Sequence[_Holders], place: Place, *, few: bool = False
    ) -> ColumnElement[bool]:
        """Return whether one of the rows leads here (F4, F5).

        SQLite walks all resources for EXISTS, PostgreSQL rescans a set too large for IN. As a
        conjunct, or where rows are few, IN joins well on both.
        """
        if not holders:
            return place.sign(false())
        if self._context.sqlite or (not place.negative and (few or place.conjunct)):
            return place.sign(resource.c.id.in_(_ids(holders)))
        tests = [place.sign(each.exists()) for each in holders]
        return and_(*tests) if place.negative else or_(*tests)

    def _holders(self, node: Compare) -> list[_Holders] | None:
        """Return the rows that hold a value, or None where it has no rows."""
        if node.attribute.path == "externalId":
            return self._external(node)
        if not is_indexed(self._kind, node.attribute) or not _is_served(self._kind, node):
            return None
        if not self._context.is_trusted(self._kind, node.attribute.path):
            return None
        # What must be unique by its schema is in the one table alone.
        unique = node.attribute.uniqueness is not Uniqueness.NONE
        tables = (unique_value,) if unique else (resource_value, unique_value)
        return [
            _Holders(
                table,
                table.c.resource_id,
                (
                    table.c.org_id == self._context.org_id,
                    table.c.type == self._kind.name,
                    table.c.path == node.attribute.path,
                    self._key(table.c.key, node),
                ),
            )
            for table in tables
        ]

    def _key(self, column: ColumnElement[Any], node: Compare) -> ColumnElement[bool]:
        value: Any = node.value
        if node.op is Op.EQ and node.attribute.path != "externalId":
            value = tuple(map(bounded, value)) if isinstance(value, tuple) else bounded(value)
        return leaves.text(column, node.op, value, sqlite=self._context.sqlite, ranged=True)

    def _entry_holders(self, attribute: Attribute, test: Node) -> list[_Holders] | None:
        if attribute is self._kind.edge:
            return [self._members(test)]
        return self._holders(test) if isinstance(test, Compare) else None

    def _external(self, node: Compare | None = None) -> list[_Holders]:
        """Return the asking connection's names for resources; without one there are none."""
        if self._context.connection_id is None:
            return []
        tests = [
            external_id.c.org_id == self._context.org_id,
            external_id.c.connection_id == self._context.connection_id,
            external_id.c.type == self._kind.name,
        ]
        if node is not None:
            tests.append(self._key(external_id.c.value, node))
        return [_Holders(external_id, external_id.c.resource_id, tuple(tests))]

    def _members(self, test: Node | None = None) -> _Holders:
        edge = self._kind.edge
        tests = [membership.c.org_id == self._context.org_id]
        if test is not None and edge is not None:
            tests.append(member_test(test, self._kind.edge_types, self._context))
        return _Holders(membership, membership.c.group_id, tuple(tests))

    def _column(self, node: Compare) -> ColumnElement[bool] | None:
        op, value, sqlite = node.op, node.value, self._context.sqlite
        match node.attribute.path:
            case "id":
                test = leaves.id_test(resource.c.id, op, value, sqlite=sqlite)
            case "meta.created":
                test = leaves.moment(resource.c.created_at, op, value)
            case "meta.lastModified":
                test = leaves.moment(resource.c.updated_at, op, value)
            case "meta.version":
                test = leaves.version(resource.c.version, op, value, sqlite=sqlite)
            case "meta.resourceType":
                test = true() if matches_word(node, self._kind.name) else false()
            case "meta.location":
                prefix = self._context.locations.get(self._kind.name)
                test = false()
                if prefix:
                    test = leaves.location(resource.c.id, prefix, op, value, sqlite=sqlite)
            case _:
                return None
        return test


class _Element:
    """The sub-attributes of one entry of a list in a document, or the plain value it is."""

    def __init__(self, doc: Doc, head: Attribute, context: FilterContext) -> None:
        self._doc = doc
        self._head = head
        self._context = context

    def compare(self, node: Compare, place: Place) -> ColumnElement[bool]:
        """Return a test of a value within the entry."""
        attribute = node.attribute
        if self._is_computed(attribute):
            return place.sign(self._referred(lambda p: p.compare(node, Place())))
        sqlite = self._context.sqlite
        return place.sign(
            leaves.json(
                self._doc, self._path(attribute), attribute, node.op, node.value, sqlite=sqlite
            )
        )

    def present(self, attribute: Attribute, place: Place) -> ColumnElement[bool]:
        """Return whether the entry has a value."""
        if attribute is self._head:
            return place.sign(true())
        if self._is_computed(attribute):
            return place.sign(self._referred(lambda p: p.present(attribute, Place())))
        return place.sign(self._doc.exists(self._path(attribute)))

    def entry(self, attribute: Attribute, test: Node, place: Place) -> ColumnElement[bool]:
        """Return whether an entry of a list within the entry passes a test."""
        path = self._path(attribute)
        return place.sign(_entry(self._doc, path, attribute, test, self._context))

    def union(self, terms: Sequence[Node]) -> None:  # noqa: ARG002  # A scope's signature.
        """Return nothing: an entry is a row already."""
        return

    def _path(self, attribute: Attribute) -> tuple[str, ...]:
        return () if attribute is self._head else (attribute.name,)

    def _is_computed(self, attribute: Attribute) -> bool:
        return bool(self._head.targets) and attribute.name.lower() in COMPUTED

    def _referred(self, leaf: Any) -> ColumnElement[bool]:
        named = self._doc.text(("value",))
        return referred(self._context, named, self._head.targets, leaf)


def _entry(
    doc: Doc, path: tuple[str, ...], attribute: Attribute, test: Node, context: FilterContext
) -> ColumnElement[bool]:
    rows, element = doc.entries(path)
    passed = walk(test, _Element(element, attribute, context), Place())
    one: Select[Any] = select(literal_column("1")).select_from(rows).where(passed)
    return exists(one.correlate_except(rows))
