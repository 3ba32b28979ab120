"""``/console/recovery-test``: trying recovery out before somebody needs it (P88)."""

from flask import Flask, Response

from scimserver.services import accounts, recovery, recovery_codes, recovery_tests
from scimserver.services.sealed import Keys
from scimserver.storage import organizations
from scimserver.storage.session import Session
from scimserver.web.browser import Browser, Who
from scimserver.web.http import Services
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

HOME = "/console/recovery-test"
PERMISSION = "sso edit"
FRESH = 600
_DONE = {"tested": "Recovery works. The code you typed is used up, and today is noted."}


class Rehearsal:
    """Takes a code as a test, and says how to walk a link as one."""

    def __init__(self, services: Services, browser: Browser, pages: Renderer) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self._keys = Keys.of(services.settings, recovery_codes.PURPOSE)
        self._has_mail = bool(services.settings.mail)

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        for name, method, view, fresh in (
            ("rehearsal", "GET", self.page, None),
            ("rehearse", "POST", self.rehearse, FRESH),
        ):
            guarded = self._browser.page(
                view, who=Who.SIGNED_IN, permission=PERMISSION, fresh=fresh
            )
            app.add_url_rule(HOME, f"recovery.{name}", guarded, methods=[method])

    def page(self, visitor: Visitor) -> Response:
        """Say when recovery was tested last, and how to do it again."""
        return self._page(visitor, note=_DONE.get(visitor.query.get("done", ""), ""))

    def rehearse(self, visitor: Visitor) -> Response:
        """Use a code up, which shows that it would have worked."""
        typed = visitor.form.get("code", "")
        if not recovery.is_possible(visitor.me, has_mail=self._has_mail):
            return self._page(visitor, status=400)

        def work(session: Session) -> bool:
            return recovery_tests.burn_code(
                session, visitor.now, visitor.visit, visitor.me, typed, self._keys
            )

        if self._services.write(work):
            return see_other(f"{HOME}?done=tested")
        return self._page(visitor, status=400, is_wrong=True)

    def _page(
        self, visitor: Visitor, *, status: int = 200, note: str = "", is_wrong: bool = False
    ) -> Response:
        me = visitor.me
        with self._services.database.snapshot() as session:
            organization = organizations.get(session, me.org_id)
            assert organization is not None  # noqa: S101  # Its member is signed in.
            by = organization.recovery_tested_by
            tester = accounts.person(session, me.org_id, by) if by is not None else None
            unused = recovery_codes.unused(session, me)
        return self._pages.render(
            "recovery/rehearsal.html",
            visitor,
            status=status,
            tested_at=organization.recovery_tested_at,
            tester=tester.display_name if tester is not None else None,
            days=self._services.settings.recovery_test_days,
            has_codes=recovery.is_possible(me, has_mail=self._has_mail),
            has_mail=self._has_mail,
            unused=unused,
            is_wrong=is_wrong,
            note=note,
        )
