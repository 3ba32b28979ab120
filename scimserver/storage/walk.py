"""How a bound tree is walked: negation goes down to the leaves, and a scope gives those meaning.

Pushed down, because PostgreSQL joins ``NOT EXISTS`` but not ``NOT (… OR …)``, and because
SQLAlchemy's own recursion is deep enough as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from scimserver.scim.filter import And, Compare, Constant, Entry, Node, Not, Op, Or, Present
from scimserver.scim.schema import Attribute


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leaf stands: below a negation; as a conjunct of the whole query."""

    negative: bool = False
    conjunct: bool = True

    def sign(self, test: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the test or its opposite. It must not be NULL."""
        return not_(test) if self.negative else test


class Scope(Protocol):
    """What attributes mean in SQL: those of a resource, of an entry, of what an id points to.

    Each method returns a test that is never NULL, negated where its place says so. The value of a
    comparison is a tuple where ``eq`` may hold for any of several.
    """

    def compare(self, node: Compare, place: Place) -> ColumnElement[bool]:
        """Return the test of a comparison."""

    def present(self, attribute: Attribute, place: Place) -> ColumnElement[bool]:
        """Return whether there is a value."""

    def entry(self, attribute: Attribute, test: Node, place: Place) -> ColumnElement[bool]:
        """Return whether an entry passes a test."""

    def union(self, terms: Sequence[Node]) -> ColumnElement[bool] | None:
        """Return a disjunction as one look-up, where that is possible (F6)."""


def walk(node: Node, scope: Scope, place: Place) -> ColumnElement[bool]:
    """Return the SQL of a node in a scope."""
    match node:
        case Constant(holds=holds):
            return true() if holds is not place.negative else false()
        case Not(term=term):
            return walk(term, scope, Place(not place.negative, place.conjunct))
        case And() | Or():
            return _join(node, scope, place)
        case Compare():
            return scope.compare(node, place)
        case Present(attribute=attribute):
            return scope.present(attribute, place)
        case Entry(attribute=attribute, test=test):
            return scope.entry(attribute, test, place)


def _join(node: And | Or, scope: Scope, place: Place) -> ColumnElement[bool]:
    all_of = isinstance(node, And) is not place.negative
    terms: Sequence[Node] = node.terms
    if isinstance(node, Or):
        terms = list(merged(terms))
        found = None if place.negative else scope.union(terms)
        if found is not None:
            return found
    inner = Place(place.negative, place.conjunct and all_of)
    parts = [walk(term, scope, inner) for term in terms]
    return and_(*parts) if all_of else or_(*parts)


def merged(terms: Sequence[Node]) -> Iterator[Node]:
    """Yield the terms of a disjunction, those that compare one attribute by ``eq`` as one (F10)."""
    groups: dict[tuple[Attribute | None, Attribute], list[Any]] = {}
    for term in terms:
        attribute, compared = _equality(term)
        if compared is None:
            yield term
        else:
            groups.setdefault((attribute, compared.attribute), []).append(compared.value)
    for (attribute, compared_attribute), values in groups.items():
        value: Any = values[0] if len(values) == 1 else tuple(dict.fromkeys(values))
        compare = Compare(compared_attribute, Op.EQ, value)
        yield compare if attribute is None else Entry(attribute, compare)


def _equality(term: Node) -> tuple[Attribute | None, Compare | None]:
    match term:
        case Entry(attribute=attribute, test=Compare(op=Op.EQ, value=str()) as compared):
            return attribute, compared
        case Compare(op=Op.EQ, value=str()):
            return None, term
        case _:
            return None, None
