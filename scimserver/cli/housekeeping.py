"""What a serving process does beside answering: once an hour, old rows of the log go."""

import random
import threading

from scimserver.cli.context import Context
from scimserver.cli.output import note
from scimserver.services import organizations, retention
from scimserver.storage.errors import StorageError

INTERVAL_SECONDS = 3600


class Housekeeping:
    """Sweeps the provisioning log in a thread of its own, until the process ends."""

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

    def _run(self) -> None:
        never = threading.Event()
        # Workers start together; they need not sweep together.
        while not never.wait(INTERVAL_SECONDS * random.uniform(0.5, 1)):  # noqa: S311  # Jitter.
            try:
                self.sweep()
            except StorageError as failure:
                note(f"The log was not swept: {failure.detail}")
