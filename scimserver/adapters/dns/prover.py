"""The prover: what DNS says about a domain, as seen by several resolvers (1.2 to 1.4, 1.9)."""

import secrets
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from scimserver.adapters.dns import pace
from scimserver.adapters.dns.answers import Kind
from scimserver.adapters.dns.ask import Asker
from scimserver.adapters.dns.explain import Reach
from scimserver.adapters.dns.look import Look, Rules
from scimserver.adapters.dns.packet import NS
from scimserver.adapters.dns.panel import Panel
from scimserver.config import Settings
from scimserver.domain.findings import Finding
from scimserver.domain.ports import Question
from scimserver.resolvers import ResolverAddress, resolver

LOOK_SECONDS = 9.0
_MOST_THREADS = 32
# Of a random name, so long that nobody has it by chance.
_LABEL_OCTETS = 10


def from_settings(settings: Settings) -> "DnsProver":
    """Return the prover an operator's settings ask for. Whoever takes it closes it."""
    return DnsProver(
        tuple(map(resolver, settings.dns_resolvers)),
        min_agree=settings.dns_min_agree,
        require_dnssec=settings.dns_require_dnssec_when_signed,
        queries_per_second=settings.dns_queries_per_second,
        allow_private=settings.allow_private_networks,
    )


def _random_label() -> str:
    return secrets.token_hex(_LABEL_OCTETS)


class DnsProver:
    """Asks resolvers whether a domain's record is there; implements ``domain.ports.Prover``.

    All provers of a process keep to one pace. Threads are begun when they are needed, so a process
    may fork before the first look. ``authoritative_port`` is where the zones' own servers listen,
    ``label`` makes a name that nobody published, ``context`` knows whose certificates are believed.
    """

    def __init__(
        self,
        resolvers: Sequence[ResolverAddress],
        *,
        min_agree: int = 2,
        require_dnssec: bool = True,
        queries_per_second: int = 50,
        allow_private: bool = False,
        authoritative_port: int = 53,
        label: Callable[[], str] = _random_label,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._resolvers = tuple(resolvers)
        reach = Reach(allow_private, authoritative_port)
        self._rules = Rules(min_agree, require_dnssec, reach, label)
        self._pace = pace.of_process(queries_per_second)
        self._asker = Asker(self._pace, context)
        self._threads = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="dns")

    def look(self, question: Question) -> Finding:
        """Return what was found; whatever goes wrong outside is a finding as well.

        A set of questions is over after three seconds, the look after nine, however silent or
        talkative the world is.
        """
        return Look(self._panel(), question, self._rules).finding()

    def unanswering(self) -> tuple[str, ...]:
        """Return the resolvers that do not answer at all, for an operator to see to."""
        panel = self._panel()
        heard = zip(panel.resolvers, panel.hear(".", NS), strict=True)
        return tuple(str(each) for each, answer in heard if answer.kind is Kind.SILENT)

    def close(self) -> None:
        """Wait for what is being asked, and end the threads. Nobody may look any more."""
        self._threads.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _panel(self) -> Panel:
        return Panel(self._resolvers, self._asker, self._pace, self._threads, LOOK_SECONDS)
