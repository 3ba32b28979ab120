"""Packets as strangers write them."""

import itertools
import struct

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimserver.adapters.dns.answers import Kind, answer
from scimserver.adapters.dns.packet import (
    AAAA,
    CNAME,
    MX,
    NS,
    TXT,
    A,
    Query,
    absolute,
)
from tests.adapters.dns.responder import reply

NAME = "_scimserver-challenge.acme.test"
SOA = "acme.test. 300 SOA ns1.acme.test. h.acme.test. 1 2 3 4 60"


def asking(rdtype=TXT, name=NAME):
    return Query(absolute(name), rdtype)


def answered(*records, rdtype=TXT, **said):
    """Return what a packet with these records says."""
    query = asking(rdtype)
    wire = reply(dns.message.from_wire(query.wire), *records, **said).to_wire(max_size=65_535)
    return answer(query, query.answer(wire))


def test_a_question_asks_for_one_name_with_dnssec_and_small_datagrams():
    sent = dns.message.from_wire(asking().wire)
    assert sent.flags == dns.flags.RD | dns.flags.AD
    assert (sent.ednsflags, sent.payload) == (dns.flags.DO, 1232)
    assert sent.question[0].to_text() == f"{NAME}. IN TXT"


def test_no_two_questions_have_the_same_number():
    assert len({asking().wire[:2] for _ in range(50)}) > 40


def test_a_question_may_want_what_does_not_validate_or_only_what_a_server_knows_itself():
    flags = dns.message.from_wire(Query(absolute(NAME), TXT, unchecked=True).wire).flags
    assert flags & dns.flags.CD
    flags = dns.message.from_wire(Query(absolute(NAME), TXT, recursive=False).wire).flags
    assert not flags & dns.flags.RD


def test_texts_keep_their_strings():
    found = answered(f'{NAME}. 30 TXT "token=" "abc"', f'{NAME}. 30 TXT "\\200\\000"')
    assert sorted(found.texts) == [(b"token=", b"abc"), (b"\xc8\x00",)]
    assert (found.kind, found.ttl) == (Kind.RECORDS, 30)


@pytest.mark.parametrize(
    ("rdtype", "data", "hosts", "addresses"),
    [
        (NS, "NS.Acme.Test.", ("ns.acme.test",), ()),
        (A, "192.0.2.1", (), ("192.0.2.1",)),
        (AAAA, "2001:db8::1", (), ("2001:db8::1",)),
        (MX, "10 mx.acme.test.", (), ()),
        (CNAME, "x.acme.test.", ("x.acme.test",), ()),
    ],
)
def test_other_types_are_read_as_far_as_they_are_needed(rdtype, data, hosts, addresses):
    found = answered(f"{NAME}. 30 {rdtype.name} {data}", rdtype=rdtype)
    assert (found.kind, found.hosts, found.addresses) == (Kind.RECORDS, hosts, addresses)


@pytest.mark.parametrize("links", range(9))
def test_aliases_are_followed_to_their_end(links):
    chain = [f"a{n}.test." for n in range(links)]
    names = [f"{NAME}.", *chain]
    aliases = [f"{a} 60 CNAME {b}" for a, b in itertools.pairwise(names)]
    found = answered(*reversed(aliases), f'{names[-1]} 30 TXT "x"')
    assert (found.kind, found.target) == (Kind.RECORDS, "a0.test" if links else None)
    assert found.ttl == (60 if links else 30)


@pytest.mark.parametrize("rcode", ["NOERROR", "NXDOMAIN"])
def test_nine_links_are_too_many(rcode):
    names = [f"{NAME}.", *(f"a{n}.test." for n in range(9))]
    aliases = [f"{a} 60 CNAME {b}" for a, b in itertools.pairwise(names)]
    found = answered(*aliases, f'{names[-1]} 30 TXT "x"', rcode=rcode)
    assert (found.kind, found.texts) == (Kind.CHAIN_TOO_LONG, ())


@pytest.mark.parametrize(
    "aliases",
    [
        [(NAME, NAME)],
        [(NAME, "b.test"), ("b.test", NAME)],
        [(NAME, "b.test"), ("b.test", "c.test"), ("c.test", "B.test")],
    ],
)
def test_aliases_that_lead_back_are_a_loop(aliases):
    found = answered(*(f"{a}. 60 CNAME {b}." for a, b in aliases))
    assert (found.kind, found.target) == (Kind.LOOP, aliases[0][1])


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"rcode": "SERVFAIL"}, Kind.FAILED),
        ({"rcode": "REFUSED"}, Kind.REFUSED),
        ({"errors": (6,)}, Kind.BOGUS),
    ],
)
def test_a_loop_excuses_no_failure(said, kind):
    assert answered(f"{NAME}. 60 CNAME {NAME}.", **said).kind is kind


