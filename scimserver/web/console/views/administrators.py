"""/console/organization/administrators: people with roles, and the local administrators."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError
from scimserver.domain.person import Person
from scimserver.domain.roles import ADMINISTRATIVE, Role
from scimserver.services import accounts, local_administrators, readiness
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of, gone_to, subject_of
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

_HERE = "/console/organization/administrators"
_ONE = f"{_HERE}/<id>/remove"
_OWNS = local_administrators.PERMISSION
_STEP_UP = 30
"""Seconds: the list of local administrators is changed by whoever has just signed in (P70)."""


class Administrators:
    """The list, the form that adds a local administrator and the page that asks before removing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add all three."""
        self._desk.page(app, _HERE, self.show, "organization view")
        self._desk.page(app, f"{_HERE}/new", self.ask_new, _OWNS)
        self._desk.form(app, f"{_HERE}/new", self.add, _OWNS, fresh=_STEP_UP)
        self._desk.page(app, _ONE, self.ask_remove, _OWNS)
        self._desk.form(app, _ONE, self.remove, _OWNS, fresh=_STEP_UP)

    def show(self, visitor: Visitor) -> Response:
        """Answer with the list."""
        has_mail = self._desk.has_mail

        def work(session: Session) -> list[readiness.Administrator]:
            return readiness.administrators(session, visitor.me.org_id, has_mail=has_mail)

        return self._desk.show(
            "administrators.html",
            visitor,
            people=self._desk.read(work),
            least=self._desk.settings.min_local_admins,
            has_mail=has_mail,
        )

    def ask_new(self, visitor: Visitor) -> Response:
        """Answer with the form."""
        return self._form(visitor, {"address": "", "name": "", "role": Role.OWNER.value})

    def add(self, visitor: Visitor) -> Response:
        """Make the person of the form a local administrator, and the user where there is none."""
        form = visitor.form
        given = {
            "address": form.get("address", "").strip(),
            "name": form.get("name", "").strip(),
            "role": form.get("role", ""),
        }
        try:
            made = self._desk.write(lambda session: self._add(session, visitor, given))
        except CORRECTABLE as refusal:
            refused = told(refusal, ("address", "name", "role"))
            # The door speaks SCIM's names; on this page they are one field.
            if refusal.context.get("path") in ("userName", "emails", "emails[0].value"):
                refused = {"errors": {"address": refused["warning"]}, "warning": ""}
            return self._form(visitor, given, status=STATUS, **refused)
        return gone_to(f"/console/users/{made.user_id}", "local-added")

    def _add(self, session: Session, visitor: Visitor, given: dict[str, str]) -> Person:
        me, actor, now = visitor.me, actor_of(visitor), visitor.now
        if given["role"] not in {role.value for role in ADMINISTRATIVE}:
            raise InvalidRequestError("Choose one of the two.", path="role")
        if not given["address"]:
            raise InvalidRequestError("Give an address.", path="address")
        role = Role(given["role"])
        known = accounts.named(session, me.org_id, given["address"])
        if known is not None:
            return local_administrators.promote(
                session, actor, now, me, known.user_id, role, visit=visitor.visit
            )
        return local_administrators.add(
            session,
            self._desk.door(session, me),
            self._desk.registry(me).types["User"],
            actor,
            now,
            me,
            address=given["address"],
            name=given["name"] or None,
            role=role,
            visit=visitor.visit,
        )

    def ask_remove(self, visitor: Visitor, id: str) -> Response:
        """Ask before somebody is taken off the list."""
        return self._removal(visitor, id)

    def remove(self, visitor: Visitor, id: str) -> Response:
        """Take somebody off the list."""
        me, minimum = visitor.me, self._desk.settings.min_local_admins

        def work(session: Session) -> Person:
            found = subject_of(session, visitor, id)
            return local_administrators.remove(
                session,
                actor_of(visitor),
                visitor.now,
                me,
                found.user_id,
                minimum=minimum,
                visit=visitor.visit,
            )

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            return self._removal(visitor, id, status=STATUS, **told(refusal))
        return gone_to(_HERE, "local-removed")

    def _removal(self, visitor: Visitor, id: str, *, status: int = 200, **values: Any) -> Response:
        found = self._desk.read(lambda session: subject_of(session, visitor, id))
        return self._desk.show(
            "local_administrator_remove.html", visitor, status=status, subject=found, **values
        )

    def _form(
        self, visitor: Visitor, given: dict[str, str], *, status: int = 200, **values: Any
    ) -> Response:
        values.setdefault("errors", {})
        return self._desk.show(
            "local_administrator_new.html", visitor, status=status, given=given, **values
        )
