"""A look at DNS, from a question to a finding, over real sockets."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import dns.flags
import pytest

from scimserver.adapters.dns.prover import DnsProver, from_settings
from scimserver.config import Settings
from scimserver.domain.findings import Code, Finding, Hint, Warned
from scimserver.domain.ports import Question
from scimserver.resolvers import PLAIN, ResolverAddress
from tests.adapters.dns.responder import Responder, Zone, reply

TOKEN = "a2b3c4d5" * 4
NAME = "_scimserver-challenge.acme.test."
RIGHT = f'{NAME} 300 TXT "token={TOKEN} expiry=never"'
AT_APEX = f'acme.test. 300 TXT "scimserver-domain-verification={TOKEN}"'
QUESTION = Question("acme.test", (TOKEN,))
WHY = Question("acme.test", (TOKEN,), diagnose=True)


@contextlib.contextmanager
def looking(*answers, needed=None, port=0, **options):
    """Provide a prover whose resolvers answer so, and the resolvers."""
    with contextlib.ExitStack() as stack:
        responders = [stack.enter_context(Responder(each)) for each in answers]
        prover = DnsProver(
            [each.address for each in responders],
            min_agree=len(answers) if needed is None else needed,
            queries_per_second=10_000,
            authoritative_port=port or responders[0].port,
            label=lambda: "nobody",
            **{"allow_private": True, **options},
        )
        yield stack.enter_context(prover), responders


def look(*answers, question=QUESTION, **options):
    with looking(*answers, **options) as (prover, _):
        return prover.look(question)


def fails(query, _way):
    return reply(query, rcode="SERVFAIL")


def mute(*_):
    """Say nothing that is an answer, so often that nobody waits for one."""
    return [b"noise"] * 16


def test_the_record_verifies_where_enough_resolvers_have_it():
    found = look(Zone(RIGHT), Zone(RIGHT))
    assert (found.code, found.authenticated, len(found.resolvers)) == (Code.VERIFIED, False, 2)
    assert (found.found, found.records) == ((f"token={TOKEN} expiry=never",), 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_record_at_one_of_two_resolvers_proves_nothing(order):
    without_key = f'{NAME} 300 TXT "{TOKEN}"'
    found = look(*[Zone(without_key), Zone()][::order])
    # That something was overlooked is told of a record that counts.
    assert (found.code, found.warnings) == (Code.RESOLVERS_DISAGREE, ())
    # What one of them has is worth showing.
    assert (found.found, found.records) == ((TOKEN,), 1)


def test_dnssec_alone_is_enough():
    found = look(Zone(RIGHT, flags=dns.flags.AD), Zone())
    assert (found.code, found.authenticated, len(found.resolvers)) == (Code.VERIFIED, True, 1)


def test_the_domain_itself_is_asked_only_where_the_name_of_the_record_has_nothing():
    with looking(Zone(RIGHT, AT_APEX)) as (prover, [resolver]):
        assert prover.look(QUESTION).code is Code.VERIFIED
        assert resolver.names() == ["_scimserver-challenge.acme.test", "nobody.acme.test"]


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
def test_the_domain_itself_is_not_asked_where_the_name_says_nothing_definite(rcode):
    def unsure(query, way):
        at_name = query.question[0].name.to_text() == NAME
        return reply(query, rcode=rcode) if at_name else Zone(AT_APEX)(query, way)

    with looking(unsure) as (prover, [resolver]):
        assert prover.look(QUESTION).is_transient
        assert resolver.names() == ["_scimserver-challenge.acme.test"]


def test_the_code_at_the_domain_itself_verifies_in_its_own_form():
    found = look(Zone(AT_APEX))
    assert (found.code, found.warnings) == (Code.VERIFIED, (Warned.AT_DOMAIN_ITSELF,))


def test_a_domain_that_does_not_answer_is_no_loss_of_a_record_that_may_be_there():
    def half(query, way):
        at_apex = query.question[0].name.to_text() == "acme.test."
        return reply(query, rcode="SERVFAIL") if at_apex else Zone()(query, way)

    found = look(half)
    assert (found.code, found.is_definitive) == (Code.SERVFAIL, False)


def test_how_the_code_is_missing_at_the_domain_itself_makes_no_difference():
    """One resolver has other texts there, and another has none."""
    found = look(Zone("acme.test. 300 TXT v=spf1"), Zone())
    assert found.code is Code.RECORD_NOT_FOUND


def test_nothing_there_is_said_with_the_time_it_may_be_remembered():
    found = look(Zone(soa=(40, 900)), Zone(soa=(50, 900)))
    assert (found.code, found.ttl, found.hints) == (Code.RECORD_NOT_FOUND, 50, ())


def test_an_alias_may_prove_and_is_told():
    found = look(Zone(f"{NAME} 300 CNAME x.test.", f'x.test. 5 TXT "token={TOKEN}"'))
    assert (found.code, found.delegated_to) == (Code.VERIFIED, "x.test")


@pytest.mark.parametrize("data", [f'TXT "token={TOKEN}"', "TXT other", "A 192.0.2.1", None])
def test_an_alias_that_every_name_has_proves_nothing(data):
    target = [f"x.test. 5 {data}"] if data else []
    found = look(Zone("*.acme.test. 300 CNAME x.test.", *target))
    assert (found.code, found.delegated_to) == (Code.WILDCARD_CNAME, "x.test")


def test_an_alias_that_every_name_has_proves_nothing_at_the_domain_itself():
    """The wildcard of a domain above may make the domain that is claimed."""
    zone = Zone(
        "*.acme.test. 300 CNAME x.test.",
        f'x.test. 5 TXT "scimserver-domain-verification={TOKEN}"',
    )
    found = look(zone, question=Question("eng.acme.test", (TOKEN,)))
    assert found.code is not Code.VERIFIED


def test_a_domain_that_is_an_alias_of_its_own_is_proved_at_its_end():
    zone = Zone(
        "eng.acme.test. 300 CNAME x.test.",
        f'x.test. 5 TXT "scimserver-domain-verification={TOKEN}"',
    )
    found = look(zone, question=Question("eng.acme.test", (TOKEN,)))
    assert (found.code, found.delegated_to) == (Code.VERIFIED, "x.test")


def test_an_alias_proves_nothing_while_nobody_knows_whether_it_is_a_wildcard():
    zone = Zone(f"{NAME} 300 CNAME x.test.", f'x.test. 5 TXT "token={TOKEN}"')

    def unsure(query, way):
        is_probe = b"nobody" in query.question[0].name.labels
        return reply(query, rcode="SERVFAIL") if is_probe else zone(query, way)

    assert look(unsure).code is Code.SERVFAIL


def test_a_wildcard_record_verifies_with_a_warning():
    found = look(Zone(f'*.acme.test. 300 TXT "token={TOKEN}"'))
    assert (found.code, found.warnings) == (Code.VERIFIED, (Warned.WILDCARD_TXT,))


def test_an_old_code_is_recognised_and_proves_nothing():
    old = "z" * 32
    question = Question("acme.test", (TOKEN,), old_tokens=(old,))
    found = look(Zone(f'{NAME} 5 TXT "token={old}"'), question=question)
    assert (found.code, found.hints) == (Code.NO_MATCH, (Hint.OLD_CODE,))


def test_the_code_at_the_wrong_place_costs_no_further_question():
    with looking(Zone(f'acme.test. 5 TXT "token={TOKEN}"')) as (prover, [resolver]):
        assert prover.look(QUESTION).hints == (Hint.AT_APEX,)
        assert resolver.names() == ["_scimserver-challenge.acme.test", "acme.test"]


@pytest.mark.parametrize(
    ("domain", "published", "hint"),
    [
        ("acme.test", "_scimserver-challenge.acme.test.acme.test.", Hint.DOUBLED_DOMAIN),
        ("eng.acme.test", "_scimserver-challenge.eng.acme.test.acme.test.", Hint.DOUBLED_DOMAIN),
        (
            "eng.acme.test",
            "_scimserver-challenge.eng.acme.test.eng.acme.test.",
            Hint.DOUBLED_DOMAIN,
        ),
        ("acme.test", "scimserver-challenge.acme.test.", Hint.MISSING_UNDERSCORE),
    ],
)
def test_a_record_at_a_name_that_panels_make_of_ours_is_found(domain, published, hint):
    zone = Zone(f'{published} 5 TXT "token={TOKEN} expiry=never"')
    found = look(zone, question=Question(domain, (TOKEN,), diagnose=True))
    assert (found.code, found.hints) == (Code.RECORD_NOT_FOUND, (hint,))


def test_somebody_elses_text_at_such_a_name_tells_nothing():
    zone = Zone("*.acme.test.acme.test. 5 TXT other", "scimserver-challenge.acme.test. 5 TXT other")
    assert look(zone, question=WHY).hints == ()


def test_hints_cost_three_questions_at_most():
    with looking(Zone()) as (prover, [resolver]):
        prover.look(Question("a.eng.acme.test", (TOKEN,)))
        plain = set(resolver.names())
        prover.look(Question("a.eng.acme.test", (TOKEN,), diagnose=True))
        assert len(set(resolver.names()) - plain) == 3


def test_a_domain_whose_doubled_name_is_too_long_has_fewer_hints():
    domain = ".".join(["a" * 57] * 3 + ["b" * 30, "acme.test"])
    found = look(Zone(), question=Question(domain, (TOKEN,), diagnose=True))
    assert found.code is Code.RECORD_NOT_FOUND


@pytest.mark.parametrize("kinds", [("A",), ("MX", "AAAA")])
def test_a_name_with_other_records_names_their_types(kinds):
    data = {"A": "192.0.2.1", "AAAA": "2001:db8::1", "MX": "1 mx.test."}
    found = look(Zone(*(f"{NAME} 5 {kind} {data[kind]}" for kind in kinds)), question=WHY)
    assert (found.code, set(found.types)) == (Code.NO_TXT, set(kinds))


def test_an_alias_to_a_name_with_other_records_does_not_dangle():
    zone = Zone(f"{NAME} 5 CNAME x.test.", "x.test. 5 A 192.0.2.1")
    found = look(zone, question=WHY)
    assert (found.code, found.types, found.delegated_to) == (Code.NO_TXT, ("A",), "x.test")


def test_an_alias_to_nothing_dangles():
    found = look(Zone(f"{NAME} 5 CNAME x.test."), question=WHY)
    assert (found.code, found.types, found.delegated_to) == (Code.CNAME_DANGLING, (), "x.test")


DELEGATED = ("acme.test. 5 NS ns1.acme.test.", "ns1.acme.test. 5 A 127.0.0.1")


class Caching:
    """A resolver that remembers TXT records of before, and is the zone's own server besides."""

    def __init__(self, before, now):
        self._before, self._now = before, now

    def __call__(self, query, way):
        if query.flags & dns.flags.RD:
            return self._before(query, way)
        made = self._now(query, way)
        made.flags |= dns.flags.AA
        return made


