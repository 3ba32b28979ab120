"""One condition that an organization meets, or does not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One condition: whether it is met, what was found, and what to do where it is not."""

    code: str
    ok: bool
    detail: str
    action: str = ""
