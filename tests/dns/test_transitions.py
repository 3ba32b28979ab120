"""Every transition of a claim's life, brought about by real records and a clock (1.5, 1.7)."""

from datetime import timedelta

import pytest

from scimserver.domain import record
from scimserver.domain.claims import State
from scimserver.domain.errors import (
    AlreadyVerifiedError,
    DomainOwnedError,
    InvalidRequestError,
    UnknownResourceError,
)
from scimserver.domain.findings import Code, Hint
from tests.conftest import ENGINES
from tests.dns.world import START

BOTH = pytest.mark.parametrize("engine_name", ENGINES, indirect=True)


@pytest.fixture
def acme(world):
    return world.organization("Acme")


@pytest.fixture
def owned(world, acme):
    """A claim that was verified."""
    return world.verified(acme)


@pytest.fixture
def at_risk(world, acme, owned):
    """One whose record was then taken away, and missed."""
    world.withdraw(owned)
    world.later(days=3)
    assert world.claim(acme, owned).state is State.AT_RISK
    return world.claim(acme, owned)


@pytest.fixture
def lapsed(world, acme, at_risk):
    """One whose record did not come back."""
    world.later(days=8)
    assert world.claim(acme, at_risk).state is State.LAPSED
    return world.claim(acme, at_risk)


def _state(world, actor, claim):
    return world.claim(actor, claim).state


# Before it is verified.


def test_a_new_claim_is_pending_with_a_code_of_its_own(world, acme):
    domain, other = world.knot.new_zone(), world.knot.new_zone()
    claim, second = world.add(acme, domain), world.add(acme, other)
    assert (claim.state, claim.expires_at) == (State.PENDING, START + timedelta(days=7))
    assert len(claim.token) == 32
    assert claim.token != second.token
    assert claim.next_check_at == START + timedelta(minutes=1)


@BOTH
def test_a_pending_claim_is_verified_by_itself_once_its_record_is_there(world, acme):
    claim = world.add(acme, world.knot.new_zone())
    world.later(minutes=20)
    assert _state(world, acme, claim) is State.PENDING
    world.publish(claim)
    world.later(minutes=10)
    assert _state(world, acme, claim) is State.VERIFIED
    assert world.claim(acme, claim).verified_at == START + timedelta(minutes=30)
    assert world.events(acme) == ["domain:add", "domain:verify"]
    assert world.told(acme) == [("domain_verified", 0)]


def test_a_pending_claim_is_verified_when_an_administrator_asks(world, acme):
    claim = world.add(acme, world.knot.new_zone())
    world.publish(claim)
    assert world.verify(acme, claim).state is State.VERIFIED


def test_a_pending_claim_is_looked_at_often_first_and_seldom_later(world, acme):
    claim = world.add(acme, world.knot.new_zone())
    looked = []
    while (now := world.claim(acme, claim)).state is State.PENDING:
        looked.append((now.next_check_at - START) / timedelta(hours=1))
        world.later(seconds=(now.next_check_at - world.now).total_seconds())
    minutes = [1 / 60, 5 / 60, 15 / 60, 30 / 60]
    assert looked == pytest.approx([*minutes, 1, 2, 4, 8, 12, 24, 48, 72, 96, 120, 144, 168])


def test_no_claim_is_looked_at_while_caches_still_hold_what_was_there(world, acme):
    """The zone says how long it may be remembered that there is no record (D24)."""
    claim = world.add(acme, world.knot.new_zone(negative=3600))
    world.later(minutes=1)
    seen = world.claim(acme, claim)
    assert (seen.last_check.code, seen.last_check.ttl) == (Code.RECORD_NOT_FOUND, 3600)
    assert seen.next_check_at >= START + timedelta(minutes=61)


