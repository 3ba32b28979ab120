"""When a claim is looked at again, and when time alone changes it (D24, D26).

Functions of a claim and an instant; what becomes of the claim then is in ``claim_life``.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from scimserver.config import Settings
from scimserver.domain.claims import Claim, State

# When the record of a new code is looked for, after it was issued; then daily.
_PENDING = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 12, 24)),
)
_DAY = timedelta(days=1)
# After a record was first found to be gone; together they span the day that D25 asks for.
_LOST = tuple(timedelta(hours=hours) for hours in (8, 16, 24))
_JITTER = 0.1
# A grace period is told of when it begins, and again.
_REMINDERS = (timedelta(days=3), timedelta(days=6))
# A zone's owner chooses its negative TTL, and must not thereby choose never to be asked again.
# RFC 2308 §5 holds more than a day for a mistake as well.
_LONGEST_TTL = 86_400
# Who contests a domain is looked at first when the contest ends, and takes it over in one step.
# Where nobody comes, the claim lapses on its own, this much later.
_LAG = timedelta(minutes=10)
# Until name servers say something, about a claim that would have lapsed otherwise.
_UNDECIDED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things last."""

    recheck: timedelta = timedelta(hours=24)
    grace: timedelta = timedelta(days=7)
    contest: timedelta = timedelta(hours=72)
    transient: timedelta = timedelta(days=14)
    challenge: timedelta = timedelta(days=7)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say."""
        return cls(
            recheck=timedelta(hours=settings.recheck_hours),
            grace=timedelta(days=settings.grace_days),
            contest=timedelta(hours=settings.contest_hours),
            transient=timedelta(days=settings.transient_days),
            challenge=timedelta(days=settings.challenge_days),
        )


def scheduled(claim: Claim, now: datetime, limits: Limits, jitter: float = 0.0) -> Claim:
    """Return the claim with its next check, or none where nothing happens by itself any more.

    ``jitter``, between -1 and 1, spreads the checks of many domains over a while.
    """
    if claim.state is State.PENDING:
        at, moments = _pending_at(claim, now), [claim.expires_at, claim.transfer_after]
    elif claim.state is State.AT_RISK:
        at = _owned_at(claim, now, limits, jitter)
        moments = [*reminders(claim), lapses_at(claim)]
    elif claim.state is State.VERIFIED:
        at, moments = _owned_at(claim, now, limits, jitter), []
    else:
        return replace(claim, next_check_at=None)
    at = max(at, _seen_anew_at(claim) or at)
    ahead = [moment for moment in moments if moment is not None and moment > now]
    return replace(claim, next_check_at=min([at, *ahead]))


def is_worth_a_look(claim: Claim, now: datetime) -> bool:
    """Return whether DNS has to be asked about a claim that is due.

    Not once its code has expired, and not while caches still hold what was found last (D24); but at
    the end of a contest both sides are looked at (D35).
    """
    if is_expired(claim, now):
        return False
    if claim.transfer_after is not None and now >= claim.transfer_after:
        return True
    anew_at = _seen_anew_at(claim)
    return anew_at is None or now >= anew_at


def is_expired(claim: Claim, now: datetime) -> bool:
    """Return whether a claim was not proved in time, whatever its row says yet."""
    is_pending = claim.state is State.PENDING
    return is_pending and claim.expires_at is not None and now >= claim.expires_at


def reminders(claim: Claim) -> list[datetime]:
    """Return when those who answer for a domain at risk are told again."""
    assert claim.at_risk_since is not None  # noqa: S101  # Who is at risk has been since some time.
    ends_at = grace_ends_at(claim)
    return [at for pause in _REMINDERS if (at := claim.at_risk_since + pause) < ends_at]


def lapses_at(claim: Claim) -> datetime:
    """Return when a domain at risk is lost."""
    return grace_ends_at(claim) + (_LAG if claim.contested else timedelta())


def grace_ends_at(claim: Claim) -> datetime:
    """Return the end of the grace period that a domain at risk has."""
    assert claim.grace_ends_at is not None  # noqa: S101  # Whatever is at risk has a grace period.
    return claim.grace_ends_at


def _pending_at(claim: Claim, now: datetime) -> datetime:
    issued = claim.token_issued_at or claim.created_at
    for pause in _PENDING:
        if issued + pause > now:
            return issued + pause
    return issued + ((now - issued) // _DAY + 1) * _DAY


def _owned_at(claim: Claim, now: datetime, limits: Limits, jitter: float) -> datetime:
    if claim.state is State.AT_RISK and now >= lapses_at(claim):
        return now + _UNDECIDED
    if claim.negative_since is not None:
        for pause in _LOST:
            if claim.negative_since + pause > now:
                return claim.negative_since + pause
    return now + limits.recheck * (1 + _JITTER * jitter)


def _seen_anew_at(claim: Claim) -> datetime | None:
    """Return when caches have forgotten that the record was not there."""
    found, at = claim.last_check, claim.last_checked_at
    if found is None or at is None or found.is_match:
        return None
    return at + timedelta(seconds=min(found.ttl or 0, _LONGEST_TTL))
