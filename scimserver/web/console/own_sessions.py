"""A person's sessions: seen, and ended one by one or all but this one (P63)."""

from typing import NamedTuple

from flask import Flask, Response

from scimserver.domain.client_name import client_name
from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.web_session import Kind, WebSession
from scimserver.services import accounts, sessions
from scimserver.storage.session import Session
from scimserver.web.browser import Browser
from scimserver.web.guard import Who
from scimserver.web.http import Services
from scimserver.web.render import Renderer, see_other
from scimserver.web.visitor import Visitor

PATH = "/account/sessions"
WHY = "ended_by_person"

_SAID = {"ended": "The session has ended.", "others-ended": "All other sessions have ended."}
_METHODS = {"passkey": "With a passkey"}


class Row(NamedTuple):
    """One session as its person sees it."""

    about: WebSession
    client: str
    method: str
    is_current: bool


class OwnSessions:
    """The page and its two buttons."""

    def __init__(self, services: Services, browser: Browser, pages: Renderer) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages

    def mount(self, app: Flask) -> None:
        """Add the pages."""
        page = self._browser.page
        rules = (
            (PATH, "own_sessions", self.every, "GET"),
            (f"{PATH}/<id>/end", "end_session", self.end, "POST"),
            (f"{PATH}/end-others", "end_other_sessions", self.end_others, "POST"),
        )
        for rule, endpoint, view, method in rules:
            app.add_url_rule(rule, endpoint, page(view, who=Who.SIGNED_IN), methods=[method])

    def every(self, visitor: Visitor) -> Response:
        """Show where the person is signed in."""
        me = visitor.me
        with self._services.database.reading() as session:
            live = sessions.every(session, me.org_id, me.user_id, visitor.now)
        return self._pages.render(
            "sessions.html",
            visitor,
            sessions=[_row(each, visitor) for each in live],
            note=_SAID.get(visitor.query.get("done", ""), ""),
        )

    def end(self, visitor: Visitor, id: str) -> Response:
        """End one session."""
        me, actor = visitor.me, accounts.actor_of(visitor.me, visitor.visit)

        def work(session: Session) -> None:
            if not sessions.end(
                session,
                me.org_id,
                me.user_id,
                id,
                visitor.now,
                WHY,
                by=actor,
                visit=visitor.visit,
            ):
                raise UnknownResourceError("Session", id)

        self._services.write(work)
        return see_other(f"{PATH}?done=ended")

    def end_others(self, visitor: Visitor) -> Response:
        """End every session of the person but this one."""
        me, actor = visitor.me, accounts.actor_of(visitor.me, visitor.visit)
        self._services.write(
            lambda session: sessions.end_all(
                session,
                me.org_id,
                me.user_id,
                visitor.now,
                WHY,
                visitor.session.digest,
                by=actor,
                visit=visitor.visit,
            )
        )
        return see_other(f"{PATH}?done=others-ended")


def _row(live: WebSession, visitor: Visitor) -> Row:
    method = "For recovery" if live.kind is Kind.RESTRICTED else live.method or ""
    return Row(
        live,
        client_name(live.user_agent),
        _METHODS.get(method, method),
        live.digest == visitor.session.digest,
    )
