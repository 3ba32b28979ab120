"""Why a record is not found: questions asked for people alone, which never prove anything (1.9)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scimserver.adapters.dns import authoritative, hints
from scimserver.adapters.dns.answers import Answer
from scimserver.adapters.dns.ask import Ask
from scimserver.adapters.dns.authoritative import Server
from scimserver.adapters.dns.extended import in_words
from scimserver.adapters.dns.packet import AAAA, NS, TXT, A, Type, absolute
from scimserver.adapters.dns.panel import Panel
from scimserver.domain.findings import Code, Finding, Hint
from scimserver.domain.record import challenge_name
from scimserver.resolvers import ResolverAddress


@dataclass(frozen=True, slots=True)
class Reach:
    """Which of the servers that strangers name may be asked, and at which port."""

    allow_private: bool
    port: int


class Explanation:
    """Explains the findings of one look. ``proves`` and ``holds`` read a TXT answer.

    The first is strict, and takes the place that was asked; the second knows the code in any form.
    """

    def __init__(
        self,
        panel: Panel,
        domain: str,
        reach: Reach,
        proves: Callable[[str, Answer], bool],
        holds: Callable[[Answer], bool],
    ) -> None:
        self._panel = panel
        self._domain = domain
        self._reach = reach
        self._proves = proves
        self._holds = holds

    def of(self, finding: Finding, resolver: ResolverAddress, zone: str | None) -> Finding:
        """Return the finding with what is behind it, as far as there is time to ask.

        ``resolver`` is one that answered, ``zone`` the zone that denied the record, if known.
        """
        asked = hints.clues(finding, self._domain)
        likely = authoritative.zones(self._domain, zone)
        answers = self._asked(
            resolver, [(each.name, each.type) for each in asked] + [(each, NS) for each in likely]
        )
        explained = hints.read(finding, asked, answers[: len(asked)], self._holds)
        return self._compared(explained, self._servers(resolver, answers[len(asked) :]))

    def _servers(
        self, resolver: ResolverAddress, delegations: Sequence[Answer]
    ) -> tuple[Server, ...]:
        named = authoritative.hosts(delegations)
        addresses = self._asked(resolver, [(host, each) for host in named for each in (A, AAAA)])
        return authoritative.servers(
            named, addresses, allow_private=self._reach.allow_private, port=self._reach.port
        )

    def _compared(self, finding: Finding, servers: Sequence[Server]) -> Finding:
        """Return the finding beside what the zone's own servers say, each asked once (D23)."""
        there, itself = challenge_name(self._domain), self._domain
        answers = self._panel.put(
            [
                Ask(each.address, absolute(place), TXT, recursive=False)
                for place in (there, itself)
                for each in servers
            ]
        )
        at = {there: answers[: len(servers)], itself: answers[len(servers) :]}
        if finding.code is Code.SERVFAIL:
            return _caused(finding, at[there])
        having = tuple(
            server.host
            for number, server in enumerate(servers)
            if any(self._publishes(place, at[place][number]) for place in at)
        )
        if not having:
            return finding
        return replace(finding, hints=(*finding.hints, Hint.STILL_CACHED), servers=having)

    def _publishes(self, place: str, answer: Answer) -> bool:
        # One that does not answer for the zone tells what it heard, as a resolver does.
        return answer.is_authoritative and self._proves(place, answer)

    def _asked(
        self, resolver: ResolverAddress, questions: Sequence[tuple[str, Type]]
    ) -> tuple[Answer, ...]:
        return self._panel.put([Ask(resolver, absolute(name), kind) for name, kind in questions])


def _caused(finding: Finding, answers: Sequence[Answer]) -> Finding:
    """Return what made a resolver fail without a word, if the zone's own servers show it."""
    found = authoritative.cause(answers)
    if found is None:
        return finding
    code, answer = found
    ede = in_words(answer.errors) or finding.ede
    return replace(finding, code=code, delegated_to=answer.target, ede=ede)
