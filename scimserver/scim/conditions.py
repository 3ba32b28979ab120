"""Entity tags over integer versions: ETag, If-Match and If-None-Match (RFC 7644 §3.14)."""

import re

from scimserver.scim.errors import InvalidValueError

ANY = -1

# One tag with what separates it from the next, or an empty place in the list (RFC 9110 §5.6.1).
_TAG = re.compile(r'(?:(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,[ \t]*|$)|,[ \t]*)')
_VERSION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def etag(version: int) -> str:
    """Return the weak entity tag of a version: equal states have equal tags, nothing more (G1)."""
    return f'W/"{version}"'


def versions(header: str | None, name: str) -> frozenset[int] | None:
    """Return the versions a header names: None when it is absent, ``{ANY}`` for ``*`` (G3).

    Tags are compared weakly, since ours are all weak. A well-formed tag that was never ours names
    no version. Anything else raises InvalidValueError (G7).
    """
    if header is None:
        return None
    text = header.strip()
    if text == "*":
        return frozenset({ANY})
    found: set[int] = set()
    position, tags = 0, 0
    while position < len(text):
        tag = _TAG.match(text, position)
        if tag is None:
            break
        position = tag.end()
        if tag.group(1) is None:
            continue
        tags += 1
        if _VERSION.fullmatch(tag.group(1)):
            found.add(int(tag.group(1)))
    if position < len(text) or not tags:
        raise InvalidValueError(f'{name}: not a list of entity tags. Send W/"…" or *.', path=name)
    return frozenset(found)


def matches(header: str | None, version: int) -> bool:
    """Return whether If-None-Match names this version, so that 304 is the answer (G5)."""
    if header is None:
        return False
    named = versions(header, "If-None-Match")
    return named is not None and (ANY in named or version in named)
