"""What stays of a request that Flask answers: its line in the log, its count, a bug's trace."""

import traceback
from datetime import datetime
from time import perf_counter
from typing import Any, Protocol

from flask import Response, request

from scimserver.domain.visit import Visit
from scimserver.web import metrics
from scimserver.web.logs import RequestLog


class Called(Protocol):
    """What is known of a request."""

    @property
    def now(self) -> datetime:
        """When it came."""

    @property
    def visit(self) -> Visit:
        """Where it came from."""


class Traces:
    """Those of one surface."""

    def __init__(self, log: RequestLog, surface: str) -> None:
        self._log = log
        self._surface = surface

    def finished(
        self, call: Called, answer: Response, code: str | None, started: float, **whose: Any
    ) -> Response:
        """Count the request and write its line, then hand the answer on.

        ``code`` is of a refusal, ``whose`` are the ids of who asked.
        """
        seconds = perf_counter() - started
        answer.headers["X-Request-Id"] = call.visit.request_id
        metrics.observe(self._surface, request.method, route(), answer.status_code, seconds)
        self._log.write(
            "request",
            call.now,
            request_id=call.visit.request_id,
            **whose,
            method=request.method,
            route=route(),
            status=answer.status_code,
            code=code,
            ms=round(seconds * 1000, 3),
        )
        return answer

    def incident(self, call: Called, failure: Exception) -> None:
        """Write down a bug, which nobody outside is told of but by the request's id (F3)."""
        self._log.write(
            "incident",
            call.now,
            level="error",
            request_id=call.visit.request_id,
            route=route(),
            trace="".join(traceback.format_exception(failure)),
        )


def route() -> str:
    """Return the template of the request's address, which holds no id of anybody."""
    return str(request.url_rule) if request.url_rule is not None else "unknown"
