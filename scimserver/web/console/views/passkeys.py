"""/console/organization/passkeys: who may sign in with a passkey."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError
from scimserver.services import accounts, browsing
from scimserver.services.accounts import Audience
from scimserver.storage import names, organizations
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

_HERE = "/console/organization/passkeys"
_FIELDS = ("audience", "team")
_WORDS = frozenset(word.value for word in Audience)


class PasskeyPage:
    """The page, and its form."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, _HERE, self.show, "organization view")
        self._desk.form(app, _HERE, self.save, "passkeys edit", fresh=600)

    def show(self, visitor: Visitor) -> Response:
        """Answer with the page."""
        audience, team = self._desk.read(lambda s: _chosen(s, visitor.me.org_id))
        return self._page(visitor, audience=audience, team=team)

    def save(self, visitor: Visitor) -> Response:
        """Let those in whom the form names."""
        audience = visitor.form.get("audience", "")
        team = visitor.form.get("team", "").strip()

        def work(session: Session) -> None:
            if audience not in _WORDS:
                raise InvalidRequestError("Choose one of the three.", path="audience")
            chosen = Audience(audience)
            id = self._team(session, visitor, team) if chosen is Audience.TEAM else None
            accounts.set_audience(
                session,
                actor_of(visitor),
                visitor.now,
                visitor.me,
                chosen,
                id,
                visit=visitor.visit,
            )

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            return self._page(
                visitor, audience=audience, team=team, status=STATUS, **told(refusal, _FIELDS)
            )
        return gone_to(_HERE, "saved")

    def _team(self, session: Session, visitor: Visitor, name: str) -> str:
        """Return the id of the one team with this name: there may be too many for a menu."""
        if not name:
            raise InvalidRequestError("Give the name of the team.", path="team")
        kind = self._desk.registry(visitor.me).types["Group"]
        text = f"displayName eq {browsing.quoted(name)}"
        found = browsing.leaf(session, actor_of(visitor), kind, text, count=2).found
        if not found:
            raise InvalidRequestError("No team has this name.", path="team")
        if len(found) > 1:
            raise InvalidRequestError(
                "Several teams have this name. Rename one of them at the identity provider.",
                path="team",
            )
        return found[0].id

    def _page(self, visitor: Visitor, *, status: int = 200, **values: Any) -> Response:
        values.setdefault("errors", {})
        return self._desk.show("passkey_audience.html", visitor, status=status, **values)


def _chosen(session: Session, org_id: str) -> tuple[str, str]:
    """Return who may use passkeys, and the name of the team where it is one."""
    found = organizations.get(session, org_id)
    team = found.passkey_team if found is not None else None
    named = names.of(session, org_id, [team] if team else [])
    audience = found.passkey_audience if found is not None else Audience.ADMINISTRATORS
    return audience, named[team].shown if team in named else ""
