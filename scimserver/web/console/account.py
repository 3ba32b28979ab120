"""The front door and everybody's own account, put together."""

from typing import Protocol

from flask import Flask

from scimserver.web.browser import Browser
from scimserver.web.console.front import Front
from scimserver.web.console.own_passkeys import OwnPasskeys
from scimserver.web.console.own_sessions import OwnSessions
from scimserver.web.http import Services
from scimserver.web.relying_party import RelyingParty
from scimserver.web.render import Renderer


class Mounting(Protocol):
    """Some pages."""

    def mount(self, app: Flask) -> None:
        """Add them to an application."""


class Account:
    """These pages. ``has_mail`` says whether a mailed code can reach people."""

    def __init__(
        self,
        services: Services,
        browser: Browser,
        pages: Renderer,
        party: RelyingParty | None,
        *,
        has_mail: bool = False,
    ) -> None:
        self._parts: tuple[Mounting, ...] = (
            Front(services, browser, pages),
            OwnPasskeys(services, browser, pages, party, has_mail=has_mail),
            OwnSessions(services, browser, pages),
        )

    def mount(self, app: Flask) -> None:
        """Add the pages."""
        for part in self._parts:
            part.mount(app)
