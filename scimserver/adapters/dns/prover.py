"""The prover: what DNS says about a domain, as seen by several resolvers (1.2 to 1.4, 1.9)."""

import secrets
from collections.abc import Callable, Sequence
from typing import Self

from scimserver.config import Settings
from scimserver.domain.findings import Finding
from scimserver.domain.ports import Question
from scimserver.resolvers import ResolverAddress, resolver


def from_settings(settings: Settings) -> "DnsProver":
    """Return the prover an operator's settings ask for. Whoever takes it closes it."""
    return DnsProver(
        tuple(map(resolver, settings.dns_resolvers)),
        min_agree=settings.dns_min_agree,
        require_dnssec=settings.dns_require_dnssec_when_signed,
        queries_per_second=settings.dns_queries_per_second,
        allow_private=settings.allow_private_networks,
    )


class DnsProver:
    """Asks resolvers whether a domain's record is there; implements ``domain.ports.Prover``."""

    def __init__(
        self,
        resolvers: Sequence[ResolverAddress],
        *,
        min_agree: int = 2,
        require_dnssec: bool = True,
        queries_per_second: int = 50,
        allow_private: bool = False,
        authoritative_port: int = 53,
        label: Callable[[], str] = lambda: secrets.token_hex(10),
    ) -> None:
        self._resolvers = tuple(resolvers)
        self._min_agree = min_agree
        self._require_dnssec = require_dnssec
        self._queries_per_second = queries_per_second
        self._allow_private = allow_private
        self._authoritative_port = authoritative_port
        self._label = label

    def look(self, question: Question) -> Finding:
        """Return what was found; whatever goes wrong outside is a finding as well."""
        raise NotImplementedError

    def unanswering(self) -> tuple[str, ...]:
        """Return the resolvers that do not answer at all, for an operator to see to."""
        raise NotImplementedError

    def close(self) -> None:
        """End the threads; nothing is asked any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
