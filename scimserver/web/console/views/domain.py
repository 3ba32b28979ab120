"""/console/organization/sso/domains/<id>: one domain, its record, and whether it was found."""

from flask import Flask, Response

from scimserver.domain import domain_name
from scimserver.domain.claims import Claim
from scimserver.domain.errors import (
    ClaimRefusedError,
    InvalidDomainError,
    InvalidRequestError,
    TooOftenError,
)
from scimserver.domain.ports import UpstreamError
from scimserver.errors import ScimServerError
from scimserver.services import domains
from scimserver.storage.session import Session
from scimserver.web.console.claims import Shown
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.links import SSO, domain_page
from scimserver.web.console.refusals import refused, sentence
from scimserver.web.console.watch import is_running, watch
from scimserver.web.visitor import Visitor

_HERE = domain_page("<id>")
_SEES, _EDITS = "organization view", "domains edit"
_STEP_UP = 600
_REFUSALS = (ClaimRefusedError, InvalidRequestError, TooOftenError, UpstreamError)


class DomainPages:
    """The page, what its buttons do, and the pages that ask before."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add them."""
        desk = self._desk
        desk.page(app, _HERE, self.show, _SEES)
        desk.form(app, f"{_HERE}/verify", self.verify, _EDITS)
        desk.form(app, f"{_HERE}/authoritative", self.make_authoritative, _EDITS)
        desk.page(app, f"{_HERE}/new-code", self.ask_rotate, _EDITS)
        desk.form(app, f"{_HERE}/new-code", self.rotate, _EDITS)
        desk.page(app, f"{_HERE}/remove", self.ask_remove, _EDITS)
        desk.form(app, f"{_HERE}/remove", self.remove, _EDITS, fresh=_STEP_UP)

    def show(self, visitor: Visitor, id: str) -> Response:
        """Answer with the page, or with what of it changes while a check is near."""
        return self._page(visitor, self._found(visitor, id))

    def verify(self, visitor: Visitor, id: str) -> Response:
        """Ask DNS now. That the record is not there is no refusal: the page says so (D37)."""
        try:
            claim = self._desk.verify(visitor, id)
        except _REFUSALS as refusal:
            return self._refused(visitor, id, refusal)
        is_found = claim.last_check is not None and claim.last_check.is_match
        done = "domain-verified" if is_found and claim.is_owned else "domain-looked"
        # From the list one goes back to the list, unless there is something to read.
        to_list = visitor.form.get("from") == "list" and done == "domain-verified"
        return gone_to(SSO if to_list else domain_page(id), done)

    def make_authoritative(self, visitor: Visitor, id: str) -> Response:
        """Let the domain stand for the organization (G2)."""
        actor, now, visit = actor_of(visitor), visitor.now, visitor.visit
        try:
            self._desk.write(lambda s: domains.make_authoritative(s, actor, now, id, visit=visit))
        except _REFUSALS as refusal:
            return self._refused(visitor, id, refusal)
        return gone_to(domain_page(id), "domain-authoritative")

    def ask_rotate(self, visitor: Visitor, id: str) -> Response:
        """Ask before the record needs another value."""
        each = Shown.of(self._found(visitor, id), visitor.now)
        return self._desk.show("domain_new_code.html", visitor, each=each)

    def rotate(self, visitor: Visitor, id: str) -> Response:
        """Make a new code, which for an expired claim starts it again (D13)."""
        actor, now, visit = actor_of(visitor), visitor.now, visitor.visit
        settings = self._desk.settings
        try:
            self._desk.write(lambda s: domains.rotate(s, actor, now, id, settings, visit=visit))
        except _REFUSALS as refusal:
            return self._refused(visitor, id, refusal)
        return gone_to(domain_page(id), "domain-rotated")

    def ask_remove(self, visitor: Visitor, id: str) -> Response:
        """Say what removing it means, and ask for its name (D31)."""
        return self._removal(visitor, id, "", {})

    def remove(self, visitor: Visitor, id: str) -> Response:
        """Give the domain up, if the name typed is its own."""
        claim, typed = self._found(visitor, id), visitor.form.get("domain", "").strip()
        if not _names(claim, typed):
            errors = {"domain": "That is another name. Type the one above, letter by letter."}
            return self._removal(visitor, id, typed, errors, status=400)
        actor, now, visit = actor_of(visitor), visitor.now, visitor.visit
        self._desk.write(lambda s: domains.remove(s, actor, now, id, visit=visit))
        return gone_to(SSO, "domain-removed")

    def _found(self, visitor: Visitor, id: str) -> Claim:
        return self._desk.read(lambda session: domains.get(session, actor_of(visitor), id))

    def _removal(
        self, visitor: Visitor, id: str, typed: str, errors: dict[str, str], *, status: int = 200
    ) -> Response:
        actor = actor_of(visitor)

        def work(session: Session) -> tuple[Claim, domains.Affected]:
            claim = domains.get(session, actor, id)
            return claim, domains.affected(session, actor, claim)

        claim, affected = self._desk.read(work)
        each = Shown.of(claim, visitor.now)
        return self._desk.show(
            "domain_remove.html",
            visitor,
            status=status,
            each=each,
            affected=affected,
            typed=typed,
            errors=errors,
        )

    def _refused(self, visitor: Visitor, id: str, refusal: ScimServerError) -> Response:
        """Say on the page of the domain, as it is now, why something was not done."""
        said = sentence(refusal.detail)
        return refused(self._page(visitor, self._found(visitor, id), said), refusal)

    def _page(self, visitor: Visitor, claim: Claim, warning: str = "") -> Response:
        each = Shown.of(claim, visitor.now)
        return self._desk.show(
            "domain.html",
            visitor,
            fragment="console/_domain.html",
            each=each,
            watch=watch(visitor, claim, each.place),
            is_running=is_running(claim, visitor.now),
            now=visitor.now,
            hours=self._desk.settings.recheck_hours,
            days=self._desk.settings.grace_days,
            warning=warning,
        )


def _names(claim: Claim, typed: str) -> bool:
    try:
        return domain_name.normalise(typed) == claim.domain
    except InvalidDomainError:
        return False
