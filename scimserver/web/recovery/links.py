"""``/console/users/<id>/enrol-link``: an administrator lets somebody make a passkey (P80, P83)."""

from datetime import timedelta

from flask import Flask, Response

from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import SignInOffError
from scimserver.services import accounts, enrolment
from scimserver.services.enrolment import Issued, Way
from scimserver.storage.session import Session
from scimserver.web.browser import Browser, Who
from scimserver.web.http import Services
from scimserver.web.recovery.drawing import qr_code
from scimserver.web.relying_party import RelyingParty
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

FRESH = 30
LIFETIMES = {
    "15": (timedelta(minutes=15), "15 minutes"),
    "60": (timedelta(hours=1), "1 hour"),
    "1440": (timedelta(hours=24), "24 hours"),
}
DEFAULT = "60"


class Links:
    """Issues and withdraws enrolment links."""

    def __init__(
        self,
        services: Services,
        browser: Browser,
        pages: Renderer,
        relying_party: RelyingParty | None,
    ) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self._relying_party = relying_party

    def mount(self, app: Flask) -> None:
        """Add the routes; issuing and withdrawing need a step-up (P70)."""
        home = "/console/users/<user_id>/enrol-link"
        for rule, name, method, view, fresh in (
            (home, "ask_link", "GET", self.ask, None),
            (home, "issue_link", "POST", self.issue, FRESH),
            (f"{home}/revoke", "revoke_link", "POST", self.revoke, FRESH),
        ):
            guarded = self._browser.page(
                view, who=Who.SIGNED_IN, permission=enrolment.PERMISSION, fresh=fresh
            )
            app.add_url_rule(rule, f"recovery.{name}", guarded, methods=[method])

    def ask(self, visitor: Visitor, user_id: str) -> Response:
        """Ask how long a link shall live; say which one lives already."""
        with self._services.database.snapshot() as session:
            person = _person(session, visitor, user_id)
            enrolment.check_issuer(visitor.me, person)
            live = enrolment.live(session, person.org_id, person.user_id, visitor.now)
        lifetimes = [(key, text) for key, (_, text) in LIFETIMES.items()]
        return self._pages.render(
            "recovery/link.html",
            visitor,
            subject=person,
            live=live,
            lifetimes=lifetimes,
            lifetime=DEFAULT,
        )

    def issue(self, visitor: Visitor, user_id: str) -> Response:
        """Make a link and show it, this once, with a code for a phone's camera."""
        lifetime, _ = LIFETIMES.get(visitor.form.get("lifetime", ""), LIFETIMES[DEFAULT])
        if self._relying_party is None:
            raise SignInOffError
        origin = self._relying_party.home

        def work(session: Session) -> tuple[Person, Issued]:
            me, person = visitor.me, _person(session, visitor, user_id)
            issued = enrolment.issue(
                session,
                accounts.actor_of(me, visitor.visit),
                visitor.now,
                person,
                door=Way.ADMINISTRATOR,
                issued_by=me.display_name or me.user_name,
                lifetime=lifetime,
                origin=origin,
                by=me,
                visit=visitor.visit,
            )
            return person, issued

        person, issued = self._services.write(work)
        return self._pages.render(
            "recovery/link_shown.html",
            visitor,
            subject=person,
            url=issued.url,
            expires_at=issued.expires_at,
            drawing=qr_code(issued.url),
        )

    def revoke(self, visitor: Visitor, user_id: str) -> Response:
        """Withdraw the link that lives; with none there is nothing to do."""

        def work(session: Session) -> str:
            me, person = visitor.me, _person(session, visitor, user_id)
            actor = accounts.actor_of(me, visitor.visit)
            enrolment.revoke(session, actor, visitor.now, person, me, visitor.visit)
            return person.user_id

        found = self._services.write(work)
        return see_other(f"/console/users/{found}")


def _person(session: Session, visitor: Visitor, user_id: str) -> Person:
    """Return a user of the visitor's own organization; every other one is unknown here (P83)."""
    person = accounts.person(session, visitor.me.org_id, user_id)
    if person is None:
        raise UnknownResourceError("User", user_id)
    return person
