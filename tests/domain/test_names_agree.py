"""Whoever reads a domain reads the same one: claims, addresses, the rule, records (A11, M8)."""

import re
import string
from pathlib import Path

import idna
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scimserver.domain import domain_name, mail_providers, record
from scimserver.domain.actor import Actor, Door
from scimserver.domain.address import UnreadableAddressError, parse
from scimserver.domain.commands import Create, Plan
from scimserver.domain.errors import DomainNotVerifiedError, InvalidDomainError, InvalidEmailError
from scimserver.domain.policies import Facts, Row, domain_claim
from scimserver.scim import registry
from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Draft, complete

SCHEMAS = Path(__file__).parents[2] / "schemas"
TEST = frozenset({"test"})
ACTOR = Actor("0d1f8a4e-0000-4000-8000-000000000001", Door.SCIM, "idp")
CANONICAL = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
TOKEN = "a" * 32

LETTERS = "abcxyz019"
CURIOUS = "-_.@ßüаαйस日ハㄅ한ıſςK\u0301\u0308。．ａＡ１＠ⅷ①℡‐"  # noqa: RUF001
UNSEEN = (
    "\u00ad\u034f\u061c\u180b\u180e\u200b\u200e\u202e\u2060\ufe0f\ufeff\U000e0041\U000e0100\x00\n"
)
JOINERS = frozenset("\u200c\u200d")
LABELS = st.one_of(
    st.text(LETTERS, min_size=1, max_size=12),
    st.text(LETTERS + CURIOUS, min_size=1, max_size=6),
    st.text(LETTERS + CURIOUS + UNSEEN + "\u200c\u200d", min_size=1, max_size=6),
    st.text(string.ascii_lowercase + string.digits + "-", max_size=8).map("xn--{}".format),
    st.sampled_from(
        ["xn--bcher-kva", "XN--BCHER-KVA", "a" * 63, "a" * 64, "0x1f", "127", "_dmarc"]
    ),
)
SUFFIXES = st.sampled_from(["com", "test", "CO.uk", "de.", "рф", "github.io", "corp", "local", "1"])
TEXTS = st.builds(
    lambda labels, dot, suffix: dot.join([*labels, suffix]),
    st.lists(LABELS, min_size=1, max_size=4),
    st.sampled_from([".", ".", ".", "。", "．", ".."]),  # noqa: RUF001
    SUFFIXES,
)


def _name(text):
    """Return the name a text is, or None."""
    try:
        return domain_name.normalise(text)
    except InvalidDomainError:
        return None


def _domain(text):
    """Return the domain an address with this text behind its @ lies in, or None."""
    try:
        return parse(f"ann@{text}", test_suffixes=TEST).domain
    except UnreadableAddressError:
        return None


NAMES = TEXTS.map(_name).filter(bool)


@pytest.fixture(scope="module")
def user():
    """The type of a user, as shipped."""
    return registry.load(SCHEMAS).types["User"]


@settings(max_examples=100)
@given(NAMES)
def test_a_name_is_canonical(name):
    assert CANONICAL.fullmatch(name)
    assert len(record.challenge_name(name)) <= 253
    assert domain_name.normalise(name) == name
    assert domain_name.normalise(name.upper() + ".") == name


@settings(max_examples=100)
@given(NAMES)
def test_a_name_and_what_people_see_of_it_are_the_same_name(name):
    shown = domain_name.unicode_of(name)
    assert shown.isprintable()
    assert domain_name.normalise(shown) == name
    assert idna.encode(shown, uts46=True, std3_rules=True).decode() == name
    assert domain_name.warnings_of(name) in ((), (domain_name.MIXED_SCRIPT,))


@settings(max_examples=100)
@example("аcme.com")  # noqa: RUF001
@example("acme.com\u200b")
@example("a@acme.com")
@given(TEXTS)
def test_an_address_lies_in_the_domain_a_claim_of_the_same_text_has(text):
    assume("@" not in text)
    assert _domain(text) in (_name(text), None)


