"""A claim's life: what a check, the clock, an administrator or a rival makes of it (1.5, 1.7).

Everything here is a function of a claim and an instant to the claim it becomes, with the events
that people are told. Nobody is asked anything, and nothing is written.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from scimserver.config import Settings
from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.findings import Finding

# When the record of a new code is looked for, after it was issued; then daily (D26).
_PENDING = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 12, 24)),
)
_DAY = timedelta(days=1)
# After a record was first found to be gone (D26); together they span the day that D25 asks for.
_LOST = tuple(timedelta(hours=hours) for hours in (8, 16, 24))
_NEGATIVES, _SPAN = 3, timedelta(hours=24)
_JITTER = 0.1
# A grace period is told of when it begins, and again.
_REMINDERS = (timedelta(days=3), timedelta(days=6))
# How long a code that was replaced still counts (D13).
_PREVIOUS = timedelta(hours=24)
# A zone's owner chooses its negative TTL, and must not thereby choose never to be asked again.
# RFC 2308 §5 holds more than a day for a mistake as well.
_LONGEST_TTL = 86_400
# Who contests a domain is looked at first when the contest ends, and takes it over in one step.
# Where nobody comes, the claim lapses on its own, this much later.
_LAG = timedelta(minutes=10)
# The record of whoever waits for a contest to end needs a while after it.
_AFTER_TRANSFER = timedelta(days=1)


class Event(StrEnum):
    """What happened to a claim, for the audit log and for those who are told."""

    VERIFIED = "verified"
    EXPIRED = "expired"
    AT_RISK = "at_risk"
    REMINDED = "reminded"
    RECOVERED = "recovered"
    LAPSED = "lapsed"
    CONTESTED = "contested"
    CONTEST_OVER = "contest_over"
    HANDED_OVER = "handed_over"


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


class Step(NamedTuple):
    """The claim as it is now, and what happened to it on the way."""

    claim: Claim
    events: tuple[Event, ...] = ()


def begun(org_id: str, id: str, domain: str, token: str, now: datetime, limits: Limits) -> Claim:
    """Return a new claim, whose record is yet to be published."""
    return Claim(
        org_id=org_id,
        id=id,
        domain=domain,
        state=State.PENDING,
        method=Method.DNS,
        reason=None,
        created_at=now,
        verified_at=None,
        token=token,
        token_issued_at=now,
        expires_at=now + limits.challenge,
        next_check_at=now + _PENDING[0],
    )


def rotated(claim: Claim, token: str, now: datetime, limits: Limits) -> Claim:
    """Return a claim with a new code, for one whose state permits that (D13).

    An expired one is pending again. A lapsed one stays that: its way back is a record that somebody
    publishes, and then asks to be looked at.
    """
    pending = replace(
        claim,
        token=token,
        token_issued_at=now,
        previous_token=None,
        previous_until=None,
        checks=0,
        last_checked_at=None,
        last_check=None,
        leased_until=None,
    )
    if claim.state is State.LAPSED:
        return pending
    if claim.state is State.PENDING:
        until = now + _PREVIOUS
        pending = replace(pending, previous_token=claim.token, previous_until=until)
    return replace(
        pending,
        state=State.PENDING,
        expires_at=now + limits.challenge,
        next_check_at=now + _PENDING[0],
    )


def ended(claim: Claim) -> Claim:
    """Return a claim that its organization gave up; its code is dead."""
    return replace(_at_rest(claim), state=State.REVOKED, transfer_after=None)


def is_expired(claim: Claim, now: datetime) -> bool:
    """Return whether a claim was not proved in time, whatever its row says yet."""
    is_pending = claim.state is State.PENDING
    return is_pending and claim.expires_at is not None and now >= claim.expires_at


def is_worth_a_look(claim: Claim, now: datetime) -> bool:
    """Return whether a scheduled look at DNS could change anything about a claim.

    Not while caches still hold what was found last (D24), and not once its code has expired.
    """
    anew_at = _seen_anew_at(claim)
    return not is_expired(claim, now) and (anew_at is None or now >= anew_at)


def after_check(
    claim: Claim, finding: Finding, now: datetime, limits: Limits, jitter: float = 0.0
) -> Step:
    """Return what a look at DNS makes of a claim, where nobody else owns its domain.

    ``jitter``, between -1 and 1, spreads the checks of many domains over a while.
    """
    seen = _seen(claim, finding, now)
    if finding.is_match:
        return _scheduled(_proved(seen, now), now, limits, jitter)
    if seen.state is State.VERIFIED and _is_lost(seen, finding, now, limits):
        return _scheduled(_risked(seen, now, limits.grace), now, limits, jitter)
    return _scheduled(_aged(seen, now, limits), now, limits, jitter)


def by_clock(claim: Claim, now: datetime, limits: Limits, jitter: float = 0.0) -> Step:
    """Return what time alone makes of a claim; DNS was not asked."""
    return _scheduled(_aged(replace(claim, leased_until=None), now, limits), now, limits, jitter)


def held_up(
    claim: Claim,
    finding: Finding,
    now: datetime,
    limits: Limits,
    transfer_after: datetime | None = None,
) -> Step:
    """Return a claim whose record was found while another organization owns the domain (1.7).

    It stays what it is. ``transfer_after`` is when that other one will have had its chance to
    answer; None where it has answered, or nothing can be said of it.
    """
    seen = replace(_seen(claim, finding, now), transfer_after=transfer_after)
    if transfer_after is not None and seen.expires_at is not None:
        seen = replace(seen, expires_at=max(seen.expires_at, transfer_after + _AFTER_TRANSFER))
    return _scheduled(_aged(seen, now, limits), now, limits, 0.0)


def contested(claim: Claim, finding: Finding, now: datetime, limits: Limits) -> Step:
    """Return an owned claim whose record is gone, as another organization's is found (D34)."""
    seen = replace(_seen(claim, finding, now), contested=True)
    if seen.state is State.VERIFIED:
        seen = _risked(seen, now, limits.contest).claim
    # A grace period that has begun is not made longer by somebody who wants the domain.
    until = min(_grace_ends_at(seen), now + limits.contest)
    events = () if claim.contested else (Event.CONTESTED,)
    return _scheduled(Step(replace(seen, grace_ends_at=until), events), now, limits, 0.0)


