"""The name servers these tests ask do what the tests rely on."""

import os
from pathlib import Path

import dns.exception
import dns.flags
import dns.query
import dns.rcode
import pytest

from tests.dns.daemon import Daemon, MissingError, ask, find
from tests.dns.knot import FOREIGN_KEY, NEGATIVE_TTL, Knot, txt
from tests.dns.unbound import Unbound


def _texts(answer):
    return {b"".join(each.strings).decode() for rrset in answer.answer for each in rrset}


def _edes(answer):
    return [int(each.code) for each in answer.extended_errors()]


def test_a_record_is_there_at_once_and_gone_at_once(knot):
    name = f"_here.{knot.new_zone()}"
    knot.publish_txt(name, "one", ("two ", "strings"))
    assert _texts(ask(knot.port, name, "TXT")) == {"one", "two strings"}
    knot.publish_txt(name, "three")
    assert _texts(ask(knot.port, name, "TXT")) == {"three"}
    knot.withdraw(name)
    assert ask(knot.port, name, "TXT").rcode() == dns.rcode.NXDOMAIN


def test_what_is_not_there_may_be_remembered_for_as_long_as_the_zone_says(knot):
    answer = ask(knot.port, f"nowhere.{knot.new_zone()}", "TXT")
    soa = answer.authority[0]
    assert (answer.rcode(), min(soa.ttl, soa[0].minimum)) == (dns.rcode.NXDOMAIN, NEGATIVE_TTL)


def test_a_zone_that_is_nobodys_is_refused_and_a_lost_one_fails(knot):
    refused = ask(knot.port, "nobody.example", "TXT")
    assert (refused.rcode(), _edes(refused)) == (dns.rcode.REFUSED, [20])
    lost = knot.new_name()
    knot.add_empty_zone(lost)
    assert ask(knot.port, lost, "TXT").rcode() == dns.rcode.SERVFAIL


def test_a_paused_server_says_nothing_and_goes_on_afterwards(knot):
    name = knot.new_zone()
    with knot.paused(), pytest.raises(dns.exception.Timeout):
        ask(knot.port, name, "SOA", over=_briefly)
    assert ask(knot.port, name, "SOA", over=dns.query.udp).answer


def _briefly(question, host, *, port, timeout):
    return dns.query.udp(question, host, port=port, timeout=timeout / 50)


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_the_resolver_vouches_for_signed_zones_alone(knot, unbound, signed):
    name = f"_here.{knot.new_zone(signed=signed)}"
    knot.publish_txt(name, "one")
    answer = ask(unbound.port, name, "TXT", over=dns.query.udp)
    assert answer.answer[0][0].strings == (b"one",)
    assert bool(answer.flags & dns.flags.AD) is signed


def test_the_resolver_remembers(knot, unbound):
    name = f"_here.{knot.new_zone()}"
    assert ask(unbound.port, name, "TXT").rcode() == dns.rcode.NXDOMAIN
    knot.publish_txt(name, "one")
    assert ask(unbound.port, name, "TXT").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("ede", [True, False], ids=["telling why", "silent"])
def test_the_resolver_refuses_keys_that_nobody_vouches_for(knot, ede):
    name = f"_here.{knot.new_zone(signed=True, ds=FOREIGN_KEY)}"
    knot.publish_txt(name, "one")
    with Unbound(knot, ede=ede) as resolver:
        answer = ask(resolver.port, name, "TXT")
    assert answer.rcode() == dns.rcode.SERVFAIL
    assert [code in range(6, 13) for code in _edes(answer)] == [True] * ede


def test_another_port_is_taken_when_one_is_taken(monkeypatch, knot):
    free, ports = Knot._port, [knot.port]
    monkeypatch.setattr(Daemon, "_port", lambda self: ports.pop() if ports else free(self))
    with Knot() as other:
        assert (ports, other.port != knot.port) == ([], True)


def test_a_server_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr("tests.dns.knot._CONFIGURATION", "nonsense")
    with pytest.raises(RuntimeError, match=r"(?s)Knot does not start:\n.*parser failed"):
        Knot()


def test_nothing_of_a_server_is_left():
    with Knot() as server:
        pid, folder = server.pid, server.folder
        assert Path(f"/proc/{pid}").exists()
        assert os.geteuid() != 0 or Path(f"/proc/{pid}").stat().st_uid != 0
    assert not Path(f"/proc/{pid}").exists()
    assert not folder.exists()


def test_a_missing_program_is_named():
    with pytest.raises(MissingError, match=r"no knottd here\. Install the package 'knot'"):
        find("knottd", "knot")


def test_any_octet_can_be_published(knot):
    name = f"_here.{knot.new_zone()}"
    every = bytes(range(1, 256))
    knot.publish_txt(name, every)
    answer = ask(knot.port, name, "TXT").answer[0][0]
    assert answer.strings == (every,)
    assert txt(("a", b"\x00")) == '"\\097" "\\000"'
