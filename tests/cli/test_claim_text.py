"""What people read of a claim in each of its states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.cli import claim_text
from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.findings import Code, Finding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
TOKEN = "a" * 32
CLAIM = Claim(
    org_id="org",
    id="id",
    domain="acme.com",
    state=State.PENDING,
    method=Method.DNS,
    reason=None,
    created_at=NOW,
    verified_at=None,
    token=TOKEN,
    token_issued_at=NOW,
    expires_at=LATER,
    next_check_at=NOW + timedelta(minutes=1),
)
VERIFY = "Look for it now:  scimserver domain verify acme acme.com"
STATES = {
    "pending": (
        {},
        "acme.com is pending: its record is to appear until 2026-11-25 12:00 UTC.",
    ),
    "verified": (
        {"state": State.VERIFIED, "verified_at": NOW},
        "acme.com is verified since 2026-11-22 12:00 UTC.",
    ),
    "at risk": (
        {"state": State.AT_RISK, "grace_ends_at": LATER},
        (
            "acme.com is at risk: its record was not found. It stays in use until 2026-11-25 12:00 "
            "UTC, and longer if the record comes back."
        ),
    ),
    "lapsed": (
        {"state": State.LAPSED},
        "acme.com has lapsed: new addresses in it are refused until it is verified.",
    ),
    "expired": (
        {"state": State.EXPIRED},
        "acme.com has expired: its record did not appear in time. For a new code:",
    ),
    "revoked": (
        {"state": State.REVOKED},
        "acme.com was given up. New addresses in it are refused; its users stay.",
    ),
}


def read(**changes):
    return claim_text.lines(replace(CLAIM, **changes), "acme", NOW)


@pytest.mark.parametrize("state", STATES)
def test_the_first_line_says_where_a_claim_stands(state):
    changes, says = STATES[state]
    lines = read(**changes)
    assert lines[0] == says
    # A record is shown where it is worth publishing, and a way to look for it where that helps.
    assert (f"Value:  token={TOKEN} expiry=never" in lines) is (state not in ("expired", "revoked"))
    assert (VERIFY in lines) is (state in ("pending", "at risk", "lapsed"))


def test_an_expired_claim_says_how_it_begins_again():
    assert read(state=State.EXPIRED)[1] == "  scimserver domain rotate acme acme.com"


def test_an_attested_domain_has_its_reason_and_no_record():
    lines = read(
        state=State.VERIFIED,
        method=Method.ATTESTED,
        reason="Contract 1",
        token=None,
        expires_at=None,
    )
    assert lines == ["acme.com is verified on the operator's word: Contract 1"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"state": State.VERIFIED, "verified_at": NOW, "authoritative": True},
            "It is the authoritative domain of the organization.",
        ),
        (
            {"state": State.AT_RISK, "grace_ends_at": LATER, "contested": True},
            "Another claim of this domain was proved while this record was missing.",
        ),
        (
            {"transfer_after": LATER},
            "It is held up by another claim, until 2026-11-25 12:00 UTC at least.",
        ),
        (
            {"domain": "xn--cme-5cd.com"},
            "The name mixes scripts, so it may look like a name that it is not.",
        ),
    ],
    ids=["authoritative", "contested", "held up", "mixed script"],
)
def test_what_else_there_is_to_know_stands_below(changes, says):
    assert read(**changes)[1] == says
    assert says not in read()


def test_the_last_look_says_what_was_found_by_whom_and_when_the_next_one_is():
    found = Finding(
        Code.NO_MATCH, found=("v=spf1", "x=1"), records=2, resolvers=("192.0.2.1@53", "::1@53")
    )
    lines = read(last_check=found, last_checked_at=NOW)
    place = lines.index("Last look:   2026-11-22 12:00 UTC")
    assert lines[place + 1 : place + 7] == [
        "             2 TXT records at _scimserver-challenge.acme.com, none holds your code.",
        "What to do:  Add ours; keep the others.",
        "Found:       v=spf1",
        "             x=1",
        "Asked:       192.0.2.1@53, ::1@53",
        "Next look:   2026-11-22 12:01 UTC",
    ]


def test_a_look_that_has_nothing_more_to_tell_is_short():
    lines = read(
        last_check=Finding(Code.TIMEOUT),
        last_checked_at=NOW,
        state=State.LAPSED,
        next_check_at=None,
    )
    place = lines.index("Last look:   2026-11-22 12:00 UTC")
    assert lines[place + 3] == ""


def test_the_other_record_is_at_the_domain_itself():
    assert "Host:   @ (or blank)" in read()
    assert "Host:   eng" in read(domain="eng.acme.com")
