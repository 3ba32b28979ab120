"""A claim's life: what a check, the clock, an administrator or a rival makes of it (1.5, 1.7).

Everything here is a function of a claim and an instant to the claim it becomes, with the events
that people are told of. Nobody is asked anything, and nothing is written.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from scimserver.domain.claim_schedule import (
    Limits,
    grace_ends_at,
    is_expired,
    lapses_at,
    reminders,
    scheduled,
)
from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.findings import Finding

# A record is lost that was missing so often in a row, for so long (D25).
_NEGATIVES, _SPAN = 3, timedelta(hours=24)
# How long a code that was replaced still counts (D13).
_PREVIOUS = timedelta(hours=24)
# Whoever waits for a contest to end needs a while after it to be found.
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


class Step(NamedTuple):
    """The claim as it is now, and what happened to it on the way."""

    claim: Claim
    events: tuple[Event, ...] = ()


def begun(org_id: str, id: str, domain: str, token: str, now: datetime, limits: Limits) -> Claim:
    """Return a new claim, whose record is yet to be published."""
    new = Claim(
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
    )
    return scheduled(new, now, limits)


def rotated(claim: Claim, token: str, now: datetime, limits: Limits) -> Claim:
    """Return a claim with a new code, for one whose state permits that (D13).

    An expired one is pending again. A lapsed one stays that: its way back is a record that somebody
    publishes, and then asks to be looked at.
    """
    is_pending = claim.state is State.PENDING
    new = replace(
        _calm(claim),
        token=token,
        token_issued_at=now,
        # One that counts no more is kept as well: whoever publishes it is to hear that (X6).
        previous_token=claim.token,
        previous_until=now + _PREVIOUS if is_pending else now,
        checks=0,
        last_checked_at=None,
        last_check=None,
        leased_until=None,
    )
    if claim.state is not State.LAPSED:
        new = replace(new, state=State.PENDING, expires_at=now + limits.challenge)
    return scheduled(new, now, limits)


def ended(claim: Claim) -> Claim:
    """Return a claim that its organization gave up; its code is dead."""
    return _at_rest(claim, State.REVOKED)


def after_check(
    claim: Claim, finding: Finding, now: datetime, limits: Limits, jitter: float = 0.0
) -> Step:
    """Return what a look at DNS makes of a claim, where nobody else owns its domain."""
    seen = _seen(claim, finding, now)
    if finding.is_match:
        step = _proved(seen, now)
    elif seen.state is State.VERIFIED and _is_lost(seen, finding, now, limits):
        step = Step(_risked(seen, now, limits.grace), (Event.AT_RISK,))
    else:
        step = _aged(seen, now, limits)
    return _scheduled(step, now, limits, jitter)


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
    answer; None where it has answered.
    """
    seen = replace(_seen(claim, finding, now), transfer_after=transfer_after)
    if transfer_after is not None and seen.expires_at is not None:
        seen = replace(seen, expires_at=max(seen.expires_at, transfer_after + _AFTER_TRANSFER))
    return _scheduled(_aged(seen, now, limits), now, limits)


def contested(claim: Claim, finding: Finding, now: datetime, limits: Limits) -> Step:
    """Return an owned claim whose record is gone, as another organization's is found (D34)."""
    seen = _seen(claim, finding, now)
    if seen.state is State.VERIFIED:
        seen = _risked(seen, now, limits.contest)
    # A grace period that has begun is not made longer by somebody who wants the domain.
    until = min(grace_ends_at(seen), now + limits.contest)
    events = () if claim.contested else (Event.CONTESTED,)
    return _scheduled(Step(replace(seen, contested=True, grace_ends_at=until), events), now, limits)


def is_contest_over(claim: Claim, now: datetime) -> bool:
    """Return whether a contested claim's organization has had its time to answer."""
    return claim.contested and now >= grace_ends_at(claim)


def handed_over(claim: Claim, finding: Finding, now: datetime) -> Step:
    """Return a claim whose domain passes to whoever contested it (D35)."""
    return Step(_at_rest(_seen(claim, finding, now), State.LAPSED), (Event.HANDED_OVER,))


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
    if claim.is_owned:
        events: tuple[Event, ...] = ()
        if claim.state is State.AT_RISK:
            events = (Event.CONTEST_OVER if claim.contested else Event.RECOVERED,)
        return Step(replace(_calm(claim), state=State.VERIFIED), events)
    owned = replace(_calm(claim), state=State.VERIFIED, verified_at=now)
    if len(claim.accepted_tokens(now)) == 1:
        owned = replace(owned, previous_token=None, previous_until=None)
    # Else the record may hold the code before this one. Nobody is made to publish it again: both
    # count as long as the domain is owned.
    return Step(owned, (Event.VERIFIED,))


def _is_lost(claim: Claim, finding: Finding, now: datetime, limits: Limits) -> bool:
    """Return whether a record has been missing, or DNS silent, for too long (D25)."""
    if finding.is_transient:
        return _since(claim.transient_since, now) >= limits.transient
    return claim.negatives >= _NEGATIVES and _since(claim.negative_since, now) >= _SPAN


def _risked(claim: Claim, now: datetime, grace: timedelta) -> Claim:
    return replace(
        claim, state=State.AT_RISK, at_risk_since=now, grace_ends_at=now + grace, reminders=0
    )


def _aged(claim: Claim, now: datetime, limits: Limits) -> Step:
    """Return what the hour makes of a claim that is not proved by it."""
    if is_expired(claim, now):
        expired = replace(_at_rest(claim, State.EXPIRED), expires_at=claim.expires_at)
        return Step(expired, (Event.EXPIRED,))
    if claim.state is State.PENDING and _is_past(claim.transfer_after, now):
        return Step(replace(claim, transfer_after=None))
    if claim.state is not State.AT_RISK:
        return Step(claim)
    if now >= lapses_at(claim) and not _is_undecided(claim, now, limits):
        return Step(_at_rest(claim, State.LAPSED), (Event.LAPSED,))
    due = sum(now >= at for at in reminders(claim))
    if due > claim.reminders:
        return Step(replace(claim, reminders=due), (Event.REMINDED,))
    return Step(claim)


def _is_undecided(claim: Claim, now: datetime, limits: Limits) -> bool:
    """Return whether the end of a contest waits for name servers that do not answer (D35)."""
    is_silent = claim.contested and claim.transient_since is not None
    return is_silent and _since(claim.transient_since, now) < limits.transient


def _at_rest(claim: Claim, state: State) -> Claim:
    """Return a claim that nothing happens to any more by itself."""
    return replace(
        _calm(claim), state=state, authoritative=False, next_check_at=None, leased_until=None
    )


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


def _scheduled(step: Step, now: datetime, limits: Limits, jitter: float = 0.0) -> Step:
    return Step(scheduled(step.claim, now, limits, jitter), step.events)


def _since(at: datetime | None, now: datetime) -> timedelta:
    return now - at if at is not None else timedelta()


def _is_past(at: datetime | None, now: datetime) -> bool:
    return at is not None and now >= at
