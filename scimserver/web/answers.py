"""What the gate answers where a request was refused, and what is kept of each request."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from flask import Response, request
from werkzeug.exceptions import HTTPException

from scimserver.domain.actor import Actor, Door
from scimserver.domain.ports import UpstreamError
from scimserver.domain.sign_in_errors import (
    BadRequestError,
    CsrfError,
    NoSessionError,
    PasskeyRejectedError,
    RateLimitedError,
    SignInError,
)
from scimserver.errors import ScimServerError
from scimserver.services import audit, throttle
from scimserver.storage.errors import StorageError
from scimserver.storage.session import Session
from scimserver.web import metrics
from scimserver.web.error_pages import Words, words_of, words_of_status
from scimserver.web.guard import SAFE_METHODS, Call
from scimserver.web.http import Services
from scimserver.web.render import Renderer
from scimserver.web.traces import Traces
from scimserver.web.visitor import Visitor

SURFACE = "console"
# Refusals of 500 and more that are no bug of ours.
_NOT_OURS = (SignInError, StorageError, UpstreamError)


class Answers:
    """Makes pages, or ``{"error": …}`` for ceremonies, of what went wrong."""

    def __init__(self, services: Services, pages: Renderer) -> None:
        self._services = services
        self._pages = pages
        self._pepper = services.settings.key(throttle.PURPOSE)
        self._traces = Traces(services.log, SURFACE)

    def refused(self, call: Call, refusal: ScimServerError) -> Response:
        """Answer what a check or a view refused."""
        words = words_of(refusal)
        if words.status >= 500 and not isinstance(refusal, _NOT_OURS):
            return self.incident(call, refusal)
        metrics.refuse(SURFACE, refusal.code)
        if isinstance(refusal, CsrfError | NoSessionError) and request.method not in SAFE_METHODS:
            self._tell(call, refusal)
        answer = self.say(words, call.visitor)
        if call.guard.is_ceremony:
            answer = _json(words.status, _told(refusal))
        wait = getattr(refusal, "retry_after", None)
        if wait is not None:
            answer.headers["Retry-After"] = str(wait)
        return answer

    def _tell(self, call: Call, refusal: SignInError) -> None:
        """Write a refusal to the audit log, as often as an address may fill it (P97)."""
        person = call.session.person if call.session else None
        actor = audit.NOBODY
        if person is not None:
            actor = Actor(person.org_id, Door.CONSOLE, f"user:{person.user_id}")
        actor = replace(actor, request_id=call.visit.request_id, user_agent=call.visit.user_agent)
        subject = call.session.id if call.session else "none"

        def work(session: Session) -> None:
            throttle.hit(session, throttle.Kind.REJECTS, call.visit.address, call.now, self._pepper)
            audit.record(
                session, actor, call.now, "session:reject", subject, {}, call.visit, refusal.cause
            )

        try:
            self._services.write(work)
        except (RateLimitedError, StorageError):
            # The refusal stands, written down or not.
            return

    def http(self, call: Call, refusal: HTTPException) -> Response:
        """Answer what a view, or Flask, refused by a status."""
        status = refusal.code or 500
        if call.guard.is_ceremony:
            return _json(status, {"error": BadRequestError.error})
        return self.say(words_of_status(status), call.visitor)

    def incident(self, call: Call, failure: Exception) -> Response:
        """Answer 500 with nothing of the cause but the id under which our own log has it (F3)."""
        self._traces.incident(call, failure)
        if call.guard.is_ceremony:
            return _json(500, {"error": "internal"})
        return self.say(words_of(ScimServerError("")), call.visitor, incident=call.visit.request_id)

    def say(self, words: Words, visitor: Visitor | None, **more: Any) -> Response:
        """Answer with a page that says something."""
        status, heading, text, href, label = words
        return self._pages.render(
            "error.html",
            visitor,
            status=status,
            # Looking for them could fail as whatever brought us here did.
            alarms=(),
            heading=heading,
            text=text,
            href=href,
            label=label,
            **more,
        )

    def finished(self, call: Call, answer: Response, code: str | None, started: float) -> Response:
        """Keep what stays of the request, then hand the answer on."""
        person = call.session.person if call.session else None
        return self._traces.finished(
            call,
            answer,
            code,
            started,
            org_id=person.org_id if person else None,
            user_id=person.user_id if person else None,
        )


def _told(refusal: ScimServerError) -> dict[str, Any]:
    """Return what a client is told of a refusal: one word, and whether to forget a key (P38)."""
    if not isinstance(refusal, SignInError):
        return {"error": refusal.code}
    told: dict[str, Any] = {"error": refusal.error}
    if isinstance(refusal, PasskeyRejectedError) and refusal.unknown_credential:
        told["unknownCredential"] = True
    return told


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
