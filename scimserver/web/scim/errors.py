"""Refusals become SCIM errors: one table from class to status and scimType (F5)."""

import traceback
from collections.abc import Mapping

from scimserver import codec
from scimserver.domain import errors as domain
from scimserver.domain.provisioning_error import ErrorResolvedError, WritesPausedError
from scimserver.errors import ScimServerError
from scimserver.scim import errors as scim
from scimserver.scim.errors import ScimError
from scimserver.storage import errors as storage

REALM = "scimserver"


Row = tuple[int, str]


def _scim_rows() -> dict[type[ScimServerError], Row]:
    """Return the rows of the classes that carry status and scimType themselves."""
    found: dict[type[ScimServerError], Row] = {}
    waiting: list[type[ScimError]] = [ScimError]
    while waiting:
        kind = waiting.pop()
        found[kind] = (kind.status, kind.scim_type)
        waiting.extend(kind.__subclasses__())
    return found


# Settings and schema files fail at start, before there is a request; were one to, it is our fault.
STATUS: Mapping[type[ScimServerError], Row] = {
    ScimServerError: (500, ""),
    **_scim_rows(),
    codec.MalformedJsonError: (400, "invalidSyntax"),
    codec.UnwritableValueError: (400, "invalidValue"),
    domain.DomainError: (400, "invalidValue"),
    domain.PolicyDeniedError: (400, "invalidValue"),
    domain.DomainNotVerifiedError: (400, "invalidValue"),
    domain.InvalidEmailError: (400, "invalidValue"),
    domain.NoEmailError: (400, "invalidValue"),
    domain.ProtectedResourceError: (400, "mutability"),
    domain.LastLocalAdministratorError: (400, "mutability"),
    domain.LimitExceededError: (400, "invalidValue"),
    WritesPausedError: (503, ""),
    ErrorResolvedError: (409, ""),
    domain.NotSelfServiceError: (403, ""),
    domain.PermissionDeniedError: (403, ""),
    domain.OutrankedError: (403, ""),
    domain.UnknownResourceError: (404, ""),
    domain.TakenError: (409, "uniqueness"),
    domain.StaleVersionError: (412, ""),
    domain.InvalidDomainError: (400, "invalidValue"),
    domain.DomainOwnedError: (409, ""),
    domain.ClaimChangedError: (409, ""),
    domain.AlreadyVerifiedError: (409, ""),
    domain.ClaimNotVerifiedError: (409, ""),
    domain.NotReadyError: (409, ""),
    domain.TooOftenError: (429, ""),
    domain.InvalidRequestError: (400, "invalidValue"),
    storage.StorageError: (503, ""),
    storage.StorageUnavailableError: (503, ""),
    storage.WriteContentionError: (503, ""),
    storage.QueryTooLongError: (400, "tooMany"),
    storage.RaceLostError: (503, ""),
}

_RETRY_AFTER = 5


def row_of(refusal: ScimServerError) -> Row:
    """Return status and scimType of a refusal; a subclass without a row has its parent's."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def headers_of(refusal: ScimServerError, status: int) -> list[tuple[str, str]]:
    """Return the headers a refusal must carry beside its body."""
    match refusal:
        case scim.UnauthorizedError():
            invalid = ', error="invalid_token"' if refusal.sent else ""
            return [("WWW-Authenticate", f'Bearer realm="{REALM}"{invalid}')]
        case domain.PermissionDeniedError():
            challenge = f'Bearer realm="{REALM}", error="insufficient_scope"'
            return [("WWW-Authenticate", f'{challenge}, scope="{refusal.needed}"')]
        case scim.MethodNotAllowedError():
            return [("Allow", ", ".join(refusal.allow))]
        case scim.TooManyRequestsError() | scim.UnavailableError():
            return [("Retry-After", str(refusal.retry_after))]
    if status == 503:
        return [("Retry-After", str(getattr(refusal, "retry_after", _RETRY_AFTER)))]
    return []


def incident(failure: BaseException) -> str:
    """Return the trace of a failure that is a bug, for the server's own log alone."""
    return "".join(traceback.format_exception(failure))
