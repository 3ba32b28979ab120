"""Claims looked at in DNS: on demand, when they are due, and by several at once (1.5)."""

import sqlite3
import threading

import pytest
from sqlalchemy import text

from scimserver.domain.actor import Actor, Door
from scimserver.domain.claims import State
from scimserver.domain.errors import (
    ClaimChangedError,
    DomainOwnedError,
    InvalidRequestError,
    PermissionDeniedError,
    TooOftenError,
    UnknownResourceError,
)
from scimserver.ids import new_id
from scimserver.services import domains, identity_owners
from scimserver.services.domain_checks import LEASE
from scimserver.storage import claim_rows
from scimserver.storage.models import mail
from tests.conftest import SQLITE
from tests.factories import a_person, rows
from tests.fakes import AWAY, FOUND, MISSING, FakeProver, Zone
from tests.signing_in import at_once


def test_a_record_that_is_found_makes_the_domain_the_organizations(world, acme):
    claim = world.add(acme)
    looked = world.verify(acme, claim)
    assert (looked.state, looked.last_check, looked.checks) == (State.PENDING, MISSING, 1)
    world.clock.advance(10)
    world.zone("acme.com").publish(claim.token)
    done = world.verify(acme, claim)
    assert (done.state, done.verified_at, done.last_check) == (State.VERIFIED, world.now, FOUND)
    assert world.owner_of("acme.com") == acme.org_id
    assert world.now_of(claim) == done
    assert world.told(acme) == ["domain_verified"]
    row = world.events(acme)[-1]
    assert (row["event"], row["actor"], row["subject_id"]) == (
        "domain:verify",
        "operator",
        claim.id,
    )
    changes = {c["path"]: (c["before"], c["after"]) for c in row["changes"]}
    assert changes["state"] == ("pending", "verified")


def test_whoever_verifies_is_told_more_than_the_schedule_asks(world, acme):
    claim = world.verified(acme)
    world.clock.advance(86_400 * 1.2)
    world.checks.due()
    world.verify(acme, claim)
    assert [q.diagnose for q in world.prover.asked] == [True, False, True]
    world.add(acme, "acme.org")
    world.clock.advance(60)
    world.checks.due()
    assert world.prover.asked[-1].diagnose


def test_codes_of_before_and_of_other_domains_are_recognised_and_never_accepted(world, acme):
    other = world.add(acme, "acme.org")
    given_up = world.add(acme)
    world.remove(acme, given_up)
    claim = world.rotate(acme, before := world.add(acme))
    world.verify(acme, claim)
    (question,) = world.prover.asked
    assert question.tokens == (claim.token, before.token)
    assert set(question.old_tokens) == {other.token, given_up.token}
    world.clock.advance(86_400)
    world.verify(acme, claim)
    question = world.prover.asked[-1]
    assert question.tokens == (claim.token,)
    assert set(question.old_tokens) == {before.token, other.token, given_up.token}


def test_a9_a_code_that_was_replaced_proves_nothing_after_a_day(world, acme):
    claim = world.add(acme)
    world.zone("acme.com").publish(claim.token)
    world.rotate(acme, claim)
    world.clock.advance(86_400)
    looked = world.verify(acme, claim)
    assert (looked.state, looked.last_check.code) == (State.PENDING, "no_match")


def test_within_that_day_it_does_and_goes_on_doing_so(world, acme):
    claim = world.add(acme)
    world.zone("acme.com").publish(claim.token)
    world.rotate(acme, claim)
    assert world.verify(acme, claim).state is State.VERIFIED
    world.pass_time(days=30)
    assert world.now_of(claim).state is State.VERIFIED
    assert world.told(acme) == ["domain_verified"]


@SQLITE
def test_d26_one_domain_is_verified_by_hand_once_in_ten_seconds(world, acme):
    claim, other = world.add(acme), world.add(acme, "acme.org")
    world.verify(acme, claim)
    world.verify(acme, other)
    world.clock.advance(4)
    with pytest.raises(TooOftenError) as caught:
        world.verify(acme, claim)
    assert caught.value.retry_after == 6
    world.clock.advance(6)
    # What was refused has not been counted.
    world.verify(acme, claim)
    assert len(world.prover.asked) == 3


