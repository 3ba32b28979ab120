"""What storage raises of its own: the database is away, or too busy to write."""

from scimserver.errors import ScimServerError


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
