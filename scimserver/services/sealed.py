"""Texts that must not lie open in the database: a mailed code that waits in the queue (N79)."""

import base64
import binascii
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scimserver.config import Settings

_MARK = "sealed:"
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Keys:
    """The key of one purpose, and the one before the last rotation, which still opens."""

    current: bytes
    previous: bytes | None = None

    @classmethod
    def of(cls, settings: Settings, purpose: str) -> "Keys":
        """Return the keys of a purpose."""
        return cls(settings.key(purpose), settings.previous_key(purpose))

    @property
    def every(self) -> tuple[bytes, ...]:
        """Both, the current one first."""
        return (self.current,) if self.previous is None else (self.current, self.previous)


def seal(keys: Keys, text: str, bound_to: str) -> str:
    """Return a text that only the keys open, and only as part of what it is bound to."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(keys.current).encrypt(nonce, text.encode(), bound_to.encode())
    return _MARK + base64.urlsafe_b64encode(nonce + sealed).decode()


def is_sealed(text: str) -> bool:
    """Return whether a text was sealed."""
    return text.startswith(_MARK)


def unseal(keys: Keys, text: str, bound_to: str) -> str | None:
    """Return what was sealed, or None where neither key opens it."""
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix(_MARK))
    except binascii.Error:
        return None
    for key in keys.every:
        try:
            return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], bound_to.encode()).decode()
        except (InvalidTag, ValueError):
            continue
    return None
