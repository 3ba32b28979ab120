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


class TripwireError(Exception):
    """A bug: a resource table was written without a ticket from provisioning."""
