"""Sessions of browsers as values, and when one is over (P62)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scimserver.domain.person import Person

IDLE = timedelta(hours=1)
IDLE_ADMINISTRATIVE = timedelta(minutes=30)
IDLE_ANONYMOUS = timedelta(minutes=30)
LONGEST = timedelta(hours=24)
LONGEST_ADMINISTRATIVE = timedelta(hours=12)
LONGEST_RESTRICTED = timedelta(minutes=10)


class Kind(StrEnum):
    """What a session may be used for; a restricted one registers one passkey (P85)."""

    ANONYMOUS = "anonymous"
    USER = "user"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class WebSession:
    """One session. ``digest`` stands for its secret, ``id`` names it to people.

    ``opened_by`` is the passkey, connection or enrolment link that opened it, ``method`` how.
    ``auth_at`` is the last sign-in or step-up, which alone decides what is fresh (P8).
    """

    digest: str
    id: str
    kind: Kind
    org_id: str | None
    user_id: str | None
    method: str | None
    opened_by: str | None
    csrf: str
    created_at: datetime
    seen_at: datetime
    auth_at: datetime | None
    person: Person | None
    address: str = ""
    user_agent: str = ""

    def is_live(self, now: datetime) -> bool:
        """Return whether the session still opens anything at an instant."""
        if self.kind is Kind.ANONYMOUS:
            return self._within(now, IDLE_ANONYMOUS, LONGEST)
        if self.person is None or self.person.why_shut_out is not None:
            return False
        if self.kind is Kind.RESTRICTED:
            return now - self.created_at < LONGEST_RESTRICTED
        if self.person.is_administrative:
            return self._within(now, IDLE_ADMINISTRATIVE, LONGEST_ADMINISTRATIVE)
        return self._within(now, IDLE, LONGEST)

    def is_fresh(self, now: datetime, seconds: int) -> bool:
        """Return whether sign-in or step-up is at most so many seconds ago (P70)."""
        return self.auth_at is not None and now - self.auth_at <= timedelta(seconds=seconds)

    def _within(self, now: datetime, idle: timedelta, longest: timedelta) -> bool:
        return now - self.seen_at < idle and now - self.created_at < longest
