"""Refusals as problems (RFC 9457): one table from class to status, and a stable ``code``."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from flask import Response

from scimserver import codec
from scimserver.domain import errors as domain
from scimserver.domain.check import Check
from scimserver.domain.ports import UpstreamError
from scimserver.domain.provisioning_error import ErrorResolvedError, WritesPausedError
from scimserver.errors import ScimServerError
from scimserver.scim import errors as scim
from scimserver.storage import errors as storage
from scimserver.web.api import refusals

MEDIA_TYPE = "application/problem+json"
REALM = "scimserver"
_RETRY_AFTER = 5
# As RFC 9110 calls them, whatever Python a server runs on.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


class Row(NamedTuple):
    """A status, and the code where the class's own is another surface's word."""

    status: int
    code: str = ""


# A refusal without a row has its parent's.
PROBLEMS: Mapping[type[ScimServerError], Row] = {
    ScimServerError: Row(500),
    codec.MalformedJsonError: Row(400),
    codec.UnwritableValueError: Row(422),
    refusals.ForeignOrganizationError: Row(403),
    refusals.MediaTypeError: Row(415),
    refusals.BodyTooLargeError: Row(413),
    refusals.FieldsError: Row(422),
    scim.UnauthorizedError: Row(401),
    scim.TooManyRequestsError: Row(429),
    domain.DomainError: Row(422),
    domain.PermissionDeniedError: Row(403, "forbidden"),
    domain.OutrankedError: Row(403, "forbidden"),
    domain.UnknownResourceError: Row(404, "not_found"),
    domain.TakenError: Row(409),
    domain.DomainOwnedError: Row(409),
    domain.ClaimChangedError: Row(409),
    domain.AlreadyVerifiedError: Row(409),
    domain.ClaimNotVerifiedError: Row(409),
    domain.NotReadyError: Row(409),
    ErrorResolvedError: Row(409),
    domain.StaleVersionError: Row(412),
    domain.TooOftenError: Row(429),
    WritesPausedError: Row(503),
    UpstreamError: Row(503),
    storage.StorageError: Row(503),
}


def row_of(refusal: ScimServerError) -> Row:
    """Return the status of a refusal and what a client is to call it."""
    status, code = next(PROBLEMS[kind] for kind in type(refusal).__mro__ if kind in PROBLEMS)
    if isinstance(refusal, domain.InvalidDomainError | domain.InvalidRequestError):
        code = refusal.context.get("reason", "")
    return Row(status, code or refusal.code)


def of_refusal(refusal: ScimServerError, request_id: str) -> Response:
    """Answer what a check or a service refused."""
    status, code = row_of(refusal)
    more: dict[str, Any] = {}
    if refusal.recommended_action:
        more["action"] = refusal.recommended_action
    if isinstance(refusal, refusals.FieldsError):
        more["errors"] = [{"field": field, "detail": what} for field, what in refusal.faults]
    if isinstance(refusal, domain.NotReadyError):
        more["checks"] = shown(refusal.unmet)
    answer = problem(status, code, refusal.detail, requestId=request_id, **more)
    if (challenge := _challenge(refusal)) is not None:
        answer.headers["WWW-Authenticate"] = challenge
    wait = getattr(refusal, "retry_after", None)
    if wait is not None or status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(wait or _RETRY_AFTER)
    return answer


def of_status(status: int) -> Response:
    """Answer where the request itself was refused: an address or a method that is not there."""
    title = _title(status)
    return problem(status, title.lower().replace(" ", "_").replace("-", "_"), f"{title}.")


def of_incident(request_id: str) -> Response:
    """Answer 500 with nothing of the cause but the id under which our own log has it (F3)."""
    detail = f"Something went wrong on our side. Incident {request_id}."
    return problem(500, "internal", detail, requestId=request_id)


def shown(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Return conditions as the API shows them, met or not."""
    return [{"code": e.code, "ok": e.ok, "detail": e.detail, "action": e.action} for e in checks]


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Return a problem. ``about:blank``: a code says more than an address nobody opens."""
    body = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    return Response(orjson.dumps(body), status=status, content_type=MEDIA_TYPE)


def _title(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase


def _challenge(refusal: ScimServerError) -> str | None:
    match refusal:
        case scim.UnauthorizedError():
            invalid = ', error="invalid_token"' if refusal.sent else ""
            return f'Bearer realm="{REALM}"{invalid}'
        case domain.PermissionDeniedError():
            return f'Bearer realm="{REALM}", error="insufficient_scope", scope="{refusal.needed}"'
    return None
