"""How many questions a process puts to DNS in a second; who would exceed it waits."""

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache

_WINDOW = 1.0


class Pace:
    """At most ``per_second`` questions in any second, for all threads together."""

    def __init__(
        self,
        per_second: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sent: deque[float] = deque(maxlen=per_second)
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()

    def take(self, number: int, until: float) -> bool:
        """Wait for the turn of so many questions; False, at once, if it comes after ``until``."""
        with self._lock:
            now = turn = self._now()
            before = list(self._sent)
            for _ in range(number):
                turn = self._book(now)
            if turn > until:
                self._sent.clear()
                self._sent.extend(before)
                return False
        # Outside the lock: the turn is booked, and the next in line must find out theirs.
        if turn > now:
            self._sleep(turn - now)
        return True

    def spend(self) -> None:
        """Count one more question that cannot wait; those after it wait longer instead."""
        with self._lock:
            self._book(self._now())

    def _book(self, now: float) -> float:
        is_full = len(self._sent) == self._sent.maxlen
        turn = max(now, self._sent[0] + _WINDOW) if is_full else now
        self._sent.append(turn)
        return turn


@cache
def of_process(per_second: int) -> Pace:
    """Return the pace that everybody in this process keeps to."""
    return Pace(per_second)
