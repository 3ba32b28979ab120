"""A domain that one organization owns and another one proves (1.7, D32 to D36)."""

import json

import pytest

from scimserver.domain.claims import State
from scimserver.domain.errors import DomainOwnedError, TooOftenError
from scimserver.services import accounts, claim_object, domains
from scimserver.services.handover import RETRY_AFTER
from scimserver.storage.models import audit, mail, notice
from tests.claiming import Claims
from tests.conftest import SQLITE
from tests.factories import a_person, rows
from tests.fakes import AWAY

DOMAIN = "acme.com"


class Two:
    """The owner of a domain, whose record is there, and somebody else with a claim of it."""

    def __init__(self, database):
        self.world = world = Claims(database)
        self.owner, self.rival = world.organization("Olim Ltd"), world.organization("Rex Ltd")
        self.owned = world.verified(self.owner)
        self.wanted = world.add(self.rival)
        self.zone = world.zone(DOMAIN)

    def publish(self, *claims):
        """Let the records of these claims be all that are there."""
        self.zone.tokens = {claim.token for claim in claims}

    def contest(self):
        """Let the rival verify, as soon as it may again."""
        self.world.clock.advance(10)
        return self.world.verify(self.rival, self.wanted)

    def refused(self):
        with pytest.raises(DomainOwnedError) as caught:
            self.contest()
        return caught.value

    @property
    def theirs(self):
        return self.world.now_of(self.owned)

    @property
    def ours(self):
        return self.world.now_of(self.wanted)

    @property
    def states(self):
        return self.theirs.state, self.ours.state

    @property
    def holder(self):
        return self.world.owner_of(DOMAIN)


@pytest.fixture
def two(database):
    return Two(database)


def test_d32_without_a_record_of_its_own_the_owner_is_left_alone(two):
    two.publish(two.owned)
    before = two.theirs
    looked = two.contest()
    assert (looked.state, looked.last_check.code) == (State.PENDING, "no_match")
    assert two.theirs == before
    assert len(two.world.prover.asked) == 2
    assert two.world.told(two.owner) == ["domain_verified"]


@SQLITE
def test_a10_nor_is_it_disturbed_by_trying_again_and_again(two):
    two.publish()
    before = two.theirs
    for _ in range(30):
        two.contest()
    with pytest.raises(TooOftenError):
        two.contest()
    assert two.theirs == before
    assert two.holder == two.owner.org_id


def test_d33_an_owner_whose_record_is_there_keeps_the_domain_and_is_told(two):
    two.publish(two.owned, two.wanted)
    refusal = two.refused()
    assert (refusal.code, refusal.retry_after) == ("domain_owned", None)
    assert two.states == (State.VERIFIED, State.PENDING)
    assert two.holder == two.owner.org_id
    # What was seen is kept on both sides, although the answer was no.
    assert two.ours.last_check.is_match
    assert two.ours.transfer_after is None
    assert two.theirs.last_checked_at == two.world.now
    assert two.world.told(two.owner) == ["domain_verified", "domain_claimed_elsewhere"]
    assert two.world.told(two.rival) == []
    # Whoever tries again and again is not heard again and again.
    two.refused()
    assert len(two.world.told(two.owner)) == 2
    # Another domain is another matter.
    two.world.verified(two.owner, "acme.org")
    other = two.world.add(two.rival, "acme.org")
    two.world.zone("acme.org").publish(other.token)
    with pytest.raises(DomainOwnedError):
        two.world.verify(two.rival, other)
    assert two.world.told(two.owner)[2:] == ["domain_verified", "domain_claimed_elsewhere"]
    two.world.clock.advance(86_400)
    two.refused()
    assert len(two.world.told(two.owner)) == 5


@SQLITE
def test_d33_what_the_operator_attested_needs_no_record(database):
    world = Claims(database)
    owner, rival = world.organization(), world.organization("Globex")
    attested = world.run(lambda s: domains.attest(s, owner, world.now, DOMAIN, reason="x"))
    wanted = world.add(rival)
    world.zone(DOMAIN).publish(wanted.token)
    with pytest.raises(DomainOwnedError):
        world.verify(rival, wanted)
    assert world.now_of(attested) == attested
    assert world.told(owner) == ["domain_claimed_elsewhere"]
    assert len(world.prover.asked) == 1


