"""Every case of the table, published at a real server and looked at through resolvers (D39)."""

from datetime import UTC, datetime, timedelta

import pytest

from scimserver.domain.diagnostics import Words, words
from scimserver.domain.findings import Code, Hint
from scimserver.domain.ports import Question
from scimserver.domain.record import LABEL
from scimserver.resolvers import PLAIN, ResolverAddress
from tests.dns.cases import CASES, OLD_TOKEN, Scene
from tests.dns.conftest import new_scene
from tests.dns.daemon import HOST, free_port
from tests.dns.knot import FOREIGN_KEY, NEGATIVE_TTL
from tests.dns.unbound import Unbound

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
ROWS = [(case, through) for case in CASES for through in case.through]


def look(prover, scene):
    question = Question(scene.domain, (scene.token,), (OLD_TOKEN,), diagnose=True)
    return prover.look(question)


def said(finding, scene):
    return words(finding, scene.domain, SOON, NOW)


@pytest.mark.parametrize(
    ("case", "through"), ROWS, ids=[f"{case.id}-{through}" for case, through in ROWS]
)
def test_each_case_is_told_from_the_others(request, knot, provider, prover_of, case, through):
    scene = Scene(knot, knot.new_zone(**case.zone))
    case.publish(scene)
    finding = look(prover_of(request.getfixturevalue(through)), scene)
    target = case.target.format(domain=scene.domain) if case.target else None
    assert (finding.code, finding.hints, finding.warnings) == (case.code, case.hints, case.warnings)
    assert finding.authenticated is (case.id == "C8")
    assert finding.is_transient or finding.delegated_to == target
    assert case.is_seen(finding)
    assert said(finding, scene) == case.words(scene, finding, "12:05 UTC")


@pytest.mark.parametrize("through", ["knot", "unbound"])
def test_c16_a_value_without_quotation_marks_in_a_zone_file(request, knot, prover_of, through):
    scene = Scene(knot, knot.new_name())
    knot.add_zone(scene.domain, f"{LABEL} TXT {scene.value}\n")
    finding = look(prover_of(request.getfixturevalue(through)), scene)
    assert (finding.code, finding.hints) == (Code.NO_MATCH, (Hint.UNQUOTED,))
    assert finding.found == (scene.value.replace(" ", ""),)
    assert said(finding, scene) == Words(
        "The value arrived in two parts, without the space between them.",
        "Put quotation marks around the whole value: without them, a zone file takes a space for "
        "the end of a text.",
    )
    # What is asked for is all it takes.
    scene.knot.publish(scene.n, "TXT", f'"{scene.value}"')
    assert look(prover_of(knot), scene).code is Code.VERIFIED


def test_c21_servers_that_refuse_the_zone(knot, prover_of):
    scene = Scene(knot, "nobody.example")
    finding = look(prover_of(knot), scene)
    assert (finding.code, finding.is_transient) == (Code.REFUSED, True)
    assert finding.ede == "not authoritative, EDE 20"
    assert said(finding, scene) == Words(
        "Your name servers refuse questions about nobody.example (not authoritative, EDE 20).",
        "Check the delegation at the registrar.",
    )


@pytest.mark.parametrize("through", ["knot", "unbound"])
def test_c22_servers_that_do_not_answer(knot, prover_of, through):
    """unbound has its own: it remembers for long that somebody did not answer."""
    scene = new_scene(knot)
    with Unbound(knot) as resolver:
        prover = prover_of(knot if through == "knot" else resolver)
        with knot.paused():
            finding = look(prover, scene)
    assert (finding.code, finding.is_transient) == (Code.TIMEOUT, True)
    assert said(finding, scene) == Words(
        "Your name servers did not answer.", "Nothing to change yet; we retry."
    )


def test_c22_a_resolver_that_is_not_there(prover_of, scene):
    nobody = ResolverAddress(PLAIN, HOST, free_port())
    assert look(prover_of(nobody), scene).code is Code.TIMEOUT


