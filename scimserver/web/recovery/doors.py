"""``/recover``: who lost every passkey shows a saved code and a mailed one (P75, P79)."""

from flask import Flask, Response

from scimserver.domain.sign_in_errors import CodeRejectedError
from scimserver.services import recovery, recovery_codes, throttle
from scimserver.services.recovery import Named
from scimserver.services.sealed import Keys
from scimserver.services.sessions import Opened
from scimserver.services.throttle import Kind
from scimserver.storage import organizations
from scimserver.storage.session import Session
from scimserver.web.browser import Browser, Who
from scimserver.web.http import Services
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

ROOM = "/enrol/passkey"
_LONGEST = 320
_PAGE = "recovery/recover.html"


class Doors:
    """The page, the mail it asks for, and the codes it takes."""

    def __init__(self, services: Services, browser: Browser, pages: Renderer) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self._keys = Keys.of(services.settings, recovery_codes.PURPOSE)
        self._pepper = services.settings.key(throttle.PURPOSE)
        self._has_mail = bool(services.settings.mail)

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        for rule, name, method, view, who in (
            ("/recover", "page", "GET", self.page, Who.ANYONE),
            ("/recover/mail", "mail", "POST", self.mail, Who.SESSION),
            ("/recover", "recover", "POST", self.recover, Who.SESSION),
        ):
            guarded = self._browser.page(view, who=who)
            app.add_url_rule(rule, f"recovery.{name}", guarded, methods=[method])

    def page(self, visitor: Visitor) -> Response:
        """Ask who it is, or for the codes; or say that this way is closed."""
        named = Named(visitor.query.get("organization", ""), visitor.query.get("name", ""))
        return self._page(visitor, named, is_second=visitor.query.get("step") == "codes")

    def mail(self, visitor: Visitor) -> Response:
        """Send a code to whoever is named; the answer is the same for everybody (P75)."""
        typed = _named(visitor)
        if not self._has_mail:
            return self._page(visitor, typed, status=400)
        if not typed.name.strip():
            return self._page(visitor, typed, status=400, missing="Enter your user name.")

        def work(session: Session) -> None:
            named = recovery.settled(session, typed)
            self._count(session, visitor, named, Kind.MAIL_NAME, Kind.MAIL_ADDRESS)
            recovery.start_mail(
                session, visitor.now, visitor.visit, visitor.session, named, self._keys
            )

        self._services.write(work)
        return self._page(visitor, typed, is_second=True, is_sent=True)

    def recover(self, visitor: Visitor) -> Response:
        """Open the small room to whoever has both codes."""
        typed = _named(visitor)
        if not self._has_mail:
            return self._page(visitor, typed, status=400)
        code, mailed = visitor.form.get("code", ""), visitor.form.get("mailed", "")

        def work(session: Session) -> Opened | CodeRejectedError:
            named = recovery.settled(session, typed)
            self._count(session, visitor, named, Kind.RECOVERY_NAME, Kind.RECOVERY_ADDRESS)
            return recovery.recover(
                session,
                visitor.now,
                visitor.visit,
                visitor.session,
                named,
                code[:_LONGEST],
                mailed[:_LONGEST],
                self._keys,
            )

        outcome = self._services.write(work)
        if isinstance(outcome, CodeRejectedError):
            return self._page(visitor, typed, status=outcome.status, is_second=True, is_wrong=True)
        answer = see_other(ROOM)
        return self._browser.keep(answer, outcome)

    def _count(self, session: Session, visitor: Visitor, named: Named, *kinds: Kind) -> None:
        """Count the attempt by name and by address; one too many undoes all of it (P71)."""
        subjects = (named.key, visitor.visit.address)
        for kind, subject in zip(kinds, subjects, strict=True):
            throttle.hit(session, kind, subject, visitor.now, self._pepper)

    def _page(
        self,
        visitor: Visitor,
        named: Named,
        *,
        status: int = 200,
        missing: str = "",
        is_second: bool = False,
        is_sent: bool = False,
        is_wrong: bool = False,
    ) -> Response:
        with self._services.database.reading() as session:
            has_several = organizations.sole(session) is None
        return self._pages.render(
            _PAGE,
            visitor,
            status=status,
            is_open=self._has_mail,
            has_several=has_several,
            named=named,
            missing=missing,
            is_second=is_second,
            is_sent=is_sent,
            is_wrong=is_wrong,
        )


def _named(visitor: Visitor) -> Named:
    form = visitor.form
    return Named(form.get("organization", "")[:_LONGEST], form.get("name", "")[:_LONGEST])
