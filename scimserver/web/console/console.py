"""The console: every page for administrators, mounted under /console."""

from flask import Flask

from scimserver.web.browser import Browser
from scimserver.web.console.desk import Describing, Desk, Presenting
from scimserver.web.console.views.administrators import Administrators
from scimserver.web.console.views.api import ApiPage
from scimserver.web.console.views.audit_log import AuditLog
from scimserver.web.console.views.connection import ConnectionPages
from scimserver.web.console.views.connections import Connections
from scimserver.web.console.views.domain import DomainPages
from scimserver.web.console.views.domain_new import DomainNew
from scimserver.web.console.views.error import ErrorPages
from scimserver.web.console.views.error_policy import ErrorPolicyPage
from scimserver.web.console.views.errors import Errors
from scimserver.web.console.views.identity_owners import IdentityOwnersPages
from scimserver.web.console.views.log import Log
from scimserver.web.console.views.notices import Notices
from scimserver.web.console.views.organization import OrganizationPage
from scimserver.web.console.views.overview import Overview
from scimserver.web.console.views.passkeys import PasskeyPage
from scimserver.web.console.views.roles import Roles
from scimserver.web.console.views.sso import SsoPage
from scimserver.web.console.views.teams import Teams
from scimserver.web.console.views.tokens import TokenPages
from scimserver.web.console.views.user import UserPage
from scimserver.web.console.views.users import Users
from scimserver.web.http import Services
from scimserver.web.render import Renderer

_PAGES = (
    Overview,
    OrganizationPage,
    ApiPage,
    SsoPage,
    DomainNew,
    DomainPages,
    IdentityOwnersPages,
    PasskeyPage,
    Administrators,
    ErrorPolicyPage,
    Users,
    UserPage,
    Roles,
    Teams,
    Connections,
    ConnectionPages,
    TokenPages,
    Log,
    Errors,
    ErrorPages,
    AuditLog,
    Notices,
)


class Console:
    """All of them, with what they need."""

    def __init__(
        self,
        services: Services,
        browser: Browser,
        pages: Renderer,
        presenting: Presenting,
        describing: Describing,
    ) -> None:
        self._desk = Desk(services, browser, pages, presenting, describing)

    def mount(self, app: Flask) -> None:
        """Add every page."""
        for page in _PAGES:
            page(self._desk).mount(app)
