"""Organizations as rows: found by id or slug, written one at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, false, select, true, update

from scimserver.storage.models import (
    audit,
    organization,
    outbox,
    provisioning_error,
    provisioning_log,
    receiver,
)
from scimserver.storage.session import Session
from scimserver.storage.statement import upsert

CHUNK = 1_000
FIXED = frozenset({"id", "slug", "sandbox", "created_at"})
"""What an organization is made with and keeps: a sandbox becomes nothing else, nor the reverse."""
_LOGS = (outbox, receiver, provisioning_error, provisioning_log, audit)


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization. ``sandbox`` is chosen at creation and never changes (M21).

    ``expires_at`` is when a sandbox closes, None for an organization of people (M24).
    With ``forbid_get_filters`` no URL may carry a filter, since those end up in logs (D49).
    While it is ``suspended`` nobody signs in, and provisioning goes on (P64).
    """

    id: str
    slug: str
    name: str
    sandbox: bool
    require_address: bool
    created_at: datetime
    forbid_get_filters: bool = False
    suspended: bool = False
    passkey_audience: str = "administrators"
    passkey_team: str | None = None
    sso_mode: str = "off"
    recovery_tested_at: datetime | None = None
    recovery_tested_by: str | None = None
    identity_contact: str | None = None
    error_notices: str | None = None
    pause_after: int | None = None
    errors_told_at: datetime | None = None
    expires_at: datetime | None = None


def get(session: Session, org_id: str) -> Organization | None:
    """Return an organization by its id."""
    return _one(session, organization.c.id == org_id)


def by_slug(session: Session, slug: str) -> Organization | None:
    """Return an organization by its slug."""
    return _one(session, organization.c.slug == slug)


def every(session: Session) -> list[Organization]:
    """Return all organizations by slug."""
    query = select(*organization.c).order_by(organization.c.slug)
    return [_organization(row) for row in session.execute(query).mappings()]


def sole(session: Session) -> Organization | None:
    """Return the one organization there is; None where there are several, sandboxes apart."""
    query = select(*organization.c).where(organization.c.sandbox == false()).limit(2)
    rows = session.execute(query).mappings().all()
    return _organization(rows[0]) if len(rows) == 1 else None


def insert(session: Session, new: Organization) -> bool:
    """Write an organization; False when its slug is in use."""
    statement = upsert(organization).values(
        id=new.id,
        slug=new.slug,
        name=new.name,
        sandbox=new.sandbox,
        require_address=new.require_address,
        created_at=new.created_at,
        forbid_get_filters=new.forbid_get_filters,
        expires_at=new.expires_at,
    )
    written = statement.on_conflict_do_nothing().returning(organization.c.id)
    return session.execute(written).first() is not None


def update_fields(session: Session, org_id: str, values: dict[str, Any]) -> None:
    """Change columns of an organization, none of those that are fixed at its creation."""
    if fixed := FIXED.intersection(values):
        message = f"never changed: {', '.join(sorted(fixed))}"
        raise ValueError(message)
    session.execute(update(organization).where(organization.c.id == org_id).values(**values))


def set_first_end(session: Session, org_id: str, at: datetime) -> bool:
    """Write the day a sandbox closes; False where it has one, or is none."""
    first = update(organization).where(
        organization.c.id == org_id,
        organization.c.sandbox == true(),
        organization.c.expires_at.is_(None),
    )
    return session.execute(first.values(expires_at=at)).rowcount == 1


def erase(session: Session, org_id: str) -> None:
    """Remove an organization's logs, a chunk at a time, and then its row.

    Whatever refers to the row (resources, claims, connections) must be gone before.
    """
    for table in _LOGS:
        while True:
            ids = select(table.c.id).where(table.c.org_id == org_id).limit(CHUNK)
            gone = delete(table).where(table.c.org_id == org_id, table.c.id.in_(ids))
            if session.execute(gone).rowcount < CHUNK:
                break
    session.execute(delete(organization).where(organization.c.id == org_id))


def _one(session: Session, condition: Any) -> Organization | None:
    row = session.execute(select(*organization.c).where(condition)).mappings().first()
    return _organization(row) if row else None


def _organization(row: RowMapping) -> Organization:
    return Organization(**row)