@pytest.mark.parametrize("published", [RIGHT, AT_APEX])
def test_what_resolvers_have_not_heard_of_is_found_at_the_zones_own_servers(published):
    now = Caching(Zone(*DELEGATED, soa=(287, 300)), Zone(published))
    found = look(now, question=WHY)
    assert (found.code, found.hints) == (Code.RECORD_NOT_FOUND, (Hint.STILL_CACHED,))
    assert (found.servers, found.ttl) == (("ns1.acme.test",), 287)
    assert look(now).hints == ()


def test_a_server_that_does_not_answer_for_the_zone_knows_nothing_new():
    def lame(query, way):
        zone = Zone(*DELEGATED) if query.flags & dns.flags.RD else Zone(RIGHT)
        return zone(query, way)

    assert look(lame, question=WHY).hints == ()


def test_a_change_that_is_on_its_way_is_explained_where_resolvers_differ():
    now = Caching(Zone(*DELEGATED), Zone(RIGHT))
    found = look(now, Zone(RIGHT, *DELEGATED), question=WHY)
    assert (found.code, found.hints) == (Code.RESOLVERS_DISAGREE, (Hint.STILL_CACHED,))


def test_who_answered_is_asked_why_others_did_not():
    with Responder(Caching(Zone(), Zone(RIGHT))) as own:
        found = look(fails, Zone(*DELEGATED), question=WHY, port=own.port)
    assert (found.code, found.hints) == (Code.RESOLVERS_DISAGREE, (Hint.STILL_CACHED,))


