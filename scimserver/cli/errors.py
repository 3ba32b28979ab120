"""Exit codes: what a failure means to the program that called us."""

from collections.abc import Mapping

from scimserver.domain.errors import (
    ClaimChangedError,
    DomainError,
    PermissionDeniedError,
    StaleVersionError,
)
from scimserver.domain.ports import UpstreamError
from scimserver.errors import ScimServerError
from scimserver.scim.errors import PreconditionFailedError, ScimError, UnavailableError
from scimserver.storage.errors import StorageError

FAILED = 1
USAGE = 2
REFUSED = 3
STALE = 4
AWAY = 5
INTERRUPTED = 130

# The nearest ancestor decides, so a new error needs a line here only when it differs from its kin.
EXIT_CODES: Mapping[type[ScimServerError], int] = {
    ScimServerError: USAGE,
    ScimError: REFUSED,
    PreconditionFailedError: STALE,
    UnavailableError: AWAY,
    DomainError: REFUSED,
    PermissionDeniedError: REFUSED,
    StaleVersionError: STALE,
    ClaimChangedError: STALE,
    StorageError: AWAY,
    UpstreamError: AWAY,
}


def exit_code(failure: ScimServerError) -> int:
    """Return the exit code for an expected failure."""
    return next(EXIT_CODES[kind] for kind in type(failure).__mro__ if kind in EXIT_CODES)
