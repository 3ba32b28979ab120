"""/console/users/<id>/role: what somebody is to the organization."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError
from scimserver.domain.person import Person
from scimserver.domain.roles import ADMINISTRATIVE, Role, may_grant, may_manage
from scimserver.services import accounts
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of, gone_to, subject_of
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

_HERE = "/console/users/<id>/role"
_FRESH = 600
_WORDS = frozenset(role.value for role in Role)


class Roles:
    """The page, and its form."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, _HERE, self.show, "roles edit")
        self._desk.form(app, _HERE, self.save, "roles edit", fresh=_FRESH)

    def show(self, visitor: Visitor, id: str) -> Response:
        """Answer with the page."""
        subject = self._subject(visitor, id)
        return self._page(visitor, subject, subject.role.value)

    def save(self, visitor: Visitor, id: str) -> Response:
        """Give somebody the role of the form."""
        subject, word = self._subject(visitor, id), visitor.form.get("role", "")

        def work(session: Session) -> None:
            if word not in _WORDS:
                raise InvalidRequestError("Choose one of these.", path="role")
            accounts.set_role(
                session,
                actor_of(visitor),
                visitor.now,
                visitor.me,
                subject.user_id,
                Role(word),
                visit=visitor.visit,
            )

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            return self._page(visitor, subject, word, status=STATUS, **told(refusal, ("role",)))
        return gone_to(f"/console/users/{subject.user_id}", "role")

    def _subject(self, visitor: Visitor, id: str) -> Person:
        return self._desk.read(lambda session: subject_of(session, visitor, id))

    def _page(
        self, visitor: Visitor, subject: Person, chosen: str, *, status: int = 200, **values: Any
    ) -> Response:
        values.setdefault("errors", {})
        return self._desk.show(
            "user_role.html",
            visitor,
            status=status,
            subject=subject,
            chosen=chosen,
            offered=offered(visitor.me, subject),
            **values,
        )


def offered(me: Person, subject: Person) -> list[Role]:
    """Return the roles somebody may give somebody; none where they may not change them at all."""
    if me.user_id == subject.user_id or not may_manage(me.role, subject.role):
        return []
    return [
        role
        for role in Role
        if may_grant(me.role, role) and (role in ADMINISTRATIVE or not subject.local_administrator)
    ]
