"""The one way in and out of the management API: who asks, of which organization, and every refusal.

A view is wrapped once and says which scope it needs. What it is given has passed every check, in
this order (U14): 401, 403 for the scope or for an organization that is not the token's, then 422
for what was sent. The library that describes the views would read the body before anybody knows
who asks, so it is told to leave that to us.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from time import perf_counter
from typing import Any, get_type_hints

from flask import Response, request

from scimserver.domain.actor import Actor, Door
from scimserver.domain.errors import PermissionDeniedError
from scimserver.domain.visit import Visit
from scimserver.errors import ScimServerError
from scimserver.services.tokens import Credential
from scimserver.services.usage import LastUsed
from scimserver.storage.errors import StorageError
from scimserver.web import metrics
from scimserver.web.api import problems, sent
from scimserver.web.api.refusals import ForeignOrganizationError
from scimserver.web.gate import SANDBOX, Gate
from scimserver.web.http import Services, request_id
from scimserver.web.traces import Traces

SURFACE = "api"
_ORGANIZATION = "organizationId"
_OTHER_SCHEME = "token "

View = Callable[..., Response]


@dataclass(slots=True)
class Call:
    """What is known of one request while it passes the gate; ``credential`` once it has."""

    now: datetime
    visit: Visit
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from where and when, as a view sees it."""

    actor: Actor
    visit: Visit
    now: datetime


class Surface:
    """Wraps the views of the management API."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate
        self._uses = LastUsed()
        self._traces = Traces(services.log, SURFACE)

    def view(self, view: View, *, scope: str) -> View:
        """Return the view as Flask calls it and as OpenAPI describes it."""
        shapes = {name: shape for name, shape in get_type_hints(view).items() if name in sent.PARTS}

        @wraps(view)
        def guarded(**arguments: str) -> Response:
            def work(call: Call) -> Response:
                caller = self._admit(call, scope, arguments)
                return view(caller, **sent.read(request, shapes, arguments))

            return self._respond(work)

        guarded.scope = scope  # type: ignore[attr-defined]
        guarded.__delay_validate_request__ = True  # type: ignore[attr-defined]
        return guarded

    def open(self, view: View, *, rate: int) -> View:
        """Return a view that anybody may reach, ``rate`` times a second from one place (I20)."""

        def work(call: Call) -> Response:
            self._gate.charge_anonymous(call.visit.address, rate)
            return view()

        @wraps(view)
        def opened() -> Response:
            return self._respond(work)

        opened.scope = ""  # type: ignore[attr-defined]
        return opened

    def _respond(self, work: Callable[[Call], Response]) -> Response:
        started = perf_counter()
        agent = request.headers.get("User-Agent", "")
        visit = Visit(request.remote_addr or "", agent, request_id(request.environ))
        call = Call(self._services.clock.now(), visit)
        code = None
        try:
            answer = work(call)
        except ScimServerError as refusal:
            code, answer = self._refused(call, refusal)
        except Exception as failure:  # noqa: BLE001  # The process outlives a bug; F3.
            code, answer = "internal", self._incident(call, failure)
        return self._finished(call, answer, code, started)

    def _admit(self, call: Call, scope: str, arguments: Mapping[str, str]) -> Caller:
        header = bearer(request.headers.get("Authorization"))
        with self._services.database.reading() as session:
            credential = self._gate.admit(session, header, call.now)
        call.credential = credential
        self._gate.enter(credential)
        # The services ask again. Who may not do it at all is told so before what was sent is read.
        if scope not in credential.scopes:
            raise PermissionDeniedError(scope)
        if arguments.get(_ORGANIZATION, credential.org_id) != credential.org_id:
            raise ForeignOrganizationError
        actor = credential.actor(
            request_id=call.visit.request_id, user_agent=call.visit.user_agent, door=Door.API
        )
        return Caller(actor, call.visit, call.now)

    def _refused(self, call: Call, refusal: ScimServerError) -> tuple[str, Response]:
        header = bearer(request.headers.get("Authorization"))
        # The refusal stands, counted or not.
        with suppress(StorageError):
            refusal = self._gate.failed(refusal, header, call.visit.address, call.now)
        status, code = problems.row_of(refusal)
        if status == 500:
            return "internal", self._incident(call, refusal)
        metrics.refuse(SURFACE, code)
        return code, problems.of_refusal(refusal, call.visit.request_id)

    def _incident(self, call: Call, failure: Exception) -> Response:
        self._traces.incident(call, failure)
        return problems.of_incident(call.visit.request_id)

    def _finished(self, call: Call, answer: Response, code: str | None, started: float) -> Response:
        """Note the use of the token, and keep what stays of the request."""
        visit, credential = call.visit, call.credential
        if credential is not None and self._uses.note(
            credential, visit.address, visit.user_agent, call.now
        ):
            self._uses.flush(self._services.write, call.now)
        is_sandbox = credential is not None and credential.sandbox
        if is_sandbox:
            answer.headers.add(*SANDBOX)
        return self._traces.finished(
            call,
            answer,
            code,
            started,
            org_id=credential.org_id if credential else None,
            connection_id=credential.connection_id if credential else None,
            sandbox=True if is_sandbox else None,
        )


def scope_of(view: Callable[..., Any]) -> str | None:
    """Return the scope a registered view asks for, empty for none; None where it has no gate."""
    found: str | None = getattr(view, "scope", None)
    return found


def bearer(authorization: str | None) -> str | None:
    """Return an Authorization header with the scheme ``Bearer`` where it has ``Token`` (2.3)."""
    if authorization is not None and authorization.lower().startswith(_OTHER_SCHEME):
        return "Bearer " + authorization[len(_OTHER_SCHEME) :]
    return authorization