def test_records_of_other_names_are_not_taken_for_ours():
    found = answered('other.test. 30 TXT "x"', f"{NAME}. 30 A 192.0.2.1")
    assert (found.kind, found.texts) == (Kind.NO_RECORDS, ())


@pytest.mark.parametrize(
    ("count", "kind"), [(1, Kind.RECORDS), (100, Kind.RECORDS), (101, Kind.TOO_MANY)]
)
def test_a_hundred_records_are_enough(count, kind):
    found = answered(*(f'{NAME}. 30 TXT "{n}"' for n in range(count)))
    assert (found.kind, len(found.texts)) == (kind, count if count <= 100 else 0)


def test_what_does_not_fit_is_not_read_at_all():
    wire = bytearray(reply(dns.message.from_wire(asking().wire)).to_wire())
    query = asking()
    wire[:2] = query.wire[:2]
    wire[6:8] = struct.pack("!H", 60_000)
    assert answer(query, query.answer(bytes(wire))).kind is Kind.TOO_MANY


@pytest.mark.parametrize(("others", "is_read"), [(120, True), (200, False)])
def test_an_answer_with_very_much_beside_it_is_none(others, is_read):
    query = asking()
    made = reply(dns.message.from_wire(query.wire), f'{NAME}. 30 TXT "x"')
    for n in range(others):
        made.additional.append(dns.rrset.from_text(f"ns{n}.test.", 30, "IN", "A", "192.0.2.1"))
    assert bool(query.accepted(made.to_wire(max_size=65_535))) is is_read


def test_a_packet_cut_off_is_no_answer_yet():
    query = asking()
    made = reply(dns.message.from_wire(query.wire), f'{NAME}. 30 TXT "x"', flags=dns.flags.TC)
    assert query.answer(made.to_wire()).is_truncated
    assert query.answer(made.to_wire()[:-3]).is_truncated


@pytest.mark.parametrize(
    ("records", "said", "kind"),
    [
        ((), {}, Kind.NO_RECORDS),
        ((), {"rcode": "NXDOMAIN"}, Kind.NO_NAME),
        ((f'{NAME}. 30 TXT "x"',), {"rcode": "NXDOMAIN"}, Kind.NO_NAME),
        ((), {"rcode": "SERVFAIL"}, Kind.FAILED),
        ((), {"rcode": "NOTIMP"}, Kind.FAILED),
        ((), {"rcode": "FORMERR"}, Kind.FAILED),
        ((), {"rcode": "REFUSED"}, Kind.REFUSED),
        ((), {"rcode": "REFUSED", "errors": (20,)}, Kind.REFUSED),
        ((), {"rcode": "SERVFAIL", "errors": (22, 23)}, Kind.FAILED),
        ((), {"rcode": "SERVFAIL", "errors": (5,)}, Kind.FAILED),
        ((), {"rcode": "SERVFAIL", "errors": (6,)}, Kind.BOGUS),
        ((), {"rcode": "SERVFAIL", "errors": (22, 9)}, Kind.BOGUS),
        ((), {"rcode": "SERVFAIL", "errors": (12,)}, Kind.BOGUS),
        ((), {"rcode": "SERVFAIL", "errors": (13,)}, Kind.FAILED),
        ((f'{NAME}. 30 TXT "x"',), {"errors": (7,)}, Kind.BOGUS),
        ((), {"rcode": "BADVERS"}, Kind.FAILED),
    ],
)
def test_what_is_no_record_says_why(records, said, kind):
    assert answered(*records, **said).kind is kind


def test_what_validation_found_is_told_first():
    assert answered(rcode="SERVFAIL", errors=(22, 9, 23)).errors == (9, 22, 23)


def test_a_server_that_signs_as_it_answers_says_no_name_without_the_code():
    denied = f"{NAME}. 300 NSEC \\000.{NAME}. RRSIG NSEC TYPE128"
    assert answered(authority=(SOA, denied)).kind is Kind.NO_NAME
    of_another = f"b.acme.test. 300 NSEC \\000.{NAME}. RRSIG NSEC TYPE128"
    assert answered(authority=(SOA, of_another)).kind is Kind.NO_RECORDS
    existing = f"{NAME}. 300 NSEC \\000.{NAME}. A RRSIG NSEC TYPE65400"
    assert answered(authority=(SOA, existing)).kind is Kind.NO_RECORDS


@pytest.mark.parametrize(
    ("ttl", "minimum", "seconds"),
    [(300, 60, 60), (40, 900, 40), (9_000_000, 9_000_000, 86_400), (0, 60, 0)],
)
def test_how_long_a_no_may_be_remembered(ttl, minimum, seconds):
    soa = f"acme.test. {ttl} SOA ns1.acme.test. h.acme.test. 1 2 3 4 {minimum}"
    found = answered(rcode="NXDOMAIN", authority=(soa,))
    assert (found.ttl, found.zone) == (seconds, "acme.test")


