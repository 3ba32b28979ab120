"""Questions as packets, and packets as records: the part of DNS that we need (RFC 1035 §4.1).

Packets are written by strangers. dnspython's own reader takes over ten seconds for 64 KiB of names
with a hundred labels each; this one looks at few records, and only at types it knows.
"""

from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.wire

Name = dns.name.Name
Type = dns.rdatatype.RdataType

TXT, CNAME, NS, SOA, A, AAAA, MX = (
    Type.TXT,
    Type.CNAME,
    Type.NS,
    Type.SOA,
    Type.A,
    Type.AAAA,
    Type.MX,
)

_PAYLOAD = 1232
# More than the limit of what is examined (D18), with its signatures and a chain of aliases.
_MOST_ANSWERS = 256
_MOST_OTHERS = 128
_HEADER = "!HHHHHH"
_RECORD = "!HHIH"
_HIGHEST_TTL = 2**31 - 1
_NXNAME = 128


class MalformedError(ValueError):
    """No packet, or none that answers our question."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    ``name`` is where an alias or a delegation leads, ``texts`` are what a TXT holds. ``is_no_name``
    says that nothing has the name, though the response code does not: so do servers that sign as
    they answer (RFC 9824).
    """

    owner: Name
    type: int
    ttl: int
    name: Name | None = None
    texts: tuple[bytes, ...] = ()
    address: bytes = b""
    minimum: int = 0
    is_no_name: bool = False


@dataclass(frozen=True, slots=True)
class Packet:
    """An answer as it was sent. ``errors`` are extended ones (RFC 8914)."""

    rcode: int
    flags: int
    answers: tuple[Record, ...]
    authorities: tuple[Record, ...]
    errors: tuple[int, ...]
    is_overfull: bool = False

    @property
    def is_truncated(self) -> bool:
        """Whether there is more than fitted."""
        return bool(self.flags & dns.flags.TC)

    @property
    def is_authenticated(self) -> bool:
        """Whether the server says that DNSSEC vouches for it."""
        return bool(self.flags & dns.flags.AD)

    @property
    def is_authoritative(self) -> bool:
        """Whether the server answers for the zone itself."""
        return bool(self.flags & dns.flags.AA)


class Query:
    """One question, ready to be sent (D20). ``unchecked`` asks for what does not validate too."""

    def __init__(
        self, name: Name, rdtype: Type, *, recursive: bool = True, unchecked: bool = False
    ) -> None:
        flags = dns.flags.AD | (dns.flags.RD if recursive else 0)
        self._message = dns.message.make_query(
            name,
            rdtype,
            use_edns=0,
            want_dnssec=True,
            payload=_PAYLOAD,
            flags=flags | (dns.flags.CD if unchecked else 0),
        )
        self.name = name
        self.type = rdtype
        self.wire = self._message.to_wire()

    def answer(self, wire: bytes) -> Packet:
        """Return the answer a packet is, or raise MalformedError."""
        try:
            return self._packet(dns.wire.Parser(wire))
        except dns.exception.DNSException as failure:
            raise MalformedError from failure

    def accepted(self, wire: bytes) -> Packet | None:
        """Return the answer a packet is, if it is one."""
        try:
            return self.answer(wire)
        except MalformedError:
            return None

    def _packet(self, parser: dns.wire.Parser) -> Packet:
        number, flags, asked, answers, authorities, additional = parser.get_struct(_HEADER)
        if number != self._message.id or not flags & dns.flags.QR or asked > 1:
            raise MalformedError
        if dns.opcode.from_flags(flags) != dns.opcode.QUERY:
            raise MalformedError
        rcode = flags & 0xF
        if asked:
            self._check_question(parser)
        elif rcode in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            # Some who refuse do not repeat what they refuse; a real answer has its question.
            raise MalformedError
        if flags & dns.flags.TC:
            # What is cut off is asked for again; whether the rest parses tells nothing.
            return Packet(rcode, flags, (), (), ())
        if answers > _MOST_ANSWERS:
            return Packet(rcode, flags, (), (), (), is_overfull=True)
        if authorities + additional > _MOST_OTHERS:
            raise MalformedError
        answered = tuple(_record(parser) for _ in range(answers))
        authority = tuple(_record(parser) for _ in range(authorities))
        errors: list[int] = []
        for _ in range(additional):
            rcode |= _option(parser, errors)
        return Packet(rcode, flags, _known(answered), _known(authority), tuple(errors))

    def _check_question(self, parser: dns.wire.Parser) -> None:
        name = parser.get_name(decompress=True)
        rdtype, rdclass = parser.get_struct("!HH")
        if (name, rdtype, rdclass) != (self.name, self.type, dns.rdataclass.IN):
            raise MalformedError


