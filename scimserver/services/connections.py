"""Connections: one identity provider's link to one organization, with its profile and switches."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scimserver.domain import permissions
from scimserver.domain.actor import ALL_SCOPES, Actor
from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.ids import is_id, new_id
from scimserver.scim import quirks
from scimserver.services import audit
from scimserver.storage import connections
from scimserver.storage.connections import Connection
from scimserver.storage.session import Session

MAX_NAME = 200
RATE_LIMIT = 25
"""Requests a second that are promised for an hour without one refusal (I19)."""
MAX_RATE_LIMIT = 10_000
EVERYTHING = frozenset({permissions.EVERYTHING})


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change about a connection; what is None stays.

    ``switches`` are added to the present ones; an empty word takes a switch back to its profile's.
    """

    name: str | None = None
    profile: str | None = None
    switches: Mapping[str, str] | None = None
    rate_limit: int | None = None
    scopes: frozenset[str] | None = None


def create(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    name: str,
    profile: str = "generic",
    switches: Mapping[str, str] | None = None,
    rate_limit: int = RATE_LIMIT,
    scopes: frozenset[str] = EVERYTHING,
) -> Connection:
    """Make a connection, without a token yet."""
    new = Connection(
        org_id=actor.org_id,
        id=new_id(),
        name=name,
        profile=profile,
        switches=_said(switches or {}),
        rate_limit=rate_limit,
        scopes=scopes,
        disabled=False,
        created_at=now,
    )
    _check(new)
    connections.insert_one(session, actor.org_id, new)
    made = {key: (None, value) for key, value in _told(new).items()}
    audit.record(session, actor, now, "connection:create", new.id, made)
    return new


def every(session: Session, actor: Actor) -> list[Connection]:
    """Return the organization's connections, the oldest first."""
    return connections.every(session, actor.org_id)


def find(session: Session, actor: Actor, reference: str) -> Connection:
    """Return a connection by id, or by name where only one has it.

    Raises UnknownResourceError, or InvalidRequestError when several have the name.
    """
    if is_id(reference):
        found = connections.get(session, actor.org_id, reference)
        named = [found] if found else []
    else:
        named = [c for c in connections.every(session, actor.org_id) if c.name == reference]
    if not named:
        raise UnknownResourceError("Connection", reference)
    if len(named) > 1:
        raise InvalidRequestError(
            f"connection: {len(named)} connections are named '{reference}'. Give the id.",
            path="connection",
        )
    return named[0]


def update(
    session: Session, actor: Actor, now: datetime, connection_id: str, changes: Changes
) -> Connection:
    """Change a connection from its next request on; stored data is never rewritten (J4.2)."""
    before = find(session, actor, connection_id)
    switches = {**before.switches, **(changes.switches or {})}
    after = replace(
        before,
        name=before.name if changes.name is None else changes.name,
        profile=before.profile if changes.profile is None else changes.profile,
        switches=_said(switches),
        rate_limit=before.rate_limit if changes.rate_limit is None else changes.rate_limit,
        scopes=before.scopes if changes.scopes is None else changes.scopes,
    )
    return _write(session, actor, now, before, after, "connection:update")


def disable(session: Session, actor: Actor, now: datetime, connection_id: str) -> Connection:
    """Refuse every request of a connection from now on, whatever its token."""
    before = find(session, actor, connection_id)
    return _write(session, actor, now, before, replace(before, disabled=True), "connection:disable")


def enable(session: Session, actor: Actor, now: datetime, connection_id: str) -> Connection:
    """Let a disabled connection in again."""
    before = find(session, actor, connection_id)
    return _write(session, actor, now, before, replace(before, disabled=False), "connection:enable")


def _write(
    session: Session,
    actor: Actor,
    now: datetime,
    before: Connection,
    after: Connection,
    event: str,
) -> Connection:
    _check(after)
    connections.update_fields(
        session,
        actor.org_id,
        before.id,
        {
            "name": after.name,
            "profile": after.profile,
            "switches": dict(after.switches),
            "rate_limit": after.rate_limit,
            "scopes": connections.joined(after.scopes),
            "disabled": after.disabled,
        },
    )
    was, told = _told(before), _told(after)
    audit.record(
        session, actor, now, event, before.id, {key: (was[key], told[key]) for key in told}
    )
    return after


def _told(connection: Connection) -> dict[str, object]:
    return {
        "name": connection.name,
        "profile": connection.profile,
        "switches": dict(connection.switches),
        "rateLimit": connection.rate_limit,
        "scopes": connections.joined(connection.scopes),
        "disabled": connection.disabled,
    }


def _check(connection: Connection) -> None:
    name = connection.name
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable() or is_id(name):
        raise InvalidRequestError(
            f"name: give a printable name of 1 to {MAX_NAME} characters.", path="name"
        )
    try:
        quirks.load(connection.profile, connection.switches)
    except ValueError as refusal:
        raise InvalidRequestError(f"{refusal}.", path="profile") from refusal
    if not 1 <= connection.rate_limit <= MAX_RATE_LIMIT:
        raise InvalidRequestError(
            f"rate limit: give 1 to {MAX_RATE_LIMIT} requests a second.", path="rateLimit"
        )
    check_scopes(connection.scopes)


def _said(switches: Mapping[str, str]) -> dict[str, str]:
    """Return the switches without those whose word is empty: they are as the profile has them."""
    return {switch: word for switch, word in switches.items() if word}


def check_scopes(scopes: frozenset[str]) -> None:
    """Raise InvalidRequestError unless there is a scope, and every one is known (I6)."""
    if not scopes or not scopes <= ALL_SCOPES:
        raise InvalidRequestError(
            f"scopes: give one or more of {', '.join(sorted(ALL_SCOPES))}.", path="scopes"
        )
