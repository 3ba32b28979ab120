"""The resolvers of one look at DNS, asked side by side within its time."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from scimserver.adapters.dns.answers import SILENT, Answer, Kind
from scimserver.adapters.dns.ask import Ask, Asker
from scimserver.adapters.dns.pace import Pace
from scimserver.adapters.dns.packet import TXT, Type, absolute
from scimserver.resolvers import ResolverAddress


class Panel:
    """Puts sets of questions until the look's time is over; after that everybody is silent."""

    def __init__(
        self,
        resolvers: Sequence[ResolverAddress],
        asker: Asker,
        pace: Pace,
        threads: ThreadPoolExecutor,
        seconds: float,
    ) -> None:
        self.resolvers = tuple(resolvers)
        self._asker = asker
        self._pace = pace
        self._threads = threads
        self._silent: set[ResolverAddress] = set()
        self._until = time.monotonic() + seconds

    def hear(self, name: str, rdtype: Type = TXT) -> tuple[Answer, ...]:
        """Return every resolver's answer, in their order.

        Who kept silent once is not waited for again: one that is down must not cost each set of
        questions its three seconds.
        """
        asked = absolute(name)
        speaking = [each for each in self.resolvers if each not in self._silent]
        answers = self.put([Ask(each, asked, rdtype) for each in speaking])
        heard = dict(zip(speaking, answers, strict=True))
        self._silent |= {each for each in speaking if heard[each].kind is Kind.SILENT}
        return tuple(heard.get(each, SILENT) for each in self.resolvers)

    def put(self, asks: Sequence[Ask]) -> tuple[Answer, ...]:
        """Return the answers to several questions, in their order."""
        if not self._pace.take(len(asks), self._until):
            return (SILENT,) * len(asks)
        waiting = [self._threads.submit(self._asker.ask, each, self._until) for each in asks]
        return tuple(each.result() for each in waiting)