def absolute(text: str) -> Name:
    """Return a name that nothing is added to, or raise ValueError where it is too long for one."""
    try:
        return dns.name.from_text(text)
    except dns.exception.DNSException as failure:
        raise ValueError(text) from failure


def _known(records: tuple[Record | None, ...]) -> tuple[Record, ...]:
    return tuple(each for each in records if each is not None)


def _record(parser: dns.wire.Parser) -> Record | None:
    """Return the next record, or None where its type tells us nothing."""
    owner = parser.get_name(decompress=True)
    rdtype, rdclass, ttl, length = parser.get_struct(_RECORD)
    if ttl > _HIGHEST_TTL:
        ttl = 0  # RFC 2181 §8
    with parser.restrict_to(length):
        if rdclass != dns.rdataclass.IN:
            parser.get_remaining()
            return None
        return _of_type(parser, owner, rdtype, ttl)


def _of_type(parser: dns.wire.Parser, owner: Name, rdtype: int, ttl: int) -> Record | None:
    """Return the record whose data comes next, and ends where the parser may read no further."""
    if rdtype == TXT:
        texts = []
        while parser.remaining():
            texts.append(parser.get_counted_bytes())
        return Record(owner, rdtype, ttl, texts=tuple(texts))
    if rdtype in {CNAME, NS}:
        return Record(owner, rdtype, ttl, name=parser.get_name(decompress=True))
    if rdtype == SOA:
        parser.get_name(decompress=True)
        parser.get_name(decompress=True)
        minimum = parser.get_struct("!IIIII")[-1]
        return Record(owner, rdtype, ttl, minimum=minimum)
    if rdtype == Type.NSEC:
        parser.get_name()
        return Record(owner, rdtype, ttl, is_no_name=_denies_name(parser))
    data = parser.get_remaining()
    if rdtype == (A if len(data) == 4 else AAAA) and len(data) in {4, 16}:
        return Record(owner, rdtype, ttl, address=data)
    return Record(owner, rdtype, ttl) if rdtype == MX else None


def _denies_name(parser: dns.wire.Parser) -> bool:
    """Return whether a bitmap of types holds NXNAME (RFC 4034 §4.1.2, RFC 9824 §3.1)."""
    found = False
    while parser.remaining():
        window = parser.get_uint8()
        octets = parser.get_counted_bytes()
        is_there = window == 0 and len(octets) > _NXNAME // 8 and octets[_NXNAME // 8] & 0x80
        found = found or bool(is_there)
    return found


def _option(parser: dns.wire.Parser, errors: list[int]) -> int:
    """Read one additional record; return the higher bits of the response code it may carry."""
    parser.get_name(decompress=True)
    rdtype, _, ttl, length = parser.get_struct(_RECORD)
    with parser.restrict_to(length):
        if rdtype != Type.OPT:
            parser.get_remaining()
            return 0
        while parser.remaining():
            code, size = parser.get_struct("!HH")
            data = parser.get_bytes(size)
            if code == dns.edns.OptionType.EDE and size >= 2:
                errors.append(int.from_bytes(data[:2]))
    return int(ttl >> 24) << 4
