"""Tokens as rows: found by digest in one statement, whatever else is asked about them (I2, I3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    select,
    update,
)

from scimserver.scim.resource import Stored
from scimserver.storage import reader
from scimserver.storage.connections import joined
from scimserver.storage.models import (
    connection,
    external_id,
    organization,
    resource,
    token,
    token_digest,
)
from scimserver.storage.reader import Ahead
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot

_QUERY = (
    select(
        token.c.org_id,
        token.c.connection_id,
        token.c.id,
        token.c.scopes,
        token.c.expires_at,
        token.c.revoked_at,
        connection.c.scopes.label("connection_scopes"),
        connection.c.profile,
        connection.c.switches,
        connection.c.rate_limit,
        connection.c.disabled,
        organization.c.sandbox,
        organization.c.require_address,
        organization.c.slug,
        organization.c.forbid_get_filters,
        organization.c.expires_at.label("closes_at"),
        organization.c.pause_after,
        connection.c.has_errors,
        connection.c.paused_at,
        token.c.user_id,
    )
    .select_from(token_digest)
    .join(
        token,
        and_(token.c.org_id == token_digest.c.org_id, token.c.id == token_digest.c.token_id),
    )
    .join(
        connection,
        and_(connection.c.org_id == token.c.org_id, connection.c.id == token.c.connection_id),
    )
    .join(organization, organization.c.id == token.c.org_id)
    .where(token_digest.c.digest == bindparam("wanted"))
)
_FOUND = Hot(_QUERY)
# What most requests ask for next is one resource of the token's organization: on PostgreSQL a
# second trip to the database costs more than both look-ups.
_FOUND_AND_READ = Hot(
    _QUERY.add_columns(*reader.COLUMNS)
    .outerjoin(
        resource,
        and_(
            resource.c.org_id == token.c.org_id,
            resource.c.id == bindparam("id"),
            resource.c.type == bindparam("type"),
        ),
    )
    .outerjoin(
        external_id,
        and_(
            external_id.c.org_id == token.c.org_id,
            external_id.c.resource_id == resource.c.id,
            external_id.c.connection_id == token.c.connection_id,
        ),
    )
)
# For tokens of users alone: no other request pays for it.
_STANDING = Hot(
    select(organization.c.suspended, resource.c.active)
    .outerjoin(
        resource,
        and_(resource.c.org_id == organization.c.id, resource.c.id == bindparam("user_id")),
    )
    .where(organization.c.id == bindparam("org_id"))
)
_WIDTH = len(_QUERY.selected_columns)


class Found(NamedTuple):
    """What one look-up by digest tells: the token, its connection and its organization."""

    org_id: str
    connection_id: str
    token_id: str
    scopes: str
    expires_at: datetime
    revoked_at: datetime | None
    connection_scopes: str
    profile: str
    switches: dict[str, str]
    rate_limit: int
    disabled: bool
    sandbox: bool
    require_address: bool
    slug: str
    forbid_get_filters: bool
    closes_at: datetime | None
    pause_after: int | None
    has_errors: bool
    paused_at: datetime | None
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without anything it could be used by. ``prefix`` is what may be shown (I8).

    ``user_id`` is the user it is bound to, None for one of the connection itself (H2).
    """

    org_id: str
    id: str
    connection_id: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    last_used_address: str | None = None
    last_used_agent: str | None = None
    user_id: str | None = None

    def is_live(self, now: datetime) -> bool:
        """Return whether the token opens anything at an instant."""
        return self.revoked_at is None and now < self.expires_at


class Expiring(NamedTuple):
    """A live token that will end, and the name of its connection."""

    prefix: str
    connection: str
    created_at: datetime
    expires_at: datetime


def expiring(session: Session, org_id: str, now: datetime, until: datetime) -> list[Expiring]:
    """Return the live tokens of working connections that end by an instant, the next first.

    Those of users are not among them: no provisioning stops with one.
    """
    query = (
        select(token.c.prefix, connection.c.name, token.c.created_at, token.c.expires_at)
        .join(
            connection,
            and_(connection.c.org_id == token.c.org_id, connection.c.id == token.c.connection_id),
        )
        .where(
            token.c.org_id == org_id,
            token.c.user_id.is_(None),
            token.c.revoked_at.is_(None),
            token.c.expires_at > now,
            token.c.expires_at <= until,
            connection.c.disabled == false(),
        )
        .order_by(token.c.expires_at, token.c.id)
    )
    return [Expiring._make(row) for row in session.execute(query)]


def find(session: Session, digest: str, ahead: Ahead | None = None) -> Found | None:
    """Return the token with this digest, dead or alive, and read a resource ahead on the way.

    What was read ahead is for a live token alone; whoever asks sees to that.
    """
    if ahead is None:
        rows = session.run(_FOUND, {"wanted": digest})
        return Found(*rows[0]) if rows else None
    place = {"wanted": digest, "type": ahead.type.name, "id": ahead.id}
    rows = session.run(_FOUND_AND_READ, place)
    if not rows:
        return None
    (row,) = rows
    ahead.is_read = True
    if row[_WIDTH] is not None:
        ahead.stored = Stored(ahead.type, *row[_WIDTH:])
    return Found(*row[:_WIDTH])


