"""Sessions: one connection at work, its transactions written by us, its statements hot or Core.

SQLAlchemy opens the connections, compiles and knows the types. Its pool, its transactions and its
liveness checks cost more than a whole look-up, so sessions are kept open here, in autocommit, and
``BEGIN`` is a statement like any other.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, CursorResult, Dialect, Executable, event, make_url
from sqlalchemy.exc import DBAPIError

from scimserver.storage import tripwire
from scimserver.storage.engine import open_engines
from scimserver.storage.errors import StorageUnavailableError, translated
from scimserver.storage.statement import Hot, Keys, Rows

R = TypeVar("R")

_WAIT_SECONDS = 30
_NOT_KEPT: Mapping[str, Any] = {"compiled_cache": None}
# The threads of a forked child must not each begin anew: a loan would return to another's pool.
_FORKED = Lock()


class Session:
    """One connection at work: Core statements by ``execute``, hot ones by ``run``.

    Without a transaction each statement stands alone, and one that meets a dead connection is
    repeated once on a new one; within one that would lose what came before. ``is_sqlite`` says
    which engine it is; every other one speaks PostgreSQL.
    """

    __slots__ = ("_depth", "_driver", "_reconnect", "connection", "dialect", "info", "is_sqlite")

    def __init__(
        self, connection: Connection, reconnect: Callable[[], Connection] | None = None
    ) -> None:
        self._depth = 0
        self._reconnect = reconnect
        self._adopt(connection)

    def _adopt(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect: Dialect = connection.dialect
        self.is_sqlite = self.dialect.name == "sqlite"
        self._driver: Any = connection.connection.driver_connection
        self.info: dict[Any, Any] = connection.info

    @property
    def is_lost(self) -> bool:
        """Whether the connection has broken, so that nothing more can be done with it."""
        return not self.is_sqlite and (self._driver.closed or self.connection.invalidated)

    def execute(
        self, statement: Executable, parameters: Any = None, *, kept: bool = True
    ) -> CursorResult[Any]:
        """Run a Core statement; a list of parameter sets runs it for each.

        It is kept compiled for the next one of its shape, unless that would take too much memory.
        """
        options = None if kept else _NOT_KEPT
        return self._attempt(
            lambda: self.connection.execute(statement, parameters, execution_options=options)
        )

    def run(self, statement: Hot, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a hot statement that returns rows."""
        if statement.table is not None:
            tripwire.check_table(self.info, statement.table)
        prepared = statement.on(self.dialect)
        return prepared.rows(self.command(prepared.sql, prepared.arguments(parameters)).fetchall())

    def write(self, statement: Hot, parameters: Mapping[str, Any]) -> int:
        """Run a hot statement that returns nothing; the number of rows it touched."""
        tripwire.check_table(self.info, statement.table)
        prepared = statement.on(self.dialect)
        count: int = self.command(prepared.sql, prepared.arguments(parameters)).rowcount
        return count

    def write_many(self, statement: Hot, many: Sequence[Mapping[str, Any]]) -> int:
        """Run a hot statement once for each set of parameters; the number of rows touched."""
        if not many:
            return 0
        tripwire.check_table(self.info, statement.table)
        prepared = statement.on(self.dialect)
        cursor = self._driver.cursor()
        cursor.executemany(prepared.sql, [prepared.arguments(each) for each in many])
        count: int = cursor.rowcount
        cursor.close()
        return count

    def insert(self, statement: Rows, rows: Sequence[tuple[Any, ...]]) -> int:
        """Insert rows in one go; the number that were not there already."""
        if not rows:
            return 0
        tripwire.check_table(self.info, statement.table)
        prepared = statement.on(self.dialect)
        cursor = self._driver.cursor()
        if self.is_sqlite:
            cursor.executemany(prepared.sql, prepared.converted(rows))
        else:
            cursor.execute(prepared.sql, prepared.columns(rows))
        count: int = cursor.rowcount
        cursor.close()
        return count

    def present(
        self, statement: Keys, rows: Sequence[tuple[Any, ...]]
    ) -> Sequence[tuple[Any, ...]]:
        """Return those of the rows, given by their keys, that are there."""
        sql = statement.on(self.dialect).sql
        if self.is_sqlite:
            return [row for row in rows if self.command(sql, row).fetchone()]
        columns = [list(column) for column in zip(*rows, strict=True)]
        return [rows[place - 1] for (place,) in self.command(sql, columns)]

    def command(self, sql: str, arguments: Any = ()) -> Any:
        """Run SQL text on the driver and return its cursor; for storage's own modules."""
        try:
            return self._driver.execute(sql, arguments)
        except Exception:
            if not self._recovers():
                raise
            return self._driver.execute(sql, arguments)

    def begin(self, sql: str) -> None:
        """Open a transaction with its statement, which also finds out a dead connection."""
        self.command(sql)
        self._depth = 1

    def end(self, sql: str) -> None:
        """Close the transaction, by COMMIT or ROLLBACK."""
        self._depth = 0
        self._driver.execute(sql)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Open a savepoint: undone alone when the block raises."""
        name = f"s{self._depth}"
        self._driver.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException as failure:
            self._depth -= 1
            try:
                self._driver.execute(f"ROLLBACK TO SAVEPOINT {name}")
                self._driver.execute(f"RELEASE SAVEPOINT {name}")
            except Exception as second:
                # The engine gave up the whole transaction; what made it do so is the news.
                raise failure from second
            raise
        self._depth -= 1
        self._driver.execute(f"RELEASE SAVEPOINT {name}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let the reads of a block see one state of the database, and write nothing."""
        self.begin("BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            if not self.is_lost:
                self.end("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def discard(self) -> None:
        """Drop a connection that has broken, without a word to the server."""
        self.connection.invalidate()
        self.connection.close()

    def settle(self) -> None:
        """Forget SQLAlchemy's notion of a transaction; in autocommit there is none to undo."""
        if self.connection.in_transaction():
            self.connection.rollback()

    def _attempt(self, work: Callable[[], R]) -> R:
        try:
            return work()
        except Exception:
            if not self._recovers():
                raise
            return work()

    def _recovers(self) -> bool:
        """Take a new connection if the old one is dead and nothing is lost with it."""
        if self._depth or self._reconnect is None or not self.is_lost:
            return False
        fresh = self._reconnect()
        self.discard()
        self._adopt(fresh)
        return True


class Database:
    """One address, with the ways to open a session on it. Threads may share it.

    ``url`` is SQLAlchemy's; ``postgresql://`` means psycopg 3. ``synchronous`` is SQLite's pragma:
    FULL survives a power cut, NORMAL may lose the last commits. ``pool_size`` is how many
    connections a process opens on PostgreSQL; who finds none free waits. A forked child opens its
    own.
    """

    def __init__(self, url: str | URL, *, synchronous: str = "FULL", pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine, self._autocommit = open_engines(self.url, synchronous)
        for engine in (self.engine, self._autocommit):
            event.listen(engine, "before_cursor_execute", _check_statement)
        self.writers = self.engine.execution_options(write=True)
        self._pool_size = pool_size
        self._start()

    def _start(self) -> None:
        # Last in, first out: the connection used last has the warmest caches.
        self._idle: deque[Session] = deque()
        # A SQLite connection is a file handle; threads bound their number.
        self._free = None if self.is_sqlite else BoundedSemaphore(self._pool_size)
        # SQLite has one writer. Waiting here beats its busy handler, which polls.
        self.write_lock: AbstractContextManager[Any] = Lock()
        # Last, since threads look at it without a lock: with it, everything else is new.
        self._process = os.getpid()

    def session(self) -> AbstractContextManager[Session]:
        """Lend a session in autocommit; the transaction's module begins and commits on it."""
        return _Loan(self)

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session in autocommit, for reads of one statement each."""
        return _Reading(self)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a session for reads that must agree with each other."""
        with self.reading() as session, session.snapshot():
            yield session

    def dispose(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.pop().close()

    def lend(self) -> Session:
        """Take an idle session, or open one; give it back with ``take_back``."""
        if self._process != os.getpid():
            with _FORKED:
                if self._process != os.getpid():
                    self._start()
        if self._free is not None and not self._free.acquire(timeout=_WAIT_SECONDS):
            raise StorageUnavailableError("Every connection to the database is busy.")
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return Session(self._autocommit.connect(), self._autocommit.connect)
        except BaseException:
            if self._free is not None:
                self._free.release()
            raise

    def take_back(self, session: Session) -> None:
        """Keep a session for whoever comes next, unless its connection has broken."""
        if session.is_lost:
            session.discard()
        else:
            session.settle()
            self._idle.append(session)
        if self._free is not None:
            self._free.release()


class _Loan:
    """A session on loan for a block. A class, because a generator costs more than the loan."""

    __slots__ = ("_database", "_session")

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Session:
        self._session = self._database.lend()
        return self._session

    def __exit__(self, _kind: object, failure: BaseException | None, _trace: object) -> None:
        self._database.take_back(self._session)


class _Reading(_Loan):
    """A loan that says in our words that the database is away."""

    __slots__ = ()

    def __enter__(self) -> Session:
        try:
            return super().__enter__()
        except DBAPIError as failure:
            raise translated(failure) from failure

    def __exit__(self, _kind: object, failure: BaseException | None, _trace: object) -> None:
        self._database.take_back(self._session)
        if isinstance(failure, Exception):
            other = translated(failure)
            if other is not failure:
                raise other from failure


def _check_statement(
    connection: Connection, _cursor: Any, sql: str, _params: Any, _context: Any, _many: bool
) -> None:
    tripwire.check_sql(connection.info, sql)
