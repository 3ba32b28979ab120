"""Bearer tokens: 256 random bits shown once, kept as a keyed digest, found in one statement.

``scimt_``, 43 characters of base62 and a checksum in 6 more: junk is refused without asking the
database, and secret scanners need one regular expression.
"""

import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from scimserver.domain.actor import Actor, Door
from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.domain.permissions import within
from scimserver.ids import is_id, new_id
from scimserver.scim import quirks
from scimserver.scim.errors import UnauthorizedError
from scimserver.scim.quirks import Profile
from scimserver.services import accounts, audit, connections
from scimserver.storage import tokens
from scimserver.storage.connections import joined
from scimserver.storage.reader import Ahead
from scimserver.storage.session import Session
from scimserver.storage.tokens import Found, Token

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIX = "scimt_"
SHOWN = 10
"""Characters of a token that may ever be shown: the prefix and four more (I8)."""
LIVE_AT_ONCE = 2
LIVE_OF_USER = 5
DAYS = 365
MAX_DAYS = 730
CLOSED = "sandbox closed"
"""Why no token of a sandbox holds whose end has come (M24)."""
_READ = "scim.users.read"
_OF_USERS = frozenset({_READ, "scim.users.write"})
_SHAPE = re.compile(r"scimt_[0-9A-Za-z]{49}")
_HEADER = re.compile(r"bearer +([!-~]+) *", re.IGNORECASE)
_REFUSAL = "The credential is missing, or it does not hold. Check the token of the connection."


@dataclass(frozen=True, slots=True)
class Credential:
    """What a token stands for: one connection of one organization, and what it may do there.

    ``user_id`` is the user the token is bound to, if any (H2). ``pause_after`` is the
    organization's threshold, ``has_errors`` and ``paused_at`` are the connection's (M11).
    """

    org_id: str
    connection_id: str
    token_id: str
    profile: Profile
    scopes: frozenset[str]
    rate_limit: int
    sandbox: bool
    require_address: bool
    org_slug: str
    forbid_get_filters: bool
    pause_after: int | None = None
    has_errors: bool = False
    paused_at: datetime | None = None
    user_id: str | None = None

    def actor(self, *, request_id: str = "", user_agent: str = "", door: Door = Door.SCIM) -> Actor:
        """Return the connection, or the user the token is bound to, as who acts through a door."""
        return Actor(
            org_id=self.org_id,
            door=door,
            id=self.connection_id if self.user_id is None else f"user:{self.user_id}",
            connection_id=self.connection_id,
            token_id=self.token_id,
            scopes=self.scopes,
            profile=self.profile,
            sandbox=self.sandbox,
            require_address=self.require_address,
            paused=self.paused_at is not None and self.user_id is None,
            request_id=request_id,
            user_agent=user_agent,
            bound_to=self.user_id,
        )


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token. ``secret`` is the only copy there will ever be."""

    secret: str = field(repr=False)
    token: Token


def generate() -> str:
    """Return a new token's text."""
    head = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(43))
    return head + _checksum(head)


def well_formed(text: str) -> bool:
    """Return whether a text could be one of our tokens; typing errors and junk are not."""
    return _SHAPE.fullmatch(text) is not None and _checksum(text[:-6]) == text[-6:]


def digest(pepper: bytes, text: str) -> str:
    """Return what is stored instead of a token.

    A slow hash would add nothing: there is no guessing 256 random bits.
    """
    return hmac.digest(pepper, text.encode("ascii"), "sha256").hex()


def mint(
    session: Session,
    actor: Actor,
    now: datetime,
    pepper: bytes,
    connection_id: str,
    *,
    scopes: frozenset[str] | None = None,
    days: int = DAYS,
) -> Minted:
    """Make a token for a connection, with its scopes or fewer; refused while two are live (I4)."""
    found = connections.find(session, actor, connection_id)
    scopes = found.scopes if scopes is None else scopes
    connections.check_scopes(scopes)
    if within(scopes, found.scopes) != scopes:
        raise InvalidRequestError(
            f"scopes: this connection has {joined(found.scopes)}, a token cannot have more.",
            path="scopes",
        )
    tokens.lock_connection(session, actor.org_id, found.id)
    if len(_live(session, actor, found.id, now)) >= LIVE_AT_ONCE:
        raise InvalidRequestError(
            "token: two tokens of this connection are live. Revoke one of them first.",
            path="token",
        )
    return _issue(session, actor, now, pepper, found.id, scopes, days)


def bind(
    session: Session,
    actor: Actor,
    now: datetime,
    pepper: bytes,
    connection_id: str,
    reference: str,
    *,
    days: int = DAYS,
) -> Minted:
    """Make a token for a user, named by id or userName, who reaches themselves by it (H2).

    The scopes are what the connection may do with users, at most. Refused in a sandbox (M22), for
    a user who is turned off, and while five are live.
    """
    found = connections.find(session, actor, connection_id)
    if actor.sandbox:
        raise InvalidRequestError("user: nobody of a sandbox has a token.", path="user")
    scopes = within(_OF_USERS, found.scopes)
    if _READ not in scopes:
        raise InvalidRequestError(
            f"scopes: this connection has {joined(found.scopes)}, and cannot read users.",
            path="scopes",
        )
    user_id = accounts.find(session, actor.org_id, reference).user_id
    # Locked before it is looked at: whoever turns the user off waits, and then finds the token.
    if not tokens.lock_user(session, actor.org_id, user_id):
        raise InvalidRequestError("user: is deactivated. Activate the user first.", path="user")
    if tokens.live_of_user(session, actor.org_id, user_id, now) >= LIVE_OF_USER:
        raise InvalidRequestError(
            f"token: {LIVE_OF_USER} tokens of this user are live. Revoke one of them first.",
            path="token",
        )
    return _issue(session, actor, now, pepper, found.id, scopes, days, user_id)


def rotate(
    session: Session,
    actor: Actor,
    now: datetime,
    pepper: bytes,
    connection_id: str,
    *,
    days: int = DAYS,
) -> Minted:
    """Add the second token, with the scopes of the live one.

    Revoking the old one completes the rotation; revoking the new one cancels it.
    """
    found = connections.find(session, actor, connection_id)
    live = _live(session, actor, found.id, now)
    scopes = live[-1].scopes if live else None
    return mint(session, actor, now, pepper, found.id, scopes=scopes, days=days)


def find(session: Session, actor: Actor, token_id: str) -> Token:
    """Return one token, dead or alive, a connection's own or a user's."""
    found = tokens.get(session, actor.org_id, token_id) if is_id(token_id) else None
    if found is None:
        raise UnknownResourceError("Token", token_id)
    return found


def revoke(session: Session, actor: Actor, now: datetime, token_id: str) -> Token:
    """End a token from the next request on; one that is revoked already stays as it is."""
    found = find(session, actor, token_id)
    if found.revoked_at is None:
        tokens.revoke(session, actor.org_id, found.id, now)
        changes = {"revokedAt": (None, now.isoformat())}
        audit.record(session, actor, now, "token:revoke", found.id, changes)
    return found


def every(session: Session, actor: Actor, connection_id: str) -> list[Token]:
    """Return a connection's own tokens, the oldest first, dead ones included."""
    found = connections.find(session, actor, connection_id)
    return tokens.every(session, actor.org_id, found.id)


def bound(
    session: Session, actor: Actor, connection_id: str, limit: int | None = None
) -> list[Token]:
    """Return the tokens of a connection that are bound to users, the newest first."""
    found = connections.find(session, actor, connection_id)
    return tokens.bound(session, actor.org_id, found.id, limit)


def by_connection(session: Session, actor: Actor) -> dict[str, list[Token]]:
    """Return the tokens of each connection that has any, the oldest first."""
    found: dict[str, list[Token]] = {}
    for token in tokens.of_organization(session, actor.org_id):
        found.setdefault(token.connection_id, []).append(token)
    return found


def bearer(authorization: str | None) -> str | None:
    """Return what follows ``Bearer`` in an Authorization header, or None where nothing does."""
    match = _HEADER.fullmatch(authorization or "")
    return match.group(1) if match else None


def authenticate(
    session: Session,
    pepper: bytes,
    authorization: str | None,
    now: datetime,
    *,
    previous: bytes | None = None,
    ahead: Ahead | None = None,
) -> Credential:
    """Return what an Authorization header stands for, or raise UnauthorizedError.

    ``previous`` is the pepper before the last rotation; ``ahead`` a resource read on the way. Every
    refusal reads the same; the context alone says which token was known and why it does not hold,
    for the log.
    """
    text = bearer(authorization)
    if text is None:
        raise UnauthorizedError(_REFUSAL, sent=False)
    if not well_formed(text):
        raise UnauthorizedError(_REFUSAL, sent=True, reason="malformed")
    found = tokens.find(session, digest(pepper, text), ahead)
    if found is None and previous is not None:
        found = tokens.find(session, digest(previous, text), ahead)
    if found is None:
        raise UnauthorizedError(_REFUSAL, sent=True, reason="unknown")
    reason = _why_dead(found, now)
    if found.user_id is not None and not reason:
        reason = _why_shut_out(session, found.org_id, found.user_id)
    if reason:
        raise UnauthorizedError(
            _REFUSAL,
            sent=True,
            reason=reason,
            org_id=found.org_id,
            connection_id=found.connection_id,
            token_id=found.token_id,
            user_id=found.user_id,
        )
    return Credential(
        org_id=found.org_id,
        connection_id=found.connection_id,
        token_id=found.token_id,
        profile=quirks.load(found.profile, found.switches),
        scopes=_effective(found.scopes, found.connection_scopes),
        rate_limit=found.rate_limit,
        sandbox=found.sandbox,
        require_address=found.require_address,
        org_slug=found.slug,
        forbid_get_filters=found.forbid_get_filters,
        pause_after=found.pause_after,
        has_errors=found.has_errors,
        paused_at=found.paused_at,
        user_id=found.user_id,
    )


def _issue(
    session: Session,
    actor: Actor,
    now: datetime,
    pepper: bytes,
    connection_id: str,
    scopes: frozenset[str],
    days: int,
    user_id: str | None = None,
) -> Minted:
    """Write a token that nothing speaks against but how long it shall live."""
    if not 1 <= days <= MAX_DAYS:
        raise InvalidRequestError(f"days: a token lives 1 to {MAX_DAYS} days.", path="days")
    secret = generate()
    new = Token(
        org_id=actor.org_id,
        id=new_id(),
        connection_id=connection_id,
        prefix=secret[:SHOWN],
        scopes=scopes,
        created_at=now,
        expires_at=now + timedelta(days=days),
        user_id=user_id,
    )
    tokens.insert_one(session, actor.org_id, new, digest(pepper, secret))
    changes = {
        "connection": (None, connection_id),
        "prefix": (None, new.prefix),
        "scopes": (None, joined(scopes)),
        "expiresAt": (None, new.expires_at.isoformat()),
        "user": (None, user_id),
    }
    audit.record(session, actor, now, "token:create", new.id, changes)
    return Minted(secret, new)


def _why_dead(found: Found, now: datetime) -> str:
    if found.revoked_at is not None:
        return "revoked"
    if now >= found.expires_at:
        return "expired"
    if found.disabled:
        return "disabled"
    return CLOSED if found.closes_at is not None and now >= found.closes_at else ""


def _why_shut_out(session: Session, org_id: str, user_id: str) -> str:
    """Return what keeps out the user of a token: people wait while their organization is suspended.

    Turning them off has revoked it. What was put back since, by a hand or from a backup, has not.
    """
    suspended, active = tokens.standing(session, org_id, user_id)
    if suspended:
        return "suspended"
    return "" if active else "deactivated"


@lru_cache(maxsize=256)
def _effective(own: str, allowed: str) -> frozenset[str]:
    # A connection's scopes can be narrowed after its tokens were made.
    return within(frozenset(own.split()), frozenset(allowed.split()))


def _live(session: Session, actor: Actor, connection_id: str, now: datetime) -> list[Token]:
    every_token = tokens.every(session, actor.org_id, connection_id)
    return [token for token in every_token if token.is_live(now)]


def _checksum(text: str) -> str:
    crc = zlib.crc32(text.encode())
    return "".join(ALPHABET[crc // 62**place % 62] for place in range(5, -1, -1))
