"""What people call their passkeys (P42): one short line, told apart from the others of a person."""

import unicodedata
from collections.abc import Collection
from itertools import count

LONGEST = 80


def clean(text: str) -> str:
    """Return text as one line without control and format characters; it may be empty or long."""
    # Tabs and line ends are control characters too, and stand for a blank.
    line = " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(each for each in line if not unicodedata.category(each).startswith("C"))
    return " ".join(kept.split())


def cut(label: str) -> str:
    """Return as much of a label as is kept."""
    return label[:LONGEST].rstrip()


def is_fit(label: str) -> bool:
    """Return whether a cleaned label has one to 80 characters."""
    return 1 <= len(label) <= LONGEST


def untaken(label: str, taken: Collection[str]) -> str:
    """Return the label, with the least number after it that tells it from those in use."""
    wanted = cut(label)
    if wanted not in taken:
        return wanted
    for number in count(2):
        suffix = f" {number}"
        numbered = label[: LONGEST - len(suffix)].rstrip() + suffix
        if numbered not in taken:
            return numbered
    raise AssertionError  # pragma: no cover  # Numbers do not end.
