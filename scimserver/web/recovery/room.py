"""``/enrol``: a link opens the small room, where one passkey is registered (P81, P82, P85)."""

from contextlib import suppress
from dataclasses import replace

from flask import Flask, Response

from scimserver.domain.label import LONGEST
from scimserver.domain.sign_in_errors import (
    LinkInvalidError,
    RateLimitedError,
    SignInError,
    SsoRequiredError,
)
from scimserver.domain.web_session import Kind
from scimserver.services import audit, enrolment, sessions, throttle
from scimserver.services.passkeys import every
from scimserver.services.sessions import Opened
from scimserver.storage.errors import StorageError
from scimserver.storage.session import Session
from scimserver.web.browser import Browser, Who
from scimserver.web.http import Services
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

ROOM = "/enrol/passkey"
ADD = "/account/passkeys/new"


class Room:
    """The page behind a link, what it posts, and the room it opens."""

    def __init__(self, services: Services, browser: Browser, pages: Renderer) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self._pepper = services.settings.key(throttle.PURPOSE)

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        for rule, name, method, view, who in (
            ("/enrol", "link", "GET", self.link, Who.ANYONE),
            ("/enrol", "redeem", "POST", self.redeem, Who.SESSION),
            (ROOM, "room", "GET", self.room, Who.RESTRICTED_OR_SIGNED_IN),
        ):
            guarded = self._browser.page(view, who=who)
            app.add_url_rule(rule, f"recovery.{name}", guarded, methods=[method])

    def link(self, visitor: Visitor) -> Response:
        """Show the button; the secret is in the fragment, which is not sent to us."""
        return self._pages.render("recovery/enrol.html", visitor)

    def redeem(self, visitor: Visitor) -> Response:
        """Open the room; the link stays good until a passkey is stored (P82)."""
        secret = visitor.form.get("token", "")

        def work(session: Session) -> Opened:
            throttle.check(
                session, throttle.Kind.LINK, visitor.visit.address, visitor.now, self._pepper
            )
            person, link = enrolment.redeem(session, visitor.now, secret, visitor.visit)
            return sessions.restrict(
                session,
                visitor.now,
                visitor.visit,
                visitor.session,
                person,
                link.id,
                link.door,
            )

        try:
            opened = self._services.write(work)
        except (LinkInvalidError, SsoRequiredError) as refusal:
            self._tell(visitor, refusal)
            raise
        answer = see_other(ROOM)
        return self._browser.keep(answer, opened)

    def room(self, visitor: Visitor) -> Response:
        """Ask about the old passkeys, and offer to make the new one."""
        if visitor.session.kind is not Kind.RESTRICTED:
            return see_other(ADD)
        person = visitor.me
        with self._services.database.reading() as session:
            held = every(session, person.org_id, person.user_id)
        return self._pages.render("recovery/room.html", visitor, held=held, longest=LONGEST)

    def _tell(self, visitor: Visitor, refusal: SignInError) -> None:
        """Count a bad link and write it down, though the request failed (P71, P97)."""
        now, visit = visitor.now, visitor.visit
        stranger = replace(audit.NOBODY, request_id=visit.request_id, user_agent=visit.user_agent)

        def work(session: Session) -> None:
            throttle.hit(session, throttle.Kind.LINK, visit.address, now, self._pepper)
            audit.record(
                session,
                stranger,
                now,
                "enrol_link:reject",
                visitor.session.id,
                {},
                visit,
                refusal.cause,
            )

        # The refusal stands, written down or not.
        with suppress(RateLimitedError, StorageError):
            self._services.write(work)
