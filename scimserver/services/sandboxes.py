"""Sandboxes end: on a day that can be put off, and with everything kept (M24)."""

from datetime import datetime, timedelta

from scimserver.clock import timestamp
from scimserver.domain.actor import Actor, Door
from scimserver.domain.errors import InvalidRequestError
from scimserver.services import audit
from scimserver.storage import organizations
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session

DAYS = 30
MAX_DAYS = 365


def end(now: datetime, days: int | None, *, sandbox: bool) -> datetime | None:
    """Return when a sandbox closes that shall stay open for so many days; None for any other."""
    if not sandbox:
        if days is not None:
            raise InvalidRequestError("days: only a sandbox ends.", path="days")
        return None
    days = DAYS if days is None else days
    if not 1 <= days <= MAX_DAYS:
        raise InvalidRequestError(f"days: a sandbox stays open 1 to {MAX_DAYS} days.", path="days")
    return now + timedelta(days=days)


def undated(session: Session) -> list[str]:
    """Return the ids of the sandboxes that have no end yet: those older than the idea of one."""
    return [each.id for each in organizations.every(session) if _is_undated(each)]


def give_end(session: Session, now: datetime, org_id: str) -> bool:
    """Give a sandbox the usual time from now on; False where it has got an end meanwhile."""
    expires_at = now + timedelta(days=DAYS)
    if not organizations.set_first_end(session, org_id, expires_at):
        return False
    actor = Actor(org_id, Door.SYSTEM, "housekeeping", scopes=frozenset(), sandbox=True)
    changes = {"expiresAt": change(None, expires_at)}
    audit.record(session, actor, now, "organization:update", org_id, changes)
    return True


def change(before: datetime | None, after: datetime | None) -> tuple[str | None, str | None]:
    """Return the end before and after as the audit log has it."""
    was, now = (timestamp(at) if at is not None else None for at in (before, after))
    return was, now


def _is_undated(organization: Organization) -> bool:
    return organization.sandbox and organization.expires_at is None
