"""What pages say of a claim: every state and every finding has its words."""

from datetime import UTC, datetime, timedelta

import pytest

from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.findings import Code, Finding
from scimserver.storage.connections import Connection
from scimserver.web.console import domain_words
from scimserver.web.console.alarms import alarms
from scimserver.web.console.links import CONNECTIONS, SSO, connection_page, domain_page

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _claim(state, name="acme.com", **values):
    values = {"method": Method.DNS, "reason": None, "verified_at": None, **values}
    return Claim(org_id="acme", id=f"id-{name}", domain=name, state=state, created_at=NOW, **values)


@pytest.mark.parametrize("state", State)
def test_each_state_has_words(state):
    claim = _claim(state)
    assert domain_words.badge(claim).text
    verdict = domain_words.verdict(claim)
    assert verdict.headline
    assert verdict.meaning.endswith(".")
    assert {verdict.kind, domain_words.badge(claim).kind} <= {
        "good",
        "warn",
        "bad",
        "info",
        "quiet",
    }


def test_each_finding_has_words():
    assert domain_words.FOUND.keys() == set(Code)
    assert domain_words.found(_claim(State.PENDING)) == ""
    found = _claim(State.PENDING, last_check=Finding(Code.TIMEOUT))
    assert domain_words.found(found) == "No answer"


@pytest.mark.parametrize(
    ("claim", "headline"),
    [
        (
            _claim(State.VERIFIED, method=Method.ATTESTED, reason="Contract"),
            "Attested by the operator",
        ),
        (_claim(State.VERIFIED, negatives=1), "The record was not found lately"),
        (_claim(State.VERIFIED, transient_since=NOW), "The last looks got no clear answer"),
        (
            _claim(State.AT_RISK, contested=True, negatives=3),
            "Another organization claims this domain",
        ),
        (
            _claim(State.PENDING, last_check=Finding(Code.VERIFIED)),
            "Your record is there, but another claim is active",
        ),
        (
            _claim(State.PENDING, last_check=Finding(Code.VERIFIED), transfer_after=NOW),
            "Your record is there; another claim has not ended yet",
        ),
        (_claim(State.PENDING, last_check=Finding(Code.NO_MATCH)), "Waiting for the record"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.state.value,
)
def test_what_stands_behind_a_state_is_told(claim, headline):
    assert domain_words.verdict(claim).headline == headline


def test_only_what_may_be_lost_is_an_alarm():
    assert (
        alarms(_claim(state) for state in State if state not in (State.AT_RISK, State.LAPSED)) == []
    )


def test_the_gravest_alarm_comes_first():
    ends = NOW + timedelta(days=7)
    found = alarms(
        [
            _claim(State.AT_RISK, "risk.com", grace_ends_at=ends),
            _claim(State.AT_RISK, "main.com", grace_ends_at=ends, authoritative=True),
            _claim(State.AT_RISK, "xn--bcher-kva.com", grace_ends_at=ends, contested=True),
        ]
    )
    assert [each.kind for each in found] == ["bad", "bad", "warn"]
    assert [each.href for each in found] == [
        domain_page("id-main.com"),
        domain_page("id-xn--bcher-kva.com"),
        domain_page("id-risk.com"),
    ]
    assert "bücher.com" in found[1].text
    assert {each.at for each in found} == {ends}


def test_many_alarms_are_a_number():
    [alarm] = alarms(_claim(State.LAPSED, f"{number}.com") for number in range(4))
    assert (alarm.kind, alarm.href) == ("bad", SSO)
    assert alarm.text == "4 of your domains are at risk or have lapsed."


def _connection(name, paused_at=None):
    return Connection(
        "acme", f"id-{name}", name, "okta", {}, 25, frozenset(), False, NOW, paused_at=paused_at
    )


def test_a_paused_connection_is_an_alarm_before_any_domain():
    lapsed = [_claim(State.LAPSED, f"{number}.com") for number in range(4)]
    first, second = alarms(lapsed, [_connection("Okta", NOW), _connection("Entra")])
    assert (first.kind, first.at, first.href) == ("bad", NOW, connection_page("id-Okta"))
    assert "Okta" in first.text
    assert second.href == SSO


def test_many_paused_connections_are_a_number():
    [alarm] = alarms([], [_connection(str(number), NOW) for number in range(4)])
    assert (alarm.kind, alarm.href) == ("bad", CONNECTIONS)
    assert alarm.text.startswith("Changes of 4 connections are paused")
