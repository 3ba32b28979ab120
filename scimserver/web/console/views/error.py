"""/console/log/errors/<id>: one cause of refusals, where it is put right, and who sees to it."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.provisioning_error import ErrorResolvedError
from scimserver.services import accounts, connections, domains, provisioning_errors
from scimserver.storage import log_entries, names
from scimserver.storage.provisioning_errors import ProvisioningError
from scimserver.storage.session import Session
from scimserver.web.console.causes import Cause
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.links import error_page
from scimserver.web.console.next_steps import Surroundings, next_steps
from scimserver.web.console.refusals import refused, sentence
from scimserver.web.console.words import undertaken
from scimserver.web.visitor import Visitor

LATEST = 5
_HERE = error_page("<id>")
_EDITS = "provisioning edit"


class ErrorPages:
    """The page, and what its two buttons do."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add them."""
        self._desk.page(app, _HERE, self.show, "log view")
        self._desk.form(app, f"{_HERE}/acknowledge", self.acknowledge, _EDITS)
        self._desk.form(app, f"{_HERE}/reopen", self.reopen, _EDITS)

    def show(self, visitor: Visitor, id: str) -> Response:
        """Answer with the page."""
        return self._page(visitor, id)

    def acknowledge(self, visitor: Visitor, id: str) -> Response:
        """Say that somebody sees to it."""
        actor, now, me = actor_of(visitor), visitor.now, visitor.me.user_id
        try:
            self._desk.write(
                lambda s: provisioning_errors.acknowledge(s, actor, now, id, person=me)
            )
        except ErrorResolvedError as refusal:
            # The page as it is now says the rest.
            return refused(self._page(visitor, id, sentence(refusal.detail)), refusal)
        return gone_to(error_page(id), "acknowledged")

    def reopen(self, visitor: Visitor, id: str) -> Response:
        """Say that nobody does any more, or that it is not over."""
        actor, now = actor_of(visitor), visitor.now
        self._desk.write(lambda s: provisioning_errors.reopen(s, actor, now, id))
        return gone_to(error_page(id), "reopened")

    def _page(self, visitor: Visitor, id: str, warning: str = "") -> Response:
        found = self._desk.read(lambda session: self._gather(session, visitor, id))
        return self._desk.show("error.html", visitor, warning=warning, **found)

    def _gather(self, session: Session, visitor: Visitor, id: str) -> dict[str, Any]:
        actor = actor_of(visitor)
        error = provisioning_errors.find(session, actor.org_id, id)
        known = names.of(session, actor.org_id, [error.resource_id or ""])
        every = connections.every(session, actor)
        around = Surroundings(
            claims=domains.every(session, actor),
            connection=next((each for each in every if each.id == error.connection_id), None),
            subject=known.get(error.resource_id or ""),
            settings=self._desk.settings,
        )
        person = error.acknowledged_by
        return {
            "cause": Cause.of(error, known),
            "connection": around.connection,
            "steps": next_steps(error, around, visitor.me.role),
            "entries": [(row, undertaken(row)) for row in _latest(session, error)],
            "by": accounts.person(session, actor.org_id, person) if person else None,
        }


def _latest(session: Session, error: ProvisioningError) -> Any:
    """Return the last entries of the log that were refused for it."""
    where = {
        "connection_id": error.connection_id,
        "resource_id": error.resource_id,
        "external_id": error.external_id,
        "attribute": error.attribute,
    }
    return log_entries.refusals(session, error.org_id, error.code, where, limit=LATEST)
