"""Refusals a person can put right: said beside the field they are about, or above the form."""

import re
from collections.abc import Collection
from typing import Any

from flask import Response

from scimserver.domain.errors import (
    InvalidRequestError,
    OutrankedError,
    PolicyDeniedError,
    TakenError,
)
from scimserver.errors import ScimServerError
from scimserver.scim.errors import ScimError
from scimserver.web.error_pages import words_of

CORRECTABLE = (InvalidRequestError, OutrankedError, PolicyDeniedError, TakenError, ScimError)
STATUS = 400

_CODE = re.compile(r" \(code [a-z_]+\)$")
_PATH = re.compile(r"^(rate limit|[A-Za-z][A-Za-z0-9.\[\]]*): ")


def told(refusal: ScimServerError, fields: Collection[str] = ()) -> dict[str, Any]:
    """Return what a page is given of a refusal: ``errors`` by field, else a ``warning``."""
    said, path = sentence(refusal.detail), refusal.context.get("path")
    if path in fields:
        return {"errors": {path: said}, "warning": ""}
    return {"errors": {}, "warning": said}


def refused(page: Response, refusal: ScimServerError) -> Response:
    """Return a page that tells a refusal, with the refusal's status and when to come back."""
    page.status_code = words_of(refusal).status
    wait = getattr(refusal, "retry_after", None)
    if wait is not None:
        page.headers["Retry-After"] = str(wait)
    return page


def sentence(detail: str) -> str:
    """Return a detail for people: without the path before it and the code behind it."""
    plain = _PATH.sub("", _CODE.sub("", detail), count=1)
    return plain[:1].upper() + plain[1:]
