"""What every surface shares: the parts of the application, answers, and one transaction a request.

The only importer of storage.transaction: views hand their work to ``write``, which runs it in one
transaction, whole, again if it lost a race.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.wsgi import ClosingIterator

from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.domain.ports import Prover
from scimserver.ids import new_id
from scimserver.scim.registry import Registry
from scimserver.storage import transaction
from scimserver.storage.session import Database, Session
from scimserver.web.logs import RequestLog
from scimserver.web.turnstile import Turnstile

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

T = TypeVar("T")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_NO_TRACE = "0" * 32


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one application, made once by ``create_app`` and passed to its surfaces.

    Whoever hands work to ``prover`` for a visitor goes through ``turnstile``.
    """

    settings: Settings
    database: Database
    clock: Clock
    registry: Registry
    log: RequestLog
    prover: Prover
    turnstile: Turnstile = field(default_factory=Turnstile)

    def read(self, work: Callable[[Session], T]) -> T:
        """Run work that writes nothing, each statement of it as of its own moment."""
        with self.database.reading() as session:
            return work(session)

    def write(self, work: Callable[[Session], T]) -> T:
        """Run work in one transaction and commit it; it may run more than once."""
        return transaction.run(self.database, work)


@dataclass(slots=True)
class Answer:
    """What a view answers, before it is bytes on a wire."""

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


_PHRASES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_BODILESS = frozenset({204, 304})


class Ready:
    """An answer as a WSGI application: its headers go out as they are.

    Werkzeug's response copies headers three times and parses each location as a URL before it
    sends them, which costs as much as finding the resource.
    """

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, answer: Answer, content_type: str) -> None:
        self._status = _PHRASES[answer.status]
        self._body = b"" if answer.status in _BODILESS else answer.body
        self._headers = answer.headers
        if answer.status not in _BODILESS:
            self._headers.append(("Content-Type", content_type))
            if isinstance(self._body, bytes):
                self._headers.append(("Content-Length", str(len(self._body))))

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Send the answer."""
        start_response(self._status, self._headers)
        body = self._body
        if isinstance(body, bytes):
            return () if environ["REQUEST_METHOD"] == "HEAD" or not body else (body,)
        if environ["REQUEST_METHOD"] == "HEAD":
            return ClosingIterator((), getattr(body, "close", None))
        return body


def request_id(environ: Mapping[str, Any]) -> str:
    """Return the id of a request: a well-formed one it brought, else a new one."""
    brought = environ.get("HTTP_X_REQUEST_ID")
    if brought is not None and _REQUEST_ID.fullmatch(brought):
        return str(brought)
    parent = environ.get("HTTP_TRACEPARENT")
    if parent is not None:
        trace = _TRACE.fullmatch(parent)
        if trace is not None and trace.group(1) != _NO_TRACE:
            return trace.group(1)
    return new_id()
