"""A claim: an organization's hold on a domain, and what its states allow (1.5, 1.6)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scimserver.domain.findings import Finding


class State(StrEnum):
    """Where a claim is in its life."""

    PENDING = "pending"
    VERIFIED = "verified"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    REVOKED = "revoked"


# The grace period counts as owned: a record lost for a day must not stop anyone's onboarding.
OWNED = frozenset({State.VERIFIED, State.AT_RISK})
# A claim that can still be proved by publishing its record and pressing Verify (1.5).
PROVABLE = frozenset({State.PENDING, State.VERIFIED, State.AT_RISK, State.LAPSED})
# New code: nobody relies on the old one yet, or nobody does any more (D13).
ROTATABLE = frozenset({State.PENDING, State.EXPIRED, State.LAPSED})


class Method(StrEnum):
    """How control of the domain was shown."""

    DNS = "dns"
    ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class Claim:
    """One organization's claim of one domain.

    ``token`` is what its record must hold; an attested claim has none, and is never checked.
    ``previous_token`` counts too until ``previous_until`` (D13), and for as long as the domain is
    owned where it may be what proved it. ``negatives`` counts definitive negative checks in a row,
    the first at ``negative_since``; ``transient_since`` is when DNS last began to give no definite
    answer. A contested claim is one that another organization has proved while its own record was
    missing; that other one waits until ``transfer_after`` (1.7). ``reminders`` counts the notices
    of the present grace period. ``next_check_at`` is when its check is due, ``leased_until`` until
    when somebody is at it.
    """

    org_id: str
    id: str
    domain: str
    state: State
    method: Method
    reason: str | None
    created_at: datetime
    verified_at: datetime | None
    at_risk_since: datetime | None = None
    token: str | None = None
    token_issued_at: datetime | None = None
    previous_token: str | None = None
    previous_until: datetime | None = None
    authoritative: bool = False
    contested: bool = False
    expires_at: datetime | None = None
    grace_ends_at: datetime | None = None
    transfer_after: datetime | None = None
    negatives: int = 0
    negative_since: datetime | None = None
    transient_since: datetime | None = None
    reminders: int = 0
    checks: int = 0
    last_checked_at: datetime | None = None
    last_check: Finding | None = None
    next_check_at: datetime | None = None
    leased_until: datetime | None = None

    @property
    def is_owned(self) -> bool:
        """Whether the organization owns the domain, grace included."""
        return self.state in OWNED

    def accepted_tokens(self, now: datetime) -> tuple[str, ...]:
        """Return the tokens whose record proves this claim at an instant, the present one first."""
        if self.token is None:
            return ()
        is_in_time = self.previous_until is not None and now < self.previous_until
        if self.previous_token and (self.is_owned or is_in_time):
            return (self.token, self.previous_token)
        return (self.token,)
