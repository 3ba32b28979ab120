"""Tokens that will end soon: whoever answers for identity is told 30, 7 and 1 day before (I5)."""

from datetime import datetime, timedelta

from scimserver.services import notices
from scimserver.storage import notices as stored_notices
from scimserver.storage import organizations, tokens
from scimserver.storage.session import Session

CODE = "token_expires"
# The shortest first: what is told is the last of them that has come.
_BEFORE = (timedelta(days=1), timedelta(days=7), timedelta(days=30))


def remind(session: Session, now: datetime, org_id: str) -> int:
    """Tell of each live token that will end soon, once for each of the three; how many were told.

    A token that was made for less time than that is no news. Nobody is told of a sandbox (M22).
    """
    organization = organizations.get(session, org_id)
    if organization is None or organization.sandbox:
        return 0
    told = 0
    for each in tokens.expiring(session, org_id, now, now + _BEFORE[-1]):
        left = each.expires_at - now
        since = each.expires_at - next(before for before in _BEFORE if left <= before)
        facts = {
            "connection": each.connection,
            "token": each.prefix,
            "expires_at": each.expires_at,
        }
        about = {"token": each.prefix}
        if each.created_at > since or stored_notices.was_told(session, org_id, CODE, since, about):
            continue
        notices.tell(session, now, org_id, CODE, identity_owners=True, facts=facts)
        told += 1
    return told
