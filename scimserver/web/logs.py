"""One JSON line a request: who, which route, how it ended and how long it took.

A line holds no token, no filter value and no query string (I8, D49).
"""

import logging
import sys
import threading
from datetime import datetime
from typing import Any

import orjson
import structlog

from scimserver.clock import timestamp

# Werkzeug's own request line has the query string in it, and Alembic's tell nobody anything.
_TALKATIVE = ("werkzeug", "alembic")
_SEVERITIES = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class RequestLog:
    """Writes lines to standard output, one whole line at a time."""

    def __init__(self, level: str) -> None:
        self._least = _SEVERITIES[level]
        self._lock = threading.Lock()

    def write(self, event: str, at: datetime, *, level: str = "info", **fields: Any) -> None:
        """Write one line, if it is severe enough; fields that are None are left out."""
        if _SEVERITIES[level] < self._least:
            return
        line = {"at": timestamp(at), "level": level, "event": event}
        line.update((name, value) for name, value in fields.items() if value is not None)
        raw = orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            out = sys.stdout.buffer
            out.write(raw)
            out.flush()


def configure(level: str) -> None:
    """Let the standard library's loggers write the same kind of lines, for the whole process."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", key="at"),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=_SEVERITIES[level], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
