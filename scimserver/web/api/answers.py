"""Answers of the management API: JSON, or nothing."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response


def item(value: Mapping[str, Any], status: int = 200, *, location: str | None = None) -> Response:
    """Answer with one object; ``location`` is where a new one lies."""
    answer = Response(orjson.dumps(value), status=status, content_type="application/json")
    if location is not None:
        answer.headers["Location"] = location
    return answer


def nothing() -> Response:
    """Answer that it is done and there is nothing left to show."""
    return Response(status=204)
