"""/console/organization/sso/owners: who answers for domains and sign-in, and is told (G1)."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import BadRequestError
from scimserver.services import accounts, identity_owners
from scimserver.services.identity_owners import IdentityOwners
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of, gone_to, subject_of
from scimserver.web.console.links import OWNERS
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

_ONE = f"{OWNERS}/<id>/remove"
_EDITS = "sso edit"
_STEP_UP = 600


class IdentityOwnersPages:
    """The list with its two forms, and the page that asks before somebody is taken off it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add them."""
        desk = self._desk
        desk.page(app, OWNERS, self.show, _EDITS)
        desk.form(app, OWNERS, self.add, _EDITS, fresh=_STEP_UP)
        desk.form(app, f"{OWNERS}/contact", self.set_contact, _EDITS, fresh=_STEP_UP)
        desk.page(app, _ONE, self.ask_remove, _EDITS)
        desk.form(app, _ONE, self.remove, _EDITS, fresh=_STEP_UP)

    def show(self, visitor: Visitor) -> Response:
        """Answer with the list."""
        return self._page(visitor, {})

    def add(self, visitor: Visitor) -> Response:
        """Name the person of the form."""
        given = visitor.form.get("user", "").strip()
        actor, now = actor_of(visitor), visitor.now

        def work(session: Session) -> None:
            user_id = _user(session, visitor, given, "user")
            identity_owners.add(session, actor, now, user_id, visit=visitor.visit)

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            return self._page(visitor, {"user": given}, status=STATUS, **told(refusal, ("user",)))
        return gone_to(OWNERS, "owner-added")

    def set_contact(self, visitor: Visitor) -> Response:
        """Set the address of the form, or take it away where that is empty."""
        if "contact" not in visitor.form:
            raise BadRequestError("field_missing")
        given = visitor.form["contact"].strip()
        actor, now = actor_of(visitor), visitor.now
        try:
            self._desk.write(
                lambda session: identity_owners.set_contact(
                    session, actor, now, given or None, visit=visitor.visit
                )
            )
        except CORRECTABLE as refusal:
            said = told(refusal, ("contact",))
            return self._page(visitor, {"contact": given}, status=STATUS, **said)
        return gone_to(OWNERS, "saved")

    def ask_remove(self, visitor: Visitor, id: str) -> Response:
        """Ask before somebody is told no longer, and who takes over from the last one."""
        return self._removal(visitor, id, "")

    def remove(self, visitor: Visitor, id: str) -> Response:
        """Take somebody off the list."""
        given = visitor.form.get("successor", "").strip()
        actor, now = actor_of(visitor), visitor.now

        def work(session: Session) -> None:
            _owner(session, visitor, id)
            successor = _user(session, visitor, given, "successor") if given else None
            identity_owners.remove(
                session, actor, now, id, successor=successor, visit=visitor.visit
            )

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            said = told(refusal, ("successor", "user"))
            # Who takes over is named by the same rules as anybody else, in another field.
            if "user" in said["errors"]:
                said["errors"] = {"successor": said["errors"]["user"]}
            return self._removal(visitor, id, given, status=STATUS, **said)
        return gone_to(OWNERS, "owner-removed")

    def _page(self, visitor: Visitor, given: dict[str, str], **values: Any) -> Response:
        owners, suggested = self._desk.read(lambda session: _gather(session, visitor))
        values.setdefault("errors", {})
        kept = {"user": "", "contact": owners.contact or "", **given}
        return self._desk.show(
            "identity_owners.html",
            visitor,
            owners=owners,
            suggested=suggested,
            given=kept,
            **values,
        )

    def _removal(self, visitor: Visitor, id: str, given: str, **values: Any) -> Response:
        def work(session: Session) -> tuple[Person, IdentityOwners, list[Person]]:
            return _owner(session, visitor, id), *_gather(session, visitor)

        subject, owners, suggested = self._desk.read(work)
        values.setdefault("errors", {})
        return self._desk.show(
            "identity_owner_remove.html",
            visitor,
            subject=subject,
            is_last=len(owners.people) == 1,
            suggested=suggested,
            given=given,
            **values,
        )


def _gather(session: Session, visitor: Visitor) -> tuple[IdentityOwners, list[Person]]:
    """Return the owners, and who with a role in the console might become one."""
    owners = identity_owners.get(session, actor_of(visitor))
    named = {person.user_id for person in owners.people}
    people = accounts.people(session, visitor.me.org_id)
    return owners, [each for each in people if each.active and each.user_id not in named]


def _owner(session: Session, visitor: Visitor, id: str) -> Person:
    """Return the identity owner that an address names."""
    found = subject_of(session, visitor, id)
    owners = identity_owners.get(session, actor_of(visitor))
    if found.user_id not in {person.user_id for person in owners.people}:
        raise UnknownResourceError("Identity owner", id)
    return found


def _user(session: Session, visitor: Visitor, name: str, field: str) -> str:
    """Return the id of the user a form names."""
    found = accounts.named(session, visitor.me.org_id, name) if name else None
    if found is None:
        raise InvalidRequestError("No user has this name.", path=field)
    return found.user_id
