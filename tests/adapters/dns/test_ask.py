"""One question to one server, over real sockets, whatever it answers."""

import socket
import ssl
import threading
import time

import dns.flags
import pytest

from scimserver.adapters.dns import ask as ask_module
from scimserver.adapters.dns.answers import SILENT, Kind
from scimserver.adapters.dns.ask import Ask, Asker
from scimserver.adapters.dns.pace import Pace
from scimserver.adapters.dns.packet import TXT, absolute
from scimserver.resolvers import PLAIN, ResolverAddress
from tests.adapters.dns.responder import TCP, UDP, Dripping, Raw, Responder, reply
from tests.posting import certificate

NAME = "_scimserver-challenge.acme.test"
RECORD = f'{NAME}. 30 TXT "x"'


@pytest.fixture
def impatient(monkeypatch):
    """For servers that never answer: there is nothing to wait for."""
    monkeypatch.setattr(ask_module, "TRY_SECONDS", 0.05)
    monkeypatch.setattr(ask_module, "ASK_SECONDS", 0.2)


@pytest.fixture
def patient(monkeypatch):
    """For servers that answer in the end, however slow this machine is."""
    monkeypatch.setattr(ask_module, "ASK_SECONDS", 60.0)


def ask(server, *, context=None, recursive=True):
    asked = Ask(server, absolute(NAME), TXT, recursive)
    return Asker(Pace(10_000), context).ask(asked, time.monotonic() + 60)


def answered(answer, **options):
    """Return what is made of a server that answers so, and what it was asked."""
    context = options.pop("context", None)
    with Responder(answer, **options) as responder:
        return ask(responder.address, context=context), [way for _, _, way in responder.asked]


def right(query, _way):
    return reply(query, RECORD)


def test_an_answer_needs_one_datagram():
    found, ways = answered(right)
    assert (found.kind, found.texts, ways) == (Kind.RECORDS, ((b"x",),), [UDP])


def test_servers_at_ipv6_addresses_are_asked_alike():
    found, _ = answered(right, address="::1")
    assert found.kind is Kind.RECORDS


def test_what_does_not_fit_comes_over_tcp():
    records = [f'{NAME}. 30 TXT "{n:02}{"x" * 200}"' for n in range(90)]
    found, ways = answered(lambda query, _: reply(query, *records))
    assert (len(found.texts), ways) == (90, [UDP, TCP])


def test_what_tcp_cannot_hold_either_is_too_much():
    found, ways = answered(lambda query, _: reply(query, flags=dns.flags.TC))
    assert (found.kind, ways) == (Kind.TOO_MANY, [UDP, TCP])


def test_datagrams_that_are_no_answer_are_passed_over(patient):
    def noise(query, _way):
        strange = reply(query, RECORD)
        strange.id ^= 1
        other = reply(query, RECORD).to_wire().replace(b"acme", b"evil")
        return [b"", b"garbage", strange, other, query.to_wire(), reply(query, RECORD)]

    found, ways = answered(noise)
    assert (found.kind, set(ways)) == (Kind.RECORDS, {UDP})


def test_a_lost_datagram_is_sent_again(patient):
    lost = []

    def forgetful(query, _way):
        lost.append(query.id)
        return reply(query, RECORD) if len(lost) > 1 else None

    found, ways = answered(forgetful)
    assert found.kind is Kind.RECORDS
    assert len(ways) > 1
    assert lost[0] != lost[1]


def test_who_says_nothing_is_asked_three_times(impatient):
    found, ways = answered(lambda *_: None)
    assert (found, ways) == (SILENT, [UDP] * 3)


def test_who_sends_nonsense_without_end_is_not_listened_to_without_end():
    def noisy(query, _way):
        return [*[b"nonsense"] * 16, reply(query, RECORD)]

    assert answered(noisy) == (SILENT, [UDP] * 3)


def test_a_closed_port_is_noticed_without_waiting():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pace = Pace(1, now=lambda: 0.0)
    asked = Ask(ResolverAddress(PLAIN, "127.0.0.1", port), absolute(NAME), TXT)
    assert Asker(pace).ask(asked, time.monotonic() + 60) == SILENT
    # A second try would have been counted, and the next would have to wait.
    assert pace.take(1, 0.0)


def test_an_address_that_cannot_be_reached_is_silent():
    assert ask(ResolverAddress(PLAIN, "fe80::1%nowhere", 53)) == SILENT


def _cut(query, way):
    return reply(query, flags=dns.flags.TC) if way == UDP else None


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x00", b"\x00\x00", b"\x00\x05abc", b"\x00\x08nonsense", b"\xff\xff" + b"x" * 100],
)
def test_nonsense_over_tcp_is_silence(sent):
    found, ways = answered(lambda query, way: _cut(query, way) or Raw(sent))
    assert (found, ways) == (SILENT, [UDP, TCP])


