"""CBOR as authenticators may write it (CTAP 2, section 8), and nothing beyond.

A general decoder also builds regular expressions, dates, huge numbers and cycles out of tags, takes
what follows the first item for granted, and lets ``true`` stand for the key 1. None of that occurs
in a message of an authenticator, so none of it is read here.
"""

from typing import Any

# CTAP 2 nests at most four levels.
MAX_DEPTH = 4

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_SIMPLES = {20: False, 21: True, 22: None}
_FOLLOWING = {24: 1, 25: 2, 26: 4, 27: 8}


class MalformedCborError(ValueError):
    """Bytes that are not CBOR an authenticator may send."""


def decode(raw: bytes) -> Any:
    """Return the one item that ``raw`` holds from its first to its last byte."""
    value, end = read(raw, 0)
    if end != len(raw):
        raise MalformedCborError(f"{len(raw) - end} bytes follow the item")
    return value


def read(raw: bytes, at: int, depth: int = 0) -> tuple[Any, int]:
    """Return the item that begins at ``at``, and where it ends."""
    kind, argument, at = _head(raw, at)
    if kind == _UNSIGNED:
        return argument, at
    if kind == _NEGATIVE:
        return -1 - argument, at
    if kind in {_BYTES, _TEXT}:
        piece, at = _take(raw, at, argument)
        return (piece if kind == _BYTES else _text(piece)), at
    if kind == _SIMPLE and argument in _SIMPLES:
        return _SIMPLES[argument], at
    if kind not in {_ARRAY, _MAP}:
        raise MalformedCborError(f"an item of kind {kind} at byte {at}")
    if depth == MAX_DEPTH:
        raise MalformedCborError(f"nested more than {MAX_DEPTH} levels deep")
    return _array(raw, at, argument, depth) if kind == _ARRAY else _map(raw, at, argument, depth)


def _head(raw: bytes, at: int) -> tuple[int, int, int]:
    first, at = _take(raw, at, 1)
    kind, argument = first[0] >> 5, first[0] & 31
    # A simple value of two bytes, and every float, are told by the length that follows.
    if argument < 24 or kind == _SIMPLE:
        return kind, argument, at
    if argument not in _FOLLOWING:
        raise MalformedCborError(f"an item without a length at byte {at}")
    following, at = _take(raw, at, _FOLLOWING[argument])
    return kind, int.from_bytes(following), at


def _take(raw: bytes, at: int, length: int) -> tuple[bytes, int]:
    if length > len(raw) - at:
        raise MalformedCborError(f"ends after {len(raw)} bytes")
    return raw[at : at + length], at + length


def _text(piece: bytes) -> str:
    try:
        return piece.decode()
    except UnicodeDecodeError as refusal:
        raise MalformedCborError("text that is not UTF-8") from refusal


def _array(raw: bytes, at: int, length: int, depth: int) -> tuple[list[Any], int]:
    items = []
    # An announced length costs nothing: the bytes end long before a large one is reached.
    for _ in range(length):
        item, at = read(raw, at, depth + 1)
        items.append(item)
    return items, at


def _map(raw: bytes, at: int, length: int, depth: int) -> tuple[dict[int | str, Any], int]:
    entries: dict[int | str, Any] = {}
    for _ in range(length):
        key, at = read(raw, at, depth + 1)
        if type(key) not in {int, str}:
            raise MalformedCborError("a key that is neither a number nor text")
        if key in entries:
            raise MalformedCborError("a key that stands twice in one map")
        entries[key], at = read(raw, at, depth + 1)
    return entries, at