@pytest.mark.parametrize("address", ["A 127.0.0.1", "AAAA ::1", "A 10.0.0.1", "A 169.254.169.254"])
def test_servers_within_the_house_are_asked_nothing(address):
    zone = Zone(DELEGATED[0], f"ns1.acme.test. 5 {address}")
    with (
        Responder(Zone(RIGHT)) as inside,
        looking(zone, port=inside.port, allow_private=False) as (prover, _),
    ):
        assert prover.look(WHY).hints == ()
        assert inside.asked == []


def test_the_servers_of_a_suffix_have_nothing_to_do_with_it():
    """The zone that says that a domain is registered to nobody is not the domain's."""
    zone = Zone("co.uk. 5 NS ns1.co.uk.", "ns1.co.uk. 5 A 127.0.0.1", apex="co.uk")
    with looking(zone) as (prover, [resolver]):
        prover.look(Question("acme.co.uk", (TOKEN,), diagnose=True))
        assert resolver.names("NS") == ["acme.co.uk"]


def test_the_zone_of_a_subdomain_is_the_one_that_denied_the_record():
    zone = Zone("eng.acme.test. 5 NS ns1.test.", "acme.test. 5 NS ns2.test.", apex="eng.acme.test")
    with looking(zone) as (prover, [resolver]):
        prover.look(Question("a.b.eng.acme.test", (TOKEN,), diagnose=True))
        assert set(resolver.names("NS")) == {"a.b.eng.acme.test", "eng.acme.test", "acme.test"}
        assert resolver.names("A") == ["ns1.test"]


