"""/console/organization/sso: the domains, who answers for them, and what is still missing."""

from typing import Any

from flask import Flask, Response

from scimserver.services import domains, identity_owners, readiness
from scimserver.storage.session import Session
from scimserver.web.console.claims import Shown
from scimserver.web.console.desk import Desk, actor_of
from scimserver.web.console.links import ACTIONS, SSO
from scimserver.web.visitor import Visitor


class SsoPage:
    """A page to read: this version has no single sign-on to set up, and it says so."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add the page."""
        self._desk.page(app, SSO, self.show, "organization view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with the page."""

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

        found = self._desk.read(work)
        return self._desk.show("sso.html", visitor, actions=ACTIONS, now=visitor.now, **found)
