"""One entry of a multi-valued attribute against a bound test: what PATCH asks of value paths.

Whole resources are matched by the database alone.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from scimserver.scim.datetimes import instant
from scimserver.scim.literal import binary_key
from scimserver.scim.schema import Attribute, Type
from scimserver.scim.tree import And, Compare, Constant, Entry, Node, Not, Op, Or, Present

_TESTS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.CO: operator.contains,
    Op.SW: lambda key, part: key.startswith(part),
    Op.EW: lambda key, part: key.endswith(part),
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.LT: operator.lt,
    Op.LE: operator.le,
}


def entry_matches(node: Node, entry: Any) -> bool:  # noqa: PLR0911  # One answer a node.
    """Return whether one entry, a mapping or a plain value, passes a test bound to its attribute.

    The entry is canonical: names in the schema's spelling, values typed but not folded.
    """
    match node:
        case Constant(holds=holds):
            return holds
        case Not(term=term):
            return not entry_matches(term, entry)
        case And(terms=terms):
            return all(entry_matches(term, entry) for term in terms)
        case Or(terms=terms):
            return any(entry_matches(term, entry) for term in terms)
        case Present(attribute=attribute):
            return _value(attribute, entry) not in (None, "", [], {})
        case Entry(attribute=attribute, test=test):
            return any(entry_matches(test, each) for each in _value(attribute, entry) or ())
        # No other node is bound, so there is no way past this one.
        case Compare(attribute=attribute, op=op, value=value):  # pragma: no branch
            key = key_of(attribute, _value(attribute, entry))
            return key is not None and _TESTS[op](key, value)


def key_of(attribute: Attribute, value: Any) -> Any:
    """Return the comparison key of a stored value, or None where it has none."""
    match attribute.type:
        case Type.BOOLEAN | Type.INTEGER | Type.DECIMAL:
            fits = isinstance(value, bool) == (attribute.type is Type.BOOLEAN)
            return value if fits and isinstance(value, int | float) else None
        case _ if not isinstance(value, str):
            return None
        case Type.DATE_TIME:
            return instant(value)
        case Type.BINARY:
            return binary_key(value)
        case _:
            return attribute.fold(value)


def _value(attribute: Attribute, entry: Any) -> Any:
    return entry.get(attribute.name) if isinstance(entry, Mapping) else entry
