"""Domains claimed, given new codes, made authoritative and given up (D1 to D13, D31, G2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.domain.claims import Method, State
from scimserver.domain.errors import (
    AlreadyVerifiedError,
    ClaimChangedError,
    ClaimNotVerifiedError,
    InvalidDomainError,
    InvalidRequestError,
    PermissionDeniedError,
    TooOftenError,
    UnknownResourceError,
)
from scimserver.domain.roles import Role
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import claim_object, claim_steps, domains
from scimserver.storage.models import mail
from tests.claiming import Claims
from tests.conftest import SQLITE
from tests.factories import a_connection, a_person, a_user, rows
from tests.signing_in import at_once


def _authoritative(world, actor, claim):
    return world.run(lambda s: domains.make_authoritative(s, actor, world.now, claim.id))


def test_d1_a_claim_is_pending_with_a_code_and_a_first_check(world, acme):
    made = world.add(acme, "BÜCHER.com.")
    assert (made.domain, made.state, made.method) == (
        "xn--bcher-kva.com",
        State.PENDING,
        Method.DNS,
    )
    assert len(made.token) == 32
    assert made.expires_at == world.now + timedelta(days=7)
    assert made.next_check_at == world.now + timedelta(minutes=1)
    assert world.now_of(made) == made
    assert world.read(lambda s: domains.get(s, acme, made.id)) == made
    assert world.read(lambda s: domains.find(s, acme, "Bücher.COM")) == made
    assert world.read(lambda s: domains.every(s, acme)) == [made]
    [row] = world.events(acme)
    assert {c["path"]: c["after"] for c in row["changes"]} == {
        "domain": "xn--bcher-kva.com",
        "state": "pending",
        "method": "dns",
    }
    # The code proves who controls DNS; it is in no log.
    assert made.token not in str(row["changes"])


@SQLITE
def test_d9_nobody_learns_that_a_domain_is_taken(world, acme):
    globex = world.organization("Globex")
    world.verified(acme)
    mine, free = world.add(globex), world.add(globex, "acme.org")

    def without_names(claim):
        shown = claim_object.shown(claim, world.now)
        text = str({k: v for k, v in shown.items() if k != "id"})
        return text.replace(claim.token, "").replace(claim.domain, "")

    assert without_names(mine) == without_names(free)


@SQLITE
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("acme", "invalid_domain"),
        ("127.0.0.1", "ip_address"),
        ("acme.test", "special_use"),
        ("co.uk", "public_suffix"),
        ("acme.corp", "unknown_suffix"),
        ("mailinator.com", "disposable_email_domain"),
        ("gmail.com", "public_email_provider"),
    ],
)
def test_d5_what_nobody_can_claim_is_refused_with_its_code(world, acme, name, reason):
    with pytest.raises(InvalidDomainError) as caught:
        world.add(acme, name)
    assert caught.value.context["reason"] == reason
    assert world.events(acme) == []


@SQLITE
def test_d7_an_operator_overrules_the_lists_for_a_domain(database):
    world = Claims(database, SCIMSERVER_ALLOWED_MAIL_PROVIDERS="gmail.com")
    acme = world.organization()
    assert world.add(acme, "gmail.com").state is State.PENDING
    with pytest.raises(InvalidDomainError):
        world.add(acme, "googlemail.com")


@SQLITE
def test_d5_what_is_there_already_is_refused_and_what_was_given_up_is_not(world, acme):
    claim = world.add(acme)
    for name in ("acme.com", "ACME.com."):
        with pytest.raises(InvalidRequestError) as caught:
            world.add(acme, name)
        assert caught.value.context["reason"] == "already_added"
    with pytest.raises(InvalidRequestError, match="already_added"):
        world.run(lambda s: domains.attest(s, acme, world.now, "acme.com", reason="x"))
    world.remove(acme, claim)
    again = world.add(acme)
    assert again.id != claim.id
    assert again.token != claim.token


@SQLITE
def test_d5_an_organization_has_a_hundred_domains(world, acme):
    def fill(session):
        for number in range(100):
            domains.attest(session, acme, world.now, f"acme{number}.com", reason="x")

    world.run(fill)
    with pytest.raises(InvalidRequestError) as caught:
        world.add(acme, "more.com")
    assert caught.value.context["reason"] == "limit"


@SQLITE
def test_a_sandbox_claims_nothing(world):
    sandbox = world.organization(sandbox=True)
    with pytest.raises(InvalidRequestError, match="sandbox"):
        world.add(sandbox)


def test_d26_twenty_domains_are_added_a_day(world, acme):
    for number in range(20):
        claim = world.add(acme, f"acme{number}.com")
        world.remove(acme, claim)
    with pytest.raises(TooOftenError) as caught:
        world.add(acme)
    assert caught.value.retry_after == 86_400
    with pytest.raises(InvalidDomainError):
        world.add(acme, "acme")
    world.add(world.organization("Globex"))
    world.clock.advance(86_400)
    world.add(acme)


def test_of_two_who_add_the_same_domain_at_once_one_is_told_so(world, acme):
    def add(_number):
        try:
            return world.add(acme).state.value
        except InvalidRequestError as refusal:
            return refusal.context["reason"]

    assert sorted(at_once(add, 2)) == ["already_added", "pending"]


@SQLITE
def test_d13_a_new_code_is_made_where_nobody_relies_on_the_old_one(world, acme):
    claim = world.add(acme)
    after = world.rotate(acme, claim)
    assert after.token != claim.token
    assert after.accepted_tokens(world.now) == (after.token, claim.token)
    assert world.now_of(claim) == after
    row = world.events(acme)[-1]
    assert row["event"] == "domain:rotate"
    assert claim.token not in str(row["changes"])
    assert after.token not in str(row["changes"])
    world.zone("acme.com").publish(after.token)
    world.verify(acme, after)
    with pytest.raises(AlreadyVerifiedError):
        world.rotate(acme, after)
    world.zone("acme.com").withdraw(after.token)
    world.pass_time(days=3)
    assert world.now_of(claim).state is State.AT_RISK
    with pytest.raises(AlreadyVerifiedError):
        world.rotate(acme, after)
    world.pass_time(days=7)
    lapsed = world.rotate(acme, claim)
    assert (lapsed.state, lapsed.accepted_tokens(world.now)) == (State.LAPSED, (lapsed.token,))


def test_g2_one_domain_is_the_authoritative_one(world, acme):
    first, second = world.verified(acme), world.verified(acme, "acme.org")
    assert _authoritative(world, acme, first).authoritative
    assert _authoritative(world, acme, first).authoritative
    assert _authoritative(world, acme, second).authoritative
    assert not world.now_of(first).authoritative
    assert world.now_of(second).authoritative
    rows = [r["changes"] for r in world.events(acme) if r["event"] == "domain:authorize"]
    assert [(c["before"], c["after"]) for row in rows for c in row] == [
        (None, "acme.com"),
        ("acme.com", "acme.org"),
    ]


def test_g2_of_two_at_once_one_stays(world, acme):
    claims = [world.verified(acme), world.verified(acme, "acme.org")]
    at_once(lambda number: _authoritative(world, acme, claims[number]), 2)
    assert sum(world.now_of(claim).authoritative for claim in claims) == 1


@SQLITE
def test_g2_only_a_verified_domain_becomes_it(world, acme):
    pending = world.add(acme, "acme.org")
    risked = world.verified(acme)
    world.zone("acme.com").withdraw(risked.token)
    world.pass_time(days=3)
    for claim in (pending, risked):
        with pytest.raises(ClaimNotVerifiedError):
            _authoritative(world, acme, claim)
    world.pass_time(days=8)
    assert world.now_of(risked).state is State.LAPSED
    with pytest.raises(ClaimNotVerifiedError):
        _authoritative(world, acme, risked)
    attested = world.run(lambda s: domains.attest(s, acme, world.now, "acme.net", reason="x"))
    assert _authoritative(world, acme, attested).authoritative


def test_d31_giving_a_domain_up_lists_what_it_touches(world, acme, database):
    claim = world.verified(acme, "bücher.com")
    for number in range(11):
        a_user(database, acme.org_id, f"user{number:02}@xn--bcher-kva.com")
    mails = [{"value": "Ann@BÜCHER.com"}, {"value": "ann@bücher.com"}]
    a_user(database, acme.org_id, "ann", attributes={"emails": mails})
    for name in ("a@eng.xn--bcher-kva.com", "b@xn--bcher-kva.com.au", "c@xbücher.com"):
        a_user(database, acme.org_id, name)
    a_user(database, world.organization("Globex").org_id, "x@xn--bcher-kva.com")
    a_connection(database, acme.org_id)
    found = world.read(lambda s: domains.affected(s, acme, claim))
    assert found.users == 12
    assert found.names == ("ann", *(f"user{n:02}@xn--bcher-kva.com" for n in range(9)))
    assert found.connections == ("IdP",)


def test_what_is_given_up_is_free_at_once(world, acme):
    claim = world.verified(acme)
    _authoritative(world, acme, claim)
    before = world.now_of(claim)
    assert world.remove(acme, claim) == before
    assert world.now_of(claim) is None
    assert world.owner_of("acme.com") is None
    assert world.told(acme) == ["domain_verified", "domain_removed"]
    changes = {c["path"]: (c["before"], c["after"]) for c in world.events(acme)[-1]["changes"]}
    assert changes == {"domain": ("acme.com", None), "state": ("verified", "revoked")}
    with pytest.raises(UnknownResourceError):
        world.remove(acme, claim)
    globex = world.organization("Globex")
    assert world.verified(globex).state is State.VERIFIED


@SQLITE
def test_who_gave_a_domain_up_is_told_by_name(world, acme, database):
    person = a_person(database, acme.org_id, "olga@globex.com", attributes={"displayName": "Olga"})
    connection = a_connection(database, acme.org_id)
    scopes = frozenset({"domains.write"})
    for number, (actor, name) in enumerate(
        [
            (acme, "the operator at the command line"),
            (Actor(acme.org_id, Door.CONSOLE, f"user:{person.user_id}", role=Role.OWNER), "Olga"),
            (Actor(acme.org_id, Door.API, connection, connection, scopes=scopes), "'IdP'"),
            (Actor(acme.org_id, Door.API, "gone", new_id(), scopes=scopes), "a connection"),
        ]
    ):
        world.remove(actor, world.verified(acme, f"acme{number}.com"))
        letter = rows(database, mail)[-1]
        assert letter.subject == "A domain was removed (Acme)"
        assert f"was removed by {name}" in letter.body.replace("the connection ", "")


@SQLITE
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"token": "another"}, id="rotated"),
        pytest.param({"state": State.EXPIRED}, id="expired"),
        pytest.param({"domain": "acme.org"}, id="another domain"),
        pytest.param({"id": "another"}, id="another claim"),
    ],
)
def test_d28_a_claim_is_written_where_it_is_still_what_it_was(world, acme, changes):
    claim = world.add(acme)
    before = replace(claim, **changes)
    after = replace(before, state=State.VERIFIED)
    with pytest.raises(ClaimChangedError):
        world.run(lambda s: claim_steps.write(s, before, after))
    assert world.now_of(claim) == claim


@SQLITE
def test_nobody_is_told_that_a_domain_was_given_up_which_was_never_owned(world, acme):
    world.remove(acme, world.add(acme))
    assert world.told(acme) == []


@SQLITE
def test_a_claim_is_found_by_its_organization_alone(world, acme):
    globex = world.organization("Globex")
    claim = world.verified(acme)
    for reference in (claim.id, new_id(), "x", ""):
        with pytest.raises(UnknownResourceError):
            world.read(lambda s, r=reference: domains.get(s, globex, r))
        stranger = replace(claim, id=reference)
        for change in (world.rotate, world.remove):
            with pytest.raises(UnknownResourceError):
                change(globex, stranger)
        with pytest.raises(UnknownResourceError):
            _authoritative(world, globex, stranger)
    with pytest.raises(UnknownResourceError):
        world.read(lambda s: domains.find(s, globex, "acme.com"))
    assert world.now_of(claim) == claim


@SQLITE
@pytest.mark.parametrize("may_read", [True, False])
def test_d2_whoever_may_not_change_domains_changes_none(world, acme, may_read):
    claim = world.verified(acme)
    role = Role.VIEWER if may_read else Role.HELPDESK
    someone = Actor(acme.org_id, Door.CONSOLE, "user:x", role=role)
    for change in (
        lambda: world.add(someone, "acme.org"),
        lambda: world.rotate(someone, claim),
        lambda: world.remove(someone, claim),
        lambda: _authoritative(world, someone, claim),
    ):
        with pytest.raises(PermissionDeniedError):
            change()
    for read in (
        lambda s: domains.every(s, someone),
        lambda s: domains.get(s, someone, claim.id),
        lambda s: domains.find(s, someone, "acme.com"),
        lambda s: domains.affected(s, someone, claim),
    ):
        if may_read:
            assert world.read(read)
        else:
            with pytest.raises(PermissionDeniedError):
                world.read(read)
    assert world.now_of(claim) == claim


@SQLITE
def test_a_browser_leaves_its_traces_in_the_log(world, acme):
    visit = Visit("192.0.2.1", "Browser", "request-1")
    claim = world.run(
        lambda s: domains.add(s, acme, world.now, "acme.com", world.settings, visit=visit)
    )
    world.zone("acme.com").publish(claim.token)
    world.checks.verify(acme, claim.id, visit=visit)
    world.run(lambda s: domains.make_authoritative(s, acme, world.now, claim.id, visit=visit))
    world.run(lambda s: domains.remove(s, acme, world.now, claim.id, visit=visit))
    rows = world.events(acme)
    assert [row["event"] for row in rows] == [
        "domain:add",
        "domain:verify",
        "domain:authorize",
        "domain:remove",
    ]
    assert {row["context"]["address"] for row in rows} == {"192.0.2.1"}