def test_a_zone_beside_the_domain_is_not_taken_for_its_own():
    """It is where an alias leads, and denies what the alias leads to."""
    zone = Zone(f"{NAME} 5 CNAME x.other.acme.test.", apex="other.acme.test")
    with looking(zone) as (prover, [resolver]):
        prover.look(WHY)
        assert resolver.names("NS") == ["acme.test"]


def test_many_servers_are_not_all_asked():
    names = [f"acme.test. 5 NS ns{n}.acme.test." for n in range(9)]
    with looking(Zone(*names)) as (prover, [resolver]):
        prover.look(WHY)
        assert set(resolver.names("A")) == {f"ns{n}.acme.test" for n in range(3)}


@pytest.mark.parametrize(
    ("own", "code", "ede"),
    [
        (Zone(f"{NAME} 5 CNAME {NAME}"), Code.CNAME_LOOP, ""),
        (lambda query, _: reply(query, rcode="REFUSED", errors=(20,)), Code.REFUSED, "EDE 20"),
        (mute, Code.SERVFAIL, ""),
        (Zone(RIGHT), Code.SERVFAIL, ""),
        (fails, Code.SERVFAIL, ""),
    ],
    ids=["loop", "refused", "silent", "right", "fails"],
)
def test_a_resolver_that_only_fails_is_explained_by_the_zones_own_servers(own, code, ede):
    def resolver(query, way):
        if not query.flags & dns.flags.RD:
            return own(query, way)
        is_it = query.question[0].name.to_text() == NAME
        return fails(query, way) if is_it else Zone(*DELEGATED)(query, way)

    found = look(resolver, question=WHY)
    assert found.code is code
    assert ede in found.ede


