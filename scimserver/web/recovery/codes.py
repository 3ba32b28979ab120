"""``/account/recovery-codes``: made, shown once, and one typed back (P76, P77)."""

from typing import ClassVar

from flask import Flask, Response

from scimserver.services import recovery_codes
from scimserver.storage import recovery
from scimserver.storage.session import Session
from scimserver.web.browser import Who
from scimserver.web.recovery.code_page import CodePage
from scimserver.web.visitor import Visitor

HOME = "/account/recovery-codes"
FRESH = 30


class Codes(CodePage):
    """The page of one's own codes."""

    home = HOME
    done: ClassVar = {"kept": "Good: you have kept your codes. The one you typed is used up."}

    def mount(self, app: Flask) -> None:
        """Add the routes. Making codes needs a step-up; proving that one has them, none (P70)."""
        for rule, name, method, view, fresh in (
            (HOME, "codes", "GET", self.page, None),
            (HOME, "make_codes", "POST", self.make, FRESH),
            (f"{HOME}/confirm", "confirm_codes", "POST", self.confirm, None),
        ):
            guarded = self._browser.page(view, who=Who.SIGNED_IN, fresh=fresh)
            app.add_url_rule(rule, f"recovery.{name}", guarded, methods=[method])

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

        def use(session: Session, typed: str) -> bool:
            return recovery_codes.confirm(
                session, visitor.now, visitor.visit, visitor.me, typed, self._keys
            )

        return self._take(visitor, use, "kept")

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
