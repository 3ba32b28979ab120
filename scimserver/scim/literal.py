"""The value of a comparison, typed by its attribute (D.3, D16)."""

import base64
import binascii
import re
from typing import Any

from scimserver.scim.datetimes import instant
from scimserver.scim.errors import InvalidFilterError
from scimserver.scim.schema import Attribute, Type
from scimserver.scim.tree import Compare, Constant, Node, Op, Present

SUBSTRING = frozenset({Op.CO, Op.SW, Op.EW})
ORDERING = frozenset({Op.GT, Op.GE, Op.LT, Op.LE})
# No value holds these (B65), and PostgreSQL refuses them in parameters.
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")
_LARGEST = 2**63 - 1
_EXPECTED = {
    Type.STRING: "a string",
    Type.REFERENCE: "a string",
    Type.BOOLEAN: "true or false",
    Type.INTEGER: "a number",
    Type.DECIMAL: "a number",
    Type.DATE_TIME: 'a date and time such as "2026-05-01T12:00:00Z"',
    Type.BINARY: "base64 text",
}


def compare(attribute: Attribute, op: Op, value: Any, path: str, *, booleans: bool) -> Node:
    """Return the bound comparison with a value that is not null.

    ``path`` is the attribute as the client wrote it. ``booleans`` accepts "true" and "false" as
    strings. Raises InvalidFilterError where operator or value do not suit the type.
    """
    _check_operator(attribute, op, path)
    match attribute.type:
        case Type.BOOLEAN:
            return Compare(attribute, op, _boolean(value, path, booleans=booleans))
        case Type.INTEGER | Type.DECIMAL:
            return _number(attribute, op, value, path)
        case Type.DATE_TIME:
            return _date(attribute, op, value, path)
        case Type.BINARY:
            key = binary_key(_text(attribute, value, path))
            if key is None:
                raise _unsuitable(attribute, path)
            return Compare(attribute, op, key)
        case _ if attribute.path == "externalId":
            # It is stored, and kept unique, in the very spelling of the client.
            return Compare(attribute, op, _text(attribute, value, path))
        case _:
            return Compare(attribute, op, attribute.fold(_text(attribute, value, path)))


def binary_key(text: str) -> str | None:
    """Return the one spelling of a base64 text, or None where it is none.

    Padding and the two alphabets of RFC 4648 are ways to write the same bytes.
    """
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        content = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(content).decode("ascii")


def number_key(value: float) -> int | float:
    """Return a number in one spelling: whole ones as int, so that no engine rounds them."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST:
        return int(value)
    return value


def _check_operator(attribute: Attribute, op: Op, path: str) -> None:
    kind = attribute.type
    if kind in (Type.BOOLEAN, Type.BINARY) and op in SUBSTRING | ORDERING:
        raise InvalidFilterError(f"{path}: '{op}' cannot be applied to a {kind}. Use eq, ne or pr.")
    if kind in (Type.INTEGER, Type.DECIMAL) and op in SUBSTRING:
        raise InvalidFilterError(
            f"{path}: '{op}' cannot be applied to a number. Use eq, ne, gt, ge, lt, le or pr."
        )


def _unsuitable(attribute: Attribute, path: str) -> InvalidFilterError:
    return InvalidFilterError(f"{path}: compare it with {_EXPECTED[attribute.type]}.")


def _text(attribute: Attribute, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _unsuitable(attribute, path)
    if _IMPOSSIBLE.search(value):
        raise InvalidFilterError(
            f"{path}: the value holds a character that no stored value can hold. Remove it."
        )
    return value


def _boolean(value: Any, path: str, *, booleans: bool) -> bool:
    if booleans and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise InvalidFilterError(f"{path}: compare it with {_EXPECTED[Type.BOOLEAN]}.")
    return value


def _number(attribute: Attribute, op: Op, value: Any, path: str) -> Node:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unsuitable(attribute, path)
    if isinstance(value, int) and abs(value) > _LARGEST:
        # Beyond every stored number: what remains is on which side of it they lie.
        below = op in (Op.LT, Op.LE) if value > 0 else op in (Op.GT, Op.GE)
        return Present(attribute) if below else Constant(False)
    return Compare(attribute, op, number_key(value))


def _date(attribute: Attribute, op: Op, value: Any, path: str) -> Node:
    text = _text(attribute, value, path)
    if op in SUBSTRING:
        return Constant(False)
    moment = instant(text)
    if moment is None:
        raise _unsuitable(attribute, path)
    return Compare(attribute, op, moment)