@settings(max_examples=100)
@given(NAMES)
def test_a_name_that_can_be_claimed_can_be_written_to(name):
    assume(JOINERS.isdisjoint(domain_name.unicode_of(name)))
    try:
        domain_name.check_claimable(name, extra_suffixes=TEST)
    except InvalidDomainError:
        return
    assert _domain(name) == name


@pytest.mark.parametrize("text", ["نامه\u200cای.com", "ක්\u200dෂ.com"])  # noqa: RUF001
def test_the_parser_of_addresses_takes_no_joiners_where_names_have_them(text):
    assert domain_name.unicode_of(_name(text)) == text
    assert _domain(text) is None
    assert _domain(_name(text)) is None


@settings(max_examples=100)
@example("acme.com", "ACME.com")
@example("acme.com", "аcme.com")  # noqa: RUF001
@example("acme.com", "acme.com.")
@example("fass.de", "faß.de")
@example("acme.com", "eng.acme.com")
@given(st.one_of(NAMES, st.just("acme.com")), TEXTS)
def test_the_rule_lets_in_what_the_owner_of_that_very_name_provisions(user, owned, text):
    attributes = {"userName": "ann", "emails": [{"value": f"ann@{text}", "type": "work"}]}
    draft = Draft(user, attributes)
    plan = Plan(Create(user, draft), "019aa000-0000-7000-8000-000000000001", None, {}, draft)
    facts = Facts(owned=frozenset({owned}), test_suffixes=TEST)
    assert _read(plan, complete(draft, Profile()), facts) == _domain(text)
    stored = list(domain_claim.violations(user, attributes, Row("1", active=True), facts))
    assert bool(stored) is (_domain(text) != owned)


def _read(plan, resource, facts):
    """Return the one domain the rule found in a plan, or None where it found an address unfit."""
    try:
        domain_claim.check(ACTOR, plan, resource, facts)
    except DomainNotVerifiedError as refusal:
        return refusal.context["domain"]
    except InvalidEmailError:
        return None
    (owned,) = facts.owned
    return owned


@settings(max_examples=100)
@given(NAMES)
def test_the_record_of_a_name_lies_below_what_its_owner_registered(name):
    registered = domain_name.registrable(name)
    assert domain_name.registrable(registered) == registered
    assert f".{name}".endswith(f".{registered}")
    asked, fallback = record.record(name, TOKEN), record.fallback_record(name, TOKEN)
    assert f"{asked.host}.{registered}" == asked.name == f"_scimserver-challenge.{name}"
    assert fallback.name == name
    assert fallback.name == (
        registered if fallback.host == "@" else f"{fallback.host}.{registered}"
    )


@settings(max_examples=50)
@given(NAMES)
def test_what_keeps_a_registered_name_out_keeps_out_the_names_below(name):
    registered = domain_name.registrable(name)
    assume("." in registered)
    refused = {_refusal(each) for each in (registered, f"eng.{registered}")}
    assert len(refused) == 1


def _refusal(name):
    try:
        mail_providers.check(name)
    except InvalidDomainError as refusal:
        return refusal.context["reason"]
    return None


@settings(max_examples=100)
@given(st.sampled_from(UNSEEN), st.integers(0, 8), st.sampled_from(["acme.com", "bücher.com"]))
def test_a_character_that_cannot_be_seen_makes_no_name(unseen, at, name):
    text = name[:at] + unseen + name[at:]
    assert _name(text) is None
    assert _domain(text) is None


@settings(max_examples=50)
@given(st.text(string.ascii_letters + string.digits, min_size=1, max_size=20))
def test_another_width_or_case_is_the_same_name(label):
    wide = "".join(chr(ord(each) + 0xFEE0) for each in label)
    assert _name(f"{wide}．com") == _name(f"{label}.com") == f"{label}.com".lower()  # noqa: RUF001
    assert _domain(f"{wide}.com") == f"{label}.com".lower()