@SQLITE
def test_d26_an_organization_verifies_thirty_times_an_hour(world, acme):
    globex = world.organization("Globex")
    claim, foreign = world.add(acme), world.add(globex)
    for _ in range(30):
        world.verify(acme, claim)
        world.clock.advance(10)
    with pytest.raises(TooOftenError) as caught:
        world.verify(acme, claim)
    assert caught.value.retry_after == 3_300
    world.verify(globex, foreign)
    world.clock.advance(3_300)
    world.verify(acme, claim)


@SQLITE
def test_nobody_verifies_what_is_not_theirs(world, acme):
    globex = world.organization("Globex")
    claim = world.add(acme)
    for id in (claim.id, new_id(), "x"):
        with pytest.raises(UnknownResourceError):
            world.checks.verify(globex, id)
    viewer = Actor(acme.org_id, Door.API, "c", scopes=frozenset({"domains.read"}))
    with pytest.raises(PermissionDeniedError):
        world.verify(viewer, claim)
    assert world.prover.asked == []


@SQLITE
def test_what_has_no_record_to_look_for_is_not_looked_for(world, acme):
    attested = world.run(lambda s: domains.attest(s, acme, world.now, "acme.net", reason="x"))
    with pytest.raises(InvalidRequestError, match="attested"):
        world.verify(acme, attested)
    claim = world.add(acme)
    world.clock.advance(7 * 86_400)
    # Whether or not the schedule has come by.
    for _ in range(2):
        with pytest.raises(InvalidRequestError) as caught:
            world.verify(acme, claim)
        assert caught.value.context["reason"] == "expired"
        world.checks.due()
    assert world.now_of(claim).state is State.EXPIRED
    assert world.prover.asked == []


def _rotated(world, actor, claim):
    world.rotate(actor, claim)


def _removed(world, actor, claim):
    world.remove(actor, claim)


def _added_again(world, actor, claim):
    world.remove(actor, claim)
    world.add(actor)


@pytest.mark.parametrize("change", [_rotated, _removed, _added_again])
@pytest.mark.parametrize("finding", [FOUND, MISSING], ids=["found", "missing"])
def test_d28_a_claim_that_changes_during_its_check_is_not_verified(world, acme, change, finding):
    claim = world.add(acme)

    def meanwhile(_question):
        change(world, acme, claim)
        return finding

    world.prover.findings["acme.com"] = meanwhile
    with pytest.raises(ClaimChangedError):
        world.verify(acme, claim)
    assert world.owner_of("acme.com") is None
    found = world.read(lambda s: domains.every(s, acme))
    assert all(each.state is State.PENDING for each in found)


def test_d28_a_claim_that_expires_during_its_check_is_not_verified(world, acme):
    claim = world.add(acme)
    others = world.checker(FakeProver())

    def meanwhile(_question):
        world.clock.advance(60)
        others.due()
        # The lease keeps other processes away; when it is over, nothing does.
        world.clock.advance(86_400 * 7)
        others.due()
        return FOUND

    world.prover.findings["acme.com"] = meanwhile
    with pytest.raises(ClaimChangedError):
        world.verify(acme, claim)
    assert world.now_of(claim).state is State.EXPIRED


def test_a9_of_two_organizations_that_verify_at_once_one_owns_the_domain(world, acme):
    globex = world.organization("Globex")
    mine = {acme: world.add(acme), globex: world.add(globex)}
    tokens = [claim.token for claim in mine.values()]
    both_asked = threading.Barrier(2)
    zone = Zone()
    zone.publish(*tokens)

    def look(question):
        # Each has looked before either may write.
        if question.diagnose:
            both_asked.wait(30)
        return zone(question)

    world.prover.findings["acme.com"] = look

    def verify(number):
        actor = list(mine)[number]
        try:
            return world.verify(actor, mine[actor]).state
        except DomainOwnedError as refusal:
            return refusal.code

    assert sorted(at_once(verify, 2)) == ["domain_owned", State.VERIFIED]
    states = sorted(world.now_of(claim).state for claim in mine.values())
    assert states == [State.PENDING, State.VERIFIED]
    assert world.owner_of("acme.com") in (acme.org_id, globex.org_id)


