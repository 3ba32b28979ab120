"""Tolerances a connection took: counted in memory, added up once a minute (J2.1)."""

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from scimserver.domain.actor import Actor
from scimserver.services import connections
from scimserver.services.run import Run
from scimserver.storage import quirk_counts
from scimserver.storage.errors import StorageError
from scimserver.storage.quirk_counts import QuirkCount
from scimserver.storage.session import Session

INTERVAL = timedelta(minutes=1)

Key = tuple[str, str]
Counts = dict[str, QuirkCount]


class Tolerated:
    """Collects which tolerances the requests of this process took, for each connection.

    ``note`` costs a request next to nothing. ``flush`` adds what is due in a transaction of its
    own, so that no request fails by it; call it after the answer, and with ``all_`` at the end of
    the process. Only a process that is killed takes its last minute along.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Key, Counts] = {}
        self._written: dict[Key, datetime] = {}

    def note(self, org_id: str, connection_id: str, quirks: Iterable[str], now: datetime) -> None:
        """Count tolerances that took effect, a name as often as it is given."""
        more = [QuirkCount(name, hits, now) for name, hits in Counter(quirks).items()]
        with self._lock:
            self._add((org_id, connection_id), more)

    def flush(self, run: Run, now: datetime, *, all_: bool = False) -> int:
        """Write what connections have waiting for a minute, and say of how many connections.

        ``run`` executes work in a transaction and commits it. What fails stays for next time.
        """
        if not self._waiting:
            return 0
        with self._lock:
            # In one order always, so that two processes cannot wait for each other.
            due = sorted(key for key in self._waiting if all_ or self._is_due(key, now))
            taken = {key: self._waiting.pop(key) for key in due}
            # Marked before it is written: other threads must not line up behind this one.
            self._forget(now)
            self._written.update(dict.fromkeys(due, now))
        if not taken:
            return 0
        try:
            run(lambda session: _write(session, taken))
        except StorageError:
            # A busy database has better things to do; the next minute comes with these and more.
            with self._lock:
                for key, counts in taken.items():
                    self._add(key, list(counts.values()))
            return 0
        return len(taken)

    def _add(self, key: Key, more: list[QuirkCount]) -> None:
        counts = self._waiting.setdefault(key, {})
        for each in more:
            was = counts.get(each.quirk, QuirkCount(each.quirk, 0, each.last_at))
            last_at = max(was.last_at, each.last_at)
            counts[each.quirk] = QuirkCount(each.quirk, was.hits + each.hits, last_at)

    def _is_due(self, key: Key, now: datetime) -> bool:
        written = self._written.get(key)
        return written is None or now - written >= INTERVAL

    def _forget(self, now: datetime) -> None:
        """Drop what is older than the interval: it decides nothing any more."""
        for key in [key for key in self._written if self._is_due(key, now)]:
            del self._written[key]


def every(session: Session, actor: Actor, connection_id: str) -> list[QuirkCount]:
    """Return what a connection's requests took, the most frequent first."""
    found = connections.find(session, actor, connection_id)
    return quirk_counts.every(session, actor.org_id, found.id)


def _write(session: Session, taken: dict[Key, Counts]) -> None:
    for (org_id, connection_id), counts in taken.items():
        quirk_counts.add(session, org_id, connection_id, list(counts.values()))
