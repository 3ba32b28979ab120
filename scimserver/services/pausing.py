"""Pausing: writes of a connection stop after too many refusals, until somebody resumes (G12)."""

import hashlib
from datetime import datetime

from scimserver.clock import timestamp
from scimserver.domain.actor import Actor, Door
from scimserver.services import audit, connections, notices
from scimserver.storage import connections as rows
from scimserver.storage import rates, tokens
from scimserver.storage.connections import Connection
from scimserver.storage.session import Session

CODE = "provisioning_paused"
WINDOW = 60
"""Seconds of one count; ten of them side by side are ten minutes that slide."""
WINDOWS = 10


def resume(session: Session, actor: Actor, now: datetime, connection_id: str) -> Connection:
    """Let a paused connection write again, and count its refusals anew.

    Nothing happens where it does not pause. Raises UnknownResourceError.
    """
    before = connections.find(session, actor, connection_id)
    if rows.resume(session, actor.org_id, before.id):
        held = tokens.every(session, actor.org_id, before.id)
        rates.forget(session, [_key(actor.org_id, token.id) for token in held])
        since = timestamp(before.paused_at) if before.paused_at is not None else None
        changes = {"pausedAt": (since, None)}
        audit.record(session, actor, now, "connection:resume", before.id, changes)
    return connections.find(session, actor, connection_id)


def count(
    session: Session,
    org_id: str,
    connection_id: str,
    token_id: str,
    now: datetime,
    refusals: int,
    pause_after: int,
) -> bool:
    """Count refusals of a token, and pause its connection where those were too many; whether so.

    Of two who find that at once, one pauses it and tells.
    """
    key = _key(org_id, token_id)
    rates.hit(session, key, WINDOW, now, times=refusals)
    recent = sum(rates.recent(session, key, WINDOW, WINDOWS, now).values())
    if recent <= pause_after or not rows.pause(session, org_id, connection_id, now):
        return False
    actor = Actor(org_id, Door.SYSTEM, "pausing", scopes=frozenset())
    changes = {"pausedAt": (None, timestamp(now)), "refusals": (None, recent)}
    audit.record(session, actor, now, "connection:pause", connection_id, changes)
    return True


def tell(session: Session, now: datetime, connection: Connection, pause_after: int) -> None:
    """Tell whoever answers for identity that a connection pauses."""
    facts = {
        "connection": connection.name,
        "connection_id": connection.id,
        "pause_after": pause_after,
    }
    notices.tell(session, now, connection.org_id, CODE, identity_owners=True, facts=facts)


def _key(org_id: str, token_id: str) -> str:
    """Return under what a token's refusals are counted; the table is every organization's."""
    return hashlib.sha256(f"refusals\0{org_id}\0{token_id}".encode()).hexdigest()
