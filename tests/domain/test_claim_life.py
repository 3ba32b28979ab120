"""The life of a claim: every transition of 1.5, and what a contest does to both sides (1.7)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.domain import claim_life
from scimserver.domain.claim_life import Event
from scimserver.domain.claim_schedule import Limits
from scimserver.domain.claims import State
from scimserver.domain.findings import DEFINITIVE, Code, Finding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = Limits()
FOUND = Finding(Code.VERIFIED)
MISSING = Finding(Code.RECORD_NOT_FOUND)
SILENCE = Finding(Code.TIMEOUT)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def pending():
    return claim_life.begun("org", "id", "acme.com", "token", NOW, LIMITS)


def verified():
    return claim_life.after_check(pending(), FOUND, NOW, LIMITS).claim


def at_risk(finding=MISSING):
    """Return a claim that is at risk since NOW, its checks having begun before."""
    claim = replace(verified(), negatives=2, negative_since=NOW - DAY)
    return claim_life.after_check(claim, finding, NOW, LIMITS).claim


def contested():
    return claim_life.contested(verified(), MISSING, NOW, LIMITS).claim


def lapsed():
    return claim_life.after_check(at_risk(), MISSING, NOW + 7 * DAY, LIMITS).claim


def expired():
    return claim_life.by_clock(pending(), NOW + 7 * DAY, LIMITS).claim


def after(claim, finding, passed):
    return claim_life.after_check(claim, finding, NOW + passed, LIMITS)


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("claim", "finding", "passed", "state", "events"),
    [
        (pending, FOUND, DAY, State.VERIFIED, (Event.VERIFIED,)),
        (pending, MISSING, DAY, State.PENDING, ()),
        (pending, SILENCE, DAY, State.PENDING, ()),
        (pending, MISSING, 7 * DAY - SECOND, State.PENDING, ()),
        (pending, MISSING, 7 * DAY, State.EXPIRED, (Event.EXPIRED,)),
        (pending, SILENCE, 7 * DAY, State.EXPIRED, (Event.EXPIRED,)),
        (verified, FOUND, DAY, State.VERIFIED, ()),
        (verified, MISSING, DAY, State.VERIFIED, ()),
        (verified, SILENCE, 13 * DAY, State.VERIFIED, ()),
        (at_risk, FOUND, DAY, State.VERIFIED, (Event.RECOVERED,)),
        (at_risk, MISSING, DAY, State.AT_RISK, ()),
        (at_risk, MISSING, 3 * DAY, State.AT_RISK, (Event.REMINDED,)),
        (at_risk, SILENCE, 6 * DAY, State.AT_RISK, (Event.REMINDED,)),
        (at_risk, MISSING, 7 * DAY - SECOND, State.AT_RISK, (Event.REMINDED,)),
        (at_risk, MISSING, 7 * DAY, State.LAPSED, (Event.LAPSED,)),
        (at_risk, SILENCE, 7 * DAY, State.LAPSED, (Event.LAPSED,)),
        (at_risk, FOUND, 8 * DAY, State.VERIFIED, (Event.RECOVERED,)),
        (contested, FOUND, DAY, State.VERIFIED, (Event.CONTEST_OVER,)),
        (contested, MISSING, 71 * HOUR, State.AT_RISK, ()),
        (contested, MISSING, 73 * HOUR, State.LAPSED, (Event.LAPSED,)),
        (contested, SILENCE, 73 * HOUR, State.AT_RISK, ()),
        (lapsed, FOUND, 30 * DAY, State.VERIFIED, (Event.VERIFIED,)),
        (lapsed, MISSING, 30 * DAY, State.LAPSED, ()),
        (lapsed, SILENCE, 30 * DAY, State.LAPSED, ()),
    ],
)
def test_d25_a_check_moves_a_claim_on(claim, finding, passed, state, events):
    before = replace(claim(), leased_until=NOW)
    now, events_told = after(before, finding, passed)
    assert (now.state, events_told) == (state, events)
    assert (now.last_check, now.last_checked_at) == (finding, NOW + passed)
    assert now.checks == before.checks + 1
    assert now.leased_until is None


@pytest.mark.parametrize("code", sorted(DEFINITIVE))
def test_d25_three_definitive_negatives_within_a_day_put_a_domain_at_risk(code):
    claim, events = verified(), ()
    for number, passed in enumerate((0, 8, 16, 24), 1):
        assert claim.state is State.VERIFIED
        claim, events = after(claim, Finding(code), passed * HOUR)
        assert claim.negatives == number
    assert (claim.state, events) == (State.AT_RISK, (Event.AT_RISK,))
    assert claim.at_risk_since == NOW + DAY
    assert claim.grace_ends_at == NOW + 8 * DAY


@pytest.mark.parametrize(
    "passed",
    [
        pytest.param((0, 1, 2, 3, 23), id="not for a day"),
        pytest.param((0, 24), id="not three times"),
    ],
)
def test_d25_fewer_or_sooner_do_not(passed):
    claim = verified()
    for hours in passed:
        claim = after(claim, MISSING, hours * HOUR).claim
    assert claim.state is State.VERIFIED


@pytest.mark.parametrize("code", sorted(set(Code) - DEFINITIVE - {Code.VERIFIED}))
def test_d25_what_says_nothing_neither_counts_nor_resets(code):
    claim = after(verified(), MISSING, 0 * HOUR).claim
    claim = after(claim, MISSING, 8 * HOUR).claim
    claim = after(claim, Finding(code), 16 * HOUR).claim
    assert (claim.negatives, claim.negative_since) == (2, NOW)
    assert after(claim, MISSING, 24 * HOUR).claim.state is State.AT_RISK


def test_d25_a_match_resets_the_count():
    claim = after(verified(), MISSING, 0 * HOUR).claim
    claim = after(claim, MISSING, 8 * HOUR).claim
    claim = after(claim, FOUND, 16 * HOUR).claim
    assert (claim.negatives, claim.negative_since) == (0, None)
    assert after(claim, MISSING, 24 * HOUR).claim.state is State.VERIFIED


def test_silence_for_two_weeks_puts_a_domain_at_risk():
    claim = after(verified(), SILENCE, DAY).claim
    claim = after(claim, SILENCE, 15 * DAY - SECOND).claim
    assert (claim.state, claim.transient_since) == (State.VERIFIED, NOW + DAY)
    claim, events = after(claim, SILENCE, 15 * DAY)
    assert (claim.state, events) == (State.AT_RISK, (Event.AT_RISK,))


def test_any_answer_ends_the_silence():
    claim = after(verified(), SILENCE, DAY).claim
    claim = after(claim, MISSING, 2 * DAY).claim
    assert claim.transient_since is None
    assert after(claim, SILENCE, 15 * DAY).claim.state is State.VERIFIED


def test_a_claim_that_is_owned_by_nobody_counts_nothing():
    for claim in (pending(), lapsed()):
        for finding in (MISSING, SILENCE):
            now = after(claim, finding, DAY).claim
            assert (now.negatives, now.negative_since, now.transient_since) == (0, None, None)


def test_what_verifies_begins_with_nothing_in_progress():
    claim = after(pending(), FOUND, DAY).claim
    assert (claim.verified_at, claim.expires_at, claim.token) == (NOW + DAY, None, "token")
    back = after(contested(), FOUND, 2 * DAY).claim
    assert back.verified_at == NOW
    assert not back.contested
    assert (back.grace_ends_at, back.at_risk_since, back.reminders) == (None, None, 0)
    again = after(lapsed(), FOUND, 30 * DAY).claim
    assert (again.verified_at, again.token) == (NOW + 30 * DAY, "token")


def test_a_reminder_is_told_once_and_a_late_one_stands_for_those_before():
    claim, events = after(at_risk(), MISSING, 3 * DAY)
    assert (claim.reminders, events) == (1, (Event.REMINDED,))
    assert after(claim, MISSING, 5 * DAY).events == ()
    claim, events = after(at_risk(), MISSING, 6 * DAY)
    assert (claim.reminders, events) == (2, (Event.REMINDED,))


def test_what_lapses_is_authoritative_no_longer_and_has_no_next_check():
    claim = replace(at_risk(), authoritative=True)
    assert after(claim, MISSING, DAY).claim.authoritative
    over = after(claim, MISSING, 7 * DAY).claim
    assert not over.authoritative
    assert (over.next_check_at, over.grace_ends_at) == (None, None)


def test_the_clock_alone_expires_reminds_and_lapses():
    assert claim_life.by_clock(pending(), NOW + 7 * DAY, LIMITS).events == (Event.EXPIRED,)
    assert expired().expires_at == NOW + 7 * DAY
    assert claim_life.by_clock(at_risk(), NOW + 3 * DAY, LIMITS).events == (Event.REMINDED,)
    assert claim_life.by_clock(at_risk(), NOW + 7 * DAY, LIMITS).events == (Event.LAPSED,)
    before = replace(verified(), leased_until=NOW)
    claim, events = claim_life.by_clock(before, NOW + HOUR, LIMITS)
    assert (claim.checks, claim.leased_until, events) == (before.checks, None, ())


def test_d13_a_new_code_leaves_the_old_one_valid_for_a_day():
    claim = claim_life.rotated(pending(), "new", NOW + DAY, LIMITS)
    assert (claim.state, claim.token) == (State.PENDING, "new")
    assert claim.expires_at == NOW + 8 * DAY
    assert claim.accepted_tokens(NOW + 2 * DAY - SECOND) == ("new", "token")
    assert claim.accepted_tokens(NOW + 2 * DAY) == ("new",)


def test_d13_whatever_code_proved_a_domain_goes_on_holding_it():
    claim = claim_life.rotated(pending(), "new", NOW, LIMITS)
    early = after(claim, FOUND, HOUR).claim
    assert early.accepted_tokens(NOW + 300 * DAY) == ("new", "token")
    assert after(early, FOUND, 300 * DAY).claim.accepted_tokens(NOW + 300 * DAY) == ("new", "token")
    late = after(claim, FOUND, DAY).claim
    assert (late.previous_token, late.previous_until) == (None, None)


def test_d13_a_new_code_restarts_what_expired_and_not_what_lapsed():
    again = claim_life.rotated(expired(), "new", NOW + 9 * DAY, LIMITS)
    assert (again.state, again.expires_at) == (State.PENDING, NOW + 16 * DAY)
    assert again.accepted_tokens(NOW + 9 * DAY) == ("new",)
    over = claim_life.rotated(lapsed(), "new", NOW + 9 * DAY, LIMITS)
    assert (over.state, over.next_check_at, over.token) == (State.LAPSED, None, "new")
    assert over.accepted_tokens(NOW + 9 * DAY) == ("new",)


def test_a_new_code_was_never_looked_for():
    claim = claim_life.rotated(after(pending(), MISSING, HOUR).claim, "new", NOW + DAY, LIMITS)
    assert (claim.last_check, claim.last_checked_at, claim.checks) == (None, None, 0)


@pytest.mark.parametrize("claim", [pending, verified, at_risk, contested, lapsed, expired])
def test_what_is_given_up_is_over_at_once(claim):
    over = claim_life.ended(replace(claim(), authoritative=True, leased_until=NOW))
    assert over.state is State.REVOKED
    assert (over.next_check_at, over.leased_until, over.transfer_after) == (None, None, None)
    assert not over.authoritative
    assert not over.contested


def test_d34_a_contest_gives_the_owner_three_days():
    claim, events = claim_life.contested(verified(), MISSING, NOW, LIMITS)
    assert events == (Event.CONTESTED,)
    assert (claim.state, claim.contested) == (State.AT_RISK, True)
    assert claim.grace_ends_at == NOW + 72 * HOUR
    assert not claim_life.is_contest_over(claim, NOW + 72 * HOUR - SECOND)
    assert claim_life.is_contest_over(claim, NOW + 72 * HOUR)
    assert not claim_life.is_contest_over(at_risk(), NOW + 8 * DAY)


def test_d34_a_contest_shortens_a_grace_period_and_never_lengthens_it():
    early, events = claim_life.contested(at_risk(), MISSING, NOW + DAY, LIMITS)
    assert (early.grace_ends_at, events) == (NOW + 4 * DAY, (Event.CONTESTED,))
    late = claim_life.contested(at_risk(), MISSING, NOW + 6 * DAY, LIMITS).claim
    assert late.grace_ends_at == NOW + 7 * DAY
    again, events = claim_life.contested(early, MISSING, NOW + 2 * DAY, LIMITS)
    assert (again.grace_ends_at, events) == (early.grace_ends_at, ())


def test_d35_a_contest_waits_for_silent_name_servers_and_not_for_ever():
    claim = after(contested(), SILENCE, 73 * HOUR).claim
    assert claim.state is State.AT_RISK
    assert after(claim, SILENCE, 73 * HOUR + 14 * DAY - SECOND).claim.state is State.AT_RISK
    assert after(claim, SILENCE, 73 * HOUR + 14 * DAY).claim.state is State.LAPSED
    assert after(claim, MISSING, 74 * HOUR).claim.state is State.LAPSED


def test_d35_what_is_handed_over_has_lapsed():
    claim, events = claim_life.handed_over(contested(), MISSING, NOW + 72 * HOUR)
    assert (claim.state, events) == (State.LAPSED, (Event.HANDED_OVER,))
    assert (claim.next_check_at, claim.contested) == (None, False)


def test_d34_whoever_waits_for_a_contest_does_not_expire_meanwhile():
    ends_at = NOW + 9 * DAY
    step = claim_life.held_up(pending(), FOUND, NOW + 6 * DAY, LIMITS, ends_at)
    assert (step.claim.state, step.events) == (State.PENDING, ())
    assert step.claim.transfer_after == ends_at
    assert step.claim.expires_at == ends_at + DAY
    early = claim_life.held_up(pending(), FOUND, NOW, LIMITS, NOW + 72 * HOUR).claim
    assert early.expires_at == NOW + 7 * DAY


def test_d33_whoever_is_held_up_without_a_contest_expires_like_any_other():
    step = claim_life.held_up(pending(), FOUND, NOW + DAY, LIMITS)
    assert (step.claim.state, step.claim.transfer_after) == (State.PENDING, None)
    over = claim_life.held_up(pending(), FOUND, NOW + 7 * DAY, LIMITS)
    assert (over.claim.state, over.events) == (State.EXPIRED, (Event.EXPIRED,))
    still = claim_life.held_up(lapsed(), FOUND, NOW + 30 * DAY, LIMITS, NOW + 33 * DAY).claim
    assert (still.state, still.expires_at, still.next_check_at) == (State.LAPSED, None, None)


def test_a_contest_that_went_by_without_a_record_is_forgotten():
    waiting = claim_life.held_up(pending(), FOUND, NOW, LIMITS, NOW + 72 * HOUR).claim
    assert after(waiting, MISSING, 71 * HOUR).claim.transfer_after == NOW + 72 * HOUR
    assert after(waiting, MISSING, 72 * HOUR).claim.transfer_after is None
