"""/console/log: what the identity providers sent, the refused first."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response

from scimserver.domain.errors import UnknownResourceError
from scimserver.ids import is_id
from scimserver.services import connections, domains
from scimserver.services.browsing import PAGE
from scimserver.storage import journal, log_entries, names
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of
from scimserver.web.console.next_steps import Surroundings, next_steps
from scimserver.web.console.words import explained, undertaken
from scimserver.web.visitor import Visitor

_HERE = "/console/log"


class Log:
    """The list, and the page of one entry."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, _HERE, self.show, "log view")
        self._desk.page(app, f"{_HERE}/<id>", self.one, "log view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with a page of the list; without a word about it, of what was refused."""
        asked = visitor.query
        refused = asked.get("show", "") != "all"
        chosen, before = asked.get("connection", ""), asked.get("before", "")
        kept = {"show": "" if refused else "all", "connection": chosen if is_id(chosen) else ""}

        def work(session: Session) -> dict[str, Any]:
            rows = journal.read_log(
                session,
                visitor.me.org_id,
                before=before if is_id(before) else None,
                limit=PAGE + 1,
                refused=refused,
                connection_id=kept["connection"] or None,
            )
            every = connections.every(session, actor_of(visitor))
            shown = rows[:PAGE]
            more = {**kept, "before": shown[-1].id} if len(rows) > PAGE else {}
            known = names.of(session, visitor.me.org_id, [row.resource_id or "" for row in shown])
            return {
                "entries": [
                    (row, undertaken(row), _about(row, known), explained(row.code, row.status))
                    for row in shown
                ],
                "connections": every,
                "called": {each.id: each.name for each in every},
                "older": _address(more),
            }

        return self._desk.show(
            "log.html",
            visitor,
            refused=refused,
            chosen=kept["connection"],
            is_first=not before,
            newest=_address(kept),
            **self._desk.read(work),
        )

    def one(self, visitor: Visitor, id: str) -> Response:
        """Answer with the page of an entry."""

        def work(session: Session) -> dict[str, Any]:
            row = log_entries.find(session, visitor.me.org_id, id)
            if row is None:
                raise UnknownResourceError("Entry", id)
            actor = actor_of(visitor)
            every = connections.every(session, actor)
            known = names.of(session, visitor.me.org_id, [row.resource_id or ""])
            around = Surroundings(
                claims=domains.every(session, actor),
                connection=next((c for c in every if c.id == row.connection_id), None),
                subject=known.get(row.resource_id),
                settings=self._desk.settings,
            )
            return {
                "entry": row,
                "done": undertaken(row),
                "explained": explained(row.code, row.status),
                "connection": around.connection,
                "subject": around.subject,
                "steps": next_steps(row, around, visitor.me.role),
            }

        return self._desk.show("log_entry.html", visitor, **self._desk.read(work))


def _about(row: Any, known: Mapping[str, names.Named]) -> str:
    """Return what a request was about: by its name where there still is one."""
    named = known.get(row.resource_id)
    name = named.shown if named is not None else ""
    return str(name or row.external_id or row.resource_id or row.endpoint)


def _address(wanted: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in wanted.items() if value})
    if not wanted:
        return ""
    return f"{_HERE}?{query}" if query else _HERE
