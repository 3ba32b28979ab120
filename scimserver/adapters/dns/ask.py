"""One question to one server: tries, the change to TCP, and what is behind a failure (D20, D22)."""

import ssl
import time
from dataclasses import dataclass, replace
from functools import cached_property

from scimserver.adapters.dns.answers import SILENT, Answer, Kind, answer
from scimserver.adapters.dns.pace import Pace
from scimserver.adapters.dns.packet import MalformedError, Name, Packet, Query, Type
from scimserver.adapters.dns.transport import by_datagram, by_stream
from scimserver.resolvers import TLS, ResolverAddress

TRY_SECONDS = 1.0
ASK_SECONDS = 3.0
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, and whom it is put to. Only resolvers look further than their own zones."""

    server: ResolverAddress
    name: Name
    type: Type
    recursive: bool = True


class Asker:
    """Puts questions. Whatever comes back, or does not, is an Answer.

    ``context`` is whose certificates are believed of servers behind TLS, by default those the
    system believes.
    """

    def __init__(self, pace: Pace, context: ssl.SSLContext | None = None) -> None:
        self._pace = pace
        self._given = context

    @cached_property
    def _context(self) -> ssl.SSLContext:
        # Reading all the certificates there are takes a while, and few operators need them.
        return self._given or ssl.create_default_context()

    def ask(self, asked: Ask, until: float) -> Answer:
        """Return the answer, three seconds from now or at ``until`` at the latest.

        The first try is not counted: whoever asks has waited for its turn.
        """
        until = min(until, time.monotonic() + ASK_SECONDS)
        found = self._once(asked, until)
        if found.kind is not Kind.FAILED or not asked.recursive:
            return found
        # Not every resolver says why it fails. What it hands out on request, and not otherwise, is
        # what it could not validate (D22).
        self._pace.spend()
        unchecked = self._once(asked, until, unchecked=True)
        if unchecked.kind in _ANSWERED:
            return replace(found, kind=Kind.BOGUS)
        return found

    def _once(self, asked: Ask, until: float, *, unchecked: bool = False) -> Answer:
        for number in range(_TRIES):
            if time.monotonic() >= until:
                break
            if number:
                self._pace.spend()
            # Each try has its own number and port: to guess one is not to guess the next.
            query = Query(asked.name, asked.type, recursive=asked.recursive, unchecked=unchecked)
            try:
                packet = self._exchanged(asked.server, query, until)
            except TimeoutError:
                continue
            except (OSError, MalformedError):
                # A closed port, no way there, a certificate of somebody else, nonsense over TCP:
                # to try again at once changes nothing.
                return SILENT
            found = answer(query, packet)
            # Anybody between here and there could set the flag (D21).
            trusted = found.is_authenticated and asked.server.is_trusted_way
            return replace(found, is_authenticated=trusted)
        return SILENT

    def _exchanged(self, server: ResolverAddress, query: Query, until: float) -> Packet:
        if server.transport != TLS:
            soon = min(until, time.monotonic() + TRY_SECONDS)
            packet = by_datagram(server, query.wire, soon, query.accepted)
            if not packet.is_truncated:
                return packet
            self._pace.spend()
        return query.answer(by_stream(server, query.wire, until, self._context))


_ANSWERED = frozenset(
    {
        Kind.RECORDS,
        Kind.NO_NAME,
        Kind.NO_RECORDS,
        Kind.LOOP,
        Kind.CHAIN_TOO_LONG,
        Kind.TOO_MANY,
    }
)
