"""One check less, and who must notice."""

from typing import NamedTuple


class Patch(NamedTuple):
    """A piece of a module as it stands in the source, exactly once, and what replaces it.

    ``fails`` is the test, on SQLite, that must fail; where it is empty, one of its group must.
    """

    what: str
    module: str
    old: str
    new: str
    fails: str = ""
