"""Rates: how many requests a connection may send, counted where it is cheap (I19 to I21).

A rate protects the server and may be forgotten at a restart. Counts are a process's own, or shared
through the storage the operator names.
"""

import math
import threading
from typing import Protocol

from limits import RateLimitItemPerSecond
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from scimserver.clock import Clock
from scimserver.config import SettingsError
from scimserver.scim.errors import TooManyRequestsError

BURST_FACTOR = 4
MEMORY = "memory://"
_KEPT = 10_000


class Budget(Protocol):
    """Counts requests against a rate."""

    def take(self, key: str, rate: int, cost: int = 1) -> int:
        """Spend ``cost`` requests of ``rate`` a second; return 0, or the seconds to wait."""


class Buckets:
    """Budgets in memory: each key is a bucket of four seconds' worth that refills steadily.

    ``limits`` has windows for this, but its memory storage starts a thread for nearly every hit of
    a quiet server, which costs more than a look-up.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, key: str, rate: int, cost: int = 1) -> int:
        """Spend ``cost`` requests of ``rate`` a second; return 0, or the seconds to wait."""
        now = self._clock.now().timestamp()
        with self._lock:
            full_at = max(self._full_at.get(key, 0.0), now) + cost / rate
            wait = full_at - now - BURST_FACTOR
            # Half a millisecond forgives the rounding of a budget spent to its last request.
            if wait > 0.0005:
                return max(1, math.ceil(wait))
            if len(self._full_at) >= _KEPT:
                self._full_at = {k: at for k, at in self._full_at.items() if at > now}
            self._full_at[key] = full_at
        return 0


class SharedWindows:
    """Budgets in a storage all processes share: a window of four seconds that slides.

    While that storage is away, each process counts for itself: no provisioning stops for it.
    """

    def __init__(self, uri: str, clock: Clock) -> None:
        try:
            storage = storage_from_string(uri, wrap_exceptions=True)
        except ConfigurationError as failure:
            raise SettingsError(
                f"SCIMSERVER_RATE_STORAGE: its client is not installed ({failure}). Install "
                "scimserver with the extra 'redis'."
            ) from failure
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._clock = clock
        self._own = Buckets(clock)

    def take(self, key: str, rate: int, cost: int = 1) -> int:
        """Spend ``cost`` requests of ``rate`` a second; return 0, or the seconds to wait."""
        item = RateLimitItemPerSecond(rate * BURST_FACTOR, BURST_FACTOR)
        try:
            if self._limiter.hit(item, "scim", key, cost=cost):
                return 0
            resets = self._limiter.get_window_stats(item, "scim", key).reset_time
        except StorageError:
            return self._own.take(key, rate, cost)
        return max(1, math.ceil(resets - self._clock.now().timestamp()))


def budget(uri: str, clock: Clock) -> Budget:
    """Return the budgets an operator asked for."""
    return Buckets(clock) if uri == MEMORY else SharedWindows(uri, clock)


def spend(budgets: Budget, key: str, rate: int, cost: int = 1) -> None:
    """Spend part of a budget, or raise TooManyRequestsError."""
    wait = budgets.take(key, rate, cost)
    if wait:
        raise TooManyRequestsError(
            f"The budget of {rate} requests a second is used up. Try again in {wait} s.",
            retry_after=wait,
        )
