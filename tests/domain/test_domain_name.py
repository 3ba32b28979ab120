"""Domain names: one form, and who may never hold them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scimserver.domain import domain_name
from scimserver.domain.address import UnreadableAddressError, parse
from scimserver.domain.errors import InvalidDomainError

TEST = frozenset({"test"})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ACME.com", "acme.com"),
        ("acme.com.", "acme.com"),
        ("ａｃｍｅ.com", "acme.com"),  # noqa: RUF001
        ("acme。com", "acme.com"),
        ("acme.com。", "acme.com"),
        ("BÜCHER.com", "xn--bcher-kva.com"),
        ("bu\u0308cher.com", "xn--bcher-kva.com"),
        ("faß.de", "xn--fa-hia.de"),
        ("fass.de", "fass.de"),
        ("аcme.com", "xn--cme-5cd.com"),  # noqa: RUF001
        ("\u212a.com", "k.com"),
        ("eng.acme.com", "eng.acme.com"),
        ("1.2.3.acme", "1.2.3.acme"),
        ("אב.com", "xn--4dbc.com"),
        ("eng.אב.com", "eng.xn--4dbc.com"),
        ("24.bücher.com", "24.xn--bcher-kva.com"),
        # Joiners count where the script needs them, and nowhere else.
        ("نامه\u200cای.com", "xn--mgba3gch31f060k.com"),  # noqa: RUF001
        ("ක්\u200dෂ.com", "xn--3zc4fxa418p.com"),
    ],
)
def test_a_name_has_one_form(text, name):
    assert domain_name.normalise(text) == name
    assert domain_name.normalise(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "acme",
        "acme..com",
        "-acme.com",
        "acme-.com",
        "ac_me.com",
        "acme.com:443",
        "acme.com/",
        "*.acme.com",
        "ann@acme.com",
        "acme.com ",
        "acme.com\u200b",
        "a\u00adcme.com",
        "a\u200dcme.com",
        "a\u2060cme.com",
        "\ufeffacme.com",
        "a\u034fcme.com",
        # The first and the last of each range of variation selectors.
        "acme\ufe00.com",
        "acme\ufe0f.com",
        "acme\U000e0100.com",
        "acme\U000e01ef.com",
        "acme\u180b.com",
        "acme\u180f.com",
        "acme\x00.com",
        "[acme.com]",
        # Drawn as the name that has the labels the other way round.
        "1.אב.com",
        "xn--4dbc.1a.com",
        "_scimserver-challenge.acme.com",
        "_scimserver-domain-challenge.acme.com",
        "a" * 64 + ".com",
        "\ud800.com",
        "a" * 5000 + ".com",
        ".".join(["a" * 60] * 4) + ".com",
    ],
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(InvalidDomainError) as caught:
        domain_name.normalise(text)
    assert caught.value.context["reason"] == "invalid_domain"
    assert len(caught.value.detail) < 500


@pytest.mark.parametrize(
    ("text", "why"),
    [("\u200b" * 1024, "cannot be seen"), ("\u200b" * 1025, "longer than 231 octets")],
    ids=["long", "too long"],
)
def test_no_more_of_a_text_is_looked_at_than_a_name_can_need(text, why):
    with pytest.raises(InvalidDomainError, match=why):
        domain_name.normalise(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://acme.com/", "a web address"),
        ("acme.com/login", "a web address"),
        ("https://ann@acme.com", "a web address"),
        ("ann@acme.com", "an e-mail address"),
        ("@acme.com", "an e-mail address"),
        ("*.acme.com", "a pattern"),
        ("ac_me.com", "not a domain name"),
    ],
)
def test_what_was_given_in_place_of_a_name_is_said(text, why):
    with pytest.raises(InvalidDomainError, match=f"domain: it is {why}"):
        domain_name.normalise(text)


def test_the_challenge_name_must_fit():
    fits = ".".join(["a" * 56] * 4) + ".io"
    assert len(fits) == 230
    assert domain_name.normalise(f"a{fits}") == f"a{fits}"
    with pytest.raises(InvalidDomainError, match="231 octets"):
        domain_name.normalise(f"aa{fits}")


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "0x7f.1",
        "1.0x7f",
        "１２７.0.0.1",  # noqa: RUF001
        "[127.0.0.1]",
        "[::1]",
        "::1",
        "[::ffff:127.0.0.1]",
    ],
)
def test_an_ip_address_is_no_domain(text):
    with pytest.raises(InvalidDomainError) as caught:
        domain_name.normalise(text)
    assert caught.value.context["reason"] == "ip_address"
    assert "(code ip_address)" in caught.value.detail


@pytest.mark.parametrize("text", ["com", "COM.", "xn--p1ai", "рф"])
def test_a_suffix_of_one_label_is_known_as_one(text):
    with pytest.raises(InvalidDomainError) as caught:
        domain_name.normalise(text)
    assert caught.value.context["reason"] == "public_suffix"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("co.uk", "public_suffix"),
        ("github.io", "public_suffix"),
        ("foo.kobe.jp", "public_suffix"),
        ("acme.corp", "unknown_suffix"),
        ("x.test", "special_use"),
        ("x.local", "special_use"),
        ("x.onion", "special_use"),
        ("x.internal", "special_use"),
        ("x.alt", "special_use"),
        ("1.in-addr.arpa", "special_use"),
    ],
)
def test_a_name_nobody_can_hold_is_refused(name, reason):
    with pytest.raises(InvalidDomainError) as caught:
        domain_name.check_claimable(name)
    assert caught.value.context["reason"] == reason
    assert f"(code {reason})" in caught.value.detail


@pytest.mark.parametrize("name", ["acme.com", "acme.github.io", "eng.acme.co.uk"])
def test_a_registrable_name_can_be_held(name):
    domain_name.check_claimable(name)


@pytest.mark.parametrize("suffix", ["test", "example", "internal", "alt", "corp"])
def test_an_operator_can_enable_a_suffix(suffix):
    domain_name.check_claimable(f"acme.{suffix}", extra_suffixes=frozenset({suffix}))


@pytest.mark.parametrize(
    ("name", "registered"),
    [
        ("acme.com", "acme.com"),
        ("eng.acme.com", "acme.com"),
        ("a.b.acme.co.uk", "acme.co.uk"),
        ("eng.acme.github.io", "acme.github.io"),
        ("eng.acme.test", "acme.test"),
        ("a.b.acme.corp", "acme.corp"),
        ("github.io", "github.io"),
        ("eng.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_what_an_owner_registered_is_found_below_its_suffix(name, registered):
    assert domain_name.registrable(name) == registered


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("acme.com", "acme.com"),
        ("xn--bcher-kva.com", "bücher.com"),
        ("xn--cme-5cd.com", "аcme.com"),  # noqa: RUF001
        ("xn--fa-hia.de", "faß.de"),
    ],
)
def test_a_name_is_shown_as_people_write_it(name, shown):
    assert domain_name.unicode_of(name) == shown


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("аcme.com", ("mixed_script",)),  # noqa: RUF001
        ("acmе.eng.com", ("mixed_script",)),  # noqa: RUF001
        ("shop.αcme.com", ("mixed_script",)),  # noqa: RUF001
        ("acme.com", ()),
        ("bücher.com", ()),
        ("пример.com", ()),
        ("пример-24.рф", ()),
        ("acme日本ひらカタ.jp", ()),
        ("スーパー銀行.jp", ()),
        ("acme한국.kr", ()),
        ("台灣ㄅacme.tw", ()),
        ("ひらㄅ.jp", ("mixed_script",)),
        ("स्कूल.भारत", ()),
    ],
)
def test_scripts_that_do_not_belong_together_are_a_warning(text, warnings):
    assert domain_name.warnings_of(domain_name.normalise(text)) == warnings


@pytest.mark.parametrize("suffix", ["arpa", "invalid", "local", "localhost", "onion"])
def test_a_suffix_mail_never_reaches_cannot_be_enabled(suffix):
    with pytest.raises(InvalidDomainError, match="special_use"):
        domain_name.check_claimable(f"acme.{suffix}", extra_suffixes=frozenset({suffix}))


LABELS = st.text(
    st.one_of(
        st.characters(categories=("L", "N", "M")),
        st.sampled_from("abcßÜаａ-._。\u200b\u00ad\u200d\u212a\u0308\ufe0f"),  # noqa: RUF001
    ),
    min_size=1,
    max_size=12,
)


@example("0\U000e0100", ".com")
@given(LABELS, st.sampled_from([".com", ".test", "。de", ".CO.uk", ".com."]))
def test_the_rule_and_the_attestation_read_a_domain_alike(label, suffix):
    text = label + suffix
    try:
        address = parse(f"ann@{text}", test_suffixes=TEST)
    except UnreadableAddressError:
        return
    if "@" not in text:
        assert domain_name.normalise(text) == address.domain


@given(st.text())
def test_any_text_is_a_name_or_refused(text):
    try:
        name = domain_name.normalise(text)
    except InvalidDomainError:
        return
    assert name.isascii()
    assert name == name.lower()
    assert domain_name.normalise(name) == name