def test_a_pending_claim_expires(world, acme):
    claim = world.add(acme, world.knot.new_zone())
    world.later(days=7, seconds=-1)
    assert _state(world, acme, claim) is State.PENDING
    world.later(seconds=1)
    assert _state(world, acme, claim) is State.EXPIRED
    assert world.events(acme) == ["domain:add", "domain:expire"]
    assert world.told(acme) == [("domain_expired", 7)]


def test_an_expired_claim_begins_again_with_another_code(world, acme):
    before = world.add(acme, world.knot.new_zone())
    world.later(days=7)
    world.publish(before)
    with pytest.raises(InvalidRequestError):
        world.verify(acme, before)
    claim = world.rotate(acme, before)
    assert (claim.state, claim.expires_at) == (State.PENDING, world.now + timedelta(days=7))
    found = world.verify(acme, claim)
    assert (found.state, found.last_check.code) == (State.PENDING, Code.NO_MATCH)
    assert found.last_check.hints == (Hint.OLD_CODE,)
    world.publish(claim)
    world.later(minutes=5)
    assert _state(world, acme, claim) is State.VERIFIED


@pytest.mark.parametrize(
    ("hours", "state"), [(23, State.VERIFIED), (25, State.PENDING)], ids=["a day", "longer"]
)
def test_the_code_before_a_new_one_counts_for_a_day(world, acme, hours, state):
    before = world.add(acme, world.knot.new_zone())
    world.rotate(acme, before)
    world.later(hours=hours)
    world.publish(before)
    assert world.verify(acme, before).state is state


# While it is owned.


def test_a_verified_claim_is_looked_at_every_day(world, acme, owned):
    looked = []
    for _ in range(4):
        looked.append(world.claim(acme, owned).next_check_at - world.now)
        world.later(seconds=looked[-1].total_seconds())
    assert all(timedelta(hours=21) <= each <= timedelta(hours=27) for each in looked)
    assert (_state(world, acme, owned), world.claim(acme, owned).checks) == (State.VERIFIED, 5)


@BOTH
def test_a_record_that_is_missing_for_a_day_and_three_looks_puts_a_claim_at_risk(
    world, acme, owned
):
    world.withdraw(owned)
    first = world.claim(acme, owned).next_check_at - world.now
    world.later(seconds=first.total_seconds())
    assert world.claim(acme, owned).negatives == 1
    world.later(hours=23)
    seen = world.claim(acme, owned)
    assert (seen.state, seen.negatives) == (State.VERIFIED, 3)
    world.later(hours=1)
    seen = world.claim(acme, owned)
    assert (seen.state, seen.grace_ends_at) == (State.AT_RISK, world.now + timedelta(days=7))
    assert seen.is_owned
    assert world.events(acme) == ["domain:add", "domain:verify", "domain:risk"]


def test_many_looks_within_a_day_are_no_loss(world, acme, owned):
    world.withdraw(owned)
    for _ in range(6):
        world.later(seconds=10)
        assert world.verify(acme, owned).last_check.code is Code.RECORD_NOT_FOUND
    assert _state(world, acme, owned) is State.VERIFIED


def test_a_match_forgets_what_was_missing_before(world, acme, owned):
    world.withdraw(owned)
    world.later(hours=44)
    assert world.claim(acme, owned).negatives == 3
    world.publish(owned)
    world.later(hours=1)
    seen = world.verify(acme, owned)
    assert (seen.state, seen.negatives, seen.negative_since) == (State.VERIFIED, 0, None)


def test_what_says_nothing_is_neither_counted_nor_forgets_what_was(world, acme, owned):
    world.withdraw(owned)
    world.later(hours=28)
    negatives = world.claim(acme, owned).negatives
    world.obscure(owned)
    world.later(days=5)
    seen = world.claim(acme, owned)
    assert (seen.state, seen.last_check.code) == (State.VERIFIED, Code.CNAME_LOOP)
    assert (negatives > 0, seen.negatives) == (True, negatives)


