"""Provisioning errors as people look at them: page by page, acknowledged, opened again (G11)."""

from datetime import datetime, timedelta

from scimserver.domain.actor import Actor
from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.provisioning_error import ErrorResolvedError, State
from scimserver.ids import is_id
from scimserver.services import audit
from scimserver.storage import provisioning_errors as rows
from scimserver.storage.provisioning_errors import ProvisioningError
from scimserver.storage.session import Session
from scimserver.storage.types import EPOCH

__all__ = ["ProvisioningError", "acknowledge", "counts", "find", "page", "place", "reopen"]

_MICROSECOND = timedelta(microseconds=1)
_KIND = "Provisioning error"


def page(
    session: Session,
    org_id: str,
    *,
    state: State | None = None,
    connection_id: str | None = None,
    before: str = "",
    limit: int = 50,
) -> list[ProvisioningError]:
    """Return errors, the one seen latest first; ``before`` is the ``place`` of the last one shown.

    What is no such place begins anew: it came with an address somebody typed.
    """
    if connection_id is not None and not is_id(connection_id):
        return []
    after = _read(before)
    return rows.page(
        session, org_id, state=state, connection_id=connection_id, before=after, limit=limit
    )


def place(error: ProvisioningError) -> str:
    """Return from where a list goes on after this error, for an address."""
    return f"{(error.last_seen_at - EPOCH) // _MICROSECOND}.{error.id}"


def counts(session: Session, org_id: str) -> dict[State, int]:
    """Return how many errors are in each state."""
    found = rows.counts(session, org_id)
    return {state: found.get(state.value, 0) for state in State}


def find(session: Session, org_id: str, id: str) -> ProvisioningError:
    """Return one error, or raise UnknownResourceError."""
    found = rows.get(session, org_id, id) if is_id(id) else None
    if found is None:
        raise UnknownResourceError(_KIND, id)
    return found


def acknowledge(
    session: Session, actor: Actor, now: datetime, id: str, *, person: str | None = None
) -> ProvisioningError:
    """Say that an error is known; it goes on being counted, and nobody is told of it again.

    ``person`` is who says so, by their id. Nothing happens where somebody said so already. Raises
    UnknownResourceError, or ErrorResolvedError where there is nothing left to know.
    """
    before = find(session, actor.org_id, id)
    if rows.acknowledge(session, actor.org_id, id, person):
        _record(session, actor, now, "acknowledge", before, State.ACKNOWLEDGED)
        return find(session, actor.org_id, id)
    # It was not open; asked again, since it may have changed between the two.
    after = find(session, actor.org_id, id)
    if after.state is State.RESOLVED:
        raise ErrorResolvedError
    return after


def reopen(session: Session, actor: Actor, now: datetime, id: str) -> ProvisioningError:
    """Open an error again; nothing happens where it is open. Raises UnknownResourceError."""
    before = find(session, actor.org_id, id)
    if rows.open_again(session, actor.org_id, id):
        if before.connection_id is not None:
            rows.mark(session, actor.org_id, before.connection_id)
        _record(session, actor, now, "reopen", before, State.OPEN)
    return find(session, actor.org_id, id)


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    verb: str,
    error: ProvisioningError,
    after: State,
) -> None:
    changes = {
        "state": (error.state.value, after.value),
        "code": (None, error.code),
        "connection": (None, error.connection_id),
    }
    audit.record(session, actor, now, f"provisioning_error:{verb}", error.id, changes)


def _read(before: str) -> tuple[datetime, str] | None:
    """Return what a place says, None where it is none."""
    moment, _, id = before.partition(".")
    # Sixteen digits reach beyond the year 2200.
    if not is_id(id) or not moment.isascii() or not moment.isdecimal() or len(moment) > 16:
        return None
    return EPOCH + int(moment) * _MICROSECOND, id