def is_contest_over(claim: Claim, now: datetime) -> bool:
    """Return whether a contested claim's organization has had its time to answer."""
    return claim.contested and now >= _grace_ends_at(claim)


def handed_over(claim: Claim, finding: Finding, now: datetime) -> Step:
    """Return a claim whose domain passes to whoever contested it (D35)."""
    return Step(_lapsed(_seen(claim, finding, now)), (Event.HANDED_OVER,))


def _seen(claim: Claim, finding: Finding, now: datetime) -> Claim:
    """Return a claim with what was found, counted as D25 says."""
    seen = replace(
        claim,
        checks=claim.checks + 1,
        last_checked_at=now,
        last_check=finding,
        leased_until=None,
    )
    if finding.is_match or not claim.is_owned:
        return seen
    if finding.is_transient:
        return replace(seen, transient_since=claim.transient_since or now)
    return replace(
        seen,
        negatives=claim.negatives + 1,
        negative_since=claim.negative_since or now,
        transient_since=None,
    )


def _proved(claim: Claim, now: datetime) -> Step:
    events: tuple[Event, ...] = ()
    if claim.state is State.AT_RISK:
        events = (Event.CONTEST_OVER if claim.contested else Event.RECOVERED,)
    elif claim.state is not State.VERIFIED:
        claim, events = _begun_owning(claim, now), (Event.VERIFIED,)
    return Step(replace(_calm(claim), state=State.VERIFIED), events)


def _begun_owning(claim: Claim, now: datetime) -> Claim:
    proved = replace(claim, verified_at=now)
    if len(claim.accepted_tokens(now)) > 1:
        # The record may hold the code before this one. Nobody is made to publish it again, so both
        # count as long as the domain is owned.
        return proved
    return replace(proved, previous_token=None, previous_until=None)


def _is_lost(claim: Claim, finding: Finding, now: datetime, limits: Limits) -> bool:
    """Return whether a record has been missing, or DNS silent, for too long (D25)."""
    if finding.is_transient:
        return claim.transient_since is not None and now >= claim.transient_since + limits.transient
    is_long = claim.negative_since is not None and now >= claim.negative_since + _SPAN
    return claim.negatives >= _NEGATIVES and is_long


