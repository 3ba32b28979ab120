"""Addresses: one reading, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimserver.domain.address import (
    Address,
    UnreadableAddressError,
    is_address_like,
    parse,
    read,
)


@pytest.mark.parametrize(
    ("text", "local", "domain"),
    [
        ("Ann@ACME.com", "Ann", "acme.com"),
        ("ann+tag@acme.com", "ann+tag", "acme.com"),
        ("o'neil@acme.com", "o'neil", "acme.com"),
        ("ann@ａｃｍｅ.com", "ann", "acme.com"),  # noqa: RUF001
        ("ann@BÜCHER.com", "ann", "xn--bcher-kva.com"),
        ("ann@аcme.com", "ann", "xn--cme-5cd.com"),  # noqa: RUF001
        ("ann@faß.de", "ann", "xn--fa-hia.de"),
        ("ann@sub.acme.com", "ann", "sub.acme.com"),
        ("a" * 64 + "@acme.com", "a" * 64, "acme.com"),
        ("a_b.c-d&e~f@acme.com", "a_b.c-d&e~f", "acme.com"),
    ],
)
def test_an_address_is_read(text, local, domain):
    assert parse(text) == Address(local, domain)


@pytest.mark.parametrize(
    "text",
    [
        '"ann"@acme.com',
        '"ann@evil.com"@acme.com',
        "ann@acme.com@evil.com",
        "ann@[127.0.0.1]",
        "Ann <ann@acme.com>",
        "ann(c)@acme.com",
        "a@acme.com,b@evil.com",
        "a@acme.com;b@evil.com",
        "ann@acme.com.",
        "ann@acme",
        "ann@localhost",
        ".ann@acme.com",
        "a..b@acme.com",
        "a" * 65 + "@acme.com",
        "ann@acme.com\n",
        "ann\n@acme.com",
        " ann@acme.com",
        "ann@acme.com ",
        "ann@acme.com\u200b",
        "ann\u202e@acme.com",
        "änn@acme.com",
        "=?utf-8?q?ann=40evil.com=3e=00?=foo@acme.com",
        "ann%evil.com@acme.com",
        "evil.com!ann@acme.com",
        "_ann@acme.com",
        "ann\uff20acme.com",
        "ann\ufe6bacme.com",
        "ann@evil.com\uff20acme.com",
        "ann@127.0.0.1",
        "ann@a_b.com",
        "ann@x.test",
        "ann@x.local",
        "ann@1.2",
        "ann",
        "",
        "@",
        "@acme.com",
        "ann@",
        "ann@-acme.com",
        "ann@acme\u00ad.com",
        "\ud800@acme.com",
        "ann@\ud800.com",
        "a@" + "b" * 600 + ".com",
        "a@" + ".".join(["b" * 60] * 4) + ".com",
    ],
)
def test_what_has_no_single_reading_is_refused(text):
    with pytest.raises(UnreadableAddressError) as caught:
        parse(text)
    reason = str(caught.value)
    assert reason.endswith(".")
    assert len(reason) < 120
    assert "acme" not in reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ann", "no @"),
        ("a@b@acme.com", "more than one @"),
        ("ann\uff20acme.com", "not the plain one"),
        ("ann @acme.com", "white space"),
        ("ann\u200b@acme.com", "cannot be seen"),
        ("ann@acme.com.", "ends with a dot"),
        ("a" * 65 + "@acme.com", "64 characters"),
        ("ann@acme", "plain local part"),
        ("ann@acme.test", "ends in '.test', which is reserved"),
        ("ann@mail.LOCAL", "ends in '.local', which is reserved"),
        ("ann%b@acme.com", "reinterpret"),
        ("a@" + "b" * 600, "longer than 512"),
    ],
)
def test_the_reason_says_what_to_look_for(text, reason):
    with pytest.raises(UnreadableAddressError, match=reason):
        parse(text)


def test_a_suffix_the_operator_enabled_is_not_the_reason():
    with pytest.raises(UnreadableAddressError, match="plain local part"):
        parse("ann..b@acme.test", test_suffixes=frozenset({"test"}))


def test_a_test_suffix_is_read_where_the_operator_enabled_it():
    assert parse("ann@acme.test", test_suffixes=frozenset({"test"})).domain == "acme.test"
    with pytest.raises(UnreadableAddressError):
        parse("ann@test", test_suffixes=frozenset({"test"}))


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("ann", False),
        ("", False),
        ("ann@acme.com", True),
        ("ann\uff20acme.com", True),
        ("\ufe6b", True),
    ],
)
def test_a_user_name_with_any_at_sign_claims_to_be_an_address(text, like):
    assert is_address_like(text) is like


@given(st.text(max_size=40), st.sampled_from(["@acme.com", "", "@аcme.com", "@"]))  # noqa: RUF001
def test_any_text_is_an_address_or_refused(text, rest):
    try:
        address = parse(text + rest)
    except UnreadableAddressError:
        return
    assert address.domain.isascii()
    assert address.local
    assert "@" not in address.local + address.domain


_ATOMS = st.text(alphabet="aZ09_+'&~-.%!\"é ", min_size=0, max_size=12)
_NEARLY_LOCAL = st.one_of(
    _ATOMS,
    st.sampled_from(["Postmaster", "INFO", "abuse", "a" * 64, "a" * 65, "a.b", "a..b", "-a", "a-"]),
)
_LABELS = st.one_of(
    st.text(alphabet="aZ09-_é", min_size=0, max_size=8),
    st.sampled_from(["xn--bcher-kva", "ab--c", "a" * 63, "a" * 64, "0x1f", "127", "test", "local"]),
)
_NEARLY_DOMAIN = st.lists(_LABELS, min_size=1, max_size=5).map(".".join)
_SUFFIXES = st.sampled_from([frozenset(), frozenset({"test"}), frozenset({"example"})])


def _outcome(read_it, text, suffixes):
    try:
        return read_it(text, suffixes)
    except UnreadableAddressError as refusal:
        return str(refusal)


@given(local=_NEARLY_LOCAL, domain=_NEARLY_DOMAIN, suffixes=_SUFFIXES)
def test_the_shorter_way_reads_what_the_parser_reads(local, domain, suffixes):
    for end in (domain, f"{domain}.com"):
        text = f"{local}@{end}"
        short = _outcome(lambda t, s: parse(t, test_suffixes=s), text, suffixes)
        if len(text) <= 512:
            assert short == _outcome(read, text, suffixes)
