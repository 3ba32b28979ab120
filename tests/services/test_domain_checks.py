"""Claims looked at in DNS: on demand, when they are due, and by several at once (1.5)."""

import pytest

from scimserver.domain.claims import State
from scimserver.domain.errors import DomainOwnedError
from tests.claiming import Claims


@pytest.fixture
def world(database):
    return Claims(database)


@pytest.fixture
def acme(world):
    return world.organization()


def test_a_record_that_is_found_makes_the_domain_the_organizations(world, acme):
    claim = world.add(acme)
    assert world.verify(acme, claim).last_check.code == "record_not_found"
    world.clock.advance(10)
    world.zone("acme.com").publish(claim.token)
    done = world.verify(acme, claim)
    assert (done.state, done.verified_at) == (State.VERIFIED, world.now)
    assert world.owner_of("acme.com") == acme.org_id
    assert world.now_of(claim) == done
    assert world.told(acme) == ["domain_verified"]


def test_the_schedule_finds_a_record_by_itself(world, acme):
    claim = world.add(acme)
    world.pass_time(minutes=20)
    assert world.now_of(claim).state is State.PENDING
    world.zone("acme.com").publish(claim.token)
    world.pass_time(minutes=20)
    assert world.now_of(claim).state is State.VERIFIED


def test_a_domain_without_its_record_lapses_in_the_end(world, acme):
    claim = world.verified(acme)
    world.zone("acme.com").withdraw(claim.token)
    world.pass_time(days=3)
    assert world.now_of(claim).state is State.AT_RISK
    world.pass_time(days=7)
    assert world.now_of(claim).state is State.LAPSED
    assert world.owner_of("acme.com") is None
    assert world.told(acme) == [
        "domain_verified",
        "domain_at_risk",
        "domain_reminder",
        "domain_reminder",
        "domain_lapsed",
    ]


def test_a_contest_ends_with_the_domain_handed_over(world, acme):
    globex = world.organization("Globex")
    theirs = world.verified(acme)
    mine = world.add(globex)
    world.zone("acme.com").publish(mine.token)
    with pytest.raises(DomainOwnedError):
        world.verify(globex, mine)
    world.zone("acme.com").withdraw(theirs.token)
    world.clock.advance(10)
    waiting = world.verify(globex, mine)
    assert waiting.state is State.PENDING
    assert waiting.transfer_after is not None
    world.pass_time(hours=73)
    assert world.now_of(theirs).state is State.LAPSED
    assert world.now_of(mine).state is State.VERIFIED
    assert world.owner_of("acme.com") == globex.org_id
