"""How often a stranger may try, across all processes and restarts (P71).

Sign-in is never limited by user name: that would let anyone lock anyone out (P72).
"""

import hmac
import math
from datetime import datetime, timedelta
from enum import StrEnum

from scimserver.domain.sign_in_errors import RateLimitedError
from scimserver.services.guesses import network
from scimserver.storage import rates
from scimserver.storage.session import Session

PURPOSE = "throttle"
"""What the pepper is derived for: ``settings.key(throttle.PURPOSE)``."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_KEPT = timedelta(days=2)


class Kind(StrEnum):
    """What is counted, and by what."""

    OPTIONS_SESSION = "options by session"
    OPTIONS_ADDRESS = "options by address"
    SIGN_IN = "failed sign-in by address"
    REAUTH = "failed re-authentication by person"
    RECOVERY_NAME = "recovery by name"
    RECOVERY_ADDRESS = "recovery by address"
    MAIL_NAME = "recovery mail by name"
    MAIL_ADDRESS = "recovery mail by address"
    LINK = "bad enrolment link by address"
    REJECTS = "refusals told by address"


# (events, seconds) of each window that must hold.
LIMITS: dict[Kind, tuple[tuple[int, int], ...]] = {
    Kind.OPTIONS_SESSION: ((10, _MINUTE),),
    Kind.OPTIONS_ADDRESS: ((60, _MINUTE),),
    Kind.SIGN_IN: ((10, 5 * _MINUTE), (50, _HOUR)),
    Kind.REAUTH: ((5, 5 * _MINUTE), (20, _HOUR), (50, _DAY)),
    Kind.RECOVERY_NAME: ((5, 5 * _MINUTE), (20, _HOUR), (50, _DAY)),
    Kind.RECOVERY_ADDRESS: ((10, 5 * _MINUTE), (50, _HOUR)),
    Kind.MAIL_NAME: ((3, _HOUR),),
    Kind.MAIL_ADDRESS: ((10, _HOUR),),
    Kind.LINK: ((20, _HOUR),),
    Kind.REJECTS: ((20, _HOUR),),
}
_BY_ADDRESS = frozenset(kind for kind in Kind if kind.endswith("address"))


def hit(session: Session, kind: Kind, subject: str, now: datetime, pepper: bytes) -> None:
    """Count one event, or raise RateLimitedError where it is one too many.

    Raised within a transaction it undoes its own count, so a window never holds more than its
    limit, and what the transaction wrote beside it, so no stranger can flood the audit log (P97).
    """
    wait = 0
    for limit, seconds in LIMITS[kind]:
        if rates.hit(session, _key(kind, subject, seconds, pepper), seconds, now) > limit:
            wait = max(wait, _left(seconds, now))
    if wait:
        raise RateLimitedError(_cause(kind), wait)


def check(session: Session, kind: Kind, subject: str, now: datetime, pepper: bytes) -> None:
    """Raise RateLimitedError where one event more would be too many; nothing is counted."""
    wait = 0
    for limit, seconds in LIMITS[kind]:
        if rates.count(session, _key(kind, subject, seconds, pepper), seconds, now) >= limit:
            wait = max(wait, _left(seconds, now))
    if wait:
        raise RateLimitedError(_cause(kind), wait)


def purge(session: Session, now: datetime, limit: int) -> int:
    """Forget up to ``limit`` windows that are long over; how many."""
    return rates.purge(session, now - _KEPT, limit)


def _key(kind: Kind, subject: str, seconds: int, pepper: bytes) -> str:
    place = network(subject) if kind in _BY_ADDRESS else subject
    text = f"{kind}\0{seconds}\0{place}".encode("utf-8", "replace")
    return hmac.digest(pepper, text, "sha256").hex()


def _left(seconds: int, now: datetime) -> int:
    ends_at = rates.window_start(seconds, now) + seconds
    return max(1, math.ceil(ends_at - now.timestamp()))


def _cause(kind: Kind) -> str:
    return "rate_limited_" + kind.replace(" ", "_").replace("-", "_")
