"""What storage raises of its own, and what it makes of a driver's failures."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from scimserver.errors import ScimServerError

_SERIALIZATION = frozenset({"40001", "40P01"})
_AWAY_CLASSES = ("08", "53")
_SQLITE_AWAY = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL")


class StorageError(ScimServerError):
    """The database cannot serve this now; nothing was written."""


class StorageUnavailableError(StorageError):
    """The database does not answer. ``retry_after`` is in whole seconds."""

    code = "database_unavailable"
    recommended_action = "Try again later."
    retry_after = 5


class WriteContentionError(StorageError):
    """Other writers won every retry. ``retry_after`` is in whole seconds."""

    code = "write_contention"
    recommended_action = "Try again later."
    retry_after = 1


class QueryTooLongError(StorageError):
    """A query ran into the statement time limit (D24)."""

    code = "query_too_long"
    recommended_action = "Narrow the filter, or filter by an indexed attribute."


class RaceLostError(StorageError):
    """Someone changed a row between our read and our write; the transaction runs again (F9)."""

    code = "race_lost"


class SchemaBehindError(StorageError):
    """The database is in another revision than this program needs."""

    code = "schema_behind"
    recommended_action = "Run scimserver db upgrade."

    def __init__(self, found: str | None, needed: str) -> None:
        super().__init__(
            f"The database is in revision {found or 'none'}, this program needs {needed}. "
            f"{self.recommended_action}",
            found=found,
            needed=needed,
        )


class TripwireError(Exception):
    """A bug: a resource table was written without a ticket from provisioning."""


def is_retryable(failure: Exception) -> bool:
    """Return whether the same transaction may succeed when run again."""
    raw = getattr(failure, "orig", failure)
    if getattr(raw, "sqlstate", None) in _SERIALIZATION:
        return True
    return str(getattr(raw, "sqlite_errorname", "")).startswith("SQLITE_BUSY")


def is_dangling(failure: Exception) -> bool:
    """Return whether a foreign key refused a row: what it points to has gone."""
    raw = getattr(failure, "orig", failure)
    return (
        getattr(raw, "sqlstate", None) == "23503"
        or getattr(raw, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_FOREIGNKEY"
    )


@contextmanager
def lost_if_dangling(problem: str) -> Iterator[None]:
    """Raise RaceLostError where a foreign key refuses a row, so that the transaction runs again.

    What the row points to, or what points to it, changed in this very moment; the next run finds
    it so.
    """
    try:
        yield
    except Exception as failure:
        if not is_dangling(failure):
            raise
        raise RaceLostError(problem) from failure


def translated(failure: Exception) -> Exception:
    """Return the failure as ours when it says that the database is away or gave up, else itself."""
    raw = getattr(failure, "orig", failure)
    state = getattr(raw, "sqlstate", None)
    name = str(getattr(raw, "sqlite_errorname", ""))
    if state == "57014" or name == "SQLITE_INTERRUPT":
        return QueryTooLongError("The query took longer than a request may.")
    # psycopg gives no SQLSTATE where no server was there to send one.
    is_driver = type(raw).__module__.startswith("psycopg")
    lost = (
        is_driver and state is None and type(raw).__name__ in ("OperationalError", "InterfaceError")
    )
    away = state is not None and (state[:2] in _AWAY_CLASSES or state[:3] == "57P")
    dropped = isinstance(failure, DBAPIError) and failure.connection_invalidated
    if away or lost or dropped or name.startswith(_SQLITE_AWAY):
        return StorageUnavailableError("The database does not answer.")
    return failure
