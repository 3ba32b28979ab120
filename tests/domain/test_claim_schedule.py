"""When claims are looked at: often while people wait, daily for ever after (D24, D26)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.config import Settings
from scimserver.domain import claim_life, claim_schedule
from scimserver.domain.claim_schedule import Limits
from scimserver.domain.findings import Code, Finding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = Limits()
FOUND = Finding(Code.VERIFIED)
MISSING = Finding(Code.RECORD_NOT_FOUND)
SILENCE = Finding(Code.TIMEOUT)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def pending():
    return claim_life.begun("org", "id", "acme.com", "token", NOW, LIMITS)


def verified():
    return claim_life.after_check(pending(), FOUND, NOW, LIMITS).claim


def at_risk():
    claim = replace(verified(), negatives=2, negative_since=NOW - DAY)
    return claim_life.after_check(claim, MISSING, NOW, LIMITS).claim


def checks(claim, finding, until, limits=LIMITS, jitter=0.0):
    """Return how long after NOW a claim is looked at, each time with the same result."""
    found = []
    while claim.next_check_at is not None and claim.next_check_at <= NOW + until:
        at = claim.next_check_at
        found.append(at - NOW)
        claim = claim_life.after_check(claim, finding, at, limits, jitter).claim
    return found


def test_d26_a_pending_claim_is_looked_at_ever_more_seldom():
    minutes = [m * MINUTE for m in (1, 5, 15, 30)]
    hours = [h * HOUR for h in (1, 2, 4, 8, 12, 24)]
    daily = [d * DAY for d in range(2, 8)]
    assert checks(pending(), MISSING, 30 * DAY) == [*minutes, *hours, *daily]


def test_d26_a_look_by_hand_changes_nothing_about_the_schedule():
    claim = claim_life.after_check(pending(), MISSING, NOW + 3 * MINUTE, LIMITS).claim
    assert claim.next_check_at == NOW + 5 * MINUTE


def test_d26_a_new_code_begins_the_schedule_anew():
    claim = claim_life.after_check(pending(), MISSING, NOW + DAY, LIMITS).claim
    claim = claim_life.rotated(claim, "new", NOW + DAY, LIMITS)
    assert claim.next_check_at == NOW + DAY + MINUTE


@pytest.mark.parametrize(("jitter", "hours"), [(-1, 21.6), (0, 24), (1, 26.4)])
def test_d26_an_owned_domain_is_looked_at_daily_give_or_take_a_tenth(jitter, hours):
    claim = claim_life.after_check(verified(), FOUND, NOW, LIMITS, jitter).claim
    assert claim.next_check_at == NOW + hours * HOUR


def test_d26_a_record_that_is_gone_is_looked_for_three_times_within_a_day():
    claim = claim_life.after_check(verified(), MISSING, NOW, LIMITS).claim
    assert checks(claim, MISSING, DAY) == [8 * HOUR, 16 * HOUR, 24 * HOUR]
    silent = claim_life.after_check(claim, SILENCE, NOW + 8 * HOUR, LIMITS).claim
    assert silent.next_check_at == NOW + 16 * HOUR


def test_a_domain_at_risk_is_looked_at_daily_and_whenever_something_happens():
    week = [d * DAY for d in range(1, 8)]
    assert checks(at_risk(), MISSING, 30 * DAY) == week
    odd = claim_life.after_check(at_risk(), MISSING, NOW + 2.5 * DAY, LIMITS).claim
    assert odd.next_check_at == NOW + 3 * DAY


def test_a_grace_period_that_is_shorter_than_a_reminder_has_none():
    limits = replace(LIMITS, grace=3 * DAY)
    claim = replace(verified(), negatives=2, negative_since=NOW - DAY)
    claim = claim_life.after_check(claim, MISSING, NOW, limits).claim
    assert claim_schedule.reminders(claim) == []
    assert checks(claim, MISSING, 30 * DAY, limits) == [DAY, 2 * DAY, 3 * DAY]


def test_d24_no_check_comes_before_caches_have_forgotten():
    slow = replace(MISSING, ttl=3_600)
    claim = claim_life.after_check(pending(), slow, NOW + MINUTE, LIMITS).claim
    assert claim.next_check_at == NOW + MINUTE + HOUR
    matched = replace(FOUND, ttl=86_400)
    claim = claim_life.after_check(verified(), matched, NOW, LIMITS, -1).claim
    assert claim.next_check_at < NOW + DAY


def test_d24_nobody_chooses_never_to_be_asked_again():
    endless = replace(MISSING, ttl=2**31 - 1)
    claim = claim_life.after_check(verified(), endless, NOW, LIMITS).claim
    assert claim.next_check_at == NOW + DAY


def test_d24_what_happens_by_the_clock_does_not_wait_for_caches():
    slow = replace(MISSING, ttl=86_400)
    claim = claim_life.after_check(at_risk(), slow, NOW + 6.5 * DAY, LIMITS).claim
    assert claim.next_check_at == NOW + 7 * DAY
    assert not claim_schedule.is_worth_a_look(claim, NOW + 7 * DAY)
    late = claim_life.after_check(pending(), slow, NOW + 6.5 * DAY, LIMITS).claim
    assert late.next_check_at == NOW + 7 * DAY


def test_a_look_is_worth_it_where_something_new_could_be_seen():
    slow = replace(MISSING, ttl=300)
    claim = claim_life.after_check(verified(), slow, NOW, LIMITS).claim
    assert not claim_schedule.is_worth_a_look(claim, NOW + 299 * timedelta(seconds=1))
    assert claim_schedule.is_worth_a_look(claim, NOW + 5 * MINUTE)
    assert claim_schedule.is_worth_a_look(pending(), NOW + MINUTE)
    assert claim_schedule.is_worth_a_look(verified(), NOW)
    assert not claim_schedule.is_worth_a_look(pending(), NOW + 7 * DAY)


def test_d35_both_sides_are_looked_at_when_a_contest_ends():
    ends_at = NOW + 72 * HOUR
    waiting = claim_life.held_up(pending(), FOUND, NOW + 2 * DAY, LIMITS, ends_at).claim
    assert waiting.next_check_at == ends_at
    slow = replace(MISSING, ttl=86_400)
    waiting = claim_life.after_check(waiting, slow, NOW + 2.5 * DAY, LIMITS).claim
    assert waiting.next_check_at == ends_at
    assert not claim_schedule.is_worth_a_look(waiting, ends_at - MINUTE)
    assert claim_schedule.is_worth_a_look(waiting, ends_at)
    owner = claim_life.contested(verified(), MISSING, NOW, LIMITS).claim
    assert owner.next_check_at == NOW + 8 * HOUR
    owner = claim_life.after_check(owner, MISSING, NOW + 2.5 * DAY, LIMITS).claim
    # Whoever contests comes first, and takes the domain over in one step.
    assert owner.next_check_at == ends_at + 10 * MINUTE


def test_a_contest_that_waits_for_name_servers_is_looked_at_every_hour():
    owner = claim_life.contested(verified(), MISSING, NOW, LIMITS).claim
    owner = claim_life.after_check(owner, SILENCE, NOW + 73 * HOUR, LIMITS).claim
    assert owner.next_check_at == NOW + 74 * HOUR


def test_nothing_is_looked_at_that_is_over():
    expired = claim_life.by_clock(pending(), NOW + 7 * DAY, LIMITS).claim
    lapsed = claim_life.by_clock(at_risk(), NOW + 7 * DAY, LIMITS).claim
    looked = claim_life.after_check(lapsed, MISSING, NOW + 8 * DAY, LIMITS).claim
    assert [c.next_check_at for c in (expired, lapsed, looked)] == [None, None, None]


def test_the_limits_are_those_of_the_settings():
    defaults = {"SCIMSERVER_DATABASE_URL": "sqlite:///x.db"}
    assert Limits.of(Settings.from_env(defaults)) == LIMITS
    named = ("RECHECK_HOURS", "GRACE_DAYS", "CONTEST_HOURS", "TRANSIENT_DAYS", "CHALLENGE_DAYS")
    others = Settings.from_env({**defaults, **{f"SCIMSERVER_{name}": "2" for name in named}})
    two_hours, two_days = 2 * HOUR, 2 * DAY
    assert Limits.of(others) == Limits(two_hours, two_days, two_hours, two_days, two_days)
