"""/console/connections/<id>/rotate and …/tokens/<token_id>/revoke."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import UnknownResourceError
from scimserver.services import tokens
from scimserver.services.tokens import Minted
from scimserver.storage.connections import Connection
from scimserver.storage.session import Session
from scimserver.storage.tokens import Token
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.console.views.connection import connection_of, names_of
from scimserver.web.visitor import Visitor

_HERE = "/console/connections/<id>"
_REVOKE = f"{_HERE}/tokens/<token_id>/revoke"
_EDITS = "provisioning edit"
_STEP_UP = 30
"""Seconds: whoever makes or ends a token has just signed in (P70)."""


class TokenPages:
    """A second token, and the page that asks before one is ended."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add them."""
        self._desk.page(app, f"{_HERE}/rotate", self.ask_rotate, _EDITS)
        self._desk.form(app, f"{_HERE}/rotate", self.rotate, _EDITS, fresh=_STEP_UP)
        self._desk.page(app, _REVOKE, self.ask_revoke, _EDITS)
        self._desk.form(app, _REVOKE, self.revoke, _EDITS, fresh=_STEP_UP)

    def ask_rotate(self, visitor: Visitor, id: str) -> Response:
        """Say how a rotation goes, and offer to begin."""
        return self._rotation(visitor, id)

    def rotate(self, visitor: Visitor, id: str) -> Response:
        """Make a token and show it this once; the other goes on until it is revoked."""
        actor, now, pepper = actor_of(visitor), visitor.now, self._desk.settings.token_pepper

        def work(session: Session) -> tuple[Connection, Minted, list[Token]]:
            found = connection_of(session, visitor, id)
            others = [t for t in tokens.every(session, actor, id) if t.is_live(now)]
            return found, tokens.rotate(session, actor, now, pepper, id), others

        try:
            found, minted, others = self._desk.write(work)
        except CORRECTABLE as refusal:
            return self._rotation(visitor, id, status=STATUS, warning=told(refusal)["warning"])
        return self._desk.show(
            "token.html",
            visitor,
            status=201,
            connection=found,
            secret=minted.secret,
            token=minted.token,
            base_url=self._desk.base_url,
            is_new=False,
            others=others,
        )

    def ask_revoke(self, visitor: Visitor, id: str, token_id: str) -> Response:
        """Ask before a token ends."""

        def work(session: Session) -> dict[str, Any]:
            found, token = _one(session, visitor, id, token_id)
            every = tokens.every(session, actor_of(visitor), id)
            return {
                "connection": found,
                "token": token,
                "live": sum(each.is_live(visitor.now) for each in every),
                "user": names_of(session, [token]).get(token.user_id or ""),
            }

        return self._desk.show("token_revoke.html", visitor, **self._desk.read(work))

    def revoke(self, visitor: Visitor, id: str, token_id: str) -> Response:
        """End a token."""

        def work(session: Session) -> Connection:
            found, token = _one(session, visitor, id, token_id)
            tokens.revoke(session, actor_of(visitor), visitor.now, token.id)
            return found

        return gone_to(f"/console/connections/{self._desk.write(work).id}", "revoked")

    def _rotation(
        self, visitor: Visitor, id: str, *, status: int = 200, warning: str = ""
    ) -> Response:
        def work(session: Session) -> tuple[Connection, list[Token]]:
            found = connection_of(session, visitor, id)
            every = tokens.every(session, actor_of(visitor), id)
            return found, [token for token in every if token.is_live(visitor.now)]

        found, live = self._desk.read(work)
        return self._desk.show(
            "token_rotate.html",
            visitor,
            status=status,
            connection=found,
            live=live,
            most=tokens.LIVE_AT_ONCE,
            warning=warning,
        )


def _one(session: Session, visitor: Visitor, id: str, token_id: str) -> tuple[Connection, Token]:
    """Return a connection and the token of it that an address names."""
    found = connection_of(session, visitor, id)
    token = tokens.find(session, actor_of(visitor), token_id)
    if token.connection_id != found.id:
        raise UnknownResourceError("Token", token_id)
    return found, token
