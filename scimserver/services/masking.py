"""Bodies as the provisioning log may keep them: their shape, nothing of people (M9)."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

MASK = "***"
MAX_LENGTH = 8_192

_MAX_ENTRIES = 50
_MAX_DEPTH = 20
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')
_ADDRESS = re.compile(r"[^@\s]+@([A-Za-z0-9.-]{1,253})")
# Words of the protocol, not of people.
_OPEN = frozenset({"schemas", "op", "method", "bulkid", "type", "version", "externalid"})


def masked(body: Mapping[str, Any]) -> str:
    """Return a body as JSON text with every value masked; of an address its domain stays."""
    text = orjson.dumps(_mask(body, 0)).decode()
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"


def sentence(text: str) -> str:
    """Return a sentence without the values of a filter or a path it quotes, nor local parts."""
    return _ADDRESS.sub(rf"{MASK}@\1", _QUOTED.sub(f'"{MASK}"', text))


def _mask(value: Any, depth: int, name: str = "") -> Any:
    if depth > _MAX_DEPTH:
        return MASK
    if isinstance(value, dict):
        listed = list(value.items())[:_MAX_ENTRIES]
        return {_path(key): _mask(held, depth + 1, key.lower()) for key, held in listed}
    if isinstance(value, list):
        kept = [_mask(each, depth + 1, name) for each in value[:_MAX_ENTRIES]]
        return [*kept, f"… {len(value)} in all"] if len(value) > _MAX_ENTRIES else kept
    if isinstance(value, str):
        if name == "path":
            return _path(value)
        return value[:200] if name in _OPEN else _text(value)
    return MASK if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _path(text: str) -> str:
    """Return a path, or a key that looks like one, without the values its filter compares with."""
    return _QUOTED.sub(f'"{MASK}"', text)[:200]


def _text(text: str) -> str:
    if not text:
        return text
    address = _ADDRESS.fullmatch(text)
    return f"{MASK}@{address.group(1)}" if address else MASK
