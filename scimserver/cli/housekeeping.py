"""What a serving process does beside answering: once an hour, what is over goes."""

import random
import threading
from functools import partial

from scimserver.cli.context import Context
from scimserver.cli.output import note
from scimserver.services import organizations, recovery_tests, retention, sessions, throttle
from scimserver.storage.errors import StorageError

INTERVAL_SECONDS = 3600
_CHUNK = 1_000


class Housekeeping:
    """Sweeps logs and old sessions, and reminds, in a thread of its own until the process ends."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def start(self) -> None:
        """Begin; the thread never keeps the process from ending."""
        threading.Thread(target=self._run, name="housekeeping", daemon=True).start()

    def sweep(self) -> int:
        """Sweep every organization once, and return how many rows went."""
        context = self._context
        org_ids = [each.id for each in context.read(organizations.every)]
        days = context.settings.log_retention_days
        return retention.sweep(context.run, org_ids, context.clock.now(), days)

    def tidy(self) -> int:
        """Delete what is over of sessions, attempts and counted tries; how many rows (P16)."""
        run, now = self._context.run, self._context.clock.now()
        total = 0
        for purge in (sessions.purge, throttle.purge):
            chunk = partial(purge, now=now, limit=_CHUNK)
            while gone := run(chunk):
                total += gone
        return total

    def remind(self) -> int:
        """Remind administrators of recovery tests that will soon be too old; how many (P88)."""
        context, now = self._context, self._context.clock.now()
        days = context.settings.recovery_test_days
        return sum(
            context.run(partial(recovery_tests.remind, now=now, org_id=each.id, days=days))
            for each in context.read(organizations.every)
        )

    def _run(self) -> None:
        never = threading.Event()
        # Workers start together; they need not sweep together.
        while not never.wait(INTERVAL_SECONDS * random.uniform(0.5, 1)):  # noqa: S311  # Jitter.
            for chore in (self.sweep, self.tidy, self.remind):
                try:
                    chore()
                except StorageError as failure:
                    note(f"Housekeeping failed: {failure.detail}")
