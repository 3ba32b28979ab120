"""Filter text becomes a bounded tree bound to the schema, in our own node classes.

Nodes carry attributes and typed, folded values, so a compiler needs neither the schema nor the
client's spelling. Each node is true or false of a resource, never unknown (D20).
"""

from dataclasses import dataclass
from enum import StrEnum

from scimserver.scim.schema import Attribute


class Op(StrEnum):
    """The comparison operators of RFC 7644 §3.4.2.2, ``pr`` apart."""

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
    """An attribute compared with a value.

    ``attribute`` is never complex: ``emails eq`` was bound to ``emails.value``. ``value`` is typed
    by the attribute: a folded str for strings and references, UTC text with microseconds and ``Z``
    for dateTime, bool, int or float, base64 text for binary, None for null. On a multi-valued
    attribute some entry passes; ``ne`` means that no entry equals (D18). Within Entry it speaks of
    one entry.
    """

    attribute: Attribute
    op: Op
    value: str | bool | int | float | None


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
    """The opposite of a term, exact since no term is unknown."""

    term: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Every term is true. Flat: no And directly within."""

    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some term is true. Flat: no Or directly within."""

    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """Always true or always false: an attribute this type does not have, at the root (D22)."""

    holds: bool


Node = Compare | Present | Entry | Not | And | Or | Constant
