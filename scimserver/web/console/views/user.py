"""/console/users/<id>: one user, and turning them off and on."""

from typing import Any

import orjson
from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError
from scimserver.domain.person import Person
from scimserver.domain.roles import grants, may_manage
from scimserver.scim.resource import parse
from scimserver.services import accounts, enrolment, intake, passkeys, sessions
from scimserver.services.directory import Directory
from scimserver.services.intake import Request, Sizes
from scimserver.storage import journal, members
from scimserver.storage.session import Session
from scimserver.web.console import attributes
from scimserver.web.console.desk import Desk, actor_of, gone_to, subject_of
from scimserver.web.console.events import events
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

_HERE = "/console/users/<id>"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TEAMS, LATEST = 100, 20


class UserPage:
    """The page, and the two that ask first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add all three."""
        self._desk.page(app, _HERE, self.show, "users view")
        self._desk.page(app, f"{_HERE}/deactivate", self.ask_deactivate, "users edit")
        self._desk.form(app, f"{_HERE}/deactivate", self.deactivate, "users edit")
        self._desk.page(app, f"{_HERE}/activate", self.ask_activate, "users edit")
        self._desk.form(app, f"{_HERE}/activate", self.activate, "users edit")

    def show(self, visitor: Visitor, id: str) -> Response:
        """Answer with the page."""
        return self._desk.show(
            "user.html", visitor, **self._desk.read(lambda s: self._gather(s, visitor, id))
        )

    def _gather(self, session: Session, visitor: Visitor, id: str) -> dict[str, Any]:
        me, kind = visitor.me, self._desk.registry(visitor.me).types["User"]
        stored = Directory(session, actor_of(visitor)).get(kind, id)
        (shown,) = self._desk.presenting.parts(session, me.org_id, [stored], None)
        groups = members.groups_of(session, me.org_id, [id])[id]
        found = self._access(session, visitor, id)
        if grants(me.role, "log view"):
            rows = journal.read_audit(session, me.org_id, limit=LATEST, subject_id=id)
            found["history"] = events(session, me.org_id, rows)
        return found | {
            "stored": stored,
            "facts": list(attributes.lines(kind, parse(kind, stored.document))),
            "groups": groups[:TEAMS],
            "group_count": len(groups),
            "raw": _indented(shown.closed),
        }

    def _access(self, session: Session, visitor: Visitor, id: str) -> dict[str, Any]:
        """Return what somebody could sign in with, and what the visitor may do about it."""
        me, subject = visitor.me, subject_of(session, visitor, id)
        is_me = subject.user_id == me.user_id
        return {
            "subject": subject,
            "is_me": is_me,
            "outranks": not is_me and may_manage(me.role, subject.role),
            "may_use_passkeys": accounts.may_use_passkeys(session, subject),
            "passkeys": passkeys.every(session, me.org_id, id),
            "sessions": sessions.every(session, me.org_id, id, visitor.now),
            "link": enrolment.live(session, me.org_id, id, visitor.now),
            "history": None,
        }

    def ask_deactivate(self, visitor: Visitor, id: str) -> Response:
        """Ask before somebody is turned off."""
        return self._ask(visitor, id, active=False)

    def ask_activate(self, visitor: Visitor, id: str) -> Response:
        """Ask before somebody is turned on."""
        return self._ask(visitor, id, active=True)

    def deactivate(self, visitor: Visitor, id: str) -> Response:
        """Turn somebody off."""
        return self._turn(visitor, id, active=False)

    def activate(self, visitor: Visitor, id: str) -> Response:
        """Turn somebody on."""
        return self._turn(visitor, id, active=True)

    def _ask(
        self, visitor: Visitor, id: str, *, active: bool, status: int = 200, **values: Any
    ) -> Response:
        found = self._desk.read(lambda session: self._access(session, visitor, id))
        template = "user_activate.html" if active else "user_deactivate.html"
        return self._desk.show(template, visitor, status=status, **{**found, **values})

    def _turn(self, visitor: Visitor, id: str, *, active: bool) -> Response:
        subject = self._subject(visitor, id)
        kind = self._desk.registry(visitor.me).types["User"]
        change = {"op": "replace", "path": "active", "value": active}
        body = {"schemas": [_PATCH], "Operations": [change]}
        actor = actor_of(visitor)
        try:
            if subject.user_id == visitor.me.user_id:
                raise InvalidRequestError("Nobody turns themselves off. Ask another owner.")
            request = Request("PATCH", kind, subject.user_id, body)
            command = intake.command(request, actor.profile, Sizes())
            self._desk.apply(visitor, f"{kind.endpoint}/{subject.user_id}", command)
        except CORRECTABLE as refusal:
            return self._ask(visitor, id, active=active, status=STATUS, **told(refusal))
        done = "activated" if active else "deactivated"
        return gone_to(f"/console/users/{subject.user_id}", done)

    def _subject(self, visitor: Visitor, id: str) -> Person:
        return self._desk.read(lambda session: subject_of(session, visitor, id))


def _indented(raw: bytes) -> str:
    return orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()