def test_d34_name_servers_that_do_not_answer_change_nothing(two):
    two.publish(two.wanted)
    found = two.zone

    def look(question):
        return AWAY if two.owned.token in question.tokens else found(question)

    two.world.prover.findings[DOMAIN] = look
    before = two.theirs
    assert two.refused().retry_after == RETRY_AFTER
    assert two.theirs == before
    assert (two.ours.state, two.ours.transfer_after) == (State.PENDING, None)
    assert two.world.told(two.owner) == ["domain_verified"]


def test_d34_an_owner_whose_record_is_gone_has_three_days(two):
    two.publish(two.wanted)
    waiting = two.contest()
    ends_at = two.theirs.grace_ends_at
    assert (ends_at - two.world.now).total_seconds() == 72 * 3_600
    assert two.states == (State.AT_RISK, State.PENDING)
    assert two.theirs.contested
    assert not waiting.contested
    assert waiting.transfer_after == ends_at
    assert waiting.expires_at > ends_at
    assert two.holder == two.owner.org_id
    assert two.world.told(two.owner) == ["domain_verified", "domain_contested"]
    row = two.world.events(two.owner)[-1]
    assert (row["event"], row["door"], row["actor"]) == ("domain:contest", "system", "domains")
    # To press Verify again makes it neither shorter nor longer.
    again = two.contest()
    assert again.transfer_after == ends_at
    assert two.world.told(two.owner) == ["domain_verified", "domain_contested"]


def test_d35_in_the_end_the_domain_passes_to_whoever_proves_it(two, database):
    person = a_person(database, two.owner.org_id, "ann@acme.com")
    two.publish(two.wanted)
    waiting = two.contest()
    two.world.pass_time(hours=72)
    assert two.world.now == waiting.transfer_after
    assert two.states == (State.LAPSED, State.VERIFIED)
    assert two.holder == two.rival.org_id
    assert two.world.told(two.owner) == ["domain_verified", "domain_contested", "domain_lost"]
    assert two.world.told(two.rival) == ["domain_verified"]
    assert [r["event"] for r in two.world.events(two.owner)][-2:] == [
        "domain:contest",
        "domain:hand_over",
    ]
    assert two.world.events(two.rival)[-1]["event"] == "domain:verify"
    # Nobody was moved, renamed or turned off (D36).
    assert two.world.read(lambda s: accounts.person(s, person.org_id, person.user_id)) == person


def test_d35_it_passes_by_hand_as_well(two):
    two.publish(two.wanted)
    two.world.clock.at = two.contest().transfer_after
    assert two.contest().state is State.VERIFIED
    assert two.states == (State.LAPSED, State.VERIFIED)
    assert two.holder == two.rival.org_id


@SQLITE
def test_d35_an_owner_whose_record_comes_back_keeps_the_domain(two):
    two.publish(two.wanted)
    two.contest()
    two.publish(two.wanted, two.owned)
    two.world.pass_time(hours=10)
    assert (two.theirs.state, two.theirs.contested) == (State.VERIFIED, False)
    assert two.world.told(two.owner)[1:] == [
        "domain_contested",
        "domain_contest_over",
        "domain_claimed_elsewhere",
    ]
    two.world.pass_time(hours=72)
    assert two.states == (State.VERIFIED, State.PENDING)
    assert two.ours.transfer_after is None
    assert two.holder == two.owner.org_id


@SQLITE
def test_d35_one_that_comes_back_in_the_last_moment_is_seen(two):
    two.publish(two.wanted)
    two.world.clock.at = two.contest().transfer_after
    two.publish(two.wanted, two.owned)
    two.world.checks.due()
    assert two.states == (State.VERIFIED, State.PENDING)
    assert two.world.told(two.owner)[-2:] == ["domain_contest_over", "domain_claimed_elsewhere"]


@SQLITE
def test_d35_a_contest_nobody_comes_back_for_ends_without_an_owner(two):
    two.publish(two.wanted)
    two.contest()
    two.publish()
    two.world.pass_time(hours=73)
    assert two.states == (State.LAPSED, State.PENDING)
    assert two.ours.transfer_after is None
    assert two.holder is None
    assert two.world.told(two.owner)[-1] == "domain_lapsed"
    two.publish(two.wanted)
    assert two.contest().state is State.VERIFIED


@SQLITE
def test_d35_one_that_is_given_up_meanwhile_leaves_the_owner_no_more_time(two):
    two.publish(two.wanted)
    two.contest()
    two.world.remove(two.rival, two.wanted)
    two.world.pass_time(hours=73)
    assert two.theirs.state is State.LAPSED
    assert two.holder is None


