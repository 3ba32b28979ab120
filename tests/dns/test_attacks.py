"""What somebody who does not control a domain can publish, forge or misuse (section 5)."""

from dataclasses import dataclass

import pytest

from scimserver.domain import record
from scimserver.domain.claims import State
from scimserver.domain.errors import InvalidDomainError
from scimserver.domain.findings import Code, Hint
from scimserver.domain.ports import Question
from scimserver.resolvers import PLAIN, ResolverAddress
from tests.dns.cases import Scene
from tests.dns.conftest import new_scene
from tests.dns.daemon import HOST
from tests.dns.knot import FOREIGN_KEY
from tests.dns.unbound import Unbound


def look(prover, scene, token=None):
    return prover.look(Question(scene.domain, (token or scene.token,), diagnose=True))


def test_a3_a_wildcard_that_says_something_else_proves_nothing(scene, prover_of, knot):
    scene.txt(f"*.{scene.domain}", "v=spf1 -all", record.value(record.new_token()))
    assert look(prover_of(knot), scene).code is Code.NO_MATCH


@pytest.fixture
def forged(knot, other_knot):
    """A domain without a record, that one server claims to hold."""
    scene = new_scene(knot)
    other_knot.add_zone(scene.domain)
    other_knot.publish_txt(scene.n, scene.value)
    return scene


@pytest.mark.parametrize("forger_first", [True, False], ids=["first", "last"])
def test_a4_one_resolver_that_lies_is_not_enough(forged, knot, other_knot, prover_of, forger_first):
    asked = (other_knot, knot) if forger_first else (knot, other_knot)
    finding = look(prover_of(*asked), forged)
    assert (finding.code, finding.is_transient) == (Code.RESOLVERS_DISAGREE, True)


def test_a4_a_lie_neither_wins_nor_hides_against_two_who_agree(
    forged, knot, unbound, other_knot, prover_of
):
    finding = look(prover_of(other_knot, knot, unbound, min_agree=2), forged)
    assert not finding.is_match


def test_a4_a_lie_does_not_contradict_dnssec(knot, other_knot, unbound, prover_of):
    scene = new_scene(knot, signed=True)
    other_knot.add_zone(scene.domain)
    other_knot.publish_txt(scene.n, scene.value)
    finding = look(prover_of(other_knot, unbound, min_agree=2), scene)
    assert not finding.is_match


@pytest.mark.parametrize(
    ("required", "code"), [(True, Code.DNSSEC_BOGUS), (False, Code.VERIFIED)], ids=["on", "off"]
)
def test_a5_broken_signatures_outweigh_all_who_did_not_look_at_them(
    knot, other_knot, unbound, prover_of, required, code
):
    scene = new_scene(knot, signed=True, ds=FOREIGN_KEY)
    other_knot.add_zone(scene.domain)
    for server in (knot, other_knot):
        server.publish_txt(scene.n, scene.value)
    prover = prover_of(knot, other_knot, unbound, min_agree=2, require_dnssec=required)
    assert look(prover, scene).code is code


@pytest.mark.parametrize("ede", [True, False], ids=["telling why", "silent"])
def test_a5_a_record_under_the_signature_of_another_one_proves_nothing(knot, prover_of, ede):
    """Somebody in between put our code in the place of what the zone's owner had signed."""
    scene = new_scene(knot, signed=True)
    scene.at_n("v=spf1 -all")
    knot.tamper(scene.domain, scene.n, scene.value)
    with Unbound(knot, ede=ede) as resolver:
        finding = look(prover_of(resolver), scene)
    assert finding.code is Code.DNSSEC_BOGUS
    assert look(prover_of(knot), scene).is_match, "unless nobody validates"


@dataclass(frozen=True)
class FarAway(ResolverAddress):
    """A resolver here that is looked at as one behind a network, as no test can reach one."""

    is_trusted_way = False


def test_a5_a_flag_that_anybody_on_the_way_can_set_is_not_believed(knot, unbound, prover_of):
    scene = new_scene(knot, signed=True)
    scene.at_n(scene.value)
    far = FarAway(PLAIN, HOST, unbound.port)
    finding = look(prover_of(far, min_agree=2), scene)
    assert (finding.code, finding.authenticated) == (Code.RESOLVERS_DISAGREE, False)
    assert look(prover_of(unbound, min_agree=2), scene).is_match


@pytest.mark.parametrize("through", ["knot", "unbound"])
def test_a6_five_hundred_records(request, scene, prover_of, through):
    scene.at_n(scene.value, *(f"{number:03}" for number in range(499)))
    finding = look(prover_of(request.getfixturevalue(through)), scene)
    assert (finding.code, finding.found) == (Code.TOO_MANY_RECORDS, ())


@pytest.mark.parametrize("through", ["knot", "unbound"])
def test_a6_as_much_text_as_an_answer_can_hold(request, scene, prover_of, through):
    """64 KiB do not fit: a message has 65,535 octets. What fits is read, and no more is shown."""
    strings = ("x" * 255,) * 3
    scene.at_n(*((f"{number:02}", *strings) for number in range(80)), scene.value)
    finding = look(prover_of(request.getfixturevalue(through)), scene)
    assert (finding.code, finding.records) == (Code.VERIFIED, 81)
    assert [len(each) <= 100 for each in finding.found] == [True] * 10


def test_a6_text_of_strangers_is_harmless_where_it_is_shown(scene, prover_of, knot):
    every = bytes(range(256))
    scene.at_n("<script>alert(1)</script>", b"\x1b[2J\x07\x00", "\u202egpj.exe", every[1:200])
    finding = look(prover_of(knot), scene)
    assert finding.code is Code.NO_MATCH
    assert all(each.isprintable() and len(each) <= 100 for each in finding.found)
    assert {"<script>alert(1)</script>", r"\x1b[2J\x07\x00"} <= set(finding.found)


