"""Single tests in SQL: one value of one type against a literal, never NULL (F1).

A literal may be a tuple under ``eq``: equal to any of them.
"""

import operator
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, false, func, literal, or_, true

from scimserver.ids import is_id
from scimserver.scim.filter import Op
from scimserver.scim.schema import Attribute, Type
from scimserver.storage.folded import Doc, number_literal

_LAST = "\U0010ffff"
_NUMBERS = (Type.INTEGER, Type.DECIMAL)
_ORDERED: dict[Op, Callable[[Any, Any], ColumnElement[bool]]] = {
    Op.EQ: operator.eq,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.LT: operator.lt,
    Op.LE: operator.le,
}


def sure(test: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return a test that is false where it would be NULL."""
    return test.self_group().is_(true())


def text(
    column: ColumnElement[Any], op: Op, value: Any, *, sqlite: bool, ranged: bool = False
) -> ColumnElement[bool]:
    """Return a test of a text. ``ranged`` makes ``sw`` a range, which an index serves (F7)."""
    test: ColumnElement[bool]
    match op:
        case Op.EQ if isinstance(value, tuple):
            test = column.in_(value)
        case Op.CO:
            test = (func.instr if sqlite else func.strpos)(column, value) > 0
        case Op.SW if ranged:
            end = after(value)
            test = and_(column >= value, column < end) if end else column >= value
        case Op.SW:
            test = func.substr(column, 1, len(value)) == value
        case Op.EW if not value:
            test = column.is_not(None)
        case Op.EW if sqlite:
            test = func.substr(column, -len(value)) == value
        case Op.EW:
            test = func.right(column, len(value)) == value
        case _:
            test = _ORDERED[op](column, value)
    return test


def after(prefix: str) -> str:
    """Return the least text above every text with this prefix, or "" where there is none."""
    prefix = prefix.rstrip(_LAST)
    if not prefix:
        return ""
    # Surrogates are no characters of a text, so the range steps over them.
    following = 0xE000 if prefix[-1] == "\ud7ff" else ord(prefix[-1]) + 1
    return prefix[:-1] + chr(following)


def json(
    doc: Doc, path: tuple[str, ...], attribute: Attribute, op: Op, value: Any, *, sqlite: bool
) -> ColumnElement[bool]:
    """Return a test of what stands at a path of a document, by the attribute's type."""
    if attribute.type is Type.BOOLEAN:
        wanted = value if sqlite else ("true" if value else "false")
        return sure(doc.flag(path) == wanted)
    if attribute.type in _NUMBERS:
        return sure(_ORDERED[op](doc.number(path), number_literal(value, sqlite=sqlite)))
    return sure(text(doc.text(path), op, value, sqlite=sqlite))


def id_test(column: ColumnElement[Any], op: Op, value: Any, *, sqlite: bool) -> ColumnElement[bool]:
    """Return a test of an id, which PostgreSQL keeps as uuid."""
    if op is Op.EQ:
        ids = [each for each in _tuple(value) if is_id(each)]
        return column.in_(ids) if len(ids) > 1 else column == ids[0] if ids else false()
    return text(as_text(column, sqlite=sqlite), op, value, sqlite=sqlite)


def as_text(column: ColumnElement[Any], *, sqlite: bool) -> ColumnElement[Any]:
    """Return a column as text, ordered by code point."""
    return column if sqlite else cast(column, Text).collate("C")


def location(
    column: ColumnElement[Any], prefix: str, op: Op, value: Any, *, sqlite: bool
) -> ColumnElement[bool]:
    """Return a test of an address: a prefix followed by the id in a column."""
    if op is Op.EQ:
        ids = tuple(v[len(prefix) :] for v in _tuple(value) if v.startswith(prefix))
        return id_test(column, op, ids, sqlite=sqlite)
    whole = literal(prefix, Text) + cast(column, Text)
    return text(whole if sqlite else whole.collate("C"), op, value, sqlite=sqlite)


def version(column: ColumnElement[Any], op: Op, value: Any, *, sqlite: bool) -> ColumnElement[bool]:
    """Return a test of meta.version, the ETag of a version number."""
    etag = literal('W/"', Text) + cast(column, Text) + literal('"', Text)
    return text(etag if sqlite else etag.collate("C"), op, value, sqlite=sqlite)


def moment(column: ColumnElement[Any], op: Op, value: Any) -> ColumnElement[bool]:
    """Return a test of an instant."""
    if isinstance(value, tuple):
        return or_(*(moment(column, op, each) for each in value))
    when = datetime.fromisoformat(value).astimezone(UTC)
    return _ORDERED[op](column, when)


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
