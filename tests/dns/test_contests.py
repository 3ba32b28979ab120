"""A domain that one organization owns and another one proves, with real records (1.7)."""

from datetime import timedelta

import pytest

from scimserver.domain import record
from scimserver.domain.claims import State
from scimserver.domain.errors import DomainOwnedError
from scimserver.domain.findings import Code
from tests.conftest import ENGINES

CONTEST = timedelta(hours=72)
BOTH = pytest.mark.parametrize("engine_name", ENGINES, indirect=True)


class Two:
    """An owner whose record is there, and somebody else who has a claim of the same domain."""

    def __init__(self, world):
        self.world = world
        self.knot = world.knot
        self.owner, self.rival = world.organization("Owner"), world.organization("Rival")
        self.owned = world.verified(self.owner)
        self.wanted = world.add(self.rival, self.owned.domain)
        world.later(seconds=10)

    def publish(self, *claims):
        """Let the records of these claims be all that are there."""
        name = record.challenge_name(self.owned.domain)
        self.knot.publish_txt(name, *(record.value(each.token) for each in claims))

    def contest(self):
        return self.world.verify(self.rival, self.wanted)

    @property
    def theirs(self):
        return self.world.claim(self.owner, self.owned)

    @property
    def ours(self):
        return self.world.claim(self.rival, self.wanted)

    @property
    def states(self):
        return (self.theirs.state, self.ours.state)


@pytest.fixture
def two(world):
    return Two(world)


@pytest.fixture
def contested(two):
    """The owner's record is gone, and the other one was found."""
    two.publish(two.wanted)
    two.contest()
    return two


def test_whose_own_record_is_missing_hears_only_that(two):
    found = two.contest().last_check
    assert (found.code, found.hints) == (Code.NO_MATCH, ())
    assert two.states == (State.VERIFIED, State.PENDING)
    assert two.world.told(two.owner) == [("domain_verified", 0)]


@BOTH
def test_an_owner_whose_record_is_there_keeps_the_domain_and_is_told(two):
    two.publish(two.owned, two.wanted)
    with pytest.raises(DomainOwnedError) as refused:
        two.contest()
    assert "Owner" not in refused.value.detail
    assert two.states == (State.VERIFIED, State.PENDING)
    assert two.world.told(two.owner)[-1] == ("domain_claimed_elsewhere", 0)
    assert two.world.told(two.rival) == []


def test_an_owner_is_not_told_again_and_again(two):
    two.publish(two.owned, two.wanted)
    for _ in range(3):
        with pytest.raises(DomainOwnedError):
            two.contest()
        two.world.later(seconds=10)
    assert [code for code, _ in two.world.told(two.owner)] == [
        "domain_verified",
        "domain_claimed_elsewhere",
    ]


@BOTH
def test_an_owner_whose_record_is_gone_is_contested(contested):
    theirs, ours = contested.theirs, contested.ours
    assert (theirs.state, theirs.contested, theirs.is_owned) == (State.AT_RISK, True, True)
    assert theirs.grace_ends_at == contested.world.now + CONTEST
    assert (ours.state, ours.transfer_after) == (State.PENDING, theirs.grace_ends_at)
    assert ours.expires_at > ours.transfer_after
    assert "domain_contested" in dict(contested.world.told(contested.owner))


def test_nobody_waits_longer_than_the_code_is_good_for(world):
    """The expiry of whoever waits is put off until it is their turn (D34)."""
    owner, rival = world.organization("Owner"), world.organization("Rival")
    owned = world.verified(owner)
    wanted = world.add(rival, owned.domain)
    world.later(days=6, hours=12)
    world.knot.publish_txt(record.challenge_name(owned.domain), record.value(wanted.token))
    ours = world.verify(rival, wanted)
    assert ours.expires_at > ours.transfer_after > wanted.expires_at
    world.later(days=3, hours=1)
    assert world.claim(rival, wanted).state is State.VERIFIED


def test_an_owner_about_whom_nothing_can_be_found_out_is_left_alone(two):
    """Between the two questions something broke, and is whole again afterwards."""
    two.publish(two.wanted)
    real = two.world.prover.look

    def look(question):
        if two.owned.token not in question.tokens:
            return real(question)
        two.world.obscure(two.owned)
        found = real(question)
        two.world.withdraw(two.owned)
        two.publish(two.wanted)
        return found

    two.world.prover.look = look
    with pytest.raises(DomainOwnedError) as refused:
        two.contest()
    assert refused.value.retry_after
    assert two.states == (State.VERIFIED, State.PENDING)
    assert not two.theirs.contested


@BOTH
def test_after_the_contest_the_domain_passes(contested):
    world = contested.world
    world.later(hours=72)
    assert contested.states == (State.LAPSED, State.VERIFIED)
    assert not contested.theirs.authoritative
    assert world.events(contested.owner)[-1] == "domain:hand_over"
    assert world.events(contested.rival)[-1] == "domain:verify"
    assert world.told(contested.owner)[-1][0] == "domain_lost"
    assert world.told(contested.rival)[-1][0] == "domain_verified"


def test_until_then_the_owner_has_it(contested):
    contested.world.later(hours=71, minutes=59)
    assert contested.theirs.is_owned
    assert contested.ours.state is State.PENDING


def test_who_asks_early_changes_nothing(contested):
    ends_at = contested.theirs.grace_ends_at
    for _ in range(3):
        contested.world.later(hours=1)
        assert contested.contest().state is State.PENDING
    assert contested.theirs.grace_ends_at == ends_at


@pytest.mark.parametrize("hours", [1, 71])
def test_an_owner_whose_record_is_back_has_won(contested, hours):
    contested.world.later(hours=hours)
    contested.publish(contested.owned, contested.wanted)
    contested.world.later(hours=2)
    theirs, ours = contested.theirs, contested.ours
    assert (theirs.state, theirs.contested, theirs.grace_ends_at) == (State.VERIFIED, False, None)
    assert (ours.state, ours.is_owned) == (State.PENDING, False)
    assert "domain_contest_over" in dict(contested.world.told(contested.owner))


def test_whose_record_is_gone_in_the_end_does_not_get_the_domain(contested):
    """The old owner has not got it either: both were asked, and neither has a record (D35)."""
    contested.publish()
    contested.world.later(hours=73)
    assert contested.states == (State.LAPSED, State.PENDING)


def test_a_lost_domain_is_won_back_in_the_same_way_and_never_by_itself(contested):
    world = contested.world
    world.later(hours=73)
    contested.publish(contested.owned)
    assert world.verify(contested.owner, contested.owned).state is State.LAPSED
    assert (contested.ours.state, contested.ours.contested) == (State.AT_RISK, True)
    world.later(hours=73)
    assert contested.states == (State.LAPSED, State.LAPSED)
    assert world.verify(contested.owner, contested.owned).state is State.VERIFIED
