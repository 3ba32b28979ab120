"""How often a stranger may try: every limit, its window, and whom it leaves alone (P71, N73)."""

from collections import Counter as Counts
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.domain.sign_in_errors import RateLimitedError
from scimserver.services import throttle
from scimserver.services.throttle import Kind
from scimserver.storage.models import rate_window
from scimserver.storage.transaction import run
from tests.factories import rows

# The beginning of a minute, an hour and a day.
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PEPPER = b"p" * 32
MINUTE, HOUR, DAY = 60, 3_600, 86_400
# What the specification says, independent of the table in the code.
SPECIFIED = [
    (Kind.OPTIONS_SESSION, [(10, MINUTE)]),
    (Kind.OPTIONS_ADDRESS, [(60, MINUTE)]),
    (Kind.SIGN_IN, [(10, 5 * MINUTE), (50, HOUR)]),
    (Kind.REAUTH, [(5, 5 * MINUTE), (20, HOUR), (50, DAY)]),
    (Kind.RECOVERY_NAME, [(5, 5 * MINUTE), (20, HOUR), (50, DAY)]),
    (Kind.RECOVERY_ADDRESS, [(10, 5 * MINUTE), (50, HOUR)]),
    (Kind.MAIL_NAME, [(3, HOUR)]),
    (Kind.MAIL_ADDRESS, [(10, HOUR)]),
    (Kind.LINK, [(20, HOUR)]),
    (Kind.REJECTS, [(20, HOUR)]),
]


class Counter:
    def __init__(self, database, kind):
        self.database, self.kind = database, kind

    def hit(self, now, subject="192.0.2.1"):
        """Count one try; 0 where it may go on, else the seconds to wait."""
        return self._wait(throttle.hit, now, subject)

    def check(self, now, subject="192.0.2.1"):
        return self._wait(throttle.check, now, subject)

    def _wait(self, act, now, subject):
        try:
            run(self.database, lambda s: act(s, self.kind, subject, now, PEPPER))
        except RateLimitedError as refusal:
            return refusal.retry_after
        return 0


def test_every_kind_is_specified():
    assert [kind for kind, _ in SPECIFIED] == list(Kind)


@pytest.mark.parametrize(("kind", "windows"), SPECIFIED, ids=[kind for kind, _ in SPECIFIED])
def test_whoever_tries_on_gets_each_limit_and_not_one_more(database, kind, windows):
    counter = Counter(database, kind)
    accepted, now = [], NOW
    limit, longest = windows[-1]
    while True:
        expected = counter.check(now)
        wait = counter.hit(now)
        assert wait == expected
        now += timedelta(seconds=wait)
        if now >= NOW + timedelta(seconds=longest):
            break
        if not wait:
            accepted.append((now - NOW).total_seconds())
    assert len(accepted) == limit
    for limit, seconds in windows:
        held = Counts(at // seconds for at in accepted)
        assert max(held.values()) == limit
    # The wait it was told was long enough.
    assert counter.hit(now) == 0


def test_only_what_failed_is_counted_when_the_caller_asks_first(database):
    counter = Counter(database, Kind.SIGN_IN)
    assert [counter.check(NOW) for _ in range(30)] == 30 * [0]
    for _ in range(10):
        counter.hit(NOW)
    assert counter.check(NOW + timedelta(seconds=1)) == 299


def test_another_address_is_not_affected_and_one_network_counts_as_one(database):
    counter = Counter(database, Kind.MAIL_ADDRESS)
    for number in range(10):
        assert not counter.hit(NOW, f"2001:db8::{number:x}")
    assert counter.hit(NOW, "2001:db8::ffff")
    assert not counter.hit(NOW, "2001:db8:0:1::1")
    assert not counter.hit(NOW, "192.0.2.9")


def test_names_are_counted_as_typed_and_each_kind_for_itself(database):
    names, mails = Counter(database, Kind.RECOVERY_NAME), Counter(database, Kind.MAIL_NAME)
    for _ in range(3):
        assert not mails.hit(NOW, "ann\ud800")
    assert mails.hit(NOW, "ann\ud800")
    assert not mails.hit(NOW, "bob")
    assert not names.hit(NOW, "ann\ud800")


def test_no_subject_can_be_read_from_the_table(database):
    Counter(database, Kind.RECOVERY_NAME).hit(NOW, "ann@acme.test")
    assert "ann" not in str(rows(database, rate_window))
    assert {len(row.key) for row in rows(database, rate_window)} == {64}


def test_one_too_many_leaves_no_trace_of_what_was_written_beside_it(database):
    counter = Counter(database, Kind.MAIL_NAME)
    for _ in range(30):
        counter.hit(NOW)
    assert {row.hits for row in rows(database, rate_window)} == {3}


def test_old_windows_are_forgotten(database):
    counter = Counter(database, Kind.REAUTH)
    counter.hit(NOW)
    counter.hit(NOW + timedelta(days=3))
    assert run(database, lambda s: throttle.purge(s, NOW + timedelta(days=1), 100)) == 0
    assert run(database, lambda s: throttle.purge(s, NOW + timedelta(days=3), 2)) == 2
    assert run(database, lambda s: throttle.purge(s, NOW + timedelta(days=3), 2)) == 1
