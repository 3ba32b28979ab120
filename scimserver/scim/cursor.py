"""RFC 9865 cursors: a position in a walk, sealed, so that no server state is needed (D35, D38)."""

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scimserver.scim.errors import ExpiredCursorError, InvalidCountError, InvalidCursorError

MAX_LENGTH = 512
TIMEOUT = timedelta(hours=1)

_NONCE = 12
_EARLIEST = 1 + _NONCE


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a walk stands: after (or, backwards, before) the resource at ``position``.

    ``position`` is JSON values that mean something to storage alone. ``total`` was counted for the
    first page and travels along (D34).
    """

    position: tuple[str | int | float | bool | None, ...]
    total: int
    count: int
    backwards: bool = False


class Sealer:
    """Seals and opens cursors.

    The first key seals; every key opens, so that a rotated one keeps its cursors alive. ``binding``
    is whatever must be the same on the next page: organization, connection, credential and query.
    """

    def __init__(self, keys: Sequence[bytes], timeout: timedelta = TIMEOUT) -> None:
        self._ciphers = tuple(AESGCM(key) for key in keys)
        self._timeout = timeout

    def seal(self, walk: Walk, binding: bytes, now: datetime) -> str:
        """Return the walk as a cursor of unreserved URL characters."""
        payload = orjson.dumps(
            [int(now.timestamp()), walk.total, walk.count, int(walk.backwards), *walk.position]
        )
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._ciphers[0].encrypt(nonce, payload, binding)
        return _text(sealed)

    def open(self, cursor: str, binding: bytes, now: datetime, count: int | None) -> Walk:
        """Return the walk a cursor holds.

        ``count`` is the one this request names, None for none. Raises InvalidCursorError whatever
        is wrong with the cursor, ExpiredCursorError when it is too old, and InvalidCountError when
        the count is another one (RFC 9865 §2.1).
        """
        issued, total, counted, backwards, *position = orjson.loads(self._opened(cursor, binding))
        if now.timestamp() - issued > self._timeout.total_seconds():
            raise ExpiredCursorError("cursor: expired. Start again with an empty cursor.")
        if count is not None and count != counted:
            raise InvalidCountError(f"count: this walk was begun with count {counted}. Repeat it.")
        return Walk(tuple(position), total, counted, backwards=bool(backwards))

    def _opened(self, cursor: str, binding: bytes) -> bytes:
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        # The last character has spare bits: without the comparison, four texts are one cursor.
        if len(cursor) <= MAX_LENGTH and len(raw) > _EARLIEST and _text(raw) == cursor:
            for cipher in self._ciphers:
                try:
                    return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], binding)
                except InvalidTag:
                    continue
        raise InvalidCursorError("cursor: not valid here. Start again with an empty cursor.")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
