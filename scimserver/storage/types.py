"""Column types that mean the same on every engine.

Each tests for SQLite and treats every other dialect alike, because a variant for ``postgresql``
does not reach the engines that only speak its protocol.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Dialect, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Uid(TypeDecorator[str]):
    """A UUID as canonical text in Python; TEXT on SQLite, uuid elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Uuid(as_uuid=False))


class TextList(TypeDecorator[list[str]]):
    """A parameter that holds many texts: JSON text on SQLite, text[] elsewhere."""

    impl = Text
    cache_ok = True
    element: TypeEngine[Any] = Text()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the parameter's type."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.element))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write JSON text on SQLite."""
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


class UidList(TextList):
    """A parameter that holds many UUIDs: JSON text on SQLite, uuid[] elsewhere."""

    cache_ok = True
    element = Uuid(as_uuid=False)


class Utc(TypeDecorator[datetime]):
    """An instant in UTC: microseconds since 1970 on SQLite, timestamptz elsewhere.

    Processors stand in place of the decorator's own hooks, which cost a call more for each value.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        return dialect.type_descriptor(
            Integer() if dialect.name == "sqlite" else DateTime(timezone=True)
        )

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Turn an aware datetime into what the engine stores."""
        return _to_microseconds if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, _type: object) -> Callable[[Any], Any]:
        """Turn what the engine stores into an aware datetime in UTC."""
        return _from_microseconds if dialect.name == "sqlite" else _in_utc


def _to_microseconds(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // _MICROSECOND


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value: TEXT through orjson on SQLite, JSONB elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else JSONB())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write JSON text on SQLite; JSONB has its own serializer."""
        if value is None or dialect.name != "sqlite":
            return value
        return orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read JSON text on SQLite; JSONB has its own deserializer."""
        if value is None or dialect.name != "sqlite":
            return value
        return orjson.loads(value)


def key_text() -> Text:
    """Return the type of a comparison key: compared byte by byte on every engine."""
    return Text(collation="C").with_variant(Text(), "sqlite")


def whole() -> BigInteger:
    """Return the type of a count that may pass 31 bits; SQLite's INTEGER holds it as it is."""
    return BigInteger().with_variant(Integer(), "sqlite")


class Flag(TypeDecorator[bool]):
    """A boolean; INTEGER on SQLite, whose STRICT tables know no other."""

    impl = Integer
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Write 0 and 1 on SQLite."""
        return _to_integer if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, _type: object) -> Callable[[Any], Any] | None:
        """Read 0 and 1 on SQLite."""
        return _BOOLEANS.get if dialect.name == "sqlite" else None


_BOOLEANS = {0: False, 1: True}


def _to_integer(value: bool | None) -> int | None:
    return None if value is None else int(value)
