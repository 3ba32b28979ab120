"""/console/users: everybody of the organization, searched and leafed through."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response

from scimserver.services import browsing
from scimserver.services.browsing import Leaf, quoted
from scimserver.storage.errors import QueryTooLongError
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of
from scimserver.web.console.people import listed
from scimserver.web.visitor import Visitor

MAX_QUERY = 200
_STATES: Mapping[str, str] = {"active": "active eq true", "inactive": "active eq false"}


class Users:
    """The list."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add the page."""
        self._desk.page(app, "/console/users", self.show, "users view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with a page of the list."""
        asked = visitor.query
        text = asked.get("q", "").strip()[:MAX_QUERY]
        state = asked.get("state", "")
        kept = {"q": text, "state": state, "newer": "", "older": "", "within": ""}
        kept |= {name: asked[name] for name in kept if asked.get(name) and name != "q"}
        warning = ""
        try:
            leaf, within = self._desk.read(lambda session: self._found(session, visitor, kept))
        except QueryTooLongError:
            leaf, within = Leaf([], None, None), True
            warning = (
                "Looking inside all names takes too long here. Type the beginning of a name or of "
                "an address."
            )
        return self._desk.show(
            "users.html",
            visitor,
            users=[listed(stored) for stored in leaf.found],
            query=text,
            state=state if state in _STATES else "",
            within=within,
            is_first=not (kept["newer"] or kept["older"]),
            newer=_address(kept, within=within, newer=leaf.newer),
            older=_address(kept, within=within, older=leaf.older),
            warning=warning,
        )

    def _found(
        self, session: Session, visitor: Visitor, asked: dict[str, str]
    ) -> tuple[Leaf, bool]:
        """Look where an index answers; where that finds nobody, look inside the names as well."""
        actor = actor_of(visitor)
        kind = self._desk.registry(visitor.me).types["User"]
        place: dict[str, Any] = {"newer": asked["newer"], "older": asked["older"]}
        within = asked["within"] == "yes" and bool(asked["q"])
        if not within:
            text = matching(asked["q"], asked["state"])
            leaf = browsing.leaf(session, actor, kind, text, **place)
            if leaf.found or not asked["q"] or any(place.values()):
                return leaf, False
        text = matching(asked["q"], asked["state"], within=True)
        return browsing.leaf(session, actor, kind, text, **place), True


def matching(query: str, state: str, *, within: bool = False) -> str | None:
    """Return the SCIM filter of a search; ``within`` finds the text anywhere in a name."""
    terms = []
    if query:
        word = quoted(query)
        tests = [f"{path} sw {word}" for path in ("userName", "emails.value", "displayName")]
        if within:
            paths = ("userName", "emails.value", "displayName", "name.givenName", "name.familyName")
            tests = [f"{path} co {word}" for path in paths]
        terms.append(f"({' or '.join(tests)})")
    if state in _STATES:
        terms.append(_STATES[state])
    return " and ".join(terms) or None


def _address(kept: Mapping[str, str], *, within: bool, **place: str | None) -> str:
    """Return the address of a neighbouring page, or nothing where there is none."""
    if not any(place.values()):
        return ""
    wanted = {"q": kept["q"], "state": kept["state"], "within": "yes" if within else "", **place}
    return "/console/users?" + urlencode({name: v for name, v in wanted.items() if v})
