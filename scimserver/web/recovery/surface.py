"""The pages of recovery, put together."""

from flask import Flask

from scimserver.web.browser import Browser
from scimserver.web.http import Services
from scimserver.web.recovery.codes import Codes
from scimserver.web.recovery.doors import Doors
from scimserver.web.recovery.links import Links
from scimserver.web.recovery.rehearsal import Rehearsal
from scimserver.web.recovery.room import Room
from scimserver.web.relying_party import RelyingParty
from scimserver.web.render import Renderer


class Recovery:
    """Everything below ``/recover`` and ``/enrol``, and the pages that prepare for it."""

    def __init__(
        self,
        services: Services,
        browser: Browser,
        pages: Renderer,
        relying_party: RelyingParty | None,
    ) -> None:
        self._parts = (
            Doors(services, browser, pages),
            Room(services, browser, pages),
            Codes(services, browser, pages),
            Links(services, browser, pages, relying_party),
            Rehearsal(services, browser, pages),
        )

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        for part in self._parts:
            part.mount(app)
