"""The record that proves a claim, as people are told to publish it."""

import re

import pytest

from scimserver.domain import record

TOKEN = "abcdefghijklmnopqrstuvwxyz234567"


def test_a_token_is_160_bits_in_32_characters():
    tokens = {record.new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(re.fullmatch(r"[a-z2-7]{32}", token) for token in tokens)


def test_the_value_has_51_characters_and_says_that_it_stays():
    assert record.value(TOKEN) == f"token={TOKEN} expiry=never"
    assert len(record.value(record.new_token())) == 51


@pytest.mark.parametrize(
    ("domain", "host", "fallback_host"),
    [
        ("acme.com", "_scimserver-challenge", "@"),
        ("eng.acme.com", "_scimserver-challenge.eng", "eng"),
        ("a.b.acme.co.uk", "_scimserver-challenge.a.b", "a.b"),
        ("acme.github.io", "_scimserver-challenge", "@"),
        ("eng.acme.test", "_scimserver-challenge.eng", "eng"),
        ("xn--bcher-kva.com", "_scimserver-challenge", "@"),
    ],
)
def test_both_records_are_told_in_full_and_relative_to_the_zone(domain, host, fallback_host):
    assert record.record(domain, TOKEN).shown() == {
        "type": "TXT",
        "host": host,
        "name": f"_scimserver-challenge.{domain}",
        "value": f"token={TOKEN} expiry=never",
        "ttl": 300,
    }
    assert record.fallback_record(domain, TOKEN).shown() == {
        "type": "TXT",
        "host": fallback_host,
        "name": domain,
        "value": f"scimserver-domain-verification={TOKEN}",
    }
