"""/console/log/audit: who changed what."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response

from scimserver.ids import is_id
from scimserver.services.browsing import PAGE
from scimserver.storage import journal
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk
from scimserver.web.console.events import EVENTS, events, name_of
from scimserver.web.visitor import Visitor

_HERE = "/console/log/audit"
_MAX_EVENT = 60


class AuditLog:
    """The list."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add the page."""
        self._desk.page(app, _HERE, self.show, "log view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with a page of the list, of one subject or one kind of event where asked for."""
        asked, org_id = visitor.query, visitor.me.org_id
        subject, before = asked.get("subject", ""), asked.get("before", "")
        event = asked.get("event", "").strip()[:_MAX_EVENT]
        kept = {"subject": subject if is_id(subject) else "", "event": event}

        def work(session: Session) -> dict[str, Any]:
            rows = journal.read_audit(
                session,
                org_id,
                before=before if is_id(before) else None,
                limit=PAGE + 1,
                event=event or None,
                subject_id=kept["subject"] or None,
            )
            shown = rows[:PAGE]
            more = {**kept, "before": shown[-1].id} if len(rows) > PAGE else {}
            return {
                "events": events(session, org_id, shown),
                "about": name_of(session, org_id, kept["subject"]),
                "older": _address(more),
            }

        return self._desk.show(
            "audit.html",
            visitor,
            event=event,
            kinds=[*EVENTS.items()],
            subject=kept["subject"],
            is_first=not before,
            newest=_address(kept) or _HERE,
            **self._desk.read(work),
        )


def _address(wanted: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{_HERE}?{query}" if query else ""
