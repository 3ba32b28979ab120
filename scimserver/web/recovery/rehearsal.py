"""``/console/recovery-test``: trying recovery out before somebody needs it (P88)."""

from typing import ClassVar

from flask import Flask, Response

from scimserver.services import accounts, recovery, recovery_codes, recovery_tests
from scimserver.storage import organizations
from scimserver.storage.session import Session
from scimserver.web.browser import Who
from scimserver.web.recovery.code_page import CodePage
from scimserver.web.visitor import Visitor

HOME = "/console/recovery-test"
PERMISSION = "sso edit"
FRESH = 600


class Rehearsal(CodePage):
    """Takes a code as a test, and says how to walk a link as one."""

    home = HOME
    done: ClassVar = {
        "tested": "Recovery works. The code you typed is used up, and today is noted."
    }

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

    def rehearse(self, visitor: Visitor) -> Response:
        """Use a code up, which shows that it would have worked."""
        if not recovery.is_possible(visitor.me, has_mail=self._has_mail):
            return self._page(visitor, status=400)

        def use(session: Session, typed: str) -> bool:
            return recovery_tests.burn_code(
                session, visitor.now, visitor.visit, visitor.me, typed, self._keys
            )

        return self._take(visitor, use, "tested")

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
