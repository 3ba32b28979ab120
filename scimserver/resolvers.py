"""Resolvers as an operator writes them: an address, a port, and whether TLS protects the way."""

import ipaddress
from dataclasses import dataclass

PLAIN, TLS = "udp", "tls"
_PORTS = {PLAIN: 53, TLS: 853}
_SCHEME = "tls://"
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class ResolverAddress:
    """One resolver. ``name`` is whom its certificate must name, for DNS over TLS (RFC 7858)."""

    transport: str
    address: str
    port: int
    name: str = ""

    @property
    def is_trusted_way(self) -> bool:
        """Whether nobody in between can set the flag by which a resolver vouches (D21)."""
        return self.transport == TLS or ipaddress.ip_address(self.address).is_loopback

    def __str__(self) -> str:
        return f"{self.address}@{self.port}"


def read_resolvers(raw: str) -> tuple[str, ...]:
    """Return resolvers as they were written, each once; raise ValueError with what is expected."""
    found = tuple(dict.fromkeys(part.strip() for part in raw.split(",") if part.strip()))
    distinct = {(each.address, each.port) for each in map(resolver, found)}
    if not found or len(distinct) < len(found):
        raise ValueError(_EXPECTED)
    return found


def resolver(text: str) -> ResolverAddress:
    """Return what one of them says; raise ValueError with what is expected."""
    transport = TLS if text.startswith(_SCHEME) else PLAIN
    place, hash_sign, name = text.removeprefix(_SCHEME).partition("#")
    host, at, port = place.partition("@")
    number = port if at else str(_PORTS[transport])
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        raise ValueError(_EXPECTED) from None
    is_number = number.isascii() and number.isdigit() and 0 < int(number) <= _HIGHEST_PORT
    if not is_number or bool(hash_sign) != (transport == TLS) or bool(name) != bool(hash_sign):
        raise ValueError(_EXPECTED)
    return ResolverAddress(transport, address, int(number), name)


_EXPECTED = (
    "different resolvers separated by commas, each an IP address, address@port, or "
    "tls://address@port#name"
)
