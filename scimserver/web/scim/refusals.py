"""Refusals in the provisioning log: what an administrator needs to put it right (M9)."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.errors import ScimServerError
from scimserver.scim.bulk import BulkOperation
from scimserver.services import protection
from scimserver.services.bulk import Refusal
from scimserver.services.masking import masked, sentence
from scimserver.storage import journal
from scimserver.storage.journal import REFUSED, LogRow
from scimserver.storage.session import Session
from scimserver.web.scim.errors import row_of
from scimserver.web.scim.request import Call

_LENGTH = 512


def log_request(
    session: Session,
    call: Call,
    org_id: str,
    connection_id: str,
    token_id: str | None,
    refusal: ScimServerError,
) -> None:
    """Log a request that was refused as a whole."""
    row = _row(call, call.method, call.path, call.sent_body, refusal, connection_id, token_id)
    journal.log_request(session, org_id, row)
    if call.credential is not None:
        actor = call.credential.actor(request_id=call.request_id, user_agent=call.user_agent)
        protection.refused(session, actor, call.now, refusal)


def log_operations(session: Session, call: Call, actor: Actor, refused: Sequence[Refusal]) -> None:
    """Log refused operations of a Bulk request, in the transaction of the others."""
    journal.log_request(
        session, actor.org_id, *(_operation(call, actor, *each) for each in refused)
    )
    for _operation_sent, refusal in refused:
        protection.refused(session, actor, call.now, refusal)


def _operation(
    call: Call, actor: Actor, operation: BulkOperation, refusal: ScimServerError
) -> LogRow:
    path = f"/{operation.endpoint}/{operation.target}".rstrip("/")
    return _row(
        call,
        operation.method or call.method,
        path,
        operation.data,
        refusal,
        actor.connection_id,
        actor.token_id,
        operation.index,
    )


def _row(
    call: Call,
    method: str,
    path: str,
    body: Mapping[str, Any] | None,
    refusal: ScimServerError,
    connection_id: str | None,
    token_id: str | None,
    index: int | None = None,
) -> LogRow:
    status, _ = row_of(refusal)
    context = refusal.context
    segments = path.strip("/").split("/")
    return LogRow(
        at=call.now,
        connection_id=connection_id,
        token_id=token_id,
        user_agent=call.user_agent,
        method=method,
        endpoint=_sentence(path) or "/",
        operation_index=index,
        resource_type=call.type_name if index is None else None,
        resource_id=_sentence(segments[1]) if len(segments) > 1 else None,
        external_id=_external_id(body),
        outcome=REFUSED,
        status=status,
        code=refusal.code,
        attribute=_sentence(context.get("path")),
        domain=_text(context.get("domain")),
        reason=_text(context.get("reason")) or _sentence(refusal.detail),
        recommended_action=refusal.recommended_action or None,
        body=masked(body) if body else None,
        request_id=call.request_id,
    )


def _external_id(body: Mapping[str, Any] | None) -> str | None:
    for name, value in (body or {}).items():
        if name.lower() == "externalid" and isinstance(value, str):
            return _text(value)
    return None


def _text(value: Any) -> str | None:
    # A URL may hold NUL, which no database keeps.
    if not isinstance(value, str) or not value:
        return None
    return value[:_LENGTH].replace("\0", "")


def _sentence(value: Any) -> str | None:
    """Return what may repeat a value of the client's, such as the filter in a path, without it."""
    text = _text(value)
    return sentence(text) if text else None
