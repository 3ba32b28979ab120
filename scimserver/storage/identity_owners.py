"""Identity owners as rows: a mark on the accounts of those who answer for sign-in (G1)."""

from sqlalchemy import and_, bindparam, select, true

from scimserver.domain.person import Person
from scimserver.storage import accounts
from scimserver.storage.models import account, organization, resource
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot

_EVERY = Hot(
    select(*accounts.COLUMNS)
    .select_from(account)
    .join(resource, and_(resource.c.org_id == account.c.org_id, resource.c.id == account.c.user_id))
    .join(organization, organization.c.id == account.c.org_id)
    .where(
        account.c.org_id == bindparam("org_id", required=True),
        account.c.identity_owner == true(),
    )
    .order_by(account.c.user_id)
)


def every(session: Session, org_id: str) -> list[Person]:
    """Return them, the earliest user first."""
    return [accounts.from_row(row) for row in session.run(_EVERY, {"org_id": org_id})]


def mark(session: Session, org_id: str, user_id: str, *, is_owner: bool) -> None:
    """Make somebody who has an account one of them, or one no longer."""
    accounts.update_fields(session, org_id, user_id, {"identity_owner": is_owner})