def test_one_server_that_refuses_does_not_speak_for_the_others():
    zone = Zone(*DELEGATED, "acme.test. 5 NS ns2.acme.test.", "ns2.acme.test. 5 AAAA ::1")

    def resolver(query, way):
        if not query.flags & dns.flags.RD:
            return reply(query, rcode="REFUSED")
        is_it = query.question[0].name.to_text() == NAME
        return fails(query, way) if is_it else zone(query, way)

    with (
        looking(resolver) as (prover, [first]),
        Responder(fails, address="::1", port=first.port) as second,
    ):
        assert prover.look(WHY).code is Code.SERVFAIL
        assert second.asked != []


def test_a_failure_of_a_zone_that_names_no_servers_stays_one():
    assert look(fails, question=WHY).code is Code.SERVFAIL


def test_why_a_server_fails_is_said_by_number_and_name_but_never_in_its_words():
    found = look(lambda query, _: reply(query, rcode="SERVFAIL", errors=(7,)))
    assert (found.code, found.ede) == (Code.DNSSEC_BOGUS, "signature expired, EDE 7")
    found = look(lambda query, _: reply(query, rcode="SERVFAIL", errors=(49_999,)))
    assert (found.code, found.ede) == (Code.SERVFAIL, "EDE 49999")


def test_who_kept_silent_is_not_waited_for_again():
    with looking(Zone(), mute, needed=1) as (prover, [_, silent]):
        assert prover.look(QUESTION).code is Code.RECORD_NOT_FOUND
        assert len(silent.names()) == 1


def test_a_look_that_has_no_more_time_ends(monkeypatch):
    monkeypatch.setattr("scimserver.adapters.dns.prover.LOOK_SECONDS", 0.0)
    with looking(Zone(RIGHT)) as (prover, [resolver]):
        assert prover.look(QUESTION).code is Code.TIMEOUT
        assert resolver.asked == []


def test_many_may_look_at_once():
    """More than there are threads to ask: nobody waits for what nobody does."""
    with looking(Zone(RIGHT), Zone(RIGHT)) as (prover, _), ThreadPoolExecutor(40) as visitors:
        found = [visitors.submit(prover.look, QUESTION) for _ in range(40)]
        assert {each.result().code for each in found} == {Code.VERIFIED}


def test_a_prover_that_is_closed_asks_nobody():
    with looking(Zone(RIGHT)) as (prover, [resolver]):
        prover.close()
        with pytest.raises(RuntimeError):
            prover.look(QUESTION)
        assert resolver.asked == []


def test_any_finding_can_be_kept_and_read():
    found = look(Zone(RIGHT), Zone())
    assert Finding.read(found.kept()) == found


def test_resolvers_that_do_not_answer_are_named():
    with looking(Zone(), mute, fails) as (prover, resolvers):
        assert prover.unanswering() == (str(resolvers[1].address),)


def test_settings_make_a_prover():
    with Responder(Zone(RIGHT)) as one, Responder(Zone(RIGHT)) as two:
        addresses = tuple(str(each.address) for each in (one, two))
        with from_settings(Settings(dns_resolvers=addresses)) as prover:
            found = prover.look(QUESTION)
    assert (found.code, found.resolvers) == (Code.VERIFIED, addresses)


def test_an_unreachable_world_is_a_finding():
    nowhere = [ResolverAddress(PLAIN, f"fe80::{n}%nowhere", 53) for n in (1, 2)]
    with DnsProver(nowhere) as prover:
        assert prover.look(WHY).code is Code.TIMEOUT
