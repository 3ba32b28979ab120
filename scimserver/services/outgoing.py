"""Mail leaves here: leased from the queue, sent outside any transaction, tried again with pauses.

Delivery is at least once. Whoever dies between sending and noting it leaves the lease to lapse, and
the message goes out again under the same Message-ID.
"""

from collections.abc import Sequence
from datetime import timedelta

from scimserver.clock import Clock
from scimserver.domain.actor import Actor, Door
from scimserver.domain.ports import Letter, Mailer, MailError
from scimserver.services import audit, recovery, sealed
from scimserver.services.run import GoesOn, Run, to_the_end
from scimserver.services.sealed import Keys
from scimserver.storage import mails
from scimserver.storage.mails import Mail
from scimserver.storage.session import Session

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)


class Outgoing:
    """Sends what waits. ``run`` makes the transactions, ``keys`` open what was sealed.

    ``read`` runs what writes nothing: an empty queue is asked for often, and holds nobody up.
    """

    def __init__(self, run: Run, read: Run, clock: Clock, mailer: Mailer, keys: Keys) -> None:
        self._run = run
        self._read = read
        self._clock = clock
        self._mailer = mailer
        self._keys = keys

    def deliver(self, goes_on: GoesOn = to_the_end) -> int:
        """Send everything that is due, and return how many messages left."""
        now = self._clock.now()
        waiting = self._read(lambda session: mails.waiting(session, now))
        return sum(self._deliver(each, goes_on) for each in waiting)

    def _deliver(self, org_id: str, goes_on: GoesOn) -> int:
        def lease(session: Session) -> Sequence[Mail]:
            # One at a time: it costs little beside a talk with the relay, and whoever is told to
            # stop holds no other back until its lease ends.
            now = self._clock.now()
            return mails.lease(session, org_id, now, now + LEASE, 1)

        sent = 0
        while goes_on() and (leased := self._run(lease)):
            sent += sum(map(self._send, leased))
        return sent

    def _send(self, each: Mail) -> bool:
        if each.attempts > MOST_ATTEMPTS:
            self._give_up(each, "Whoever sent it did not come back.")
            return False
        letter = self._letter(each)
        if letter is None:
            self._run(lambda session: mails.remove(session, each.org_id, each.id))
            return False
        try:
            self._mailer.send(letter)
        except MailError as failure:
            self._failed(each, failure)
            return False
        self._run(lambda session: mails.remove(session, each.org_id, each.id))
        return True

    def _letter(self, each: Mail) -> Letter | None:
        """Return a message as it is sent; None where nobody is to get it, or not any more."""
        body: str | None = each.body
        if sealed.is_sealed(each.body):
            # A code that has lapsed is not worth a mail.
            is_over = self._clock.now() >= each.created_at + recovery.MAIL_LIFETIME
            body = None if is_over else sealed.unseal(self._keys, each.body, each.id)
        if not each.recipient or body is None:
            return None
        return Letter(each.id, each.recipient, each.subject, body, each.created_at)

    def _failed(self, each: Mail, failure: MailError) -> None:
        if each.attempts >= MOST_ATTEMPTS or failure.is_final:
            self._give_up(each, failure.detail)
            return
        pause = min(_FIRST_PAUSE * 2 ** (each.attempts - 1), _LONGEST_PAUSE)
        due_at = self._clock.now() + pause
        self._run(lambda session: mails.postpone(session, each.org_id, each.id, due_at))

    def _give_up(self, each: Mail, cause: str) -> None:
        def work(session: Session) -> None:
            mails.remove(session, each.org_id, each.id)
            actor = Actor(each.org_id, Door.SYSTEM, "mail", scopes=frozenset())
            changes = {
                "subject": (None, each.subject),
                "attempts": (None, each.attempts),
                "cause": (None, cause),
            }
            audit.record(session, actor, self._clock.now(), "mail:give_up", each.id, changes)

        self._run(work)
