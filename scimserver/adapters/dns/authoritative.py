"""A zone's own servers: what they have that resolvers have not heard of yet (D23)."""

from collections.abc import Sequence
from typing import NamedTuple

from scimserver.adapters.dns.answers import Answer, Kind
from scimserver.adapters.public_address import is_public
from scimserver.domain.domain_name import registrable
from scimserver.domain.findings import Code
from scimserver.resolvers import PLAIN, ResolverAddress

_MOST_SERVERS = 3


class Server(NamedTuple):
    """One of them, and where it is."""

    host: str
    address: ResolverAddress


def zones(domain: str, hint: str | None) -> tuple[str, ...]:
    """Return the names at which the domain's zone may begin, the nearest first.

    ``hint`` is the zone that denied the record. It may be that of a suffix, whose servers have
    nothing to do with this.
    """
    top = registrable(domain)
    likely = {domain, top}
    if hint is not None and _is_within(hint, top) and _is_within(domain, hint):
        likely.add(hint)
    return tuple(sorted(likely, key=len, reverse=True))


def hosts(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return the servers that the nearest zone names, from answers in the order of ``zones``."""
    named = next((each.hosts for each in answers if each.kind is Kind.RECORDS), ())
    return tuple(sorted(named))[:_MOST_SERVERS]


def servers(
    named: Sequence[str], answers: Sequence[Answer], *, allow_private: bool, port: int
) -> tuple[Server, ...]:
    """Return where the named servers may be asked: one address each, of their A, then their AAAA.

    Strangers wrote these addresses, and must not make us speak to our own network.
    """
    found = []
    for number, host in enumerate(named):
        pair = answers[2 * number : 2 * number + 2]
        addresses = [address for answer in pair for address in answer.addresses]
        allowed = [each for each in addresses if allow_private or is_public(each)]
        found += [Server(host, ResolverAddress(PLAIN, each, port)) for each in allowed[:1]]
    return tuple(found)


def cause(answers: Sequence[Answer]) -> tuple[Code, Answer] | None:
    """Return what is behind a resolver's bare failure, as the zone's own servers show it.

    That they keep silent tells nothing: many networks let no questions out but their resolver's.
    """
    for each in answers:
        if each.kind in _ALIASES:
            return _ALIASES[each.kind], each
    if answers and all(each.kind is Kind.REFUSED for each in answers):
        return Code.REFUSED, answers[0]
    return None


def _is_within(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")


_ALIASES = {Kind.LOOP: Code.CNAME_LOOP, Kind.CHAIN_TOO_LONG: Code.CNAME_CHAIN_TOO_LONG}
