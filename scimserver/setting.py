"""One setting: its default, how its text is read, and what the README says of it."""

import re
from collections.abc import Callable
from dataclasses import field
from typing import Any
from urllib.parse import urlsplit

MINIMUM_KEY_LENGTH = 32
SQLITE_SCHEME = "sqlite:///"
_WORDS = {"on": True, "true": True, "off": False, "false": False}

Reader = Callable[[str], Any]


def text(raw: str) -> str:
    """Read a text as it is."""
    return raw


def flag(raw: str) -> bool:
    """Read on or off; true and false say the same."""
    if raw.lower() not in _WORDS:
        raise ValueError("on or off")
    return _WORDS[raw.lower()]


def whole(minimum: int, maximum: int = 10**12) -> Reader:
    """Return the reader of a whole number within bounds."""

    def read(raw: str) -> int:
        # str.isdigit would let other scripts' digits pass.
        if not (raw.isascii() and raw.isdigit() and len(raw) < 20) or int(raw) < minimum:
            message = f"a whole number of at least {minimum}"
            raise ValueError(message)
        if int(raw) > maximum:
            message = f"a whole number of at most {maximum}"
            raise ValueError(message)
        return int(raw)

    return read


def one_of(*words: str) -> Reader:
    """Return the reader of one word out of several, in any letter case."""

    def read(raw: str) -> str:
        if raw.lower() not in words:
            raise ValueError("one of " + ", ".join(words))
        return raw.lower()

    return read


def words(raw: str) -> frozenset[str]:
    """Read words that commas separate, each without a dot in front."""
    return frozenset(word.strip().lower().lstrip(".") for word in raw.split(",") if word.strip())


def address(raw: str) -> str:
    """Read an address of the web, without a slash at its end."""
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        message = "an http or https address without query, such as https://scim.acme.com"
        raise ValueError(message)
    return raw.rstrip("/")


def key(raw: str) -> str:
    """Read a secret that is long enough to derive keys from."""
    if len(raw) < MINIMUM_KEY_LENGTH:
        message = f"at least {MINIMUM_KEY_LENGTH} characters, such as 'openssl rand -hex 32' prints"
        raise ValueError(message)
    return raw


def database(raw: str) -> str:
    """Read where the data lives."""
    path = raw.removeprefix(SQLITE_SCHEME)
    if not raw.startswith(("postgresql", "postgres:")) and (path == raw or path[:1] in ("", ":")):
        message = "sqlite:///path or postgresql://user@host/name"
        raise ValueError(message)
    return raw


def rates(raw: str) -> str:
    """Read where request rates are counted."""
    if not re.match(r"(memory|rediss?|redis\+(unix|sentinel|cluster))://", raw):
        message = "memory:// or redis://host"
        raise ValueError(message)
    return raw


def setting(
    default: Any, read: Reader, meaning: str, *, secret: bool = False, told: bool = True
) -> Any:
    """Return a field of Settings. ``told`` False leaves a value out of the settings' repr."""
    metadata = {"read": read, "text": meaning, "secret": secret}
    return field(default=default, metadata=metadata, repr=told and not secret)
