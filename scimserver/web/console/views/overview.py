"""/console: how the organization stands, and what to do next."""

from datetime import timedelta
from typing import Any, NamedTuple

from flask import Flask, Response

from scimserver.domain.person import Person
from scimserver.domain.provisioning_error import State
from scimserver.domain.roles import grants
from scimserver.services import (
    accounts,
    browsing,
    connections,
    domains,
    provisioning_errors,
    readiness,
)
from scimserver.storage import journal, log_entries
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of
from scimserver.web.console.links import ACTIONS, SSO
from scimserver.web.console.words import explained, undertaken
from scimserver.web.visitor import Visitor

DAY = timedelta(hours=24)
LATEST = 5


class Step(NamedTuple):
    """Something to do before the organization is at work."""

    done: bool
    title: str
    text: str
    href: str = ""
    label: str = ""


class Overview:
    """The first page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add the page."""
        self._desk.page(app, "/console", self.show, "users view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with the page; what somebody may not see elsewhere is not on it either."""
        me = visitor.me
        found = self._desk.read(lambda session: self._gather(session, visitor, me))
        return self._desk.show("overview.html", visitor, **found)

    def _gather(self, session: Session, visitor: Visitor, me: Person) -> dict[str, Any]:
        actor, types = actor_of(visitor), self._desk.registry(me).types
        users = browsing.size(session, actor, types["User"])
        teams = browsing.size(session, actor, types["Group"])
        found: dict[str, Any] = {
            "users": users,
            "teams": teams,
            "most": browsing.MOST,
            "connections": 0,
            "refused": 0,
            "errors": 0,
            "steps": (),
            "latest": (),
            "failing": (),
            "actions": ACTIONS,
        }
        if grants(me.role, "connections view"):
            every = connections.every(session, actor)
            found["connections"] = len(every)
            verified = any(claim.is_owned for claim in domains.every(session, actor))
            # Local administrators are users before anybody has come in.
            people = accounts.people(session, me.org_id)
            named = sum(person.local_administrator for person in people)
            found["steps"] = steps(users > named, bool(every), verified=verified)
        if grants(me.role, "log view"):
            tally = log_entries.tally(session, me.org_id, visitor.now - DAY)
            found["refused"] = sum(t.entries for t in tally if t.outcome == journal.REFUSED)
            found["errors"] = provisioning_errors.counts(session, me.org_id).get(State.OPEN, 0)
            rows = journal.read_log(session, me.org_id, limit=LATEST, refused=True)
            found["latest"] = [
                (row, undertaken(row), explained(row.code, row.status)) for row in rows
            ]
        if grants(me.role, "organization view"):
            checks = readiness.readiness(
                session,
                me.org_id,
                visitor.now,
                self._desk.settings,
                has_mail=self._desk.has_mail,
            )
            found["failing"] = [check for check in checks if not check.ok]
        return found


def steps(has_users: bool, has_connections: bool, *, verified: bool) -> list[Step]:
    """Return the way from an empty organization to one at work; nothing once it has been gone."""
    way = [
        Step(
            verified,
            "Verify a domain",
            "People come in with addresses of your own domains only. You show that a domain is "
            "yours by a record in its DNS; the page says exactly what to enter where.",
            f"{SSO}#domains",
            "Open the domains",
        ),
        Step(
            has_connections,
            "Connect your identity provider",
            "You get an address and a token to paste there, with a guide for each provider.",
            "/console/connections/new",
            "Connect",
        ),
        Step(
            has_users,
            "Let the first user come in",
            "Assign somebody to the application at your identity provider. If nobody appears, the "
            "log says why.",
            "/console/log",
            "Open the log",
        ),
    ]
    return [] if all(step.done for step in way) else way
