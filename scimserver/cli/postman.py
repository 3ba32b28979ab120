"""What a serving process does beside answering: every few seconds, mail that waits leaves."""

import threading

from scimserver.adapters import mail
from scimserver.cli.context import Context
from scimserver.cli.output import note
from scimserver.services import recovery_codes
from scimserver.services.outgoing import Outgoing
from scimserver.services.sealed import Keys
from scimserver.storage.errors import StorageError

INTERVAL_SECONDS = 5


class Postman:
    """Empties the queue of mail in a thread of its own, until the process ends.

    Several may run: each message is leased by one. Without mail configured they go nowhere.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def start(self) -> None:
        """Begin; the thread never keeps the process from ending."""
        threading.Thread(target=self._run, name="postman", daemon=True).start()

    def deliver(self) -> int:
        """Send what is due, and return how many messages left."""
        context = self._context
        mailer = mail.from_settings(context.settings)
        keys = Keys.of(context.settings, recovery_codes.PURPOSE)
        return Outgoing(context.run, context.read, context.clock, mailer, keys).deliver()

    def _run(self) -> None:
        never = threading.Event()
        while not never.wait(INTERVAL_SECONDS):
            try:
                self.deliver()
            except StorageError as failure:
                note(f"Mail was not sent: {failure.detail}")