def test_two_weeks_without_a_definite_answer_put_a_claim_at_risk(world, acme, owned):
    world.obscure(owned)
    world.later(days=14)
    assert _state(world, acme, owned) is State.VERIFIED
    world.later(days=2, hours=6)
    assert _state(world, acme, owned) is State.AT_RISK


def test_a_record_that_is_back_ends_the_risk_at_once(world, acme, at_risk):
    world.publish(at_risk)
    seen = world.verify(acme, at_risk)
    assert (seen.state, seen.grace_ends_at, seen.token) == (State.VERIFIED, None, at_risk.token)
    assert world.events(acme)[-1] == "domain:recover"


def test_those_who_answer_for_it_are_told_at_once_and_twice_more(world, acme, at_risk):
    began = (at_risk.at_risk_since - START) // timedelta(days=1)
    world.later(days=8)
    assert world.told(acme) == [
        ("domain_verified", 0),
        ("domain_at_risk", began),
        ("domain_reminder", began + 3),
        ("domain_reminder", began + 6),
        ("domain_lapsed", began + 7),
    ]


def test_a_claim_whose_record_does_not_come_back_lapses(world, acme, at_risk):
    left = at_risk.grace_ends_at - world.now
    world.later(seconds=left.total_seconds() - 1)
    assert _state(world, acme, at_risk) is State.AT_RISK
    world.later(seconds=1)
    seen = world.claim(acme, at_risk)
    assert (seen.state, seen.is_owned, seen.next_check_at) == (State.LAPSED, False, None)


def test_a_record_that_comes_back_in_the_last_moment_is_seen(world, acme, at_risk):
    left = at_risk.grace_ends_at - world.now
    world.later(seconds=left.total_seconds() - 1)
    world.publish(at_risk)
    world.later(seconds=1)
    assert _state(world, acme, at_risk) is State.VERIFIED


# Afterwards.


def test_a_lapsed_claim_comes_back_only_when_somebody_asks(world, acme, lapsed):
    world.publish(lapsed)
    world.later(days=30)
    assert _state(world, acme, lapsed) is State.LAPSED
    seen = world.verify(acme, lapsed)
    assert (seen.state, seen.token) == (State.VERIFIED, lapsed.token)


def test_a_lapsed_claim_stays_so_without_its_record(world, acme, lapsed):
    seen = world.verify(acme, lapsed)
    assert (seen.state, seen.last_check.code) == (State.LAPSED, Code.RECORD_NOT_FOUND)


def test_a_lapsed_claim_does_not_come_back_over_somebody_elses(world, acme, lapsed):
    rival = world.organization("Rival")
    theirs = world.verified(rival, lapsed.domain)
    world.later(seconds=10)
    world.knot.publish_txt(
        record.challenge_name(lapsed.domain), record.value(lapsed.token), record.value(theirs.token)
    )
    with pytest.raises(DomainOwnedError):
        world.verify(acme, lapsed)
    assert (_state(world, acme, lapsed), _state(world, rival, theirs)) == (
        State.LAPSED,
        State.VERIFIED,
    )


@pytest.mark.parametrize("state", ["pending", "owned", "at_risk", "lapsed"])
def test_a_claim_can_be_removed_whatever_its_state(request, world, acme, state):
    claim = (
        world.add(acme, world.knot.new_zone())
        if state == "pending"
        else request.getfixturevalue(state)
    )
    world.remove(acme, claim)
    world.publish(claim)
    world.later(seconds=10)
    with pytest.raises(UnknownResourceError):
        world.verify(acme, claim)
    again = world.add(acme, claim.domain)
    assert (again.state, again.id != claim.id) == (State.PENDING, True)
    found = world.verify(acme, again).last_check
    assert (found.code, found.hints) == (Code.NO_MATCH, (Hint.OLD_CODE,))


@pytest.mark.parametrize("state", ["owned", "at_risk"])
def test_an_owned_claim_keeps_its_code(request, world, acme, state):
    with pytest.raises(AlreadyVerifiedError):
        world.rotate(acme, request.getfixturevalue(state))
