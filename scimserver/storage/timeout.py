"""How long one query may take, on each engine (D24)."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scimserver.storage.errors import QueryTooLongError
from scimserver.storage.session import Session

# Virtual-machine steps of SQLite between two looks at the clock: some tens of microseconds.
_STEPS = 5_000


@contextmanager
def time_limit(session: Session, seconds: float) -> Iterator[None]:
    """Raise QueryTooLongError when a query within the block runs longer.

    On PostgreSQL the session must be in a transaction, as ``Database.snapshot`` gives; that
    transaction is lost when the limit strikes.
    """
    guard = _sqlite_limit if session.is_sqlite else _postgresql_limit
    try:
        with guard(session, seconds):
            yield
    except (DBAPIError, sqlite3.OperationalError, psycopg.errors.QueryCanceled) as failure:
        cause = failure.orig if isinstance(failure, DBAPIError) else failure
        if not _is_limit(cause):
            raise
        raise QueryTooLongError(
            f"The query took longer than {seconds:g} seconds and was stopped. "
            f"{QueryTooLongError.recommended_action}"
        ) from failure


def _is_limit(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return isinstance(cause, psycopg.errors.QueryCanceled)


@contextmanager
def _sqlite_limit(session: Session, seconds: float) -> Iterator[None]:
    driver: Any = session.connection.connection.driver_connection
    end = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _postgresql_limit(session: Session, seconds: float) -> Iterator[None]:
    milliseconds = max(1, round(seconds * 1000))
    session.execute(text(f"SET LOCAL statement_timeout = {milliseconds:d}"))
    yield
    session.execute(text("SET LOCAL statement_timeout TO DEFAULT"))
