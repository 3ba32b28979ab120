"""The only commit: work runs in one transaction, whole, again if it lost a race."""

import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from scimserver.storage.errors import (
    QueryTooLongError,
    RaceLostError,
    StorageUnavailableError,
    WriteContentionError,
)
from scimserver.storage.session import Database, Session

T = TypeVar("T")

ATTEMPTS = 8
_SERIALIZATION = frozenset({"40001", "40P01"})


def run(database: Database, work: Callable[[Session], T]) -> T:
    """Run ``work`` in a write transaction and commit it; an exception rolls it back.

    The whole work runs again after a serialization failure, a deadlock, a busy SQLite or a lost
    race, so it must touch nothing outside the database. Raises WriteContentionError when every
    attempt lost, StorageUnavailableError when the database is away.
    """
    for attempt in range(ATTEMPTS):
        try:
            with (
                database.write_lock if database.is_sqlite else nullcontext(),
                database.writers.connect() as connection,
                connection.begin(),
            ):
                return work(Session(connection))
        except RaceLostError:
            pass
        except Exception as failure:
            if not is_retryable(failure):
                raise translated(failure) from failure
        time.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311  # Jitter, not a secret.
    raise WriteContentionError("Other writers kept changing the same data.")


def is_retryable(failure: Exception) -> bool:
    """Return whether the same transaction may succeed when run again."""
    raw = getattr(failure, "orig", failure)
    if getattr(raw, "sqlstate", None) in _SERIALIZATION:
        return True
    return str(getattr(raw, "sqlite_errorname", "")).startswith("SQLITE_BUSY")


def translated(failure: Exception) -> Exception:
    """Return the failure as ours when it says that the database is away or gave up, else itself."""
    raw = getattr(failure, "orig", failure)
    state = getattr(raw, "sqlstate", None)
    name = str(getattr(raw, "sqlite_errorname", ""))
    if state == "57014" or name == "SQLITE_INTERRUPT":
        return QueryTooLongError("The query took longer than a request may.")
    away = state is not None and (state[:2] in ("08", "53") or state[:3] == "57P")
    unreachable = isinstance(failure, (OperationalError, InterfaceError)) and state is None
    driver = type(raw).__module__.startswith("psycopg") and type(raw).__name__ == "OperationalError"
    if (
        away
        or name in ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL")
        or (not name and (unreachable or (driver and state is None)))
    ):
        return StorageUnavailableError("The database does not answer.")
    if isinstance(failure, DBAPIError) and failure.connection_invalidated:
        return StorageUnavailableError("The database does not answer.")
    return failure
