"""Who may reach a view, and what is known of a request while it passes the gate."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from scimserver.domain.sign_in_errors import NotSignedInError
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import Kind, WebSession
from scimserver.web.visitor import Visitor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Who(StrEnum):
    """Who may reach a view. ANYONE is given an anonymous session by a GET (P60)."""

    ANYONE = "anyone"
    SESSION = "session"
    SIGNED_IN = "signed in"
    RESTRICTED_OR_SIGNED_IN = "restricted or signed in"


_ADMITTED = {
    Who.ANYONE: frozenset({Kind.ANONYMOUS, Kind.USER}),
    Who.SESSION: frozenset({Kind.ANONYMOUS, Kind.USER}),
    Who.SIGNED_IN: frozenset({Kind.USER}),
    Who.RESTRICTED_OR_SIGNED_IN: frozenset({Kind.USER, Kind.RESTRICTED}),
}


@dataclass(frozen=True, slots=True)
class Guard:
    """What a view asks of whoever reaches it. ``fresh`` is the most seconds since a step-up."""

    who: Who
    permission: str | None = None
    fresh: int | None = None
    is_ceremony: bool = False


@dataclass(slots=True)
class Call:
    """What is known of one request while it passes the gate."""

    guard: Guard
    now: datetime
    visit: Visit
    session: WebSession | None = None
    visitor: Visitor | None = None


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """Return what a registered view function asks for; None where it has no gate."""
    found: Guard | None = getattr(view, "guard", None)
    return found


def is_given_one(guard: Guard, current: WebSession | None) -> bool:
    """Return whether a visitor needs a new anonymous session (P60)."""
    return guard.who is Who.ANYONE and (current is None or current.kind is Kind.RESTRICTED)


def admitted(guard: Guard, current: WebSession | None) -> WebSession | None:
    """Return the session if it may reach the view; a restricted one reaches its own alone (P85)."""
    if current is None or current.kind in _ADMITTED[guard.who]:
        return current
    if current.kind is Kind.RESTRICTED:
        raise NotSignedInError("restricted_session")
    return None
