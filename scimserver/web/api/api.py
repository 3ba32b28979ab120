"""The routes of the management API, as one list."""

from scimserver.web.api import openapi, shapes
from scimserver.web.api.domains import DomainViews
from scimserver.web.api.openapi import Document, OpenAPI, ResponseDict
from scimserver.web.api.provisioning_errors import ProvisioningErrorViews
from scimserver.web.api.readiness import ReadinessView
from scimserver.web.api.surface import Surface, View
from scimserver.web.gate import Gate
from scimserver.web.http import Services

READ, WRITE = "domains.read", "domains.write"
READ_ERRORS, WRITE_ERRORS = "provisioning.read", "provisioning.write"
ANONYMOUS_RATE = 25
_DOMAIN = "/domains/<id>"
_ERRORS, _ERROR = "/provisioning-errors", "/provisioning-errors/<id>"

# Method, rule, view, scope, and what is answered where nothing is wrong.
Row = tuple[str, str, View, str, ResponseDict]


class Api:
    """The management API."""

    def __init__(self, services: Services, gate: Gate, document: Document) -> None:
        self._document = document
        self._surface = Surface(services, gate)
        self._domains = DomainViews(services, services.settings.base_url + openapi.BASE)
        self._readiness = ReadinessView(services)
        self._errors = ProvisioningErrorViews(services)

    def mount(self, app: OpenAPI) -> None:
        """Add the routes, and the file that describes them."""
        api = openapi.blueprint()
        for method, rule, view, scope, responses in self._routes() + self._error_routes():
            guarded = self._surface.view(view, scope=scope)
            openapi.described(api, method, openapi.ORGANIZATION + rule, guarded, responses)
        app.register_api(api)
        opened = self._surface.open(self._document.answer, rate=ANONYMOUS_RATE)
        app.add_url_rule(openapi.DOCUMENT, "api_document", opened)

    def _routes(self) -> list[Row]:
        views, one, many = self._domains, shapes.Domain, shapes.Domains
        return [
            ("GET", "/domains", views.list_domains, READ, {"200": many}),
            ("POST", "/domains", views.add_domain, WRITE, {"201": one}),
            ("GET", _DOMAIN, views.get_domain, READ, {"200": one}),
            ("DELETE", _DOMAIN, views.remove_domain, WRITE, {"204": None}),
            ("POST", f"{_DOMAIN}/verify", views.verify_domain, WRITE, {"200": one}),
            ("POST", f"{_DOMAIN}/rotate", views.rotate_domain, WRITE, {"200": one}),
            (
                "POST",
                f"{_DOMAIN}/authoritative",
                views.make_domain_authoritative,
                WRITE,
                {"200": one},
            ),
            ("GET", "/readiness", self._readiness.get_readiness, READ, {"200": shapes.Readiness}),
            ("PUT", "/sso-mode", self._readiness.set_sso_mode, WRITE, {"200": shapes.SsoMode}),
        ]

    def _error_routes(self) -> list[Row]:
        views, acknowledge = self._errors, self._errors.acknowledge_provisioning_error
        one: ResponseDict = {"200": shapes.ProvisioningError}
        many: ResponseDict = {"200": shapes.ProvisioningErrors}
        return [
            ("GET", _ERRORS, views.list_provisioning_errors, READ_ERRORS, many),
            ("GET", _ERROR, views.get_provisioning_error, READ_ERRORS, one),
            ("POST", f"{_ERROR}/acknowledge", acknowledge, WRITE_ERRORS, one),
            ("POST", f"{_ERROR}/reopen", views.reopen_provisioning_error, WRITE_ERRORS, one),
        ]
