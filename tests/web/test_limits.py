"""Budgets: a burst, then a steady rate, for each key alone."""

from datetime import UTC, datetime, timedelta

import pytest
from limits.storage import MemoryStorage

from scimserver.config import SettingsError
from scimserver.scim.errors import TooManyRequestsError
from scimserver.web import limits
from scimserver.web.limits import Buckets, SharedWindows


class Watch:
    """A clock a test moves."""

    def __init__(self):
        self.at = datetime(2026, 11, 21, 18, 5, tzinfo=UTC)

    def now(self):
        return self.at

    def wait(self, seconds):
        self.at += timedelta(seconds=seconds)


def test_a_burst_of_four_seconds_passes_and_then_the_rate():
    watch = Watch()
    buckets = Buckets(watch)
    assert [buckets.take("a", 25) for _ in range(100)] == [0] * 100
    assert buckets.take("a", 25) == 1
    watch.wait(0.04)
    assert buckets.take("a", 25) == 0
    assert buckets.take("b", 25) == 0


def test_twenty_five_a_second_for_an_hour_meet_no_refusal():
    watch = Watch()
    buckets = Buckets(watch)
    for _ in range(3600 * 25):
        assert buckets.take("a", 25) == 0
        watch.wait(0.04)


def test_a_request_may_cost_more_than_one():
    buckets = Buckets(Watch())
    assert buckets.take("a", 25, 100) == 0
    assert buckets.take("a", 25, 50) == 2


def test_full_buckets_are_forgotten(monkeypatch):
    monkeypatch.setattr(limits, "_KEPT", 3)
    watch = Watch()
    buckets = Buckets(watch)
    for name in "abc":
        buckets.take(name, 1)
    watch.wait(60)
    buckets.take("d", 1)
    assert set(buckets._full_at) == {"d"}


def test_spending_too_much_raises_with_the_seconds_to_wait():
    buckets = Buckets(Watch())
    limits.spend(buckets, "a", 1, 4)
    with pytest.raises(TooManyRequestsError) as refusal:
        limits.spend(buckets, "a", 1)
    assert refusal.value.retry_after == 1


def test_shared_windows_refuse_what_is_over_the_burst():
    clock = Watch()
    clock.at = datetime.now(UTC)
    windows = SharedWindows("memory://", clock)
    answers = [windows.take("a", 1) for _ in range(6)]
    assert answers[:4] == [0] * 4
    assert answers[4] >= 1
    assert isinstance(limits.budget("memory://", clock), Buckets)
    assert isinstance(limits.budget("async+memory://".removeprefix("async+"), clock), Buckets)


class Away(MemoryStorage):
    """A shared storage that has stopped answering."""

    STORAGE_SCHEME = ("away",)
    base_exceptions = ConnectionError

    def acquire_sliding_window_entry(self, *_arguments, **_options):
        raise ConnectionError


def test_each_process_counts_for_itself_while_the_shared_storage_is_away():
    windows = SharedWindows("away://", Watch())
    assert [windows.take("a", 1) for _ in range(5)] == [0, 0, 0, 0, 1]


def test_a_storage_without_its_client_is_a_matter_of_settings():
    with pytest.raises(SettingsError, match="not installed"):
        limits.budget("memcached://cache", Watch())
