"""What was sent, read into the shapes a view asks for; nothing unknown and nothing twice passes."""

from collections.abc import Mapping
from typing import Any

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from scimserver import codec
from scimserver.web.api.refusals import BodyTooLargeError, FieldsError, MediaTypeError

MAX_BODY = 64 * 1024
PARTS = frozenset({"path", "query", "body"})
_JSON = "application/json"
_FAULTS_TOLD = 20
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def read(
    request: Request, shapes: Mapping[str, type[BaseModel]], arguments: Mapping[str, str]
) -> dict[str, BaseModel]:
    """Return the parts of a request by their names, or raise FieldsError for the first bad one."""
    found = {}
    if "path" in shapes:
        found["path"] = _as(shapes["path"], arguments)
    if "query" in shapes:
        found["query"] = _as(shapes["query"], _query(request))
    if "body" in shapes:
        found["body"] = _as(shapes["body"], _body(request))
    elif request.method in _WITH_BODY and _bytes(request):
        _as(Nothing, _body(request))
    return found


class Nothing(BaseModel, extra="forbid"):
    """A body that says nothing, where none is asked for: left out, or an empty object."""


def _as(shape: type[BaseModel], value: Any) -> BaseModel:
    try:
        return shape.model_validate(value)
    except ValidationError as refusal:
        faults = refusal.errors(include_url=False, include_context=False, include_input=False)
        raise FieldsError(
            [
                (".".join(str(step)[:80] for step in fault["loc"]), fault["msg"])
                for fault in faults[:_FAULTS_TOLD]
            ]
        ) from refusal


def _query(request: Request) -> dict[str, str]:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise FieldsError([(name[:80], "Give it once")])
    return dict(request.args.items())


def _body(request: Request) -> Any:
    if request.mimetype != _JSON:
        raise MediaTypeError
    # Characters no database keeps become U+FFFD, which a name of anything then refuses in its way.
    return codec.decode(_bytes(request), repairs=True)


def _bytes(request: Request) -> bytes:
    # One more than may come: a stream of unknown length is cut off there without a word.
    request.max_content_length = MAX_BODY + 1
    try:
        raw = request.get_data()
    except RequestEntityTooLarge as refusal:
        raise BodyTooLargeError(MAX_BODY) from refusal
    except HTTPException as refusal:
        raise codec.MalformedJsonError("The body ends before its length.") from refusal
    if len(raw) > MAX_BODY:
        raise BodyTooLargeError(MAX_BODY)
    return raw
