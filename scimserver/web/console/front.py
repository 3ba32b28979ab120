"""The front door: sign in, be led to where one belongs, sign out."""

from flask import Flask, Response

from scimserver.domain.person import Person
from scimserver.domain.roles import GRANTS
from scimserver.services import sessions
from scimserver.web.browser import Browser
from scimserver.web.guard import Who
from scimserver.web.http import Services
from scimserver.web.next_path import own_path
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

CONSOLE, ACCOUNT, SIGN_IN = "/console", "/account/passkeys", "/signin"

_SAID = {
    "signed-out": "You are signed out.",
    "passkey-deleted": "The passkey is deleted, and the session it had opened has ended.",
}


class Front:
    """Pages for whoever comes in or leaves."""

    def __init__(self, services: Services, browser: Browser, pages: Renderer) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages

    def mount(self, app: Flask) -> None:
        """Add the pages."""
        page = self._browser.page
        app.add_url_rule("/", "home", page(self.home, who=Who.SIGNED_IN))
        app.add_url_rule("/account", "account", page(self.account, who=Who.SIGNED_IN))
        app.add_url_rule(SIGN_IN, "signin", page(self.sign_in, who=Who.ANYONE))
        leave = page(self.sign_out, who=Who.SIGNED_IN)
        app.add_url_rule("/signout", "signout", leave, methods=["POST"])

    def home(self, visitor: Visitor) -> Response:
        """Lead administrators to the console, everybody else to their own account."""
        return see_other(home_of(visitor.me))

    def account(self, _visitor: Visitor) -> Response:
        """Lead to the first page of the account."""
        return see_other(ACCOUNT)

    def sign_in(self, visitor: Visitor) -> Response:
        """Show the sign-in page, or lead on who is signed in."""
        onward = own_path(visitor.query.get("next"), "")
        if visitor.person is not None:
            return see_other(onward or home_of(visitor.person))
        said = _SAID.get(visitor.query.get("done", ""), "")
        return self._pages.render("signin.html", visitor, next=onward, note=said)

    def sign_out(self, visitor: Visitor) -> Response:
        """End the session (P61); the page that follows opens a new, anonymous one."""
        self._services.write(
            lambda session: sessions.sign_out(session, visitor.now, visitor.visit, visitor.session)
        )
        return self._browser.drop(see_other(f"{SIGN_IN}?done=signed-out"))


def home_of(person: Person) -> str:
    """Return where somebody begins: whose role grants nothing has an account only."""
    return CONSOLE if GRANTS[person.role] else ACCOUNT