INSIDE = [
    "127.0.0.2",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_a7_name_servers_within_the_house_are_not_asked(scene, knot, prover_of, address):
    """Anybody can say where the servers of their zone are; pytest-socket sees who is asked."""
    knot.publish(f"ns1.{scene.domain}", "AAAA" if ":" in address else "A", address)
    if ":" in address:
        knot.publish(f"ns1.{scene.domain}", "A")
    finding = look(prover_of(knot, allow_private=False), scene)
    assert (finding.code, finding.servers) == (Code.RECORD_NOT_FOUND, ())


def test_a7_they_are_asked_where_an_operator_allows_that(scene, knot, prover_of):
    knot.publish(f"ns1.{scene.domain}", "A", "127.0.0.2")
    with pytest.raises(UserWarning, match=r"127\.0\.0\.2"):
        look(prover_of(knot, allow_private=True), scene)


def test_a8_the_code_of_another_domain_proves_nothing(knot, prover_of):
    ours, other = new_scene(knot), new_scene(knot)
    ours.at_n(record.value(other.token))
    finding = prover_of(knot).look(Question(ours.domain, (ours.token,), (other.token,)))
    assert (finding.code, finding.hints) == (Code.NO_MATCH, (Hint.OLD_CODE,))


def test_the_code_of_the_domain_above_covers_no_subdomain(knot, prover_of, scene):
    below = Scene(knot, f"eng.{scene.domain}", scene.token)
    scene.at_n(scene.value)
    finding = look(prover_of(knot), below)
    assert finding.code is Code.RECORD_NOT_FOUND


# Between organizations.


@pytest.fixture
def acme(world):
    return world.organization("Acme")


@pytest.fixture
def rival(world):
    return world.organization("Rival")


def _state(world, actor, claim):
    return world.claim(actor, claim).state


@pytest.mark.parametrize("held", [True, False], ids=["owned", "given up"])
def test_a1_what_an_old_owner_left_behind_serves_nobody_else(world, acme, rival, held):
    old = world.verified(acme)
    if not held:
        world.remove(acme, old)
    claim = world.verify(rival, world.add(rival, old.domain))
    assert (claim.state, claim.last_check.code) == (State.PENDING, Code.NO_MATCH)
    # That it is a code at all is nothing a stranger should hear.
    assert claim.last_check.hints == ()


def test_a2_publishing_the_old_owners_record_again_helps_only_the_old_owner(world, acme, rival):
    old = world.verified(acme)
    world.withdraw(old)
    world.later(days=3)
    claim = world.add(rival, old.domain)
    world.publish(old)
    world.later(days=3)
    assert _state(world, rival, claim) is State.PENDING
    assert _state(world, acme, old) is State.VERIFIED


def test_a8_the_code_of_another_organization_proves_nothing(world, acme, rival):
    domain = world.knot.new_zone()
    ours, theirs = world.add(acme, domain), world.add(rival, domain)
    world.publish(theirs)
    found = world.verify(acme, ours)
    assert (found.state, found.last_check.code) == (State.PENDING, Code.NO_MATCH)
    assert found.last_check.hints == ()


def test_a8_the_code_of_ones_own_other_domain_proves_nothing_and_is_known(world, acme):
    one, other = (world.add(acme, world.knot.new_zone()) for _ in range(2))
    world.knot.publish_txt(record.challenge_name(one.domain), record.value(other.token))
    found = world.verify(acme, one)
    assert (found.state, found.last_check.hints) == (State.PENDING, (Hint.OLD_CODE,))


def test_a10_who_has_no_record_does_not_contest(world, acme, rival):
    owned = world.verified(acme)
    world.withdraw(owned)
    claim = world.add(rival, owned.domain)
    for _ in range(5):
        world.later(seconds=10)
        assert world.verify(rival, claim).last_check.code is Code.RECORD_NOT_FOUND
    seen = world.claim(acme, owned)
    assert (seen.state, seen.contested, seen.checks) == (State.VERIFIED, False, 1)


# The names of domains (D5): what looks like one is either that one or another one, never both.

SPELLINGS = {
    "CASE.test": "case.test",
    "dot.test.": "dot.test",
    "ideographic。test": "ideographic.test",
    "ｗｉｄｅ.test": "wide.test",  # noqa: RUF001
    "BÜCHER.test": "xn--bcher-kva.test",
    "faß.test": "xn--fa-hia.test",
    "\u212aelvin.test": "kelvin.test",
}


@pytest.mark.parametrize(("typed", "domain"), SPELLINGS.items(), ids=SPELLINGS.values())
def test_a11_however_it_is_typed_one_name_is_asked_for(world, acme, typed, domain):
    world.knot.add_zone(domain)
    claim = world.add(acme, typed)
    assert claim.domain == domain
    world.publish(claim)
    assert world.verify(acme, claim).state is State.VERIFIED


def test_a11_a_name_that_only_looks_the_same_is_another_one(world, acme):
    world.knot.add_zone("ace.test")
    claim = world.add(acme, "\u0430ce.test")
    world.knot.publish_txt(record.challenge_name("ace.test"), record.value(claim.token))
    assert world.verify(acme, claim).state is State.PENDING
    shown = world.shown(acme, claim)
    assert (shown["domain"], shown["warnings"]) == ("xn--ce-6kc.test", ["mixed_script"])


@pytest.mark.parametrize(
    "typed", ["acme.test\u200b", "a\u00adcme.test", "a\u200dcme.test", "\u2060acme.test"], ids=ascii
)
def test_a11_what_cannot_be_seen_is_refused(world, acme, typed):
    with pytest.raises(InvalidDomainError):
        world.add(acme, typed)
