"""Whether an address belongs to the public Internet, so that a stranger may name it to us (D23)."""

import ipaddress

# All that is routed of IPv6; Python calls more of it global.
_UNICAST = ipaddress.ip_network("2000::/3")
# The last 32 bits of these are an IPv4 address that a gateway on the way speaks to (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
# Public by its number, and yet the services of a cloud, which its machines reach there.
_OF_A_CLOUD = ipaddress.ip_address("168.63.129.16")


def is_public(address: str) -> bool:
    """Return whether what is sent there can reach nothing of ours."""
    given = ipaddress.ip_address(address)
    if isinstance(given, ipaddress.IPv4Address):
        return _is_public(given)
    inner = _inner(given)
    if inner is not None:
        return _is_public(inner)
    return given.is_global and given in _UNICAST


def _is_public(address: ipaddress.IPv4Address) -> bool:
    # What Python calls global includes addresses of groups.
    return address.is_global and not address.is_multicast and address != _OF_A_CLOUD


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that one of IPv6 stands for."""
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
