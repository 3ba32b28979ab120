"""/console/organization/sso: the domains, who answers for them, and what is still missing."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.check import Check
from scimserver.domain.errors import NotReadyError
from scimserver.domain.sign_in_errors import BadRequestError
from scimserver.domain.sso_mode import Mode
from scimserver.services import domains, identity_owners, readiness, sso_modes
from scimserver.storage.session import Session
from scimserver.web.console.claims import Shown
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.links import ACTIONS, SSO
from scimserver.web.console.refusals import refused
from scimserver.web.visitor import Visitor

_STEP_UP = 600


class SsoPage:
    """A page to read: this version has no single sign-on to set up, and it says so.

    Nothing on it offers a mode that would be refused; who asks for one all the same is told why.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add the page, and what sets the mode."""
        self._desk.page(app, SSO, self.show, "organization view")
        self._desk.form(app, f"{SSO}/mode", self.choose, sso_modes.PERMISSION, fresh=_STEP_UP)

    def show(self, visitor: Visitor) -> Response:
        """Answer with the page."""
        return self._page(visitor)

    def choose(self, visitor: Visitor) -> Response:
        """Set the mode of the form, or say what of it is missing (G4, P93)."""
        asked = visitor.form.get("mode", "")
        if asked not in set(Mode):
            raise BadRequestError("unknown_mode")
        actor, settings, mode = actor_of(visitor), self._desk.settings, Mode(asked)

        def work(session: Session) -> list[Check]:
            return sso_modes.choose(
                session, actor, visitor.now, mode, settings, visit=visitor.visit
            )

        unmet = self._desk.write(work)
        if unmet:
            return refused(self._page(visitor, asked=mode, unmet=unmet), NotReadyError(mode, unmet))
        return gone_to(SSO, "saved")

    def _page(self, visitor: Visitor, **refusal: Any) -> Response:
        def work(session: Session) -> dict[str, Any]:
            actor = actor_of(visitor)
            return {
                "listed": [Shown.of(each, visitor.now) for each in domains.every(session, actor)],
                "owners": identity_owners.get(session, actor),
                "checks": readiness.readiness(
                    session,
                    visitor.me.org_id,
                    visitor.now,
                    self._desk.settings,
                    has_mail=self._desk.has_mail,
                ),
            }

        found = {"unmet": (), "mode": visitor.me.sso_mode, **self._desk.read(work), **refusal}
        return self._desk.show("sso.html", visitor, actions=ACTIONS, now=visitor.now, **found)
