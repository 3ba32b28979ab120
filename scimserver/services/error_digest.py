"""Provisioning errors once a day: what a digest tells, and which end by themselves (G12)."""

from datetime import datetime, timedelta

from scimserver.domain.provisioning_error import Notices
from scimserver.services import causes, notices
from scimserver.storage import error_notices as rows
from scimserver.storage import organizations
from scimserver.storage.session import Session

CODE = "provisioning_digest"
DAY = timedelta(days=1)
_LISTED = 5


def tell(session: Session, now: datetime, org_id: str) -> int:
    """Tell of the errors that are open and came since the last digest; whether, as 0 or 1.

    Nothing is told where nothing came, of a sandbox (M22), or where somebody is told at once.
    """
    organization = organizations.get(session, org_id)
    if organization is None or organization.sandbox:
        return 0
    if organization.error_notices != Notices.DAILY:
        return 0
    found = rows.summary(session, org_id, organization.errors_told_at)
    # Workers that look at the same moment find the same; one of them tells it.
    if not found or not rows.take_digest(session, org_id, now, now - DAY):
        return 0
    listed = [f"{each.code} ({each.number})" for each in found[:_LISTED]]
    more = len(found) - len(listed)
    facts = {
        "count": sum(each.number for each in found),
        "new": sum(each.untold for each in found),
        "codes": ", ".join(listed) + (f" and {more} more" if more > 0 else ""),
    }
    notices.tell(session, now, org_id, CODE, identity_owners=True, facts=facts)
    rows.tell_open(session, org_id, now)
    return 1


def end_quiet(session: Session, now: datetime, org_id: str) -> int:
    """Resolve the errors that stand for too many others and have not come for a day.

    Nobody is told, so it counts as nothing.
    """
    causes.let_go(session, org_id, now)
    return 0
