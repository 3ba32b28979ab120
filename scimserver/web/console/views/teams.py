"""/console/teams: the groups that provisioning brought, and who is in each."""

from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask, Response

from scimserver.ids import is_id
from scimserver.services import browsing
from scimserver.services.browsing import PAGE, Leaf, quoted
from scimserver.services.directory import Directory
from scimserver.storage import members, names
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of
from scimserver.web.visitor import Visitor

MAX_QUERY = 200
COUNTED = 1_000
"""Members that the list of teams counts; of more it says "more than"."""


class Teams:
    """The list, and the page of one team."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, "/console/teams", self.show, "teams view")
        self._desk.page(app, "/console/teams/<id>", self.one, "teams view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with a page of the list."""
        text = visitor.query.get("q", "").strip()[:MAX_QUERY]
        place = {name: visitor.query.get(name, "") for name in ("newer", "older")}
        kind = self._desk.registry(visitor.me).types["Group"]
        matching = f"displayName sw {quoted(text)}" if text else None

        def work(session: Session) -> tuple[Leaf, dict[str, int]]:
            found = browsing.leaf(
                session,
                actor_of(visitor),
                kind,
                matching,
                newer=place["newer"],
                older=place["older"],
            )
            ids = [stored.id for stored in found.found]
            return found, members.sizes(session, visitor.me.org_id, ids)

        leaf, sizes = self._desk.read(work)
        teams = [
            (stored, orjson.loads(stored.document).get("displayName", ""), sizes[stored.id])
            for stored in leaf.found
        ]
        return self._desk.show(
            "teams.html",
            visitor,
            teams=teams,
            counted=COUNTED,
            query=text,
            is_first=not any(place.values()),
            newer=_address(text, newer=leaf.newer),
            older=_address(text, older=leaf.older),
        )

    def one(self, visitor: Visitor, id: str) -> Response:
        """Answer with the page of a team."""
        return self._desk.show(
            "team.html", visitor, **self._desk.read(lambda s: self._gather(s, visitor, id))
        )

    def _gather(self, session: Session, visitor: Visitor, id: str) -> dict[str, Any]:
        org_id = visitor.me.org_id
        kind = self._desk.registry(visitor.me).types["Group"]
        stored = Directory(session, actor_of(visitor)).get(kind, id)
        after = visitor.query.get("after", "")
        after = after if is_id(after) else ""
        found = members.page(session, org_id, id, after or None, PAGE + 1)
        shown, more = found[:PAGE], len(found) > PAGE
        called = names.of(session, org_id, [member.value for member in shown])
        (raw,) = self._desk.presenting.parts(session, org_id, [stored], None)
        return {
            "stored": stored,
            "title": orjson.loads(stored.document).get("displayName", ""),
            "members": [(m, called[m.value]) for m in shown if m.value in called],
            "size": members.count(session, org_id, id, browsing.MOST + 1),
            "most": browsing.MOST,
            "is_first": not after,
            "next": f"/console/teams/{id}?after={shown[-1].value}" if more else "",
            "raw": orjson.dumps(orjson.loads(raw.closed), option=orjson.OPT_INDENT_2).decode(),
        }


def _address(query: str, **place: str | None) -> str:
    if not any(place.values()):
        return ""
    wanted = {"q": query, **place}
    return "/console/teams?" + urlencode({name: v for name, v in wanted.items() if v})