def test_c23_a_resolver_that_does_not_say_why(knot, prover_of):
    """Without an extended error, a second question shows that validation alone failed (D22)."""
    scene = new_scene(knot, signed=True, ds=FOREIGN_KEY)
    scene.at_n(scene.value)
    with Unbound(knot, ede=False) as resolver:
        finding = look(prover_of(resolver), scene)
    assert (finding.code, finding.ede) == (Code.DNSSEC_BOGUS, "")
    assert said(finding, scene).detail == "DNSSEC validation fails."


@pytest.mark.parametrize("through", ["knot", "unbound"])
def test_c24_servers_that_fail_without_dnssec(request, knot, prover_of, through):
    scene = Scene(knot, knot.new_name())
    knot.add_empty_zone(scene.domain)
    finding = look(prover_of(request.getfixturevalue(through)), scene)
    assert (finding.code, finding.is_transient) == (Code.SERVFAIL, True)
    assert said(finding, scene).detail.startswith("Your name servers report an internal error")
    assert said(finding, scene).action == "Ask the DNS host; we retry."


def test_x3_resolvers_that_differ(knot, other_knot, prover_of):
    scene = new_scene(knot)
    other_knot.add_zone(scene.domain)
    scene.at_n(scene.value)
    finding = look(prover_of(knot, other_knot), scene)
    assert (finding.code, finding.is_transient) == (Code.RESOLVERS_DISAGREE, True)
    assert finding.resolvers == (knot.address, other_knot.address)


def test_x4_a_record_that_has_not_got_round(knot, unbound, prover_of):
    scene = new_scene(knot, negative=3600)
    prover = prover_of(unbound)
    before = look(prover, scene)
    scene.at_n(scene.value)
    finding = look(prover, scene)
    assert (before.code, before.hints) == (Code.RECORD_NOT_FOUND, ())
    assert (finding.code, finding.hints) == (Code.RECORD_NOT_FOUND, (Hint.STILL_CACHED,))
    assert (finding.servers, before.ttl) == ((f"ns1.{scene.domain}",), 3600)
    assert 0 < finding.ttl <= before.ttl, "what is left of it"
    assert said(finding, scene) == Words(
        f"Your record is published at ns1.{scene.domain}; what was there before is cached "
        f"elsewhere for {finding.ttl} s.",
        "Nothing to change; we check again at 12:05 UTC.",
    )


def test_a_name_that_is_not_there_may_be_remembered_as_long_as_its_zone_says(prover_of, knot):
    assert look(prover_of(knot), new_scene(knot)).ttl == NEGATIVE_TTL


def test_dnssec_alone_is_enough(knot, unbound, prover_of):
    """One resolver that vouches counts for as many as have to agree otherwise (D21)."""
    signed, unsigned = new_scene(knot, signed=True), new_scene(knot)
    prover = prover_of(unbound, min_agree=2)
    for scene in (signed, unsigned):
        scene.at_n(scene.value)
    assert look(prover, signed).code is Code.VERIFIED
    assert look(prover, unsigned).code is Code.RESOLVERS_DISAGREE


def test_the_absence_of_a_signed_record_is_vouched_for(knot, unbound, prover_of):
    finding = look(prover_of(unbound), new_scene(knot, signed=True))
    assert (finding.code, finding.authenticated) == (Code.RECORD_NOT_FOUND, True)


@pytest.mark.parametrize(
    ("published", "code"),
    [(True, Code.VERIFIED), (False, Code.RECORD_NOT_FOUND)],
    ids=["there", "not there"],
)
def test_one_of_three_resolvers_may_be_away(knot, unbound, prover_of, published, code):
    scene = new_scene(knot)
    if published:
        scene.at_n(scene.value)
    nobody = ResolverAddress(PLAIN, HOST, free_port())
    finding = look(prover_of(nobody, knot, unbound, min_agree=2), scene)
    assert (finding.code, finding.is_transient) == (code, False)
    assert set(finding.resolvers) == {knot.address, unbound.address}


def test_nothing_is_said_where_too_few_resolvers_answer(knot, prover_of, scene):
    nobody = ResolverAddress(PLAIN, HOST, free_port())
    finding = look(prover_of(nobody, knot, min_agree=2), scene)
    assert (finding.code, finding.is_transient) == (Code.RESOLVERS_DISAGREE, True)
