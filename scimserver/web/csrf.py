"""A change comes from one of our own pages, or it is refused (P65)."""

import hmac
from collections.abc import Collection, Mapping

from flask import Request

from scimserver.domain.sign_in_errors import CsrfError

FIELD = "csrf"
HEADER = "X-CSRF-Token"
_OWN_SITES = frozenset({"same-origin", "none"})


def check_site(request: Request, origins: Collection[str]) -> None:
    """Raise CsrfError unless what the browser says of the page it comes from is ours.

    Old browsers say neither; the token decides then.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
        raise CsrfError("csrf_site")
    origin = request.headers.get("Origin")
    if origin is not None and origin not in origins:
        raise CsrfError("csrf_origin")


def check_token(request: Request, form: Mapping[str, str], expected: str) -> None:
    """Raise CsrfError unless the header, or else the form, has the session's token."""
    sent = request.headers.get(HEADER)
    if sent is None:
        sent = form.get(FIELD)
    if sent is None:
        raise CsrfError("csrf_missing")
    # As bytes: comparing text that is not ASCII raises.
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode()):
        raise CsrfError("csrf_token")
