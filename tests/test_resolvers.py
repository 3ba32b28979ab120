"""Resolvers as an operator writes them."""

import pytest

from scimserver.resolvers import PLAIN, TLS, ResolverAddress, read_resolvers, resolver


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("127.0.0.1", ResolverAddress(PLAIN, "127.0.0.1", 53)),
        ("127.0.0.1@5353", ResolverAddress(PLAIN, "127.0.0.1", 5353)),
        ("2620:fe::fe@53", ResolverAddress(PLAIN, "2620:fe::fe", 53)),
        ("tls://9.9.9.9#dns.quad9.net", ResolverAddress(TLS, "9.9.9.9", 853, "dns.quad9.net")),
        ("tls://9.9.9.9@8853#dns.test", ResolverAddress(TLS, "9.9.9.9", 8853, "dns.test")),
    ],
)
def test_a_resolver_is_read(text, wanted):
    assert resolver(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "dns.quad9.net",
        "127.0.0.1:53",
        "127.0.0.1@",
        "127.0.0.1@0",
        "127.0.0.1@65536",
        "127.0.0.1@٥٣",
        "9.9.9.9#name",
        "tls://9.9.9.9",
        "tls://9.9.9.9#",
        "127.0.0.1,127.0.0.1@53",
    ],
)
def test_what_is_no_resolver_is_refused(text):
    with pytest.raises(ValueError, match="different resolvers"):
        read_resolvers(text)


def test_resolvers_are_kept_as_written_and_once():
    assert read_resolvers("127.0.0.1, 9.9.9.9 ,127.0.0.1") == ("127.0.0.1", "9.9.9.9")


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("9.9.9.9", False),
        ("10.0.0.1", False),
        ("tls://9.9.9.9#dns.quad9.net", True),
    ],
)
def test_a_flag_is_believed_where_nobody_can_set_it_on_the_way(text, trusted):
    assert resolver(text).is_trusted_way is trusted


def test_a_resolver_is_told_by_address_and_port():
    assert str(resolver("tls://9.9.9.9#dns.quad9.net")) == "9.9.9.9@853"
