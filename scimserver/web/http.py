"""What every surface shares: the parts of the application, answers, and one transaction a request.

The only importer of storage.transaction: views hand their work to ``write``, which runs it in one
transaction, whole, again if it lost a race.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Response

from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.ids import new_id
from scimserver.scim.registry import Registry
from scimserver.storage import transaction
from scimserver.storage.session import Database, Session
from scimserver.web.logs import RequestLog

T = TypeVar("T")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_NO_TRACE = "0" * 32


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one application, made once by ``create_app`` and passed to its surfaces."""

    settings: Settings
    database: Database
    clock: Clock
    registry: Registry
    log: RequestLog

    def write(self, work: Callable[[Session], T]) -> T:
        """Run work in one transaction and commit it; it may run more than once."""
        return transaction.run(self.database, work)


@dataclass(slots=True)
class Answer:
    """What a view answers, before it is bytes on a wire. ``route`` is the template for metrics."""

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


def response(answer: Answer, content_type: str) -> Response:
    """Return the answer as Flask's response."""
    headers = answer.headers
    if answer.status not in (204, 304):
        headers.append(("Content-Type", content_type))
    made = Response(status=answer.status, headers=headers)
    if isinstance(answer.body, bytes):
        made.set_data(answer.body)
    else:
        made.response = answer.body
    return made


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
