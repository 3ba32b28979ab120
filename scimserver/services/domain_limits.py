"""How often domains may be added and looked up by hand, across processes and restarts (D26)."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from scimserver.domain.errors import TooOftenError
from scimserver.storage import rates
from scimserver.storage.session import Session

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Limit(NamedTuple):
    """At most ``most`` events in any ``seconds``, counted ``step`` seconds at a time."""

    name: str
    most: int
    seconds: int
    step: int
    said: str


ADDED = Limit("domain added", 20, _DAY, _HOUR, "Domains were added 20 times within a day.")
VERIFIED = Limit("domain verified", 1, 10, 1, "This domain was verified less than 10 s ago.")
VERIFIED_ANY = Limit(
    "domains verified", 30, _HOUR, _MINUTE, "Domains were verified 30 times within an hour."
)


def hit(session: Session, limit: Limit, subject: str, now: datetime) -> None:
    """Count one event, or raise TooOftenError where it is one too many.

    Raised within a transaction it undoes its own count, so that only what was done counts.
    """
    # Ids are random, so a plain hash says as little of them as a keyed one.
    key = hashlib.sha256(f"{limit.name}\0{subject}".encode()).hexdigest()
    rates.hit(session, key, limit.step, now)
    hits = rates.recent(session, key, limit.step, limit.seconds // limit.step, now)
    if sum(hits.values()) > limit.most:
        # The oldest events leave the window first.
        ends_at = min(hits) + limit.seconds
        raise TooOftenError(limit.said, max(1, ends_at - int(now.timestamp())))
