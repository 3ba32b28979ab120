"""Findings survive being stored, also by a version that knew more of them."""

import pytest

from scimserver.domain.findings import Code, Finding, Hint, Warned

FULL = Finding(
    Code.NO_MATCH,
    found=("v=spf1 -all", "token=abc"),
    records=2,
    hints=(Hint.TRUNCATED, Hint.STILL_CACHED),
    warnings=(Warned.JOINED,),
    authenticated=True,
    ttl=300,
    delegated_to="acme.example.net",
    resolvers=("127.0.0.1@53",),
    ede="6",
    types=("A",),
    servers=("ns1.acme.com",),
)


@pytest.mark.parametrize("finding", [Finding(Code.TIMEOUT), FULL], ids=["bare", "full"])
def test_a_finding_is_read_as_it_was_kept(finding):
    assert Finding.read(finding.kept()) == finding


def test_what_a_later_version_kept_besides_is_left_alone():
    assert Finding.read({**FULL.kept(), "mood": ["good"]}) == FULL


@pytest.mark.parametrize("code", Code)
def test_every_code_is_a_match_or_definitive_or_transient(code):
    finding = Finding(code)
    assert [finding.is_match, finding.is_definitive, finding.is_transient].count(True) == 1
