"""What a serving process does beside answering: once an hour, rows that are over go."""

import random
import threading
from functools import partial

from scimserver.cli.context import Context
from scimserver.cli.output import note
from scimserver.services import organizations, retention, sessions, throttle
from scimserver.storage.errors import StorageError

INTERVAL_SECONDS = 3600
_CHUNK = 1_000


class Housekeeping:
    """Sweeps logs and old sessions in a thread of its own, until the process ends."""

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

    def _run(self) -> None:
        never = threading.Event()
        # Workers start together; they need not sweep together.
        while not never.wait(INTERVAL_SECONDS * random.uniform(0.5, 1)):  # noqa: S311  # Jitter.
            for chore in (self.sweep, self.tidy):
                try:
                    chore()
                except StorageError as failure:
                    note(f"Old rows were not deleted: {failure.detail}")
