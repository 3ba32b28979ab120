"""Whether an address belongs to the public Internet, so that a stranger may name it to us (D23)."""

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# The last 32 bits of these are an IPv4 address that a gateway on the way speaks to (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
# Public by their number alone: gateways of a network's own (RFC 8215), and the services of a cloud
# that its machines reach there.
_OWN = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("168.63.129.16/32"))


def is_public(address: str) -> bool:
    """Return whether to send something there can reach nothing of ours."""
    return _is_public(ipaddress.ip_address(address))


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return _is_public(inner)
    # What Python's table calls global includes addresses of whole groups.
    is_single = address.is_global and not address.is_multicast and not address.is_reserved
    return is_single and not any(address in network for network in _OWN)


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that one of IPv6 stands for."""
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
