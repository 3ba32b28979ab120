"""What browsers and password managers look up at fixed addresses (P56, P57).

Public, the same for everybody, and kept for an hour; no session is opened for them.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Flask, Response, abort

from scimserver.web.relying_party import RelyingParty

_KEPT = "public, max-age=3600"
ENROLL, MANAGE = "/account/passkeys/new", "/account/passkeys"


class WellKnown:
    """Answers both files; nothing is there while sign-in is off."""

    def __init__(self, relying_party: RelyingParty | None) -> None:
        self._party = relying_party

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/.well-known/webauthn", "well_known_webauthn", self.related_origins)
        app.add_url_rule(
            "/.well-known/passkey-endpoints", "well_known_passkey_endpoints", self.endpoints
        )

    def related_origins(self) -> Response:
        """Name the origins that use our passkeys without lying under the RP ID."""
        if self._party is None or not self._party.related:
            abort(404)
        return _file({"origins": self._party.related})

    def endpoints(self) -> Response:
        """Say where passkeys are added and managed."""
        if self._party is None:
            abort(404)
        return _file({"enroll": self._party.address(ENROLL), "manage": self._party.address(MANAGE)})


def _file(content: Mapping[str, Any]) -> Response:
    answer = Response(orjson.dumps(content), content_type="application/json")
    answer.headers["Cache-Control"] = _KEPT
    return answer
