"""/console/connections/<id>: one connection, changed, switched off and on."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.ids import is_id
from scimserver.scim.quirks import PROFILES
from scimserver.scim.quirks.counters import MEANINGS
from scimserver.services import connections, pausing, tokens, tolerated
from scimserver.services.connections import Changes
from scimserver.storage import log_entries, names
from scimserver.storage.connections import Connection
from scimserver.storage.names import Named
from scimserver.storage.session import Session
from scimserver.storage.tokens import Token
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.fields import whole
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.console.views.connections import DAY, Health
from scimserver.web.visitor import Visitor

_HERE = "/console/connections/<id>"
_EDITS = "provisioning edit"
_SHOWN = 50
"""Tokens of users on one page; the shell lists them all."""


class ConnectionPages:
    """The page, the form that changes it, and the one that asks before it is switched off."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add them."""
        desk = self._desk
        desk.page(app, _HERE, self.show, "connections view")
        desk.page(app, f"{_HERE}/edit", self.ask_edit, _EDITS)
        desk.form(app, f"{_HERE}/edit", self.edit, _EDITS)
        desk.page(app, f"{_HERE}/disable", self.ask_disable, _EDITS)
        desk.form(app, f"{_HERE}/disable", self.disable, _EDITS)
        desk.form(app, f"{_HERE}/enable", self.enable, _EDITS)
        desk.form(app, f"{_HERE}/resume", self.resume, _EDITS)

    def show(self, visitor: Visitor, id: str) -> Response:
        """Answer with the page."""
        return self._desk.show(
            "connection.html", visitor, **self._desk.read(lambda s: self._gather(s, visitor, id))
        )

    def _gather(self, session: Session, visitor: Visitor, id: str) -> dict[str, Any]:
        actor, now = actor_of(visitor), visitor.now
        found = connection_of(session, visitor, id)
        held = tokens.every(session, actor, id)
        bound = tokens.bound(session, actor, id, _SHOWN + 1)
        tally = log_entries.tally(session, actor.org_id, now - DAY)
        return {
            "connection": found,
            "base_url": self._desk.base_url,
            "tokens": held[::-1],
            "bound": bound[:_SHOWN],
            "has_more": len(bound) > _SHOWN,
            "users": names_of(session, bound),
            "health": Health.of(id, held, tally, now),
            "now": now,
            "quirks": tolerated.every(session, actor, id),
            "meanings": MEANINGS,
        }

    def ask_edit(self, visitor: Visitor, id: str) -> Response:
        """Answer with the form."""
        found = self._found(visitor, id)
        given = {
            "name": found.name,
            "profile": found.profile,
            "rateLimit": str(found.rate_limit),
        }
        return self._form(visitor, found, given)

    def edit(self, visitor: Visitor, id: str) -> Response:
        """Change what the form says; stored data is never rewritten (J4.2)."""
        form, found = visitor.form, self._found(visitor, id)
        given = {name: form.get(name, "").strip() for name in ("name", "profile", "rateLimit")}
        dropped = form.get("plain") == "yes"

        def work(session: Session) -> None:
            if given["profile"] not in PROFILES:
                raise InvalidRequestError("Say which one it is.", path="profile")
            changes = Changes(
                name=given["name"],
                profile=given["profile"],
                switches=dict.fromkeys(found.switches, "") if dropped else None,
                rate_limit=whole(given["rateLimit"], "rateLimit"),
            )
            connections.update(session, actor_of(visitor), visitor.now, found.id, changes)

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            return self._form(visitor, found, given, status=STATUS, **told(refusal, tuple(given)))
        return gone_to(f"/console/connections/{found.id}", "saved")

    def ask_disable(self, visitor: Visitor, id: str) -> Response:
        """Ask before everything of it is refused."""
        found = self._found(visitor, id)
        return self._desk.show("connection_disable.html", visitor, connection=found)

    def disable(self, visitor: Visitor, id: str) -> Response:
        """Switch it off."""
        found = self._found(visitor, id)
        actor = actor_of(visitor)
        self._desk.write(lambda s: connections.disable(s, actor, visitor.now, found.id))
        return gone_to(f"/console/connections/{found.id}", "disabled")

    def enable(self, visitor: Visitor, id: str) -> Response:
        """Switch it on."""
        found = self._found(visitor, id)
        actor = actor_of(visitor)
        self._desk.write(lambda s: connections.enable(s, actor, visitor.now, found.id))
        return gone_to(f"/console/connections/{found.id}", "enabled")

    def resume(self, visitor: Visitor, id: str) -> Response:
        """Carry its changes out again, after too many had been refused (G12)."""
        found = self._found(visitor, id)
        actor = actor_of(visitor)
        self._desk.write(lambda s: pausing.resume(s, actor, visitor.now, found.id))
        return gone_to(f"/console/connections/{found.id}", "resumed")

    def _found(self, visitor: Visitor, id: str) -> Connection:
        return self._desk.read(lambda session: connection_of(session, visitor, id))

    def _form(
        self,
        visitor: Visitor,
        found: Connection,
        given: dict[str, str],
        *,
        status: int = 200,
        **values: Any,
    ) -> Response:
        values.setdefault("errors", {})
        return self._desk.show(
            "connection_edit.html",
            visitor,
            status=status,
            connection=found,
            given=given,
            profiles=list(PROFILES),
            **values,
        )


def connection_of(session: Session, visitor: Visitor, id: str) -> Connection:
    """Return the connection of the visitor's organization that an address names by its id."""
    if not is_id(id):
        raise UnknownResourceError("Connection", id)
    return connections.find(session, actor_of(visitor), id)


def names_of(session: Session, some: Iterable[Token]) -> dict[str, Named]:
    """Return by id what the users are called to whom tokens are bound (H2)."""
    some = list(some)
    ids = [token.user_id for token in some if token.user_id is not None]
    return names.of(session, some[0].org_id, ids) if ids else {}
