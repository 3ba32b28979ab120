"""When a token was last used: kept in memory, written at most once a minute a token (I7)."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from scimserver.services.run import Run
from scimserver.services.tokens import Credential
from scimserver.storage import tokens
from scimserver.storage.errors import StorageError
from scimserver.storage.session import Session

INTERVAL = timedelta(minutes=1)
MAX_AGENT = 200


@dataclass(frozen=True, slots=True)
class Use:
    """One use of one token."""

    org_id: str
    token_id: str
    at: datetime
    address: str
    agent: str


class LastUsed:
    """Collects the last use of each token of this process.

    ``note`` costs a request next to nothing. ``flush`` writes what is due in a transaction of its
    own, so that no request waits for it or fails by it; call it after the answer, or in between.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Use] = {}
        self._written: dict[str, datetime] = {}

    def note(self, credential: Credential, address: str, agent: str, now: datetime) -> bool:
        """Keep a use in mind; True when its token has not been written for a minute."""
        key = credential.token_id
        self._waiting[key] = Use(credential.org_id, key, now, address, agent[:MAX_AGENT])
        written = self._written.get(key)
        return written is None or now - written >= INTERVAL

    def flush(self, run: Run, now: datetime) -> int:
        """Write every use that is due, and say how many; on a failure they stay for next time.

        ``run`` executes work in a transaction and commits it.
        """
        with self._lock:
            due = [
                use
                for key, use in list(self._waiting.items())
                if key not in self._written or now - self._written[key] >= INTERVAL
            ]
            if not due:
                return 0
            # In one order always, so that two processes cannot wait for each other.
            due.sort(key=lambda use: (use.org_id, use.token_id))
            # Marked before it is written: other threads must not line up behind this one.
            before = {use.token_id: self._written.get(use.token_id) for use in due}
            self._written.update({use.token_id: now for use in due})
        try:
            run(lambda session: _write(session, due))
        except StorageError:
            # A busy database has better things to do, and the next minute brings another use.
            self._restore(before)
            return 0
        for use in due:
            if self._waiting.get(use.token_id) is use:
                del self._waiting[use.token_id]
        self._forget(now)
        return len(due)

    def _restore(self, before: dict[str, datetime | None]) -> None:
        for key, written in before.items():
            if written is None:
                self._written.pop(key, None)
            else:
                self._written[key] = written

    def _forget(self, now: datetime) -> None:
        """Drop what is older than the interval: it decides nothing any more."""
        with self._lock:
            for key, written in list(self._written.items()):
                if now - written >= INTERVAL:
                    self._written.pop(key, None)


def _write(session: Session, uses: list[Use]) -> None:
    for use in uses:
        tokens.note_use(session, use.org_id, use.token_id, use.at, use.address, use.agent)
