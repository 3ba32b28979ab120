"""One request of a browser as a view sees it, and how its body is read (P2, P3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from scimserver import codec
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import BadRequestError, NotSignedInError, TooLargeError
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import WebSession

MAX_JSON_BYTES = 64 * 1024
MAX_FORM_BYTES = 256 * 1024
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_NUL = "\0"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, from where and when, and what was sent.

    ``form`` and ``query`` are what was typed, without the CSRF token and never with a NUL.
    """

    session: WebSession
    visit: Visit
    now: datetime
    form: MultiDict[str, str] = field(default_factory=MultiDict)
    query: MultiDict[str, str] = field(default_factory=MultiDict)
    body: Mapping[str, Any] | None = None

    @property
    def person(self) -> Person | None:
        """Whose session it is, a restricted one included; None before sign-in."""
        return self.session.person

    @property
    def me(self) -> Person:
        """Whose session it is, in a view that only they reach."""
        if self.session.person is None:
            raise NotSignedInError
        return self.session.person

    def json(self) -> Mapping[str, Any]:
        """Return the object a ceremony was sent."""
        if self.body is None:
            raise BadRequestError("body_missing")
        return self.body


def read_json(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request; characters no database keeps become U+FFFD."""
    if request.mimetype != _JSON:
        raise BadRequestError("content_type", f"Send {_JSON}.", status=415)
    # One more than may come: a stream of unknown length is cut off there without a word.
    request.max_content_length = MAX_JSON_BYTES + 1
    try:
        raw = request.get_data(cache=False)
        if len(raw) > MAX_JSON_BYTES:
            raise TooLargeError
        value = codec.decode(raw, repairs=True)
    except RequestEntityTooLarge as refusal:
        raise TooLargeError from refusal
    except (codec.MalformedJsonError, codec.UnwritableValueError) as refusal:
        raise BadRequestError(refusal.code, refusal.detail) from refusal
    if not isinstance(value, dict):
        raise BadRequestError("body_not_an_object", "Send one JSON object.")
    return value


def read_form(request: Request) -> MultiDict[str, str]:
    """Return the fields of a form post."""
    if request.mimetype not in ("", _FORM):
        raise BadRequestError("content_type", f"Send {_FORM}.", status=415)
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        # What is cut off at the limit would still be a form; no browser posts one so.
        raise BadRequestError("length_unknown")
    request.max_content_length = MAX_FORM_BYTES
    try:
        return checked(request.form)
    except RequestEntityTooLarge as refusal:
        raise TooLargeError from refusal


def checked(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return fields, or raise BadRequestError where one could not be asked a database for."""
    for name, value in fields.items(multi=True):
        if _NUL in name or _NUL in value:
            raise BadRequestError("nul_character", "A field holds a character of code 0.")
    return fields
