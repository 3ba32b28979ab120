"""The composition root: settings become an application; nothing else wires."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from scimserver.adapters import mail
from scimserver.adapters.dns.prover import from_settings
from scimserver.clock import Clock, SystemClock
from scimserver.config import Settings
from scimserver.domain.ports import Prover
from scimserver.scim import registry
from scimserver.scim.cursor import Sealer
from scimserver.storage.session import Database
from scimserver.web import limits, relying_party
from scimserver.web.api import openapi, problems
from scimserver.web.api.api import Api
from scimserver.web.browser import Browser
from scimserver.web.console import links
from scimserver.web.console.account import Account
from scimserver.web.console.alarms import Alarms
from scimserver.web.console.console import Console
from scimserver.web.gate import Gate
from scimserver.web.health import Health
from scimserver.web.http import Services
from scimserver.web.logs import RequestLog
from scimserver.web.passkeys.routes import Passkeys
from scimserver.web.recovery.surface import Recovery
from scimserver.web.relying_party import RelyingParty
from scimserver.web.render import Renderer
from scimserver.web.scim.discovery import Discovery
from scimserver.web.scim.me import Me
from scimserver.web.scim.present import Presenter
from scimserver.web.scim.routes import Router
from scimserver.web.scim.surface import Surface
from scimserver.web.scim.verified_domains import VerifiedDomains
from scimserver.web.scim.views import Views
from scimserver.web.security_headers import SecurityHeaders
from scimserver.web.static_files import StaticFiles
from scimserver.web.wellknown import WellKnown

_DRAIN = "scimserver.drain"


class Mounting(Protocol):
    """Something that adds its routes to an application."""

    def mount(self, app: Flask) -> None:
        """Add them."""


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    prover: Prover | None = None,
) -> Flask:
    """Return the application the settings ask for.

    ``database``, ``clock`` and ``prover`` are given where a caller has its own; else they are made
    here.
    """
    mail.from_settings(settings)
    at_the_end: list[Callable[[], None]] = []
    if prover is None:
        dns = from_settings(settings)
        prover, at_the_end = dns, [dns.close]
    services = Services(
        settings=settings,
        database=database or _database(settings),
        clock=clock or SystemClock(),
        registry=registry.load(
            settings.schemas or registry.default_folder(), examples=settings.has_examples
        ),
        log=RequestLog(settings.log_level),
        prover=prover,
    )
    app = openapi.application(__name__, settings.base_url)
    # It would redirect to whatever host a visitor names.
    app.url_map.merge_slashes = False
    gate = Gate(services, limits.budget(settings.rate_storage, services.clock))
    presenter = Presenter(services.registry, settings.base_url)
    party = relying_party.from_settings(settings)
    surface = _scim(services, presenter, gate, party)
    surface.mount(app)
    app.extensions[_DRAIN] = [surface.drain, *at_the_end]
    Health(services).mount(app)
    static = StaticFiles()
    pages = Renderer(static, alarms=Alarms(services).of)
    browser = Browser(services, party, pages)
    document = openapi.Document(app)
    surfaces: tuple[Mounting, ...] = (
        static,
        SecurityHeaders(party),
        WellKnown(party),
        Passkeys(services, browser, party),
        Recovery(services, browser, pages, party),
        Account(services, browser, pages, party, has_mail=bool(settings.mail)),
        Console(services, browser, pages, presenter, document),
    )
    for each in surfaces:
        each.mount(app)
    Api(services, gate, document).mount(app)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.register_error_handler(HTTPException, lambda refusal: _refused(browser, refusal))
    return app


def drain(app: Flask) -> None:
    """Write what the application has only counted yet, and close what it opened, at its end."""
    for last in app.extensions[_DRAIN]:
        last()


def _database(settings: Settings) -> Database:
    return Database(
        settings.database_url,
        synchronous=settings.sqlite_synchronous,
        pool_size=settings.pool_size,
    )


def _scim(
    services: Services, presenter: Presenter, gate: Gate, party: RelyingParty | None
) -> Surface:
    settings = services.settings
    keys = [settings.cursor_key]
    if (previous := settings.previous_cursor_key) is not None:
        keys.append(previous)
    sealer = Sealer(keys, timedelta(seconds=settings.cursor_timeout_seconds))
    documentation, domains = settings.documentation_url, None
    if settings.experimental_verified_domains:
        domains = VerifiedDomains(settings.base_url)
        # Where nobody wrote a guide, people find there what SCIM lists.
        documentation = documentation or (party.address(links.SSO) if party else "")
    discovery = Discovery(settings, documentation)
    views = Views(services, presenter, sealer)
    router = Router(views, discovery, Me(views, presenter), domains)
    return Surface(services, gate, router, discovery)


def _refused(browser: Browser, refusal: HTTPException) -> Response:
    """Answer what is outside every surface: a page for a browser, JSON for anybody else."""
    status = refusal.code or 500
    if openapi.holds(request.path):
        answer = problems.of_status(status)
    elif request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
        answer = browser.error(status)
    else:
        answer = Response(orjson.dumps({"detail": refusal.name}), status=status)
        answer.content_type = "application/json"
    for name, value in refusal.get_headers():
        if name.lower() == "allow":
            answer.headers[name] = value
    return answer
