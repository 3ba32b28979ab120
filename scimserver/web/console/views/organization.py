"""/console/organization: what the organization is called and what it asks of users."""

from dataclasses import replace
from typing import Any

from flask import Flask, Response

from scimserver.services import organizations
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

_HERE = "/console/organization"


class OrganizationPage:
    """The page, and its form for owners."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, _HERE, self.show, "organization view")
        self._desk.form(app, _HERE, self.save, "organization edit")

    def show(self, visitor: Visitor) -> Response:
        """Answer with the page."""
        return self._page(visitor, self._found(visitor))

    def save(self, visitor: Visitor) -> Response:
        """Change what the form says."""
        form = visitor.form
        name = form.get("name", "").strip()
        required = form.get("require_address") == "yes"
        forbidden = form.get("forbid_get_filters") == "yes"
        actor = actor_of(visitor)

        def work(session: Session) -> Organization:
            return organizations.update(
                session,
                actor,
                visitor.now,
                name=name,
                require_address=required,
                forbid_get_filters=forbidden,
            )

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            found = replace(
                self._found(visitor),
                name=name,
                require_address=required,
                forbid_get_filters=forbidden,
            )
            return self._page(visitor, found, status=STATUS, **told(refusal, ("name",)))
        return gone_to(_HERE, "saved")

    def _found(self, visitor: Visitor) -> Organization:
        return self._desk.read(lambda session: organizations.find(session, visitor.me.org_id))

    def _page(
        self, visitor: Visitor, found: Organization, *, status: int = 200, **values: Any
    ) -> Response:
        values.setdefault("errors", {})
        return self._desk.show(
            "organization.html", visitor, status=status, organization=found, **values
        )
