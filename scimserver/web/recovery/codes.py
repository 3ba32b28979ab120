"""``/account/recovery-codes``: made, shown once, and one typed back (P76, P77)."""

from flask import Flask, Response

from scimserver.services import recovery_codes
from scimserver.services.sealed import Keys
from scimserver.storage import recovery
from scimserver.storage.session import Session
from scimserver.web.browser import Browser, Who
from scimserver.web.http import Services
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

HOME = "/account/recovery-codes"
FRESH = 30
_DONE = {"kept": "Good: you have kept your codes. The one you typed is used up."}


class Codes:
    """The page of one's own codes."""

    def __init__(self, services: Services, browser: Browser, pages: Renderer) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self._keys = Keys.of(services.settings, recovery_codes.PURPOSE)
        self._has_mail = bool(services.settings.mail)

    def mount(self, app: Flask) -> None:
        """Add the routes. Making codes needs a step-up; proving that one has them, none (P70)."""
        for rule, name, method, view, fresh in (
            (HOME, "codes", "GET", self.page, None),
            (HOME, "make_codes", "POST", self.make, FRESH),
            (f"{HOME}/confirm", "confirm_codes", "POST", self.confirm, None),
        ):
            guarded = self._browser.page(view, who=Who.SIGNED_IN, fresh=fresh)
            app.add_url_rule(rule, f"recovery.{name}", guarded, methods=[method])

    def page(self, visitor: Visitor) -> Response:
        """Say how many there are, and offer new ones."""
        return self._page(visitor, note=_DONE.get(visitor.query.get("done", ""), ""))

    def make(self, visitor: Visitor) -> Response:
        """Make a new set and show it, this once."""
        codes = self._services.write(
            lambda s: recovery_codes.generate(s, visitor.now, visitor.visit, visitor.me, self._keys)
        )
        return self._pages.render(
            "recovery/codes_shown.html", visitor, codes=codes, has_mail=self._has_mail
        )

    def confirm(self, visitor: Visitor) -> Response:
        """Take one back, which proves that they were kept and uses it up."""
        typed = visitor.form.get("code", "")

        def work(session: Session) -> bool:
            return recovery_codes.confirm(
                session, visitor.now, visitor.visit, visitor.me, typed, self._keys
            )

        if self._services.write(work):
            return see_other(f"{HOME}?done=kept")
        return self._page(visitor, status=400, is_wrong=True)

    def _page(
        self, visitor: Visitor, *, status: int = 200, note: str = "", is_wrong: bool = False
    ) -> Response:
        person = visitor.me
        with self._services.database.snapshot() as session:
            unused = recovery_codes.unused(session, person)
            made_at = recovery.made_at(session, person.org_id, person.user_id)
            standing = recovery.standing(session, person.org_id, person.user_id)
        return self._pages.render(
            "recovery/codes.html",
            visitor,
            status=status,
            unused=unused,
            made_at=made_at,
            disabled_at=standing.disabled_at if standing is not None else None,
            has_mail=self._has_mail,
            is_wrong=is_wrong,
            note=note,
        )