@SQLITE
def test_an_owner_who_gives_up_in_a_contest_makes_way(two):
    two.publish(two.wanted)
    two.contest()
    two.world.remove(two.owner, two.owned)
    assert two.contest().state is State.VERIFIED
    assert two.holder == two.rival.org_id


@SQLITE
def test_the_schedule_contests_as_well(two):
    two.publish(two.wanted)
    two.world.pass_time(minutes=2)
    assert two.states == (State.AT_RISK, State.PENDING)
    two.world.pass_time(hours=73)
    assert two.states == (State.LAPSED, State.VERIFIED)


@SQLITE
def test_of_two_who_wait_the_first_is_served(two):
    third = two.world.organization("Third Ltd")
    late = two.world.add(third)
    two.publish(two.wanted, late)
    two.contest()
    two.world.clock.advance(10)
    assert two.world.verify(third, late).transfer_after == two.theirs.grace_ends_at
    two.world.pass_time(hours=80)
    states = [each.state for each in (two.theirs, two.ours, two.world.now_of(late))]
    assert states.count(State.VERIFIED) == 1
    assert states[0] is State.LAPSED
    assert states.count(State.PENDING) == 1


@SQLITE
def test_a_domain_that_lapsed_comes_back_by_no_schedule(two):
    two.publish(two.wanted)
    two.world.pass_time(hours=73)
    assert two.states == (State.LAPSED, State.VERIFIED)
    two.publish(two.owned)
    waiting = two.world.verify(two.owner, two.owned)
    assert (waiting.state, waiting.next_check_at) == (State.LAPSED, None)
    assert waiting.transfer_after == two.ours.grace_ends_at
    two.world.pass_time(hours=72)
    assert two.theirs.state is State.LAPSED
    two.world.clock.advance(10)
    assert two.world.verify(two.owner, two.owned).state is State.VERIFIED
    assert two.states == (State.VERIFIED, State.LAPSED)


@SQLITE
@pytest.mark.parametrize("number", [1, 2], ids=["before it is looked at", "while it is"])
def test_an_owner_who_leaves_meanwhile_is_no_reason_to_lose_a_check(two, number):
    two.publish(two.wanted)
    asked = []

    def look(question):
        asked.append(question)
        if len(asked) == number:
            two.world.remove(two.owner, two.theirs)
        return two.zone(question)

    two.world.prover.findings[DOMAIN] = look
    if number == 1:
        assert two.contest().state is State.VERIFIED
        return
    assert two.refused().retry_after == 1
    assert two.holder is None
    assert two.contest().state is State.VERIFIED


@SQLITE
def test_an_owner_who_leaves_between_two_looks_is_not_looked_for(two):
    two.publish(two.wanted)
    checks = two.world.checker()

    def read(work):
        two.world.remove(two.owner, two.theirs)
        return two.world.read(work)

    checks._read = read
    two.world.clock.advance(10)
    with pytest.raises(DomainOwnedError) as caught:
        checks.verify(two.rival, two.wanted.id)
    assert caught.value.retry_after == 1
    assert len(two.world.prover.asked) == 2


@SQLITE
def test_neither_learns_who_the_other_is(two, database):
    a_person(database, two.owner.org_id, "olga@acme.com")
    a_person(database, two.rival.org_id, "rita@globex.com")
    refusals = []
    two.publish(two.owned, two.wanted)
    refusals.append(two.refused())
    two.publish(two.wanted)
    two.contest()
    two.world.pass_time(hours=73)
    assert two.states == (State.LAPSED, State.VERIFIED)
    secrets = {
        two.owner.org_id: ("Rex", two.rival.org_id, two.wanted.id, two.wanted.token, "rita@"),
        two.rival.org_id: ("Olim", two.owner.org_id, two.owned.id, two.owned.token, "olga@"),
    }
    said = {org_id: [] for org_id in secrets}
    for table in (audit, notice, mail):
        for row in rows(database, table):
            said[row.org_id].append(json.dumps(row._asdict(), default=str))
    for claim in (two.theirs, two.ours):
        said[claim.org_id].append(json.dumps(claim_object.shown(claim, two.world.now)))
    said[two.rival.org_id] += [f"{each.detail} {each.context}" for each in refusals]
    for org_id, texts in said.items():
        assert len(texts) > 3
        for secret in secrets[org_id]:
            assert not [text for text in texts if secret in text]
    bodies = [letter.body for letter in rows(database, mail)]
    assert len(bodies) > 3
    assert not [body for body in bodies if "unknown" in body]
