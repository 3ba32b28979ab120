"""The claim object: exactly the fields of 1.8, whatever state a claim is in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.domain import claim_life
from scimserver.domain.claim_schedule import Limits
from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.findings import Code, Finding, Hint, Warned
from scimserver.services import claim_object

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = Limits()
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"
PENDING = claim_life.begun("org", "id", "xn--bcher-kva.com", TOKEN, NOW, LIMITS)
FOUND = Finding(Code.VERIFIED)


def test_a_claim_is_shown_as_the_specification_has_it():
    finding = Finding(
        Code.RECORD_NOT_FOUND,
        hints=(Hint.DOUBLED_DOMAIN,),
        ttl=300,
        resolvers=("9.9.9.9@53",),
    )
    claim = claim_life.after_check(PENDING, finding, NOW + timedelta(seconds=1.5), LIMITS).claim
    shown = claim_object.shown(claim, NOW)
    check = shown.pop("lastCheck")
    assert shown == {
        "id": "id",
        "organizationId": "org",
        "domain": "xn--bcher-kva.com",
        "domainUnicode": "bücher.com",
        "state": "pending",
        "method": "dns",
        "authoritative": False,
        "contested": False,
        "warnings": [],
        "verifiedAt": None,
        "expiresAt": "2026-11-29T12:00:00.000000Z",
        "graceEndsAt": None,
        "transferAfter": None,
        "lastCheckedAt": "2026-11-22T12:00:01.500000Z",
        "nextCheckAt": "2026-11-22T12:05:01.500000Z",
        "record": {
            "type": "TXT",
            "host": "_scimserver-challenge",
            "name": "_scimserver-challenge.xn--bcher-kva.com",
            "value": f"token={TOKEN} expiry=never",
            "ttl": 300,
        },
        "fallbackRecord": {
            "type": "TXT",
            "host": "@",
            "name": "xn--bcher-kva.com",
            "value": f"scimserver-domain-verification={TOKEN}",
        },
    }
    assert "added the domain twice" in check.pop("detail")
    assert "_scimserver-challenge" in check.pop("action")
    assert check == {
        "code": "record_not_found",
        "found": [],
        "hints": ["doubled_domain"],
        "warnings": [],
        "authenticated": False,
        "transient": False,
        "ttl": 300,
        "delegatedTo": None,
        "resolvers": ["9.9.9.9@53"],
    }


def test_a_claim_that_nobody_looked_at_and_an_attested_one_have_less_to_show():
    assert claim_object.shown(PENDING, NOW)["lastCheck"] is None
    attested = Claim("org", "id", "acme.com", State.VERIFIED, Method.ATTESTED, "x", NOW, NOW)
    shown = claim_object.shown(attested, NOW)
    assert (shown["method"], shown["record"], shown["fallbackRecord"]) == ("attested", None, None)
    assert shown["verifiedAt"] == "2026-11-22T12:00:00.000000Z"


def test_what_is_odd_about_a_name_or_its_record_is_shown():
    mixed = replace(PENDING, domain="xn--cme-5cd.com")
    assert claim_object.shown(mixed, NOW)["warnings"] == ["mixed_script"]
    finding = Finding(
        Code.VERIFIED,
        found=("a", "b"),
        warnings=(Warned.JOINED,),
        authenticated=True,
        delegated_to="dns.example.net",
    )
    claim = claim_life.after_check(PENDING, finding, NOW, LIMITS).claim
    check = claim_object.shown(claim, NOW)["lastCheck"]
    assert (check["found"], check["warnings"]) == (["a", "b"], ["joined"])
    assert (check["authenticated"], check["delegatedTo"]) == (True, "dns.example.net")
    assert check["detail"].startswith("Verified")


@pytest.mark.parametrize(
    ("transfer_after", "said"),
    [(None, "another claim of this domain is active"), (NOW, "has some time to answer")],
)
def test_d33_a_record_that_is_found_in_vain_says_why_and_never_who(transfer_after, said):
    waiting = claim_life.held_up(PENDING, FOUND, NOW, LIMITS).claim
    shown = claim_object.shown(replace(waiting, transfer_after=transfer_after), NOW)
    assert (shown["state"], shown["lastCheck"]["code"]) == ("pending", "verified")
    assert said in shown["lastCheck"]["detail"]
    assert not shown["lastCheck"]["detail"].startswith("Verified")


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("state", State)
def test_every_state_and_every_finding_can_be_shown(state, code):
    claim = replace(PENDING, state=state, last_check=Finding(code), last_checked_at=NOW)
    check = claim_object.shown(claim, NOW)["lastCheck"]
    assert check["detail"].endswith(".")
    assert check["action"]
    assert check["transient"] is Finding(code).is_transient
