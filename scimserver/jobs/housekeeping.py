"""Housekeeping: what is over goes, and administrators are reminded of what will be."""

from collections.abc import Callable
from functools import partial

from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.services import (
    error_digest,
    organizations,
    recovery_tests,
    retention,
    sandboxes,
    sessions,
    throttle,
    token_reminders,
)
from scimserver.services.run import GoesOn, Run, to_the_end

_CHUNK = 1_000


class Housekeeping:
    """Sweeps logs and old sessions, and reminds: each a chunk a transaction.

    Nothing is leased. Whoever deletes what another has deleted already finds nothing.
    """

    def __init__(self, run: Run, read: Run, clock: Clock, settings: Settings) -> None:
        self._run = run
        self._read = read
        self._clock = clock
        self._settings = settings

    def sweep(self, goes_on: GoesOn = to_the_end) -> int:
        """Delete old rows of every organization's provisioning log, and its errors; how many."""
        days, now, org_ids = self._settings.log_retention_days, self._clock.now(), self._org_ids()
        swept = retention.sweep(self._run, org_ids, now, days, goes_on)
        return swept + retention.sweep_errors(self._run, org_ids, now, days, goes_on)

    def tidy(self, goes_on: GoesOn = to_the_end) -> int:
        """Delete what is over of sessions, attempts, tries and notices; how many rows (P16)."""
        now, total = self._clock.now(), 0
        for purge in (sessions.purge, throttle.purge):
            chunk = partial(purge, now=now, limit=_CHUNK)
            while goes_on() and (gone := self._run(chunk)):
                total += gone
        days = self._settings.log_retention_days
        return total + retention.sweep_notices(self._run, self._org_ids(), now, days, goes_on)

    def remind(self, goes_on: GoesOn = to_the_end) -> int:
        """Remind of recovery tests and tokens, and tell of errors once a day (P88, I5, G12)."""
        now, days = self._clock.now(), self._settings.recovery_test_days
        reminders: tuple[Callable[..., int], ...] = (
            partial(recovery_tests.remind, days=days),
            token_reminders.remind,
            error_digest.tell,
            error_digest.end_quiet,
        )
        return sum(
            self._run(partial(remind, now=now, org_id=org_id))
            for org_id in self._org_ids()
            for remind in reminders
            if goes_on()
        )

    def date(self, goes_on: GoesOn = to_the_end) -> int:
        """Give sandboxes that have no end yet one; how many (M24)."""
        now = self._clock.now()
        return sum(
            self._run(partial(sandboxes.give_end, now=now, org_id=org_id))
            for org_id in self._read(sandboxes.undated)
            if goes_on()
        )

    def _org_ids(self) -> list[str]:
        return [each.id for each in self._read(organizations.every)]
