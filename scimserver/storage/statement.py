"""Hot statements: compiled once by SQLAlchemy, run on the driver's own cursor.

SQLAlchemy writes the SQL and names the types; what is saved is its execution machinery, which costs
more than the statement itself on SQLite.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Executable
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.dml import Delete, Insert, Update

Convert = Callable[[Any], Any]


class Hot:
    """One statement, compiled at most once a dialect.

    Parameters are named as their bind parameters. Statements with expanding parameters (``IN`` over
    a list) cannot be hot.
    """

    __slots__ = ("_compiled", "statement", "table")

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self.table: str | None = None
        if isinstance(statement, Insert | Update | Delete):
            self.table = str(statement.table)
        self._compiled: dict[str, Prepared] = {}

    def on(self, dialect: Dialect) -> "Prepared":
        """Return the statement as this dialect's driver takes it."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = Prepared(self.statement, dialect)
        return found


class Prepared:
    """SQL text with the conversions its parameters and columns need."""

    __slots__ = ("_constants", "_in", "_names", "_out", "_positional", "sql")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        if not isinstance(statement, ClauseElement):
            message = "only SQLAlchemy clauses can be hot"
            raise TypeError(message)
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._positional = compiled.positional
        self._names: tuple[str, ...] = tuple(
            compiled.positiontup if compiled.positional else compiled.binds
        )
        self._constants: dict[str, Any] = {}
        self._in: dict[str, Convert] = {}
        for name, bind in compiled.binds.items():
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                self._in[name] = convert
            if not bind.required and bind.effective_value is not None:
                value = bind.effective_value
                self._constants[name] = convert(value) if convert else value
        # No public name leads from a compiled statement to the types of its columns.
        kinds = [column[3] for column in compiled._result_columns]  # noqa: SLF001
        converts = [kind.dialect_impl(dialect).result_processor(dialect, None) for kind in kinds]
        self._out = tuple((i, convert) for i, convert in enumerate(converts) if convert)

    def arguments(self, parameters: Mapping[str, Any]) -> Any:
        """Return the parameters as the driver takes them: a tuple or a mapping."""
        values = {**self._constants, **parameters} if self._constants else parameters
        converts = self._in
        if self._positional:
            return tuple(
                converts[name](values[name]) if name in converts else values[name]
                for name in self._names
            )
        return {
            name: converts[name](values[name]) if name in converts else values[name]
            for name in self._names
        }

    def rows(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the driver's rows with every column converted."""
        out = self._out
        if not out:
            return list(rows)
        converted = []
        for row in rows:
            values = list(row)
            for index, convert in out:
                values[index] = convert(values[index])
            converted.append(tuple(values))
        return converted