def test_who_does_not_speak_tcp_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Responder(lambda query, _: reply(query, flags=dns.flags.TC), port=port) as responder:
            taken.close()
            assert ask(responder.address) == SILENT


@pytest.mark.parametrize("piece", [b"", b"x"], ids=["nothing", "an octet at a time"])
def test_who_does_not_end_is_left_in_the_middle(impatient, piece):
    """Over TCP a length is announced, and what should follow comes slowly or never."""
    is_over = threading.Event()

    def slow(query, way):
        if way == UDP:
            return reply(query, flags=dns.flags.TC)
        return Dripping(piece, is_over)

    with Responder(slow) as responder:
        assert ask(responder.address) == SILENT
        is_over.set()


@pytest.mark.parametrize(
    ("checked", "unchecked", "kind"),
    [
        (("SERVFAIL", ()), ("NOERROR", ()), Kind.BOGUS),
        (("SERVFAIL", (22,)), ("NXDOMAIN", ()), Kind.BOGUS),
        (("SERVFAIL", ()), ("SERVFAIL", ()), Kind.FAILED),
        (("SERVFAIL", (6,)), None, Kind.BOGUS),
        (("REFUSED", ()), None, Kind.REFUSED),
        (("NXDOMAIN", ()), None, Kind.NO_NAME),
    ],
)
def test_a_failure_that_is_none_without_validation_is_a_broken_signature(checked, unchecked, kind):
    def validating(query, _way):
        rcode, errors = unchecked if query.flags & dns.flags.CD else checked
        return reply(query, rcode=rcode, errors=errors)

    found, ways = answered(validating)
    assert (found.kind, len(ways)) == (kind, 2 if unchecked else 1)


def test_a_zones_own_server_is_asked_for_what_it_knows_itself():
    with Responder(lambda query, _: reply(query, rcode="SERVFAIL")) as responder:
        assert ask(responder.address, recursive=False).kind is Kind.FAILED
        assert len(responder.asked) == 1


class Far(ResolverAddress):
    """A server here that stands for one at the other end of a network."""

    is_trusted_way = False


@pytest.mark.parametrize(("kind", "believed"), [(ResolverAddress, True), (Far, False)])
def test_that_dnssec_vouches_is_believed_only_where_nobody_can_say_so_in_between(kind, believed):
    with Responder(lambda query, _: reply(query, RECORD, flags=dns.flags.AD)) as responder:
        server = kind(PLAIN, responder.address.address, responder.port)
        assert ask(server).is_authenticated is believed


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("dns"))


@pytest.fixture(scope="module")
def tls(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def _asked_behind_tls(tls, believed, name="localhost"):
    with Responder(right, context=tls) as responder:
        server = responder.address
        server = ResolverAddress(server.transport, server.address, server.port, name)
        return ask(server, context=believed), responder.asked


def test_a_server_behind_tls_is_believed_by_its_certificate(tls, pem):
    found, asked = _asked_behind_tls(tls, ssl.create_default_context(cafile=pem))
    assert (found.kind, [way for _, _, way in asked]) == (Kind.RECORDS, [TCP])


def test_a_strange_certificate_is_told_nothing(tls, pem):
    assert _asked_behind_tls(tls, None) == (SILENT, [])
    believing = ssl.create_default_context(cafile=pem)
    assert _asked_behind_tls(tls, believing, name="dns.example") == (SILENT, [])


def test_a_plain_server_where_tls_is_expected_is_silent(pem, impatient):
    with Responder(right) as responder:
        server = ResolverAddress("tls", "127.0.0.1", responder.port, "localhost")
        assert ask(server, context=ssl.create_default_context(cafile=pem)) == SILENT
        assert responder.asked == []


def test_every_packet_counts():
    pace = Pace(2, now=lambda: 0.0)
    with Responder(lambda query, _: reply(query, flags=dns.flags.TC)) as responder:
        Asker(pace).ask(Ask(responder.address, absolute(NAME), TXT), time.monotonic() + 60)
    # The first was counted by whoever waited for its turn, the one over TCP now.
    assert pace.take(1, 0.0)
    assert not pace.take(1, 0.0)


def test_every_try_counts(impatient):
    pace = Pace(3, now=lambda: 0.0)
    with Responder(lambda *_: None) as responder:
        Asker(pace).ask(Ask(responder.address, absolute(NAME), TXT), time.monotonic() + 60)
    assert pace.take(1, 0.0)
    assert not pace.take(1, 0.0)


def test_when_the_time_is_over_nobody_is_asked():
    pace = Pace(1, now=lambda: 0.0)
    with Responder(right) as responder:
        asked = Ask(responder.address, absolute(NAME), TXT)
        assert Asker(pace).ask(asked, time.monotonic()) == SILENT
        assert responder.asked == []
    # Nor is anything counted.
    assert pace.take(1, 0.0)
