"""The errors of SCIM: one class per row of RFC 7644 table 9, and of the statuses we answer (F5)."""

from typing import ClassVar

from scimserver.errors import ScimServerError


class ScimError(ScimServerError):
    """A failure SCIM has a status for. ``scim_type`` is empty where the RFC names none."""

    status: ClassVar[int] = 400
    scim_type: ClassVar[str] = ""


class InvalidFilterError(ScimError):
    """A filter that does not parse, or compares what cannot be compared."""

    code, scim_type = "invalid_filter", "invalidFilter"
    recommended_action = "Correct the filter."


class InvalidPathError(ScimError):
    """A PATCH path that does not parse or names an unknown attribute."""

    code, scim_type = "invalid_path", "invalidPath"
    recommended_action = "Correct the attribute mapping."


class InvalidSyntaxError(ScimError):
    """A body whose structure is not what the request needs."""

    code, scim_type = "invalid_syntax", "invalidSyntax"
    recommended_action = "Send a well-formed SCIM message."


class InvalidValueError(ScimError):
    """A value that is missing, of the wrong type, or not acceptable."""

    code, scim_type = "invalid_value", "invalidValue"
    recommended_action = "Correct the value in the source directory or the attribute mapping."


class InvalidVersionError(ScimError):
    """A protocol version other than 2."""

    code, scim_type = "invalid_version", "invalidVers"
    recommended_action = "Use the /v2 base URL."


class MutabilityError(ScimError):
    """A change of something that cannot be changed."""

    code, scim_type = "mutability", "mutability"
    recommended_action = "Do not map this attribute."


class NoTargetError(ScimError):
    """A PATCH path that selects nothing."""

    code, scim_type = "no_target", "noTarget"
    recommended_action = "Check that the selected value exists."


class TooManyError(ScimError):
    """A query that costs more than one request may."""

    code, scim_type = "too_many", "tooMany"
    recommended_action = "Narrow the filter, or filter by an indexed attribute."


class InvalidCursorError(ScimError):
    """A cursor that is not ours, not for this query, or altered (RFC 9865 §2.1)."""

    code, scim_type = "invalid_cursor", "invalidCursor"
    recommended_action = "Start again with an empty cursor."


class ExpiredCursorError(ScimError):
    """A cursor older than cursorTimeout (RFC 9865 §2.1)."""

    code, scim_type = "expired_cursor", "expiredCursor"
    recommended_action = "Start again with an empty cursor."


class InvalidCountError(ScimError):
    """A count that is not the one the cursor was made for (RFC 9865 §2.1)."""

    code, scim_type = "invalid_count", "invalidCount"
    recommended_action = "Repeat the count of the first page."


class SensitiveError(ScimError):
    """A query that may not travel in a URL (RFC 7644 §7.5.2)."""

    status, code, scim_type = 403, "sensitive", "sensitive"
    recommended_action = "Use POST with .search."


class UnauthorizedError(ScimError):
    """No credential, or one that does not hold. ``sent`` says whether there was one (I9)."""

    status, code = 401, "unauthorized"
    recommended_action = "Check the token of the connection."

    def __init__(self, detail: str, *, sent: bool = False, **context: object) -> None:
        super().__init__(detail, **context)
        self.sent = sent


class ForbiddenError(ScimError):
    """Something nobody may do here, whatever the credential."""

    status, code = 403, "forbidden"
    recommended_action = "Leave it out of the request."


class NotFoundError(ScimError):
    """An unknown id or endpoint; also one of another organization, word for word the same."""

    status, code = 404, "not_found"
    recommended_action = "Check the id."


class MethodNotAllowedError(ScimError):
    """A method this endpoint does not have. ``allow`` lists those it has."""

    status, code = 405, "method_not_allowed"
    recommended_action = "Use one of the allowed methods."

    def __init__(self, detail: str, *, allow: tuple[str, ...], **context: object) -> None:
        super().__init__(detail, **context)
        self.allow = allow


class UniquenessError(ScimError):
    """A value that another resource holds already. ``attribute`` names it."""

    status, code, scim_type = 409, "uniqueness", "uniqueness"
    recommended_action = "Find the resource that holds the value by filtering for it."


class ConflictError(ScimError):
    """An operation of a Bulk request that depends on one that failed (E7)."""

    status, code = 409, "conflict"
    recommended_action = "Correct the operation it depends on."


class PreconditionFailedError(ScimError):
    """The resource is not in the version the client named."""

    status, code = 412, "precondition_failed"
    recommended_action = "Read the resource again."


class PayloadTooLargeError(ScimError):
    """A request larger than we take. The detail names the limit."""

    status, code = 413, "payload_too_large"
    recommended_action = "Send less in one request."


class UriTooLongError(ScimError):
    """A URL longer than we read. The detail names the limit."""

    status, code = 414, "uri_too_long"
    recommended_action = "Send the query as the body of POST to .search."


class UnsupportedMediaTypeError(ScimError):
    """A body that is neither application/scim+json nor application/json."""

    status, code = 415, "unsupported_media_type"
    recommended_action = "Send application/scim+json."


class PreconditionRequiredError(ScimError):
    """A write without If-Match on a connection that requires it."""

    status, code = 428, "precondition_required"
    recommended_action = "Send If-Match with the ETag of the version you read."


class TooManyRequestsError(ScimError):
    """A budget used up. ``retry_after`` is in whole seconds."""

    status, code = 429, "too_many_requests"
    recommended_action = "Wait and try again."

    def __init__(self, detail: str, *, retry_after: int, **context: object) -> None:
        super().__init__(detail, **context)
        self.retry_after = retry_after


class UnsupportedError(ScimError):
    """A feature this server or connection does not have."""

    status, code = 501, "unsupported"
    recommended_action = "See ServiceProviderConfig."


class UnavailableError(ScimError):
    """The server cannot do this now. ``retry_after`` is in whole seconds."""

    status, code = 503, "unavailable"
    recommended_action = "Try again later."

    def __init__(self, detail: str, *, retry_after: int = 5, **context: object) -> None:
        super().__init__(detail, **context)
        self.retry_after = retry_after