def test_d20_dns_is_never_asked_within_a_transaction(world, acme, database):
    globex = world.organization("Globex")

    def idle():
        if database.is_sqlite:
            # A transaction of ours would make this one fail, at once.
            with sqlite3.connect(database.url.database, timeout=0) as other:
                other.execute("BEGIN IMMEDIATE")
                other.rollback()
            assert not database.write_lock.locked()
            return
        open_ones = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        assert world.read(lambda s: s.execute(text(open_ones)).scalar()) == 0

    zone = Zone()

    def look(question):
        idle()
        return zone(question)

    world.prover.findings["acme.com"] = look
    theirs = world.add(acme)
    world.verify(acme, theirs)
    zone.publish(theirs.token)
    world.clock.advance(300)
    assert world.checks.due() == 1
    mine = world.add(globex)
    zone.publish(mine.token)
    with pytest.raises(DomainOwnedError):
        world.verify(globex, mine)
    assert len(world.prover.asked) == 4


@SQLITE
def test_the_schedule_finds_a_record_by_itself(world, acme):
    claim = world.add(acme)
    world.pass_time(minutes=20)
    assert world.now_of(claim).state is State.PENDING
    assert len(world.prover.asked) == 3
    world.zone("acme.com").publish(claim.token)
    world.pass_time(minutes=20)
    assert world.now_of(claim).state is State.VERIFIED
    row = world.events(acme)[-1]
    assert (row["event"], row["door"], row["actor"]) == ("domain:verify", "system", "domains")


@SQLITE
def test_what_nobody_publishes_expires_and_can_be_begun_again(world, acme):
    claim = world.add(acme)
    world.pass_time(days=8)
    assert world.now_of(claim).state is State.EXPIRED
    assert world.told(acme) == ["domain_expired"]
    asked = len(world.prover.asked)
    world.pass_time(days=30)
    assert len(world.prover.asked) == asked
    again = world.rotate(acme, claim)
    assert again.token != claim.token
    world.zone("acme.com").publish(claim.token)
    assert world.verify(acme, again).state is State.PENDING
    world.zone("acme.com").publish(again.token)
    world.pass_time(minutes=5)
    assert world.now_of(claim).state is State.VERIFIED


def test_a_domain_without_its_record_lapses_in_the_end(world, acme):
    claim = world.verified(acme)
    world.run(lambda s: domains.make_authoritative(s, acme, world.now, claim.id))
    world.zone("acme.com").withdraw(claim.token)
    world.pass_time(days=3)
    risked = world.now_of(claim)
    assert (risked.state, risked.authoritative) == (State.AT_RISK, True)
    assert world.owner_of("acme.com") == acme.org_id
    world.pass_time(days=7)
    lost = world.now_of(claim)
    assert (lost.state, lost.authoritative) == (State.LAPSED, False)
    assert world.owner_of("acme.com") is None
    assert world.told(acme) == [
        "domain_verified",
        "domain_at_risk",
        "domain_reminder",
        "domain_reminder",
        "domain_lapsed",
    ]
    # There is no way back by itself, and one by hand.
    world.zone("acme.com").publish(claim.token)
    world.pass_time(days=2)
    assert world.now_of(claim).state is State.LAPSED
    back = world.verify(acme, claim)
    assert (back.state, back.token, back.verified_at) == (State.VERIFIED, claim.token, world.now)
    assert world.owner_of("acme.com") == acme.org_id


@SQLITE
@pytest.mark.parametrize("is_authoritative", [True, False])
def test_g2_whoever_answers_for_identity_is_told_and_for_the_main_domain_everyone(
    world, acme, database, is_authoritative
):
    owner = a_person(database, acme.org_id, "ann@globex.com", role="member")
    a_person(database, acme.org_id, "olga@globex.com")
    world.run(lambda s: identity_owners.add(s, acme, world.now, owner.user_id))
    claim = world.verified(acme)
    if is_authoritative:
        world.run(lambda s: domains.make_authoritative(s, acme, world.now, claim.id))
    world.zone("acme.com").withdraw(claim.token)
    world.pass_time(days=10)
    assert world.now_of(claim).state is State.LAPSED
    letters = rows(database, mail)
    told = {}
    for letter in letters:
        told.setdefault(letter.recipient.partition("@")[0], []).append(letter.subject)
        assert "acme.com" in letter.body
        assert "unknown" not in letter.body
    alarms = [
        "The record of a domain is gone (Acme)",
        "The record of a domain is still gone (Acme)",
        "The record of a domain is still gone (Acme)",
        "A domain has lapsed (Acme)",
    ]
    assert told.pop("ann") == ["A domain was verified (Acme)", *alarms]
    assert told == ({"olga": alarms} if is_authoritative else {})


