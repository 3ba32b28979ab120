"""How long a page asks by itself for news: while a check is near, and not for ever.

Each question keeps a session in use, which is to end when nobody sits there any more (P62).
"""

from datetime import datetime, timedelta

from scimserver.domain.claims import Claim
from scimserver.web.visitor import Visitor

NEAR = timedelta(minutes=10)
TIMES = 120
_MAX_DIGITS = 3


def watch(visitor: Visitor, claim: Claim, place: str) -> str:
    """Return the address at which a page of a claim asks again; none where it need not."""
    left = _left(visitor.query.get("left", ""))
    due = claim.next_check_at
    is_near = due is not None and due <= visitor.now + NEAR
    if left <= 0 or not (is_near or is_running(claim, visitor.now)):
        return ""
    return f"{place}?left={left - 1}"


def is_running(claim: Claim, now: datetime) -> bool:
    """Return whether somebody is asking DNS for a claim just now."""
    return claim.leased_until is not None and claim.leased_until > now


def _left(asked: str) -> int:
    if not (asked.isascii() and asked.isdigit() and len(asked) <= _MAX_DIGITS):
        return TIMES
    return min(int(asked), TIMES)
