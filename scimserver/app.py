"""The composition root: settings become an application; nothing else wires."""

from datetime import timedelta

import orjson
from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from scimserver.clock import Clock, SystemClock
from scimserver.config import Settings
from scimserver.scim import registry
from scimserver.scim.cursor import Sealer
from scimserver.storage.session import Database
from scimserver.web import limits
from scimserver.web.health import Health
from scimserver.web.http import Services
from scimserver.web.logs import RequestLog
from scimserver.web.scim.auth import Gate
from scimserver.web.scim.discovery import Discovery
from scimserver.web.scim.present import Presenter
from scimserver.web.scim.routes import Router
from scimserver.web.scim.surface import Surface
from scimserver.web.scim.views import Views

_DRAIN = "scimserver.drain"


def create_app(
    settings: Settings, *, database: Database | None = None, clock: Clock | None = None
) -> Flask:
    """Return the application the settings ask for.

    ``database`` and ``clock`` are given where a caller has its own; else they are made here.
    """
    services = Services(
        settings=settings,
        database=database or _database(settings),
        clock=clock or SystemClock(),
        registry=registry.load(
            settings.schemas or registry.default_folder(), examples=settings.has_examples
        ),
        log=RequestLog(settings.log_level),
    )
    app = Flask(__name__, static_folder=None)
    surface = _scim(services)
    surface.mount(app)
    app.extensions[_DRAIN] = surface.drain
    Health(services).mount(app)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.register_error_handler(HTTPException, _refused)
    return app


def drain(app: Flask) -> None:
    """Write what the application has only counted yet; call it when its process ends."""
    app.extensions[_DRAIN]()


def _database(settings: Settings) -> Database:
    return Database(
        settings.database_url,
        synchronous=settings.sqlite_synchronous,
        pool_size=settings.pool_size,
    )


def _scim(services: Services) -> Surface:
    settings = services.settings
    keys = [settings.cursor_key]
    if (previous := settings.previous_cursor_key) is not None:
        keys.append(previous)
    sealer = Sealer(keys, timedelta(seconds=settings.cursor_timeout_seconds))
    discovery = Discovery(settings)
    views = Views(services, Presenter(services.registry, settings.base_url), sealer)
    gate = Gate(services, limits.budget(settings.rate_storage, services.clock))
    return Surface(services, gate, Router(views, discovery), discovery)


def _refused(refusal: HTTPException) -> Response:
    """Answer what is outside every surface: in JSON, without a page of Werkzeug's."""
    answer = Response(orjson.dumps({"detail": refusal.name}), status=refusal.code or 500)
    answer.content_type = "application/json"
    for name, value in refusal.get_headers():
        if name.lower() == "allow":
            answer.headers[name] = value
    return answer
