"""/healthz, /readyz and /metrics: what an orchestrator and Prometheus ask."""

import hmac

import orjson
from flask import Flask, Response, request

from scimserver.errors import ScimServerError
from scimserver.storage import migrate
from scimserver.web import metrics
from scimserver.web.http import Services

ENDPOINTS = frozenset({"healthz", "readyz", "metrics"})
_JSON = "application/json"


class Health:
    """The pages beside the protocol. None says anything about an organization."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def mount(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/healthz", "healthz", self.healthz)
        app.add_url_rule("/readyz", "readyz", self.readyz)
        app.add_url_rule("/metrics", "metrics", self.metrics)

    def healthz(self) -> Response:
        """Answer that the process is alive; nothing is touched."""
        return _json(200, {"status": "ok"})

    def readyz(self) -> Response:
        """Answer whether requests can be served: the database is there, in our revision."""
        try:
            revision = migrate.check(self._services.database)
        except ScimServerError as refusal:
            return _json(503, {"status": "unavailable", "detail": refusal.detail})
        return _json(200, {"status": "ok", "revision": revision})

    def metrics(self) -> Response:
        """Answer with the counts, to anyone or to who knows the token, where there is one."""
        token = self._services.settings.metrics_token
        sent = request.headers.get("Authorization", "")
        if token and not hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
            refused = _json(401, {"detail": "The metrics token is missing or wrong."})
            refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
            return refused
        return Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _json(status: int, body: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status=status, content_type=_JSON)
