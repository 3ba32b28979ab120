"""What every answer to a browser tells it not to do (P66 to P68).

SCIM is answered before Flask and the health pages are for machines: neither gets these.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from scimserver.web.health import ENDPOINTS
from scimserver.web.relying_party import RelyingParty

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    # Under no-referrer Chromium sends "Origin: null" with every form post, which the gate refuses.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
HSTS = "max-age=31536000"


class SecurityHeaders:
    """Adds the headers. HSTS goes out where the address is an https origin of ours."""

    def __init__(self, relying_party: RelyingParty | None) -> None:
        origins = relying_party.origins if relying_party else ()
        self._https = {urlsplit(origin).netloc for origin in origins if origin.startswith("https:")}

    def mount(self, app: Flask) -> None:
        """See to every answer of the application."""
        app.after_request(self.add)

    def add(self, answer: Response) -> Response:
        """Add what the answer does not say itself."""
        if request.endpoint in ENDPOINTS:
            return answer
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if request.host in self._https:
            answer.headers["Strict-Transport-Security"] = HSTS
        # Static and well-known files say how long they may be kept.
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer
