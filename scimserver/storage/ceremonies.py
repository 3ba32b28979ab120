"""Attempts at a passkey ceremony as rows: begun once, burnt once (P9 to P13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update

from scimserver.storage import web_sessions
from scimserver.storage.models import ceremony
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot

USED, SUPERSEDED = "used", "superseded"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """One attempt. ``allowed`` are base64url credential ids, asked for at re-authentication."""

    id: str
    session_digest: str
    purpose: str
    org_id: str | None
    user_id: str | None
    challenge: bytes
    allowed: Sequence[str]
    created_at: datetime
    expires_at: datetime


_COLUMNS = (
    ceremony.c.id,
    ceremony.c.session_digest,
    ceremony.c.purpose,
    ceremony.c.org_id,
    ceremony.c.user_id,
    ceremony.c.challenge,
    ceremony.c.allowed,
    ceremony.c.created_at,
    ceremony.c.expires_at,
)
_WHEN: dict[str, Any] = {
    "ended_at": bindparam("now", required=True),
    "ended_why": bindparam("why", required=True),
}
_SUPERSEDE = Hot(
    update(ceremony)
    .where(
        ceremony.c.session_digest == bindparam("of", required=True),
        ceremony.c.purpose == bindparam("for", required=True),
        ceremony.c.ended_at.is_(None),
    )
    .values(**_WHEN)
)
_BURN = Hot(
    update(ceremony)
    .where(
        ceremony.c.id == bindparam("burnt", required=True),
        ceremony.c.session_digest == bindparam("of", required=True),
        ceremony.c.ended_at.is_(None),
    )
    .values(**_WHEN)
    .returning(*_COLUMNS)
)


def start(session: Session, new: Ceremony) -> bool:
    """Write an attempt and end the session's open one of its purpose; False: no such session.

    The session's row comes first: of two starts at once, one waits there for the other. Without
    that they would collide on the index of open attempts.
    """
    if not web_sessions.seen(session, new.session_digest, new.created_at):
        return False
    session.write(
        _SUPERSEDE,
        {
            "of": new.session_digest,
            "for": new.purpose,
            "now": new.created_at,
            "why": SUPERSEDED,
        },
    )
    session.execute(
        insert(ceremony).values(
            id=new.id,
            session_digest=new.session_digest,
            purpose=new.purpose,
            org_id=new.org_id,
            user_id=new.user_id,
            challenge=new.challenge,
            allowed=list(new.allowed),
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
    )
    return True


def burn(session: Session, id: str, session_digest: str, now: datetime) -> Ceremony | None:
    """End an open attempt of a session and return it; of many who try at once, one is given it.

    Another session's attempt matches no row, so a stranger burns nothing.
    """
    rows = session.run(_BURN, {"burnt": id, "of": session_digest, "now": now, "why": USED})
    return Ceremony(*rows[0]) if rows else None
