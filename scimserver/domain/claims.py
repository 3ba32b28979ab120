"""A claim: an organization's hold on a domain, and what its states allow (1.5, 1.6)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


class Method(StrEnum):
    """How control of the domain was shown."""

    DNS = "dns"
    ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class Claim:
    """One organization's claim of one domain."""

    org_id: str
    id: str
    domain: str
    state: State
    method: Method
    reason: str | None
    created_at: datetime
    verified_at: datetime | None
    at_risk_since: datetime | None = None
