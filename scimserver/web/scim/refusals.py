"""Refusals in the provisioning log, counted by their causes: what to put right (M9, M11)."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimserver.domain.actor import Actor, Door
from scimserver.errors import ScimServerError
from scimserver.scim.bulk import BulkOperation
from scimserver.services import causes, protection, subjects
from scimserver.services.bulk import Refusal
from scimserver.services.causes import Refused
from scimserver.services.masking import masked, sentence
from scimserver.services.subjects import Subject
from scimserver.storage import journal
from scimserver.storage.journal import REFUSED, LogRow
from scimserver.storage.session import Session
from scimserver.web.scim.errors import row_of
from scimserver.web.scim.request import Call

_LENGTH = 512
_READS = frozenset({"GET", "OPTIONS"})
_SEARCH = "/.search"
_BULK_ID = "bulkid:"


def log_request(
    session: Session,
    call: Call,
    org_id: str,
    connection_id: str,
    token_id: str | None,
    refusal: ScimServerError,
) -> None:
    """Log a request that was refused as a whole, and count its cause if it was a write."""
    row = _row(call, call.method, call.path, call.sent_body, refusal, connection_id, token_id)
    journal.log_request(session, org_id, row)
    credential = call.credential
    if credential is None:
        # The token is what has to be put right, whatever it was used for; a user's is no matter of
        # provisioning, and whoever has left must not be able to open errors with it.
        if refusal.context.get("user_id") is None:
            row = row._replace(resource_id=None, external_id=None)
            refused = Refused(row, subjects.of_token(connection_id))
            causes.note(session, org_id, Door.SCIM, call.now, [refused])
        return
    actor = credential.actor(request_id=call.request_id, user_agent=call.user_agent)
    protection.refused(session, actor, call.now, refusal)
    if call.method not in _READS and not call.path.lower().endswith(_SEARCH):
        _note(session, call, actor, [Refused(row, _about(call, connection_id))])


def log_operations(session: Session, call: Call, actor: Actor, refused: Sequence[Refusal]) -> None:
    """Log refused operations of a Bulk request, in the transaction of the others."""
    journal.log_request(
        session, actor.org_id, *(_operation(call, actor, *each) for each in refused)
    )
    for _operation_sent, refusal in refused:
        protection.refused(session, actor, call.now, refusal)


def note_operations(
    session: Session, call: Call, actor: Actor, refused: Sequence[Refusal]
) -> list[Subject]:
    """Count the causes of the refused operations of a Bulk request; return what they were about.

    Once, when it is known which were: those of operations that were tried again are no refusals.
    """
    found = [
        Refused(_operation(call, actor, *each, keep_body=False), _about_one(call, actor, each[0]))
        for each in refused
    ]
    _note(session, call, actor, found)
    return [each.subject for each in found]


def _note(session: Session, call: Call, actor: Actor, refused: Sequence[Refused]) -> None:
    """Count refusals of a connection; what users may not do by /Me is no matter of provisioning."""
    credential = call.credential
    if refused and credential is not None and credential.user_id is None:
        limit = credential.pause_after
        causes.note(session, actor.org_id, actor.door, call.now, refused, pause_after=limit)


def _about(call: Call, connection_id: str | None) -> Subject:
    segments = call.path.strip("/").split("/")
    return subjects.of_request(
        connection_id,
        call.method,
        call.route,
        id=segments[1] if len(segments) > 1 else None,
        kind=call.registry.types.get(call.type_name or ""),
        body=call.sent_body,
    )


def _about_one(call: Call, actor: Actor, operation: BulkOperation) -> Subject:
    kind = call.registry.by_endpoint.get(operation.endpoint.lower())
    # Until it is written, a resource has no id of its own.
    target = "" if operation.target.lower().startswith(_BULK_ID) else operation.target
    return subjects.of_request(
        actor.connection_id,
        operation.method,
        call.route,
        id=target,
        kind=kind,
        body=operation.data,
    )


def _operation(
    call: Call,
    actor: Actor,
    operation: BulkOperation,
    refusal: ScimServerError,
    *,
    keep_body: bool = True,
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
        keep_body=keep_body,
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
    *,
    keep_body: bool = True,
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
        body=masked(body) if body and keep_body else None,
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
