"""/console/log/errors: what was refused, once for each cause, and what to do about it (G11)."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response

from scimserver.domain.provisioning_error import State
from scimserver.ids import is_id
from scimserver.services import connections, provisioning_errors
from scimserver.services.browsing import PAGE
from scimserver.storage import names
from scimserver.storage.session import Session
from scimserver.web.console.causes import STATES, Cause
from scimserver.web.console.desk import Desk, actor_of
from scimserver.web.console.links import ERRORS
from scimserver.web.visitor import Visitor

EVERY = "all"


class Errors:
    """The list."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add the page."""
        self._desk.page(app, ERRORS, self.show, "log view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with a page of the list; without a word about it, of what is open."""
        asked, org_id = visitor.query, visitor.me.org_id
        state = _state(asked.get("state", ""))
        chosen, before = asked.get("connection", ""), asked.get("before", "")
        kept = {
            "state": state.value if state is not None else EVERY,
            "connection": chosen if is_id(chosen) else "",
        }

        def work(session: Session) -> dict[str, Any]:
            found = provisioning_errors.page(
                session,
                org_id,
                state=state,
                connection_id=kept["connection"] or None,
                before=before,
                limit=PAGE + 1,
            )
            shown = found[:PAGE]
            known = names.of(session, org_id, [each.resource_id or "" for each in shown])
            every = connections.every(session, actor_of(visitor))
            more = len(found) > PAGE
            last = provisioning_errors.place(shown[-1]) if more else ""
            return {
                "causes": [Cause.of(each, known) for each in shown],
                "counts": provisioning_errors.counts(session, org_id),
                "connections": every,
                "called": {each.id: each.name for each in every},
                "older": _address({**kept, "before": last}) if more else "",
            }

        return self._desk.show(
            "errors.html",
            visitor,
            state=state,
            states=[(each, badge.text) for each, badge in STATES.items()],
            chosen=kept["connection"],
            is_first=not before,
            newest=_address(kept),
            **self._desk.read(work),
        )


def _state(word: str) -> State | None:
    """Return the state an address asks for; None for every one."""
    if word == EVERY:
        return None
    return State(word) if word in set(State) else State.OPEN


def _address(wanted: dict[str, str]) -> str:
    return f"{ERRORS}?{urlencode({name: value for name, value in wanted.items() if value})}"
