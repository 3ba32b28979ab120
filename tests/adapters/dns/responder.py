"""A name server in this process that answers what a test tells it to: over UDP and TCP, or TLS."""

import contextlib
import socket
import socketserver
import threading

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from scimserver.resolvers import PLAIN, TLS, ResolverAddress

UDP, TCP = "udp", "tcp"


class Raw(bytes):
    """What is sent over TCP as it is, without its length before it."""

    __slots__ = ()


class Dripping:
    """A stream that announces an answer and sends a piece now and then, until it is over."""

    def __init__(self, piece, is_over):
        self._piece, self._is_over = piece, is_over

    def __iter__(self):
        yield Raw(b"\xff\xff")
        while not self._is_over.wait(0.01):
            yield Raw(self._piece)


class Responder:
    """Serves while it is open. ``answer(query, way)`` returns packets or messages, or None."""

    def __init__(self, answer, *, address="127.0.0.1", port=0, context=None):
        self.asked = []
        self._answer = answer
        self._context = context
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        stream = type("Stream", (socketserver.ThreadingTCPServer,), {"address_family": family})
        datagram = type("Datagram", (socketserver.UDPServer,), {"address_family": family})
        stream.daemon_threads = True
        # With a port given, somebody else already has the one of TCP.
        self._servers = [] if port else [stream((address, 0), self._handler(TCP))]
        self.port = port or self._servers[0].server_address[1]
        self._servers.append(datagram((address, self.port), self._handler(UDP)))
        self.address = ResolverAddress(
            TLS if context else PLAIN, address, self.port, "localhost" if context else ""
        )

    def _handler(self, way):
        responder = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    (responder._datagram if way == UDP else responder._stream)(self.request, self)

        return Handler

    def _datagram(self, request, handler):
        wire, sock = request
        for each in self._answers(wire, UDP):
            sock.sendto(each, handler.client_address)

    def _stream(self, sock, _handler):
        if self._context:
            sock = self._context.wrap_socket(sock, server_side=True)
        with sock, sock.makefile("rb") as coming:
            length = int.from_bytes(coming.read(2))
            for each in self._answers(coming.read(length), TCP):
                sock.sendall(each if isinstance(each, Raw) else len(each).to_bytes(2) + each)

    def _answers(self, wire, way):
        query = dns.message.from_wire(wire)
        question = query.question[0]
        self.asked.append((question.name.to_text(omit_final_dot=True), question.rdtype, way))
        answers = self._answer(query, way)
        if answers is None:
            return []
        answers = answers if isinstance(answers, list) else [answers]
        return [each if isinstance(each, bytes) else wire_of(each, query, way) for each in answers]

    def names(self, rdtype="TXT"):
        """Return the names asked for, each once, in the order of their first question."""
        wanted = dns.rdatatype.from_text(rdtype)
        return list(dict.fromkeys(name for name, kind, _ in self.asked if kind == wanted))

    def __enter__(self):
        for each in self._servers:
            threading.Thread(target=each.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        for each in self._servers:
            each.shutdown()
            each.server_close()


def wire_of(message, query, way):
    """Return a message as bytes: cut to what the asker takes where it comes as a datagram."""
    wire = message.to_wire(max_size=65_535)
    if way == UDP and len(wire) > query.payload:
        cut = reply(query, flags=dns.flags.TC)
        wire = cut.to_wire()
    return wire


def reply(query, *records, rcode="NOERROR", authority=(), flags=0, errors=()):
    """Return an answer. Records are texts as a zone file has them: ``name ttl type data``."""
    made = dns.message.make_response(query, recursion_available=True)
    made.set_rcode(dns.rcode.from_text(rcode))
    made.flags |= flags
    for section, texts in ((made.answer, records), (made.authority, authority)):
        for text in texts:
            name, ttl, kind, data = text.split(" ", 3)
            each = dns.rrset.from_text(name, int(ttl), "IN", kind, data)
            made.find_rrset(
                section, each.name, each.rdclass, each.rdtype, covers=each.covers, create=True
            ).update(each)
    if errors:
        options = [dns.edns.EDEOption(number) for number in errors]
        made.use_edns(0, 0, 1232, options=options)
    return made


class Zone:
    """Answers as a resolver would that knows these records: aliases followed, wildcards applied."""

    def __init__(self, *records, apex="acme.test", flags=0, soa=(300, 60)):
        self._records = [text.split(" ", 3) for text in records]
        self._apex = apex
        self._flags = flags
        self._soa = f"{apex}. {soa[0]} SOA ns1.{apex}. h.{apex}. 1 2 3 4 {soa[1]}"

    def __call__(self, query, _way):
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        name = query.question[0].name.to_text().lower()
        answers, exists = [], True
        for _ in range(20):
            there = self._at(name)
            exists = bool(there)
            found = [each for each in there if each[2] == kind]
            alias = [each for each in there if each[2] == "CNAME"]
            answers += [" ".join(each) for each in found or alias]
            if found or not alias:
                break
            name = alias[0][3]
        return reply(
            query,
            *answers,
            rcode="NOERROR" if exists else "NXDOMAIN",
            authority=() if exists and answers else (self._soa,),
            flags=self._flags,
        )

    def _at(self, name):
        there = [each for each in self._records if each[0] == name]
        if there or name == f"{self._apex}.":
            return there
        star = f"*.{name.partition('.')[2]}"
        return [[name, *each[1:]] for each in self._records if each[0] == star]
