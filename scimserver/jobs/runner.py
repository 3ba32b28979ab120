"""The runner: each job in a thread of its own, looked at again and again until the end.

It keeps no list of what is due: that is rows, which a job leases before it works on them. So any
number of runners may share a database, and what one that was killed had taken falls to another
when the lease ends.
"""

import logging
import random
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from scimserver.errors import ScimServerError
from scimserver.services.run import GoesOn

LONGEST_PAUSE = 60.0
_DOUBLINGS = 10
_CAUSES = 5
_log = logging.getLogger("scimserver.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes due.

    ``work`` does all that is due, asks between two pieces whether to go on, and returns how many
    were ``done``. ``seconds`` lie between two looks at what is due.
    """

    name: str
    seconds: float
    work: Callable[[GoesOn], int]
    done: str


class Runner:
    """Runs jobs beside each other; whatever happens to one of them, the others go on."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._over = threading.Event()
        self._threads = [
            # None of them keeps the process from ending.
            threading.Thread(target=self._keep_at, args=(job,), name=job.name, daemon=True)
            for job in jobs
        ]

    def start(self) -> None:
        """Begin; the first look at each job comes within its pause, not now."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """Let every job finish the piece it is at, and take no other."""
        self._over.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all jobs have stopped, at most so long; whether they have."""
        until = None if seconds is None else monotonic() + seconds
        for each in self._threads:
            each.join(None if until is None else max(0, until - monotonic()))
        return not any(each.is_alive() for each in self._threads)

    def _goes_on(self) -> bool:
        return not self._over.is_set()

    def _keep_at(self, job: Job) -> None:
        failures = 0
        while not self._over.wait(pause(job.seconds, failures)):
            failures = 0 if attempt(job, self._goes_on) else failures + 1


def attempt(job: Job, goes_on: GoesOn) -> bool:
    """Do what is due of a job, and say in the log what became of it; whether it did not fail."""
    try:
        count = job.work(goes_on)
    except ScimServerError as failure:
        _log.warning("%s: %s", job.name, failure.detail)
        return False
    except Exception as failure:  # noqa: BLE001  # The process outlives a bug, here as in a request.
        _log.error("%s: %s", job.name, "; from ".join(_traced(failure)))
        return False
    if count:
        _log.info("%s: %d %s", job.name, count, job.done)
    return True


def pause(seconds: float, failures: int) -> float:
    """Return how long to wait before the next look: longer, up to a minute, after failures.

    Processes start together. They need not all look at the same moment for ever.
    """
    doubled: float = seconds * 2 ** min(failures, _DOUBLINGS)
    longest = min(doubled, max(seconds, LONGEST_PAUSE))
    return longest * random.uniform(0.5, 1)  # noqa: S311  # Jitter, not a secret.


def _traced(failure: BaseException) -> Iterator[str]:
    """Tell what was raised and where, cause by cause.

    Without the exceptions' own words: those may hold what was worked on, an address or a code.
    """
    cause: BaseException | None = failure
    for _ in range(_CAUSES):
        if cause is None:
            return
        frames = traceback.extract_tb(cause.__traceback__)
        places = ", ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
        yield f"{type(cause).__name__} at {places}"
        cause = cause.__cause__ or cause.__context__
