"""/console/connections: every identity provider's link, and a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError
from scimserver.scim.quirks import PROFILES
from scimserver.services import connections, tokens
from scimserver.services.tokens import Minted
from scimserver.storage import log_entries
from scimserver.storage.connections import Connection
from scimserver.storage.journal import REFUSED
from scimserver.storage.log_entries import Tally
from scimserver.storage.session import Session
from scimserver.storage.tokens import Token
from scimserver.web.console.desk import Desk, actor_of
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

DAY = timedelta(hours=24)
SOON = timedelta(days=30)
_NEW = "/console/connections/new"
_STEP_UP = 30


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection does: its live tokens, its last use, and how its last day went."""

    live: Sequence[Token]
    last_used_at: datetime | None
    accepted: int
    refused: int
    expires_soon: bool

    @classmethod
    def of(
        cls, connection_id: str, held: Sequence[Token], tally: Sequence[Tally], now: datetime
    ) -> "Health":
        """Return it from the connection's tokens and the tally of the log."""
        live = [token for token in held if token.is_live(now)]
        used = [token.last_used_at for token in held if token.last_used_at is not None]
        mine = [each for each in tally if each.connection_id == connection_id]
        refused = sum(each.entries for each in mine if each.outcome == REFUSED)
        last = max((token.expires_at for token in live), default=None)
        return cls(
            live=live,
            last_used_at=max(used, default=None),
            accepted=sum(each.entries for each in mine) - refused,
            refused=refused,
            expires_soon=last is not None and last - now < SOON,
        )


class Connections:
    """The list, and the form that makes one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, "/console/connections", self.show, "connections view")
        self._desk.page(app, _NEW, self.ask, "provisioning edit")
        self._desk.form(app, _NEW, self.make, "provisioning edit", fresh=_STEP_UP)

    def show(self, visitor: Visitor) -> Response:
        """Answer with the list."""
        actor, now = actor_of(visitor), visitor.now

        def work(session: Session) -> list[tuple[Connection, Health]]:
            held = tokens.by_connection(session, actor)
            tally = log_entries.tally(session, actor.org_id, now - DAY)
            return [
                (each, Health.of(each.id, held.get(each.id, ()), tally, now))
                for each in connections.every(session, actor)
            ]

        return self._desk.show("connections.html", visitor, connections=self._desk.read(work))

    def ask(self, visitor: Visitor) -> Response:
        """Answer with the form."""
        return self._form(visitor, "", "")

    def make(self, visitor: Visitor) -> Response:
        """Make a connection and its token, and show the token this once."""
        name = visitor.form.get("name", "").strip()
        profile = visitor.form.get("profile", "")
        actor, now, pepper = actor_of(visitor), visitor.now, self._desk.settings.token_pepper

        def work(session: Session) -> tuple[Connection, Minted]:
            if profile not in PROFILES:
                raise InvalidRequestError("Say which one it is.", path="profile")
            made = connections.create(session, actor, now, name=name, profile=profile)
            return made, tokens.mint(session, actor, now, pepper, made.id)

        try:
            made, minted = self._desk.write(work)
        except CORRECTABLE as refusal:
            return self._form(
                visitor, name, profile, status=STATUS, **told(refusal, ("name", "profile"))
            )
        return self._desk.show(
            "token.html",
            visitor,
            status=201,
            connection=made,
            secret=minted.secret,
            token=minted.token,
            base_url=self._desk.base_url,
            is_new=True,
            others=[],
        )

    def _form(
        self, visitor: Visitor, name: str, profile: str, *, status: int = 200, **values: Any
    ) -> Response:
        values.setdefault("errors", {})
        return self._desk.show(
            "connection_new.html",
            visitor,
            status=status,
            name=name,
            profile=profile,
            profiles=list(PROFILES),
            **values,
        )
