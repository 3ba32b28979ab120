"""Why a record is not found: questions asked for people alone, which never prove anything (1.9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scimserver.adapters.dns import authoritative, hints
from scimserver.adapters.dns.answers import Answer
from scimserver.adapters.dns.ask import Ask
from scimserver.adapters.dns.authoritative import Server
from scimserver.adapters.dns.extended import in_words
from scimserver.adapters.dns.packet import AAAA, NS, TXT, A, Type, absolute
from scimserver.adapters.dns.panel import Panel
from scimserver.adapters.dns.reading import Reading
from scimserver.domain.findings import Code, Finding, Hint
from scimserver.resolvers import ResolverAddress


@dataclass(frozen=True, slots=True)
class Reach:
    """Which of the servers that strangers name may be asked, and at which port."""

    allow_private: bool
    port: int


class Explanation:
    """Explains the findings of one look."""

    def __init__(self, panel: Panel, reading: Reading, reach: Reach) -> None:
        self._panel = panel
        self._reading = reading
        self._reach = reach

    def of(self, finding: Finding, resolver: ResolverAddress, zone: str | None) -> Finding:
        """Return the finding with what is behind it, as far as there is time to ask.

        ``resolver`` is one that answered, ``zone`` the zone that denied the record, if known.
        """
        domain = self._reading.question.domain
        asked = hints.clues(finding, domain)
        likely = authoritative.zones(domain, zone)
        answers = self._asked(
            resolver, [(each.name, each.type) for each in asked] + [(each, NS) for each in likely]
        )
        explained = hints.read(finding, asked, answers[: len(asked)], self._reading.holds)
        servers = self._servers(resolver, answers[len(asked) :])
        if explained.code is Code.SERVFAIL:
            return self._caused(explained, servers)
        return self._compared(explained, servers)

    def _servers(
        self, resolver: ResolverAddress, delegations: Sequence[Answer]
    ) -> tuple[Server, ...]:
        named = authoritative.hosts(delegations)
        addresses = self._asked(resolver, [(host, each) for host in named for each in (A, AAAA)])
        return authoritative.servers(
            named, addresses, allow_private=self._reach.allow_private, port=self._reach.port
        )

    def _compared(self, finding: Finding, servers: Sequence[Server]) -> Finding:
        """Return the finding, and which of the zone's own servers have the record (D23)."""
        asked = [(place, each) for place in self._reading.places for each in servers]
        having = {
            server.host
            for (place, server), answer in zip(asked, self._told(asked), strict=True)
            # One that does not answer for the zone tells what it heard, as a resolver does.
            if answer.is_authoritative and self._reading.match(place, answer).matched
        }
        if not having:
            return finding
        hinted = (*finding.hints, Hint.STILL_CACHED)
        return replace(finding, hints=hinted, servers=tuple(sorted(having)))

    def _caused(self, finding: Finding, servers: Sequence[Server]) -> Finding:
        """Return what makes resolvers fail without a word, if the zone's own servers show it."""
        name, _ = self._reading.places
        found = authoritative.cause(self._told([(name, each) for each in servers]))
        if found is None:
            return finding
        code, answer = found
        ede = in_words(answer.errors) or finding.ede
        return replace(finding, code=code, delegated_to=answer.target, ede=ede)

    def _told(self, asked: Sequence[tuple[str, Server]]) -> tuple[Answer, ...]:
        return self._panel.put(
            [Ask(each.address, absolute(place), TXT, recursive=False) for place, each in asked]
        )

    def _asked(
        self, resolver: ResolverAddress, questions: Sequence[tuple[str, Type]]
    ) -> tuple[Answer, ...]:
        return self._panel.put([Ask(resolver, absolute(name), kind) for name, kind in questions])
