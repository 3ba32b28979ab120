"""How a service is given several transactions: the outermost layer alone commits."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from scimserver.storage.session import Session

T = TypeVar("T")

GoesOn = Callable[[], bool]
"""Asked between two pieces of long work: whether there is time for another one."""


class Run(Protocol):
    """Runs work in a transaction of its own and commits it; the work may run more than once."""

    def __call__(self, work: Callable[[Session], T]) -> T:
        """Return what the work returns."""


def to_the_end() -> bool:
    """Go on until nothing is left."""
    return True
