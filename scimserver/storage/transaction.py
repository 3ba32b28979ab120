"""The only commit: work runs in one transaction, whole, again if it lost a race."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TypeVar

from scimserver.storage.errors import (
    RaceLostError,
    WriteContentionError,
    is_retryable,
    translated,
)
from scimserver.storage.session import Database, Session

T = TypeVar("T")

ATTEMPTS = 8


def run(database: Database, work: Callable[[Session], T]) -> T:
    """Run ``work`` in a write transaction and commit it; an exception rolls it back.

    The whole work runs again after a serialization failure, a deadlock, a busy SQLite or a lost
    race, so it must touch nothing outside the database. Raises WriteContentionError when every
    attempt lost, StorageUnavailableError when the database is away.
    """
    for attempt in range(ATTEMPTS):
        try:
            with _writing(database) as session:
                return work(session)
        except RaceLostError:
            pass
        except Exception as failure:
            if not is_retryable(failure):
                raise translated(failure) from failure
        time.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311  # Jitter, not a secret.
    raise WriteContentionError("Other writers kept changing the same data.")


@contextmanager
def _writing(database: Database) -> Iterator[Session]:
    with (
        database.write_lock if database.is_sqlite else nullcontext(),
        database.session() as session,
    ):
        # A deferred transaction that reads and then writes fails at once when another wrote
        # meanwhile.
        session.begin("BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN")
        try:
            yield session
            session.end("COMMIT")
        except BaseException:
            # The reason counts, not that a lost connection cannot be told to forget.
            with suppress(Exception):
                session.end("ROLLBACK")
            raise