@SQLITE
def test_a_record_that_comes_back_makes_everything_as_it_was(world, acme):
    claim = world.verified(acme)
    world.prover.findings["acme.com"] = AWAY
    world.pass_time(days=16)
    assert world.now_of(claim).state is State.AT_RISK
    world.prover.findings["acme.com"] = FOUND
    world.pass_time(hours=27)
    assert world.now_of(claim).state is State.VERIFIED
    assert world.told(acme) == ["domain_verified", "domain_at_risk", "domain_recovered"]


@SQLITE
def test_d24_what_caches_still_hold_is_not_asked_for_and_the_clock_goes_on(world, acme):
    claim = world.verified(acme)
    world.zone("acme.com").withdraw(claim.token)
    world.pass_time(days=2, hours=5)
    ends_at = world.now_of(claim).grace_ends_at
    world.clock.at = ends_at.replace(microsecond=0) - LEASE
    world.verify(acme, claim)
    asked = len(world.prover.asked)
    world.clock.at = ends_at
    assert world.checks.due() == 1
    assert len(world.prover.asked) == asked
    assert world.now_of(claim).state is State.LAPSED


class Killed(BaseException):
    """The process is gone."""


def test_what_a_killed_process_had_taken_is_taken_over_when_its_lease_ends(world, acme):
    claim = world.add(acme)
    world.clock.advance(60)

    def killed(_question):
        raise Killed

    with pytest.raises(Killed):
        world.checker(FakeProver({"acme.com": killed})).due()
    world.zone("acme.com").publish(claim.token)
    assert world.checks.due() == 0
    world.clock.advance(LEASE.total_seconds() - 1)
    assert world.checks.due() == 0
    world.clock.advance(1)
    assert world.checks.due() == 1
    assert world.now_of(claim).state is State.VERIFIED


def test_of_several_processes_each_check_is_done_by_one(world, acme):
    globex = world.organization("Globex")
    many = [world.add(actor, f"acme{n}.com") for n in range(6) for actor in (acme, globex)]
    world.clock.advance(60)
    done = at_once(lambda _: world.checks.due(), 3)
    assert sum(done) == len(many)
    assert sorted(q.tokens[0] for q in world.prover.asked) == sorted(c.token for c in many)
    assert all(world.now_of(claim).checks == 1 for claim in many)


def test_a_check_that_is_asked_for_keeps_the_schedule_away(world, acme):
    claim = world.add(acme)
    world.clock.advance(60)
    others = world.checker(FakeProver())
    counts = []

    def meanwhile(_question):
        counts.append(others.due())
        return MISSING

    world.prover.findings["acme.com"] = meanwhile
    world.verify(acme, claim)
    assert counts == [0]


@SQLITE
def test_a_claim_that_changes_under_the_schedule_holds_nothing_up(world, acme):
    claim, other = world.add(acme), world.add(acme, "acme.org")
    world.clock.advance(60)

    def meanwhile(_question):
        world.rotate(acme, claim)
        return FOUND

    world.prover.findings |= {"acme.com": meanwhile, "acme.org": FOUND}
    assert world.checks.due() == 2
    assert world.now_of(claim).state is State.PENDING
    assert world.now_of(other).state is State.VERIFIED


@SQLITE
def test_who_is_told_to_stop_begins_no_other_check(world, acme):
    for number in range(3):
        world.add(acme, f"acme{number}.com")
    world.clock.advance(60)
    assert world.checks.due(lambda: len(world.prover.asked) < 2) == 2
    assert world.checks.due() == 1


@SQLITE
def test_the_schedule_asks_for_what_is_due_and_nothing_else(world, acme):
    world.verified(acme)
    world.add(acme, "acme.org")
    world.run(lambda s: domains.attest(s, acme, world.now, "acme.net", reason="x"))
    given_up = world.add(acme, "acme.dev")
    world.remove(acme, given_up)
    world.clock.advance(60)
    assert world.read(lambda s: claim_rows.due_organizations(s, world.now)) == [acme.org_id]
    assert world.checks.due() == 1
    assert world.prover.asked[-1].domain == "acme.org"
    assert world.read(lambda s: claim_rows.due_organizations(s, world.now)) == []


@SQLITE
def test_what_is_due_is_found_without_a_walk_through_all_claims(world, statements):
    with statements(world.database) as seen:
        world.checks.due()
    (query,) = [sql for sql in seen if "FROM claim" in sql]
    plan = world.read(lambda s: s.command(f"EXPLAIN QUERY PLAN {query}").fetchall())
    assert "SEARCH claim USING INDEX ix_claim_due" in str(plan)