def test_what_else_a_server_says_is_passed_over():
    """Records of another class, additional ones, and options that are none of ours."""
    query = asking()
    made = reply(dns.message.from_wire(query.wire), f'{NAME}. 30 TXT "x"')
    made.answer.append(dns.rrset.from_text(f"{NAME}.", 30, "CH", "TXT", "chaos"))
    made.additional.append(dns.rrset.from_text("ns.acme.test.", 30, "IN", "A", "192.0.2.1"))
    made.use_edns(0, 0, 1232, options=[dns.edns.GenericOption(10, b"cookie12")])
    found = answer(query, query.answer(made.to_wire()))
    assert (found.kind, found.texts, found.errors) == (Kind.RECORDS, ((b"x",),), ())


def test_a_time_beyond_all_bounds_is_none():
    """RFC 2181 §8."""
    query = asking()
    wire = reply(dns.message.from_wire(query.wire), f'{NAME}. 1234567890 TXT "x"').to_wire()
    wire = wire.replace((1234567890).to_bytes(4), b"\xff" * 4)
    assert answer(query, query.answer(wire)).ttl == 0


def test_a_name_of_odd_octets_is_shown_escaped():
    found = answered(f"{NAME}. 30 CNAME a\\000\\010<b>.test.")
    assert found.target == "a\\000\\010<b>.test"


@pytest.mark.parametrize(
    "change",
    [
        lambda wire: wire[:11],
        lambda _: b"",
        lambda wire: bytes([wire[0] ^ 1]) + wire[1:],
        lambda wire: wire[:2] + bytes([wire[2] & 0x7F]) + wire[3:],  # A question.
        lambda wire: wire[:2] + bytes([wire[2] | 0x28]) + wire[3:],  # Another operation.
        lambda wire: wire[:5] + b"\x02" + wire[6:],  # Two questions.
        lambda wire: wire[:5] + b"\x00" + wire[6:],  # None.
        lambda wire: wire.replace(b"acme", b"acmf"),
        lambda wire: wire[:-1],
    ],
)
def test_what_does_not_answer_our_question_is_none(change):
    query = asking()
    wire = reply(dns.message.from_wire(query.wire), f'{NAME}. 30 TXT "x"').to_wire()
    assert query.accepted(wire)
    assert query.accepted(change(wire)) is None


def test_a_server_may_refuse_without_repeating_the_question():
    query = asking()
    wire = query.wire[:2] + struct.pack("!HHHHH", 0x8185, 0, 0, 0, 0)
    assert answer(query, query.answer(wire)).kind is Kind.REFUSED


def test_other_letters_of_the_same_name_are_the_same_question():
    query = asking()
    made = reply(dns.message.from_wire(query.wire), f'{NAME.upper()}. 30 TXT "x"')
    wire = made.to_wire().replace(b"acme", b"aCmE")
    assert answer(query, query.answer(wire)).kind is Kind.RECORDS


RECORD = st.builds(
    lambda owner, kind, ttl, data: owner + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data,
    st.sampled_from([b"\xc0\x0c", b"\x00", b"\x01a\xc0\x0c", b"\xc0\x00", b"\xc0\xff"]),
    st.sampled_from([1, 2, 5, 6, 15, 16, 28, 41, 46, 47, 128, 255]),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=40)
    | st.sampled_from([b"\xc0\x0c", b"\x00\x0f\x00\x02\x00\x06", b"\x03abc"]),
)


@settings(max_examples=100)
@given(st.lists(RECORD, max_size=6), st.integers(0, 0xFFFF), st.binary(max_size=20), st.data())
def test_nothing_a_stranger_sends_does_more_than_not_answer(records, flags, rest, data):
    query = asking()
    counts = [data.draw(st.integers(0, len(records))) for _ in range(3)]
    body = query.wire[12 : 12 + len(absolute(NAME).to_wire()) + 4]
    wire = query.wire[:2] + struct.pack("!HHHHH", flags | 0x8000, 1, *counts)
    packet = query.accepted(wire + body + b"".join(records) + rest)
    if packet is not None:
        answer(query, packet)


def test_a_packet_made_to_be_slow_to_read_costs_little():
    """64 KiB of aliases to a name of 126 labels, which every one of them repeats by a pointer."""
    name = ".".join("a" for _ in range(126))
    query = asking(name=name)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 5, 2) + b"\xc0\x0c"
    count = 4_600
    question = query.wire[12 : 12 + len(absolute(name).to_wire()) + 4]
    header = query.wire[:2] + struct.pack("!HHHHH", 0x8180, 1, count, 0, 0)
    assert answer(query, query.answer(header + question + record * count)).kind is Kind.TOO_MANY
    header = query.wire[:2] + struct.pack("!HHHHH", 0x8180, 1, 256, 0, 0)
    assert answer(query, query.answer(header + question + record * 256)).kind is Kind.LOOP


def test_a_name_too_long_for_dns_is_no_name():
    with pytest.raises(ValueError, match="aaa"):
        absolute("a" * 64 + ".test")