def standing(session: Session, org_id: str, user_id: str) -> tuple[bool, bool]:
    """Return whether the organization is suspended, and whether the user is there and active."""
    rows = session.run(_STANDING, {"org_id": org_id, "user_id": user_id})
    return bool(rows[0][0]), bool(rows[0][1])


def get(session: Session, org_id: str, id: str) -> Token | None:
    """Return one token."""
    row = session.execute(_of(org_id).where(token.c.id == id)).mappings().first()
    return _token(row) if row else None


def every(session: Session, org_id: str, connection_id: str) -> list[Token]:
    """Return a connection's own tokens, the oldest first, revoked ones included."""
    here = (token.c.connection_id == connection_id, token.c.user_id.is_(None))
    query = _of(org_id).where(*here).order_by(token.c.id)
    return [_token(row) for row in session.execute(query).mappings()]


def bound(
    session: Session, org_id: str, connection_id: str, limit: int | None = None
) -> list[Token]:
    """Return those that are bound to users, the newest first, revoked ones included (H2)."""
    here = (token.c.connection_id == connection_id, token.c.user_id.is_not(None))
    query = _of(org_id).where(*here).order_by(token.c.id.desc()).limit(limit)
    return [_token(row) for row in session.execute(query).mappings()]


def live_of_user(session: Session, org_id: str, user_id: str, now: datetime) -> int:
    """Return how many tokens bound to a user open something."""
    found: int = session.execute(
        select(func.count())
        .select_from(token)
        .where(
            token.c.org_id == org_id,
            token.c.user_id == user_id,
            token.c.revoked_at.is_(None),
            token.c.expires_at > now,
        )
    ).scalar_one()
    return found


def of_organization(session: Session, org_id: str) -> list[Token]:
    """Return the own tokens of all connections, the oldest first, revoked ones included."""
    query = _of(org_id).where(token.c.user_id.is_(None)).order_by(token.c.id)
    return [_token(row) for row in session.execute(query).mappings()]


def lock_user(session: Session, org_id: str, user_id: str) -> bool:
    """Let others wait who would change this user or their tokens; whether the user is active."""
    found = session.execute(
        select(resource.c.active)
        .where(resource.c.org_id == org_id, resource.c.id == user_id)
        .with_for_update()
    )
    return bool(found.scalar())


def lock_connection(session: Session, org_id: str, connection_id: str) -> None:
    """Let others wait who would change the tokens of this connection until we are done."""
    session.execute(
        select(connection.c.id)
        .where(connection.c.org_id == org_id, connection.c.id == connection_id)
        .with_for_update()
    )


def insert_one(session: Session, org_id: str, new: Token, digest: str) -> None:
    """Write a token, and its digest into the directory that finds it."""
    session.execute(
        insert(token).values(
            org_id=org_id,
            id=new.id,
            connection_id=new.connection_id,
            prefix=new.prefix,
            digest=digest,
            scopes=joined(new.scopes),
            created_at=new.created_at,
            expires_at=new.expires_at,
            user_id=new.user_id,
        )
    )
    session.execute(
        insert(token_digest).values(
            digest=digest, org_id=org_id, connection_id=new.connection_id, token_id=new.id
        )
    )


def revoke(session: Session, org_id: str, id: str, now: datetime) -> None:
    """Mark a token as revoked. Its digest stays, so that its later use can be told and logged."""
    session.execute(
        update(token).where(token.c.org_id == org_id, token.c.id == id).values(revoked_at=now)
    )


def note_use(
    session: Session,
    org_id: str,
    id: str,
    at: datetime,
    address: str,
    agent: str,
) -> None:
    """Keep when, from where and by what a token was last used."""
    session.execute(
        update(token)
        .where(token.c.org_id == org_id, token.c.id == id)
        .values(last_used_at=at, last_used_address=address, last_used_agent=agent)
    )


def erase(session: Session, org_id: str) -> None:
    """Remove every token of an organization that is being deleted."""
    session.execute(delete(token_digest).where(token_digest.c.org_id == org_id))
    session.execute(delete(token).where(token.c.org_id == org_id))


def _of(org_id: str) -> Select[Any]:
    return select(*token.c).where(token.c.org_id == org_id)


def _token(row: RowMapping) -> Token:
    return Token(
        org_id=row["org_id"],
        id=row["id"],
        connection_id=row["connection_id"],
        prefix=row["prefix"],
        scopes=frozenset(row["scopes"].split()),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
        last_used_address=row["last_used_address"],
        last_used_agent=row["last_used_agent"],
        user_id=row["user_id"],
    )
