"""Engines and sessions: how each dialect is opened, and the one object that speaks to it."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import orjson
from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Dialect,
    Engine,
    Executable,
    create_engine,
    event,
    make_url,
)

from scimserver.storage import tripwire
from scimserver.storage.statement import Hot

SQLITE_MINIMUM = (3, 38)


class Session:
    """One connection at work: Core statements by ``execute``, hot ones by ``run``."""

    __slots__ = ("_driver", "connection", "dialect", "info")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect: Dialect = connection.dialect
        self._driver: Any = connection.connection.driver_connection
        self.info: dict[Any, Any] = connection.info

    @property
    def is_sqlite(self) -> bool:
        """Whether the engine is SQLite; every other one speaks PostgreSQL."""
        return self.dialect.name == "sqlite"

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a Core statement; a list of parameter sets runs it for each."""
        return self.connection.execute(statement, parameters)

    def run(self, statement: Hot, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a hot statement that returns rows."""
        tripwire.check_table(self.info, statement.table)
        prepared = statement.on(self.dialect)
        cursor = self._driver.execute(prepared.sql, prepared.arguments(parameters))
        return prepared.rows(cursor.fetchall())

    def write(self, statement: Hot, parameters: Mapping[str, Any]) -> int:
        """Run a hot statement that returns nothing; the number of rows it touched."""
        tripwire.check_table(self.info, statement.table)
        prepared = statement.on(self.dialect)
        count: int = self._driver.execute(prepared.sql, prepared.arguments(parameters)).rowcount
        return count

    def write_many(self, statement: Hot, many: Sequence[Mapping[str, Any]]) -> None:
        """Run a hot statement once for each set of parameters."""
        if not many:
            return
        tripwire.check_table(self.info, statement.table)
        prepared = statement.on(self.dialect)
        cursor = self._driver.cursor()
        cursor.executemany(prepared.sql, [prepared.arguments(each) for each in many])
        cursor.close()

    def savepoint(self) -> AbstractContextManager[Any]:
        """Open a savepoint: undone alone when the block raises."""
        return self.connection.begin_nested()


class Database:
    """An engine for one address, with the ways to open a session on it.

    ``url`` is SQLAlchemy's; ``postgresql://`` means psycopg 3. ``synchronous`` is SQLite's pragma:
    FULL survives a power cut, NORMAL may lose the last commits. ``pool_size`` is a process's.
    """

    def __init__(self, url: str | URL, *, synchronous: str = "FULL", pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = (
            _sqlite_engine(self.url, synchronous)
            if self.is_sqlite
            else _postgresql_engine(self.url, pool_size)
        )
        event.listen(self.engine, "before_cursor_execute", _check_statement)
        self.readers = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.writers = self.engine.execution_options(write=True)
        # SQLite has one writer. Waiting here, in order, beats its busy handler, which polls.
        self.write_lock: AbstractContextManager[Any] = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session in autocommit, for reads of one statement each."""
        with self.readers.connect() as connection:
            yield Session(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a read-only transaction, for reads that must agree with each other."""
        with self.engine.connect() as connection, connection.begin():
            yield Session(connection)

    def dispose(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


def _check_statement(
    connection: Connection, _cursor: Any, sql: str, _params: Any, _context: Any, _many: bool
) -> None:
    tripwire.check_sql(connection.info, sql)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite_engine(url: URL, synchronous: str) -> Engine:
    if sqlite3.sqlite_version_info < SQLITE_MINIMUM:
        message = f"SQLite {sqlite3.sqlite_version} is too old: 3.38 or later is needed"
        raise RuntimeError(message)
    engine = create_engine(url, json_serializer=_dumps, json_deserializer=orjson.loads)

    @event.listens_for(engine, "connect")
    def opened(raw: Any, _record: Any) -> None:
        # The driver begins nothing by itself; otherwise a SAVEPOINT would commit on its release.
        raw.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "cache_size=-16000",
            "temp_store=MEMORY",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return
        # A deferred transaction that reads and then writes fails at once when another wrote
        # meanwhile.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")

    return engine


def _postgresql_engine(url: URL, pool_size: int) -> Engine:
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        # Prepared statements are another session's behind a transaction pooler.
        connect_args={"prepare_threshold": None},
    )
