"""The nodes of a bound filter: attributes and typed, folded values, nothing of the client's text.

A compiler needs neither the schema nor the client's spelling. Each node is true or false of a
resource, never unknown (D20).

There is one normal form. A test of a multi-valued attribute stands in an Entry, sub-attributes in
the Entry of their parent, whichever way the client wrote it; ``ne`` is Not of ``eq``; null is Not
of Present. So outside of Entry a comparison is about one value or none.
"""

from dataclasses import dataclass
from enum import StrEnum

from scimserver.scim.schema import Attribute


class Op(StrEnum):
    """The comparison operators of RFC 7644 §3.4.2.2, ``pr`` apart. ``ne`` is in no bound tree."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute compared with a value; false where the attribute has none.

    ``attribute`` is never complex: ``emails eq`` was bound to ``emails.value``. ``value`` is typed
    by the attribute: a folded str for strings and references, UTC text with microseconds and ``Z``
    for dateTime, bool, int or float (within 64 bits), padded base64 text for binary. In the Entry
    of a list of plain values, the attribute is that list and means the entry itself.
    """

    attribute: Attribute
    op: Op
    value: str | bool | int | float


@dataclass(frozen=True, slots=True)
class Present:
    """An attribute has a value (D.3): non-empty, false and 0 included."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Entry:
    """Some entry of a multi-valued attribute passes the whole test (D12)."""

    attribute: Attribute
    test: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a term, exact since no term is unknown. Never of a Not or a Constant."""

    term: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Every term is true. Flat: no And directly within, no Constant."""

    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some term is true. Flat: no Or directly within, no Constant."""

    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """Always true or always false, such as an attribute this type does not have (D22)."""

    holds: bool


Node = Compare | Present | Entry | Not | And | Or | Constant


def negated(node: Node) -> Node:
    """Return the opposite, without piling up negations."""
    if isinstance(node, Constant):
        return Constant(not node.holds)
    return node.term if isinstance(node, Not) else Not(node)


def joined(kind: type[And] | type[Or], terms: list[Node]) -> Node:
    """Return the conjunction or disjunction of terms, flat and without constants."""
    decisive = kind is Or
    flat: list[Node] = []
    for term in terms:
        if isinstance(term, Constant):
            if term.holds is decisive:
                return term
        elif isinstance(term, kind):
            flat.extend(term.terms)
        else:
            flat.append(term)
    if not flat:
        return Constant(not decisive)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def some_entry(attribute: Attribute, test: Node) -> Node:
    """Return that an entry passes the test; a constant test asks for an entry, or for nothing."""
    if isinstance(test, Constant):
        return Present(attribute) if test.holds else test
    return Entry(attribute, test)


def size(node: Node) -> int:
    """Return how many terms a test has: comparisons and presences."""
    match node:
        case And(terms=terms) | Or(terms=terms):
            return sum(map(size, terms))
        case Not(term=inner) | Entry(test=inner):
            return size(inner)
        case _:
            return 1
