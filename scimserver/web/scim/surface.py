"""The one way in and out of SCIM over HTTP: who asks, which view, and every refusal as an error.

One function answers every path and method under ``/scim``, as middleware in front of Flask: names
match in any case, nothing redirects, nothing depends on Host, and a GET must stay cheap. Flask's
request, routing and hooks cost as much as finding a user.
"""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Flask

from scimserver.domain import permissions
from scimserver.domain.provisioning_error import WritesPausedError
from scimserver.errors import ScimServerError
from scimserver.scim.errors import UnauthorizedError
from scimserver.scim.messages import error_bytes
from scimserver.scim.quirks import counters
from scimserver.services.tokens import Credential
from scimserver.services.tolerated import Tolerated
from scimserver.services.usage import LastUsed
from scimserver.storage.errors import StorageError
from scimserver.storage.session import Session
from scimserver.web import metrics
from scimserver.web.gate import SANDBOX, Gate
from scimserver.web.http import Answer, Ready, Services, request_id
from scimserver.web.scim import errors, refusals, settling
from scimserver.web.scim.discovery import Discovery
from scimserver.web.scim.request import Call, segments
from scimserver.web.scim.routes import Router

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SURFACE = "scim"
ANONYMOUS_RATE = 25

_ROOT = "/scim/"
# What is no refusal of the request itself, but load, which is counted, or our own fault.
_NOT_TOLD = frozenset({429, 500, 503})


