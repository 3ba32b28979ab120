"""A page on which people type one of their recovery codes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from flask import Response

from scimserver.services import recovery_codes
from scimserver.services.sealed import Keys
from scimserver.storage.session import Session
from scimserver.web.browser import Browser
from scimserver.web.http import Services
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor


class CodePage(ABC):
    """What such pages share. ``home`` is the address, ``done`` what is said of what was done."""

    home: ClassVar[str]
    done: ClassVar[Mapping[str, str]]

    def __init__(self, services: Services, browser: Browser, pages: Renderer) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self._keys = Keys.of(services.settings, recovery_codes.PURPOSE)
        self._has_mail = bool(services.settings.mail)

    def page(self, visitor: Visitor) -> Response:
        """Show where things stand, and what was done just now."""
        return self._page(visitor, note=self.done.get(visitor.query.get("done", ""), ""))

    def _take(
        self, visitor: Visitor, use: Callable[[Session, str], bool], outcome: str
    ) -> Response:
        """Use the typed code up; a wrong one is told beside the field."""
        typed = visitor.form.get("code", "")
        if self._services.write(lambda session: use(session, typed)):
            return see_other(f"{self.home}?done={outcome}")
        return self._page(visitor, status=400, is_wrong=True)

    @abstractmethod
    def _page(
        self, visitor: Visitor, *, status: int = 200, note: str = "", is_wrong: bool = False
    ) -> Response:
        """Answer with the page."""
