"""Where a visitor wants to go on to, which is never another site (P6)."""

import re

_LONGEST = 2_000
# Browsers take a backslash for a slash and drop tabs and line breaks, so that "/\t/evil.example"
# would be another site.
_OWN = re.compile(r"/(?:[^/\\\s\x00-\x20\x7f][^\\\s\x00-\x20\x7f]*)?")


def own_path(wanted: str | None, otherwise: str = "/") -> str:
    """Return an address that a visitor brought if it is a path of ours, else another one."""
    if wanted is None or len(wanted) > _LONGEST or _OWN.fullmatch(wanted) is None:
        return otherwise
    return wanted
