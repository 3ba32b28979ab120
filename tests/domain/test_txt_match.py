"""Which TXT records hold a code, and what the others are told apart as."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scimserver.domain.findings import Hint, Warned
from scimserver.domain.record import apex_value, value
from scimserver.domain.txt_match import Match, apex, challenge, holds, printable

TOKEN = "abcdefghijklmnopqrstuvwxyz234567"
PREVIOUS = "zyxwvutsrqponmlkjihgfedcba765432"
OLD = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
OURS = value(TOKEN)
APEX = apex_value(TOKEN)
SPF = "v=spf1 -all"


def records(*texts):
    """Return TXT records; a tuple is one that consists of several strings."""
    return [
        tuple(map(str.encode, text)) if isinstance(text, tuple) else (text.encode(),)
        for text in texts
    ]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        pytest.param(OURS, (), id="C1"),
        pytest.param(TOKEN, (Warned.WITHOUT_KEY,), id="C2"),
        pytest.param((OURS[:9], OURS[9:]), (Warned.JOINED,), id="C3"),
        pytest.param(("", *OURS), (Warned.JOINED,), id="a string a character"),
        pytest.param(f'"{OURS}"', (Warned.QUOTES,), id="C4"),
        pytest.param(f"'{OURS}'", (Warned.QUOTES,), id="single quotes"),
        pytest.param(f"“{OURS}”", (Warned.QUOTES,), id="typographic quotes"),
        pytest.param(f"„{OURS}“", (Warned.QUOTES,), id="low quotes"),
        pytest.param(f"«{OURS}»", (Warned.QUOTES,), id="angled quotes"),
        pytest.param(f"  {OURS}\t", (Warned.SPACES,), id="C5"),
        pytest.param(f"\u00a0{OURS}\r\n", (Warned.SPACES,), id="other white space"),
        pytest.param(f' " {OURS} " ', (Warned.QUOTES, Warned.SPACES), id="quotes and spaces"),
        pytest.param(f'" {OURS}"', (Warned.QUOTES, Warned.SPACES), id="spaces in quotes"),
        pytest.param(f"“{TOKEN}”", (Warned.WITHOUT_KEY, Warned.QUOTES), id="bare in quotes"),
        pytest.param(f"token={TOKEN}", (), id="no expiry"),
        pytest.param(f"TOKEN={TOKEN} expiry=2001-01-01", (), id="key in capitals, expired"),
        pytest.param(f"token={TOKEN}\u2003new=thing; x", (), id="unknown keys"),
        pytest.param(value(PREVIOUS), (), id="the previous code, while it counts"),
    ],
)
def test_our_value_matches_in_whatever_wrapping(text, warnings):
    match = challenge(records(text), (TOKEN, PREVIOUS), (OLD,))
    assert (match.matched, match.warnings, match.hints) == (True, warnings, ())
    assert len(match.found) == 1


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        pytest.param(SPF, (), id="C14"),
        pytest.param(f"token={'7' * 32} expiry=never", (), id="another code"),
        pytest.param(f"token={TOKEN[:31]} expiry=never", (Hint.TRUNCATED,), id="C15"),
        pytest.param(TOKEN[8:20], (Hint.TRUNCATED,), id="a piece"),
        pytest.param("token=abc", (Hint.TRUNCATED,), id="the beginning"),
        pytest.param("token=", (Hint.TRUNCATED,), id="no code"),
        pytest.param("", (Hint.TRUNCATED,), id="nothing"),
        pytest.param(TOKEN[8:16], (Hint.TRUNCATED,), id="the least piece that tells"),
        pytest.param(TOKEN[8:15], (), id="too short a piece to tell"),
        pytest.param(f"x{TOKEN}y", (Hint.EXTRA_TEXT,), id="C16"),
        pytest.param(f"{TOKEN} expiry=never", (Hint.EXTRA_TEXT,), id="bare with metadata"),
        pytest.param(f"token= {TOKEN}", (Hint.EXTRA_TEXT,), id="space after the key"),
        pytest.param(f"token =x{TOKEN}", (Hint.EXTRA_TEXT,), id="space before the equals sign"),
        pytest.param(f"to\u212aen={TOKEN}", (Hint.EXTRA_TEXT,), id="a Kelvin sign"),
        pytest.param(f'token="{TOKEN}"', (Hint.EXTRA_TEXT,), id="quotes around the code"),
        pytest.param(f'""{OURS}""', (Hint.EXTRA_TEXT,), id="two layers of quotes"),
        pytest.param(f'"{TOKEN}', (Hint.EXTRA_TEXT,), id="half a layer of quotes"),
        pytest.param(f"{TOKEN}\u200b", (Hint.EXTRA_TEXT,), id="something unseen"),
        pytest.param(APEX, (Hint.EXTRA_TEXT,), id="the value for the domain itself"),
        pytest.param(OURS.upper(), (Hint.CASE_CHANGED,), id="C17"),
        pytest.param(
            f"code {TOKEN.title()}", (Hint.EXTRA_TEXT, Hint.CASE_CHANGED), id="both at once"
        ),
        pytest.param(value(OLD), (Hint.OLD_CODE,), id="X6"),
        pytest.param(OLD, (Hint.OLD_CODE,), id="X6 bare"),
        pytest.param('""', (Hint.TRUNCATED,), id="nothing in quotes"),
        pytest.param('"', (), id="a quote"),
    ],
)
def test_what_is_nearly_our_value_is_a_hint_and_no_match(text, hints):
    match = challenge(records(text), (TOKEN,), (OLD,))
    assert (match.matched, match.warnings, match.hints) == (False, (), hints)
    assert match.found == (printable(text),)


@pytest.mark.parametrize(
    ("strings", "hints"),
    [
        pytest.param(OURS.split(" "), (Hint.UNQUOTED,), id="our value"),
        pytest.param([*OURS.split(" "), "x"], (Hint.EXTRA_TEXT,), id="something behind it"),
        pytest.param([f"x{OURS}", "y"], (Hint.EXTRA_TEXT,), id="something around it"),
        pytest.param(
            OURS.upper().split(" "), (Hint.EXTRA_TEXT, Hint.CASE_CHANGED), id="in capitals"
        ),
        pytest.param(value(OLD).split(" "), (), id="another value"),
    ],
)
def test_a_value_that_lost_its_space_is_told_from_one_with_other_text(strings, hints):
    """A zone file makes several strings of what stands there without quotation marks."""
    match = challenge(records(tuple(strings)), (TOKEN,))
    assert (match.matched, match.hints) == (False, hints)


def test_one_record_of_several_is_enough():
    match = challenge(records(SPF, OURS), (TOKEN,))
    assert match == Match(True, (Warned.OTHER_RECORDS,), (), (OURS, SPF))


def test_the_best_of_two_copies_is_what_counts():
    match = challenge(records(f'" {TOKEN} "', OURS, value(OLD)), (TOKEN,), (OLD,))
    assert match.warnings == (Warned.OTHER_RECORDS,)
    assert match.found[0] == OURS


def test_hints_of_several_records_are_told_together():
    match = challenge(records(value(OLD), OURS.upper(), f"x{OURS}"), (TOKEN,), (OLD,))
    assert match.hints == (Hint.EXTRA_TEXT, Hint.CASE_CHANGED, Hint.OLD_CODE)


def test_no_records_hold_nothing():
    assert challenge([], (TOKEN,)) == Match(matched=False)
    assert apex([], (TOKEN,)) == Match(matched=False)


@pytest.mark.parametrize("text", ["", "token=", '""', "scimserver-domain-verification="])
def test_an_empty_token_proves_nothing(text):
    assert not challenge(records(text), ("",), ("",)).matched
    assert not apex(records(text), ("",)).matched


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        pytest.param(APEX, (), id="X1"),
        pytest.param(f'" {APEX}"', (Warned.QUOTES, Warned.SPACES), id="wrapped"),
        pytest.param((APEX[:40], APEX[40:]), (Warned.JOINED,), id="split"),
    ],
)
def test_the_form_that_names_us_matches_at_the_domain_itself(text, warnings):
    match = apex(records(SPF, text), (TOKEN,))
    assert match.matched
    assert match.warnings == (*warnings, Warned.AT_DOMAIN_ITSELF)
    assert len(match.found) == 1


def test_another_code_of_ours_at_the_domain_itself_is_worth_a_word():
    match = apex(records(apex_value(OLD), APEX), (TOKEN,))
    assert match.warnings == (Warned.OTHER_RECORDS, Warned.AT_DOMAIN_ITSELF)
    assert match.found == (APEX, apex_value(OLD))


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        (SPF, ()),
        (OURS, ()),
        (TOKEN, ()),
        (f"google-site-verification={TOKEN}", ()),
        (f"{APEX} expiry=never", (Hint.EXTRA_TEXT,)),
        (f"Scimserver-Domain-Verification={TOKEN}", (Hint.EXTRA_TEXT,)),
        (f"scimserver-domain-verification={TOKEN.upper()}", (Hint.CASE_CHANGED,)),
        (APEX[:-1], (Hint.TRUNCATED,)),
        (apex_value(OLD), (Hint.OLD_CODE,)),
    ],
)
def test_nothing_else_matches_at_the_domain_itself(text, hints):
    match = apex(records(text), (TOKEN,), (OLD,))
    assert (match.matched, match.warnings, match.hints) == (False, (), hints)
    assert bool(match.found) == bool(hints)


@pytest.mark.parametrize(
    ("texts", "held"),
    [
        ((SPF, OURS), True),
        ((f'"{TOKEN}"',), True),
        ((APEX,), True),
        ((SPF, OURS.upper()), False),
        ((f"x{TOKEN}",), False),
        ((), False),
    ],
)
def test_a_code_where_none_is_asked_for_is_known_in_either_form(texts, held):
    assert holds(records(*texts), (TOKEN,)) is held


def test_what_strangers_wrote_is_shown_short_and_printable():
    hostile = [
        (b"\x00\x1b[31m<script>\xff",),
        ("\u202eevil\u200b".encode(),),
        ("é" * 100,),
        ("é" * 101,),
        ("\x07" * 60,),
    ]
    texts = [(part.encode() if isinstance(part, str) else part,) for (part,) in hostile]
    found = challenge(texts, (TOKEN,)).found
    assert found == (
        "\\x00\\x1b[31m<script>\ufffd",
        "\\u202eevil\\u200b",
        "é" * 100,
        "é" * 99 + "…",
        ("\\x07" * 25)[:99] + "…",
    )


def test_at_most_ten_values_are_shown_and_the_telling_ones_first():
    many = [f"other{i}" for i in range(20)]
    near = challenge(records(*many, OURS.upper()), (TOKEN,))
    assert near.found == (OURS.upper(), *many[:9])
    assert challenge(records(*many, OURS), (TOKEN,)).found == (OURS, *many[:9])


BYTES = st.lists(st.binary(max_size=60), max_size=4)


@settings(max_examples=100)
@given(st.lists(BYTES, max_size=12))
def test_whatever_is_sent_is_judged_and_shown(sent):
    for match in (challenge(sent, (TOKEN,), (OLD,)), apex(sent, (TOKEN,), (OLD,))):
        assert not match.matched
        assert len(match.found) <= 10
        assert all(len(text) <= 100 and text.isprintable() for text in match.found)
    assert not holds(sent, (TOKEN,))


WRAPPED = re.compile(rf"\s*(?:[\"'“”„]\s*{TOKEN}\s*[\"'“”„]|{TOKEN})\s*")
WRAPPING = st.text(st.sampled_from("\"'“”„ \t\u00a0x="), max_size=4)


@settings(max_examples=100)
@example("", "")
@example('"', '"')
@given(WRAPPING, WRAPPING)
def test_nothing_but_white_space_and_a_layer_of_quotes_may_stand_around_a_code(before, after):
    text = f"{before}{TOKEN}{after}"
    assert challenge(records(text), (TOKEN,)).matched is bool(WRAPPED.fullmatch(text))


@given(st.text(max_size=300))
def test_printable_text_stays_as_it_is_and_printable(text):
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
