"""Lists by the page: a cursor says which item came last, so that pages hold while items come."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from scimserver.web.api.refusals import FieldsError
from scimserver.web.api.shapes import Page

T = TypeVar("T")


def page(
    found: Sequence[T], query: Page, key: Callable[[T], str], shown: Callable[[T], Any]
) -> dict[str, Any]:
    """Return one page of what was found, in the order of ``key``."""
    items = sorted(found, key=key)
    if query.cursor is not None:
        last = _read(query.cursor)
        items = [each for each in items if key(each) > last]
    kept = items[: query.limit]
    more = len(items) > len(kept)
    return {"items": list(map(shown, kept)), "next": _written(key(kept[-1])) if more else None}


def _written(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error) as refusal:
        raise FieldsError([("cursor", "This is not a cursor of ours")]) from refusal
