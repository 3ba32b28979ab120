"""One PATCH operation as sent. Apart from the engine, so that a command can name it cheaply."""

from dataclasses import dataclass
from typing import Any, Final


class _Absent:
    """The value of an operation that has none, which is not null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as sent: ``op`` in lower case, no ``path`` for the resource itself.

    ``index`` is its place in the request, for error details. ``quirks`` were used to read it.
    """

    op: str
    path: str | None = None
    value: Any = ABSENT
    index: int = 0
    quirks: tuple[str, ...] = ()
