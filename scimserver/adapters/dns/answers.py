"""What one server answered to one question: records, their absence, or why there is neither."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

import dns.rcode

from scimserver.adapters.dns.packet import CNAME, SOA, TXT, Name, Packet, Query, Record

# D18: beyond these nothing is examined. No answer holds more than 64 KiB of text.
_MOST_RECORDS = 100
_MOST_LINKS = 8
# RFC 2308 §5: nobody should remember for longer that something is not there.
_LONGEST_TTL = 86_400
# RFC 8914 §4.7 to §4.13: validation failed.
_BOGUS = range(6, 13)


class Kind(StrEnum):
    """What sort of answer it is."""

    RECORDS = "records"
    NO_NAME = "no_name"
    NO_RECORDS = "no_records"
    REFUSED = "refused"
    FAILED = "failed"
    BOGUS = "bogus"
    SILENT = "silent"
    LOOP = "loop"
    CHAIN_TOO_LONG = "chain_too_long"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    ``texts`` are TXT records as their character-strings, ``hosts`` and ``addresses`` are what the
    records of other types hold. ``target`` is where the name's own alias leads, ``zone`` the zone
    that said no. ``ttl`` is in seconds (D24). ``errors`` are extended ones by number (RFC 8914).
    """

    kind: Kind
    texts: tuple[tuple[bytes, ...], ...] = ()
    hosts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    target: str | None = None
    zone: str | None = None
    ttl: int | None = None
    is_authenticated: bool = False
    is_authoritative: bool = False
    errors: tuple[int, ...] = ()

    @property
    def is_negative(self) -> bool:
        """Whether the server says that there is no such record."""
        return self.kind in {Kind.NO_NAME, Kind.NO_RECORDS}


SILENT = Answer(Kind.SILENT)


def answer(query: Query, packet: Packet) -> Answer:
    """Return what a packet says about the question it answers."""
    links, last = _chain(query, packet)
    found = [each for each in packet.answers if each.owner == last and each.type == query.type]
    soa = next((each for each in packet.authorities if each.type == SOA), None)
    kind = _kind(packet, links, last, found)
    if kind is not Kind.RECORDS:
        found = []
    return Answer(
        kind,
        texts=tuple(each.texts for each in found) if query.type == TXT else (),
        hosts=tuple(shown(each.name) for each in found if each.name is not None),
        addresses=tuple(str(ipaddress.ip_address(each.address)) for each in found if each.address),
        target=shown(links[0].name) if links and links[0].name else None,
        zone=shown(soa.owner) if soa else None,
        ttl=_ttl(links[:1] + found, None if found else soa),
        is_authenticated=packet.is_authenticated,
        is_authoritative=packet.is_authoritative,
        # What validation found says more than what came of it.
        errors=tuple(sorted(packet.errors, key=lambda number: number not in _BOGUS)),
    )


def shown(name: Name) -> str:
    """Return a name as people write it; what is no letter of a host name is escaped."""
    return name.to_text(omit_final_dot=True).lower()


def _chain(query: Query, packet: Packet) -> tuple[list[Record], Name | None]:
    """Return the aliases from the name asked for, and where they end: None if they never do."""
    aliases: dict[Name, Record] = {}
    for each in packet.answers:
        if each.type == CNAME:
            aliases.setdefault(each.owner, each)
    links: list[Record] = []
    name = query.name
    seen = {name}
    while query.type != CNAME and (link := aliases.get(name)) is not None:
        links.append(link)
        assert link.name is not None  # noqa: S101  # An alias leads somewhere.
        name = link.name
        if name in seen:
            return links, None
        seen.add(name)
    return links, name


def _kind(packet: Packet, links: list[Record], last: Name | None, found: list[Record]) -> Kind:
    if any(each in _BOGUS for each in packet.errors):
        return Kind.BOGUS
    if packet.rcode not in _DENIALS:
        return Kind.REFUSED if packet.rcode == dns.rcode.REFUSED else Kind.FAILED
    if last is None:
        return Kind.LOOP
    if len(links) > _MOST_LINKS:
        return Kind.CHAIN_TOO_LONG
    # What is cut off over TCP as well does not fit into any packet.
    if packet.is_overfull or packet.is_truncated or len(found) > _MOST_RECORDS:
        return Kind.TOO_MANY
    is_no_name = any(each.is_no_name and each.owner == last for each in packet.authorities)
    absent = Kind.NO_NAME if is_no_name else _DENIALS[packet.rcode]
    return Kind.RECORDS if found and absent is Kind.NO_RECORDS else absent


# What an answer without records says, by its response code.
_DENIALS: dict[int, Kind] = {
    dns.rcode.NOERROR: Kind.NO_RECORDS,
    dns.rcode.NXDOMAIN: Kind.NO_NAME,
}


def _ttl(records: list[Record], soa: Record | None) -> int | None:
    known = [each.ttl for each in records]
    if soa is not None:
        known.append(min(soa.ttl, soa.minimum))
    return min(max(known), _LONGEST_TTL) if known else None
