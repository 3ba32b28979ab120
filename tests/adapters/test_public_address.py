"""Addresses that strangers may name to us."""

import pytest

from scimserver.adapters.public_address import is_public


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "1.1.1.1", "2620:fe::9", "::ffff:9.9.9.9", "64:ff9b::909:909"]
)
def test_addresses_of_the_internet_may_be_asked(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::9.9.9.9",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::fb",
    ],
)
def test_addresses_within_a_house_may_not(address):
    assert not is_public(address)
