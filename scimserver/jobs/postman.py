"""The postman: mail that waits leaves."""

from scimserver.adapters import mail
from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.services import recovery_codes
from scimserver.services.outgoing import Outgoing
from scimserver.services.run import GoesOn, Run, to_the_end
from scimserver.services.sealed import Keys


class Postman:
    """Empties the queue of mail, by the way the settings name. Each message is leased by one.

    Without mail configured they go nowhere, and count as nothing.
    """

    def __init__(self, run: Run, read: Run, clock: Clock, settings: Settings) -> None:
        mailer = mail.from_settings(settings)
        keys = Keys.of(settings, recovery_codes.PURPOSE)
        self._outgoing = Outgoing(run, read, clock, mailer, keys)
        self._has_mail = bool(settings.mail)

    def deliver(self, goes_on: GoesOn = to_the_end) -> int:
        """Send what is due, and return how many messages left."""
        sent = self._outgoing.deliver(goes_on)
        return sent if self._has_mail else 0
