"""JSON from outside becomes values that are safe to keep: bounded, unambiguous, writable again.

The standard parser reads, since orjson keeps the last of two equal names and turns large integers
into floats. What passes here can be written by orjson and stored by any engine.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

import orjson

from scimserver.errors import ScimServerError

MAX_DEPTH = 20

_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_INTEGER_DIGITS = 20
_CHUNK = 1_000
_BEGIN = re.compile(r"[ \t\n\r]*\{[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_OPEN = re.compile(r"\[[ \t\n\r]*(?!\])")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_CLOSE = re.compile(r"[ \t\n\r]*\]")
_END = re.compile(r"[ \t\n\r]*\}[ \t\n\r]*$")

# The names of objects that were found distinct: a directory sends the same few again and again.
_SHAPES: set[tuple[str, ...]] = set()
_SHAPES_KEPT = 1_024
_SHAPE_NAMES = 64
_SHAPE_LENGTH = 1_024


class MalformedJsonError(ScimServerError):
    """Bytes that are not one unambiguous JSON value within our bounds (A19)."""

    code = "malformed_json"
    recommended_action = "Send one well-formed JSON object in UTF-8."


class UnwritableValueError(ScimServerError):
    """A JSON value no database can keep: NUL, half a surrogate pair, too large a number (B65)."""

    code = "unwritable_value"
    recommended_action = "Remove the character or the number in the source directory."


def decode(raw: bytes, *, repairs: bool = False) -> Any:
    """Return the JSON value, or raise MalformedJsonError or UnwritableValueError.

    With ``repairs``, characters that cannot be written become U+FFFD instead.
    """
    text = _text(raw)
    try:
        value = _DECODER.decode(text)
    except RecursionError as refusal:
        raise MalformedJsonError(_TOO_DEEP) from refusal
    except ValueError as refusal:
        where = f" at character {refusal.pos}" if isinstance(refusal, json.JSONDecodeError) else ""
        raise MalformedJsonError(f"The body is not valid JSON{where}.") from refusal
    suspect = _SUSPECT.search(text) is not None
    if suspect and repairs:
        _check(value, characters=False)
        return _repaired(value)
    if suspect or text.count("{") + text.count("[") > MAX_DEPTH:
        _check(value, characters=suspect)
    return value


class Packed:
    """The elements of a long array, kept as JSON: as values they take many times the memory."""

    __slots__ = ("_chunks", "_length")

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._length = 0

    def extend(self, elements: list[Any]) -> None:
        """Add elements as one chunk."""
        self._chunks.append(orjson.dumps(elements))
        self._length += len(elements)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        for chunk in self._chunks:
            yield from orjson.loads(chunk)


def decode_sparing(raw: bytes, names: Collection[str]) -> Any:
    """Return what ``decode`` does, but Packed what an object holds under these lower-case names.

    Only arrays are packed, and only those of an object at the top.
    """
    text = _text(raw)
    try:
        pairs = list(_pairs(text, names))
    except (ValueError, RecursionError):
        # Whatever is wrong, or is no object, ``decode`` has the words for it.
        return decode(raw)
    value = _object(pairs)
    plain = {name: None if type(each) is Packed else each for name, each in value.items()}
    _check(plain, characters=_SUSPECT.search(text) is not None)
    return value


def _pairs(text: str, names: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the members of the object that a text is; raise ValueError when it is none."""
    place = _after(_BEGIN, text, 0)
    while True:
        name, place = _DECODER.raw_decode(text, place)
        if type(name) is not str:
            raise ValueError(name)
        place = _after(_COLON, text, place)
        if name.lower() in names and _OPEN.match(text, place):
            value, place = _packed(text, _after(_OPEN, text, place))
        else:
            value, place = _DECODER.raw_decode(text, place)
        yield name, value
        if _END.match(text, place):
            return
        place = _after(_COMMA, text, place)


def _packed(text: str, place: int) -> tuple[Packed, int]:
    """Return the elements of an array and the place behind it; ``place`` is the first element's."""
    found, chunk = Packed(), []
    while True:
        element, place = _DECODER.raw_decode(text, place)
        chunk.append(element)
        end = _CLOSE.match(text, place)
        if end or len(chunk) == _CHUNK:
            # They stand two levels deep; a text may hold any character until it is looked at.
            _check([chunk], characters=True)
            found.extend(chunk)
            chunk = []
        if end:
            return found, end.end()
        place = _after(_COMMA, text, place)


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    if found is None:
        raise ValueError(place)
    return found.end()


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as refusal:
        raise MalformedJsonError("The body is not UTF-8.") from refusal


def encode(value: Any) -> bytes:
    """Return a value as compact JSON."""
    return orjson.dumps(value)


_TOO_DEEP = f"The body is nested more than {MAX_DEPTH} levels deep."


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    names = tuple(found)
    if names in _SHAPES and len(names) == len(pairs):
        return found
    if len({name.lower() for name in names}) != len(pairs):
        # One pass: an object of the largest body may have some hundred thousand names.
        counted = Counter(name.lower() for name, _ in pairs)
        twice = next(name for name, times in counted.items() if times > 1)
        raise MalformedJsonError(f"The name '{twice[:80]}' stands twice in one object.")
    if len(names) <= _SHAPE_NAMES and sum(map(len, names)) <= _SHAPE_LENGTH:
        if len(_SHAPES) >= _SHAPES_KEPT:
            _SHAPES.clear()
        _SHAPES.add(names)
    return found


def _integer(digits: str) -> int:
    if len(digits) > _INTEGER_DIGITS or not -(2**63) <= (number := int(digits)) < 2**63:
        raise UnwritableValueError(f"The integer {digits[:24]} does not fit in 64 bits.")
    return number


def _decimal(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise UnwritableValueError(f"The number {digits[:24]} is too large.")
    return number


def _constant(name: str) -> Any:
    raise MalformedJsonError(f"{name} is not JSON.")


def _check(value: Any, *, characters: bool) -> None:
    level = [value]
    for depth in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for node in level:
            if isinstance(node, (dict, list)):
                if depth == MAX_DEPTH:
                    raise MalformedJsonError(_TOO_DEEP)
                below.extend(node.values() if isinstance(node, dict) else node)
                if characters and isinstance(node, dict):
                    below.extend(node)
            elif characters and isinstance(node, str) and _UNWRITABLE.search(node):
                raise UnwritableValueError(
                    "A text holds NUL or half a surrogate pair, which cannot be stored."
                )
        level = below if characters else [n for n in below if isinstance(n, (dict, list))]


def _repaired(value: Any) -> Any:
    """Return a value, known to be shallow, with U+FFFD in place of what cannot be written."""
    if isinstance(value, dict):
        return {_repaired(name): _repaired(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_repaired(each) for each in value]
    return _UNWRITABLE.sub("\ufffd", value) if isinstance(value, str) else value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_constant,
)
