"""/console/notices: what happened that somebody should know."""

from flask import Flask, Response

from scimserver.domain.errors import UnknownResourceError
from scimserver.ids import is_id
from scimserver.services import notice_texts, notices
from scimserver.services.browsing import PAGE
from scimserver.web.console.desk import Desk, gone_to
from scimserver.web.console.links import notice_page
from scimserver.web.visitor import Visitor

_HERE = "/console/notices"


class Notices:
    """The list, and the button that puts one away. Everybody sees their own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, _HERE, self.show, None)
        self._desk.form(app, f"{_HERE}/<id>/dismiss", self.dismiss, None)

    def show(self, visitor: Visitor) -> Response:
        """Answer with a page of the list."""
        before = visitor.query.get("before", "")
        before = before if is_id(before) else ""
        found = self._desk.read(
            lambda session: notices.shown(session, visitor.me, before=before, limit=PAGE + 1)
        )
        shown = found[:PAGE]
        return self._desk.show(
            "notices.html",
            visitor,
            notices=[
                (
                    each,
                    notice_texts.words(each.code, each.facts),
                    notice_page(each.code, each.facts),
                )
                for each in shown
            ],
            is_first=not before,
            older=f"{_HERE}?before={shown[-1].id}" if len(found) > PAGE else "",
        )

    def dismiss(self, visitor: Visitor, id: str) -> Response:
        """Put one away."""
        me, now = visitor.me, visitor.now
        if not self._desk.write(lambda session: notices.dismiss(session, now, me, id)):
            raise UnknownResourceError("Notice", id)
        return gone_to(_HERE, "dismissed")