def _risked(claim: Claim, now: datetime, grace: timedelta) -> Step:
    at_risk = replace(
        claim,
        state=State.AT_RISK,
        at_risk_since=now,
        grace_ends_at=now + grace,
        reminders=0,
    )
    return Step(at_risk, (Event.AT_RISK,))


def _aged(claim: Claim, now: datetime, limits: Limits) -> Step:
    """Return what the hour makes of a claim whose record is not there."""
    if is_expired(claim, now):
        expired = replace(_at_rest(claim), state=State.EXPIRED, transfer_after=None)
        return Step(expired, (Event.EXPIRED,))
    if claim.transfer_after is not None and now >= claim.transfer_after:
        claim = replace(claim, transfer_after=None)
    if claim.state is not State.AT_RISK:
        return Step(claim)
    if now >= _lapses_at(claim) and not _is_undecided(claim, now, limits):
        return Step(_lapsed(claim), (Event.LAPSED,))
    due = sum(now >= at for at in _reminders(claim))
    if due > claim.reminders:
        return Step(replace(claim, reminders=due), (Event.REMINDED,))
    return Step(claim)


def _is_undecided(claim: Claim, now: datetime, limits: Limits) -> bool:
    """Return whether the end of a contest waits for name servers that do not answer (D35)."""
    if not claim.contested or claim.transient_since is None:
        return False
    return now < claim.transient_since + limits.transient


def _lapsed(claim: Claim) -> Claim:
    return replace(_at_rest(claim), state=State.LAPSED)


def _at_rest(claim: Claim) -> Claim:
    """Return a claim that nothing happens to any more by itself."""
    return replace(_calm(claim), authoritative=False, next_check_at=None, leased_until=None)


def _calm(claim: Claim) -> Claim:
    """Return a claim without anything that was in progress."""
    return replace(
        claim,
        contested=False,
        at_risk_since=None,
        expires_at=None,
        grace_ends_at=None,
        transfer_after=None,
        negatives=0,
        negative_since=None,
        transient_since=None,
        reminders=0,
    )


def _scheduled(step: Step, now: datetime, limits: Limits, jitter: float) -> Step:
    """Return the same with its next check (D24, D26), or when time alone does something."""
    claim = step.claim
    if claim.state is not State.PENDING and not claim.is_owned:
        return step
    is_pending = claim.state is State.PENDING
    at = _pending_at(claim, now) if is_pending else _owned_at(claim, now, limits, jitter)
    at = max(at, _seen_anew_at(claim) or at)
    ahead = [moment for moment in _moments(claim) if moment > now]
    return Step(replace(claim, next_check_at=min([at, *ahead])), step.events)


def _seen_anew_at(claim: Claim) -> datetime | None:
    """Return when caches have forgotten that the record was not there (D24)."""
    found, at = claim.last_check, claim.last_checked_at
    if found is None or at is None or found.is_match:
        return None
    return at + timedelta(seconds=min(found.ttl or 0, _LONGEST_TTL))


def _pending_at(claim: Claim, now: datetime) -> datetime:
    issued = claim.token_issued_at or claim.created_at
    for pause in _PENDING:
        if issued + pause > now:
            return issued + pause
    return issued + ((now - issued) // _DAY + 1) * _DAY


def _owned_at(claim: Claim, now: datetime, limits: Limits, jitter: float) -> datetime:
    if claim.negative_since is not None:
        for pause in _LOST:
            if claim.negative_since + pause > now:
                return claim.negative_since + pause
    return now + limits.recheck * (1 + _JITTER * jitter)


def _moments(claim: Claim) -> list[datetime]:
    """Return when something happens to a claim whatever DNS says."""
    known = [claim.expires_at, claim.transfer_after]
    if claim.state is State.AT_RISK:
        known += [*_reminders(claim), _lapses_at(claim)]
    return [moment for moment in known if moment is not None]


def _reminders(claim: Claim) -> list[datetime]:
    assert claim.at_risk_since is not None  # noqa: S101  # Who is at risk has been since some time.
    at = [claim.at_risk_since + pause for pause in _REMINDERS]
    return [moment for moment in at if moment < _grace_ends_at(claim)]


def _lapses_at(claim: Claim) -> datetime:
    return _grace_ends_at(claim) + (_LAG if claim.contested else timedelta())


def _grace_ends_at(claim: Claim) -> datetime:
    assert claim.grace_ends_at is not None  # noqa: S101  # Whatever is at risk has a grace period.
    return claim.grace_ends_at
