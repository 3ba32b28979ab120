"""Hot statements: compiled once by SQLAlchemy, run on the driver's own cursor.

SQLAlchemy writes the SQL and names the types; what is saved is its execution machinery, which costs
more than the statement itself on SQLite.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Dialect, Executable, SelectBase, Table, bindparam
from sqlalchemy.dialects.postgresql import Insert as ConflictInsert
from sqlalchemy.dialects.postgresql import insert as conflict_insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.dml import Delete, Insert, Update

from scimserver.storage.types import TextList, Uid, UidList

Convert = Callable[[Any], Any]


class Hot:
    """One statement, compiled at most once a dialect.

    Parameters are named as their bind parameters. Statements with expanding parameters (``IN`` over
    a list) cannot be hot; ``Among`` can.
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
            compiled.positiontup if compiled.positional else compiled.bind_names.values()
        )
        self._constants: dict[str, Any] = {}
        self._in: dict[str, Convert] = {}
        for bind, name in compiled.bind_names.items():
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


def at(table: Table, *names: str, prefix: str = "") -> list[ColumnElement[bool]]:
    """Return that columns equal the parameters of their names, with a prefix where those clash."""
    return [table.c[name] == bindparam(prefix + name, required=True) for name in names]


def upsert(table: Table) -> ConflictInsert:
    """Return an INSERT that can say what to do ON CONFLICT; both engines spell it alike."""
    return conflict_insert(table)


class Rows:
    """An insertion of many rows into one table; rows that are there already are passed over.

    Rows are tuples in the order of the table's columns. SQLite takes them one by one, which costs
    it nothing; PostgreSQL takes arrays, so that it reads and plans one statement for all of them.
    """

    __slots__ = ("_compiled", "_source", "table")

    def __init__(self, table: Table) -> None:
        self.table = table.name
        self._source = table
        self._compiled: dict[str, PreparedRows] = {}

    def on(self, dialect: Dialect) -> "PreparedRows":
        """Return the statement as this dialect's driver takes it."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = PreparedRows(self._source, dialect)
        return found


class PreparedRows:
    """SQL text of an insertion with the conversions its columns need."""

    __slots__ = ("_in", "sql")

    def __init__(self, table: Table, dialect: Dialect) -> None:
        names = ", ".join(column.name for column in table.columns)
        if dialect.name == "sqlite":
            source = f"VALUES ({', '.join('?' for _ in table.columns)})"
        else:
            arrays = (f"%s::{_plain_type(column, dialect)}[]" for column in table.columns)
            source = f"SELECT * FROM unnest({', '.join(arrays)})"  # noqa: S608  # Type names.
        self.sql = f"INSERT INTO {table.name} ({names}) {source} ON CONFLICT DO NOTHING"
        processors = (
            column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns
        )
        self._in = tuple((i, convert) for i, convert in enumerate(processors) if convert)

    def converted(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """Return the rows with every value as the driver takes it."""
        if not self._in:
            return rows
        converted = []
        for row in rows:
            values = list(row)
            for index, convert in self._in:
                values[index] = convert(values[index])
            converted.append(tuple(values))
        return converted

    def columns(self, rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
        """Return the values column by column, as the driver takes arrays."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        for index, convert in self._in:
            columns[index] = [convert(value) for value in columns[index]]
        return columns


class Keys:
    """A look-up of many rows of one table, each by its values in the columns of a unique index.

    SQLite is asked for them one by one; PostgreSQL takes arrays, and asks the index for each of
    them whatever it believes of the tables.
    """

    __slots__ = ("_columns", "_compiled")

    def __init__(self, table: Table, *names: str) -> None:
        self._columns = [table.c[name] for name in names]
        self._compiled: dict[str, PreparedKeys] = {}

    def on(self, dialect: Dialect) -> "PreparedKeys":
        """Return the statement as this dialect's driver takes it."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = PreparedKeys(self._columns, dialect)
        return found


class PreparedKeys:
    """SQL text of a look-up; on PostgreSQL it answers with the places of what is there."""

    __slots__ = ("sql",)

    def __init__(self, columns: Sequence[Column[Any]], dialect: Dialect) -> None:
        table, names = columns[0].table.description, [column.name for column in columns]
        if dialect.name == "sqlite":
            tests = " AND ".join(f"{name} = ?" for name in names)
            self.sql = f"SELECT 1 FROM {table} WHERE {tests}"  # noqa: S608  # Our own names.
            return
        arrays = ", ".join(f"%s::{_plain_type(column, dialect)}[]" for column in columns)
        tests = " AND ".join(f"t.{name} = w.{name}" for name in names)
        # A scalar subquery runs for each; EXISTS may become a join with the whole table.
        self.sql = (
            f"SELECT w.place FROM unnest({arrays})"  # noqa: S608  # Our own names.
            f" WITH ORDINALITY AS w({', '.join(names)}, place)"
            f" WHERE (SELECT true FROM {table} t WHERE {tests})"
        )


def _plain_type(column: Column[Any], dialect: Dialect) -> str:
    """Return a column's type without its collation, which an array has no place for."""
    return str(column.type.compile(dialect=dialect)).partition(" COLLATE")[0]


class Among(ColumnElement[bool]):
    """Whether a column's value is in a list given as one parameter, so that SQL text is the same.

    On SQLite the list travels as JSON text, elsewhere as an array.
    """

    inherit_cache = False

    def __init__(self, column: Column[Any], name: str) -> None:
        self.column = column
        kind = UidList() if isinstance(column.type, Uid) else TextList()
        self.ids = bindparam(name, type_=kind, required=True)


@compiles(Among)
def _array(element: Among, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} = ANY ({compiler.process(element.ids, **options)})"


@compiles(Among, "sqlite")
def _json(element: Among, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    ids = compiler.process(element.ids, **options)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  # Compiled SQL.


class Chosen(ColumnElement[bool]):
    """Whether a column's value is among those of a query, which is run first and once.

    PostgreSQL takes IN for a join: where it believes a type to have few resources it walks them
    all, and asks the query for each. An array is nothing it could join with.
    """

    inherit_cache = False

    def __init__(self, column: Column[Any], query: SelectBase) -> None:
        self.column = column
        self.query = query


@compiles(Chosen)
def _first(element: Chosen, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    query = compiler.process(element.query, **options)
    return f"{column} = ANY (ARRAY({query}))"


@compiles(Chosen, "sqlite")
def _among(element: Chosen, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    query = compiler.process(element.query, **options)
    return f"{column} IN ({query})"
