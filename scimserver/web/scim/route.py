"""One path: what it is called, and which views answer which of its methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scimserver.scim.errors import ForbiddenError, MethodNotAllowedError
from scimserver.web.http import Answer

View = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One path: its template, for metrics, and its views by method.

    ``reads`` are given a session in autocommit, ``writes`` open a transaction of their own.
    ``location`` is the permanent address of what an alias stands for, and goes out with every
    answer; ``forbidden`` are methods nobody may use on it (RFC 7644 §3.11).
    """

    template: str
    reads: Mapping[str, View]
    writes: Mapping[str, View]
    arguments: tuple[Any, ...] = ()
    type_name: str | None = None
    location: str = ""
    forbidden: frozenset[str] = frozenset()

    def check(self, method: str) -> None:
        """Refuse a method this path does not have (A15)."""
        if method in self.reads or method in self.writes:
            return
        if method in self.forbidden:
            raise ForbiddenError(f"{method} is not allowed here: users neither make nor delete.")
        allowed = [*self.reads, *self.writes]
        if "GET" in self.reads:
            allowed.insert(1, "HEAD")
        raise MethodNotAllowedError(
            f"{method[:20]} is not allowed here. Use {', '.join(allowed)}.",
            allow=tuple(allowed),
        )