class Surface:
    """SCIM over HTTP."""

    def __init__(
        self, services: Services, gate: Gate, router: Router, discovery: Discovery
    ) -> None:
        self._services = services
        self._gate = gate
        self._router = router
        self._discovery = discovery
        self._uses = LastUsed()
        self._tolerated = Tolerated()

    def mount(self, app: Flask) -> None:
        """Answer everything under ``/scim``, whatever the method, before Flask looks at it."""
        self._others = app.wsgi_app
        app.wsgi_app = self.wsgi  # type: ignore[method-assign]

    def drain(self) -> None:
        """Write what has only been counted yet; for the end of the process."""
        self._tolerated.flush(self._services.write, self._services.clock.now(), all_=True)

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request of ours, and hand on every other one."""
        path: str = environ["PATH_INFO"]
        if path.startswith(_ROOT) or path == "/scim":
            return self._respond(environ, _text(path[len(_ROOT) :]))(environ, start_response)
        return self._others(environ, start_response)

    def _respond(self, environ: "WSGIEnvironment", path: str) -> Ready:
        started = perf_counter()
        services = self._services
        call = Call(environ, path, request_id(environ), services.clock.now(), services.registry)
        code = None
        try:
            answer = self._answer(call)
        except ScimServerError as refusal:
            code, answer = self._refused(call, refusal)
        except Exception as failure:  # noqa: BLE001  # The process outlives a bug; F3.
            code, answer = "internal", self._incident(call, failure)
        return self._finished(call, answer, code, started)

    def _answer(self, call: Call) -> Answer:
        found = segments(call.path)
        call.path = "/" + "/".join(found)
        if call.authorization is None and self._discovery.is_public(found, call.method):
            self._gate.charge_anonymous(_address(call), ANONYMOUS_RATE)
            call.route = "/ServiceProviderConfig"
            return self._discovery.public(call)
        if call.method == "GET":
            call.ahead = self._router.ahead(found, call.registry)
        with self._services.database.reading() as session:
            credential = self._admit(call, session)
            route = self._router.find(found, credential, call.registry)
            call.route = route.template
            call.type_name = route.type_name
            call.location = route.location
            if found and not route.template.startswith(f"/{found[0]}"):
                call.quirks.append(counters.ENDPOINT_CASE)
            route.check(call.method)
            actor = credential.actor(request_id=call.request_id, user_agent=call.user_agent)
            read = route.reads.get(call.method)
            if read is not None:
                return read(call, session, actor, *route.arguments)
        answer = route.writes[call.method](call, actor, *route.arguments)
        if call.success is not None:
            settling.settle(self._services, call, call.success)
        return answer

    def _admit(self, call: Call, session: Session) -> Credential:
        credential = self._gate.admit(session, call.authorization, call.now, call.ahead)
        call.credential = credential
        self._gate.enter(credential)
        permissions.check_scim(credential.scopes)
        call.registry = call.registry.seen_by(credential.org_slug, sandbox=credential.sandbox)
        call.charge = lambda cost: self._gate.charge(
            credential.connection_id, credential.rate_limit, cost
        )
        return credential

    def _refused(self, call: Call, refusal: ScimServerError) -> tuple[str, Answer]:
        """Turn a refusal into its error, and log it where the connection is known."""
        refusal, cause = self._counted(call, refusal), refusal
        status, scim_type = errors.row_of(refusal)
        if status == 500:
            return refusal.code, self._incident(call, refusal)
        metrics.refuse(SURFACE, refusal.code)
        self._tell(call, cause, status)
        body = error_bytes(status, refusal.detail, scim_type)
        return refusal.code, Answer(status, body, errors.headers_of(refusal, status))

    def _counted(self, call: Call, refusal: ScimServerError) -> ScimServerError:
        try:
            return self._gate.failed(refusal, call.authorization, _address(call), call.now)
        except StorageError:
            # The refusal stands, counted or not.
            return refusal

    def _tell(self, call: Call, refusal: ScimServerError, status: int) -> None:
        """Write the refusal to the provisioning log, in a transaction of its own."""
        credential = call.credential
        if status in _NOT_TOLD and not isinstance(refusal, WritesPausedError):
            return
        if credential is not None:
            org_id, whose = credential.org_id, (credential.connection_id, credential.token_id)
        elif isinstance(refusal, UnauthorizedError) and "token_id" in refusal.context:
            context = refusal.context
            org_id, whose = str(context["org_id"]), (context["connection_id"], context["token_id"])
            # A dead token that keeps knocking is soon answered 429, which leaves no row (I21).
        else:
            return

        def work(session: Session) -> None:
            refusals.log_request(session, call, org_id, *whose, refusal)

        self._aside(call, work)

    def _incident(self, call: Call, failure: Exception) -> Answer:
        """Answer 500 with nothing of the cause but the id under which our own log has it (F3)."""
        self._services.log.write(
            "incident",
            call.now,
            level="error",
            request_id=call.request_id,
            route=call.route,
            trace=errors.incident(failure),
        )
        detail = f"Something went wrong on our side. Incident {call.request_id}."
        return Answer(500, error_bytes(500, detail))

    def _finished(self, call: Call, answer: Answer, code: str | None, started: float) -> Ready:
        headers = answer.headers
        headers.append(("X-Request-Id", call.request_id))
        if call.location:
            headers.append(("Location", call.location))
        credential = call.credential
        if credential is not None:
            if credential.sandbox:
                headers.append(SANDBOX)
            self._note(call, credential)
        seconds = perf_counter() - started
        method = call.environ["REQUEST_METHOD"]
        metrics.observe(SURFACE, method, call.route, answer.status, seconds)
        self._services.log.write(
            "request",
            call.now,
            request_id=call.request_id,
            org_id=credential.org_id if credential else None,
            connection_id=credential.connection_id if credential else None,
            sandbox=True if credential and credential.sandbox else None,
            method=method,
            route=call.route,
            status=answer.status,
            code=code,
            ms=round(seconds * 1000, 3),
        )
        return Ready(answer, call.content_type)

    def _note(self, call: Call, credential: Credential) -> None:
        """Keep in mind who came and what had to be tolerated; write it once a minute (I7, J2.1)."""
        due = self._uses.note(credential, _address(call), call.user_agent, call.now)
        if due:
            self._uses.flush(self._services.write, call.now)
        if call.quirks:
            metrics.tolerate(credential.profile.name, call.quirks)
            self._tolerated.note(credential.org_id, credential.connection_id, call.quirks, call.now)
        if due or call.quirks:
            self._tolerated.flush(self._services.write, call.now)

    def _aside(self, call: Call, work: Callable[[Session], None]) -> None:
        """Write what is worth knowing but no reason to fail the answer."""
        try:
            self._services.write(work)
        except StorageError as failure:
            self._services.log.write(
                "note lost",
                call.now,
                level="warning",
                request_id=call.request_id,
                code=failure.code,
            )


def _text(path: str) -> str:
    """Return a path as text: WSGI hands its bytes over as Latin-1."""
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


def _address(call: Call) -> str:
    return str(call.environ.get("REMOTE_ADDR", ""))
