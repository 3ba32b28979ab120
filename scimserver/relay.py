"""Where mail goes, as an operator writes it: a folder, or a relay with its name and password."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

FILE, SMTP, SMTPS = "file", "smtp", "smtps"
_PORTS = {SMTP: 587, SMTPS: 465}
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_SENDER = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_LONGEST = 320


@dataclass(frozen=True, slots=True)
class Relay:
    """One way out. ``folder`` is for files, everything else for SMTP."""

    scheme: str
    folder: Path | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""

    @property
    def is_local(self) -> bool:
        """Whether what is sent never leaves this machine, so that it may go unencrypted."""
        return self.host in _LOCAL


def read_relay(raw: str) -> str:
    """Return the address of a relay as it was written; raise ValueError with what is expected."""
    relay(raw)
    return raw


def relay(raw: str) -> Relay:
    """Return what an address says; raise ValueError with what is expected."""
    expected = "file:///folder, smtp://user:password@host:587 or smtps://user:password@host:465"
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    if parts.query or parts.fragment:
        raise ValueError(expected)
    if parts.scheme == FILE and not parts.netloc and len(parts.path) > 1:
        return Relay(FILE, Path(unquote(parts.path)))
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(expected)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Relay(parts.scheme, None, parts.hostname, port or _PORTS[parts.scheme], user, password)


def read_sender(raw: str) -> str:
    """Return the address mail is from, with or without a name before it."""
    name, address = parseaddr(raw)
    fits = _SENDER.fullmatch(address) and raw.isprintable() and len(raw) <= _LONGEST
    # What parseaddr passed over would be in the header all the same.
    if not fits or raw.strip() not in (address, f"{name} <{address}>", f'"{name}" <{address}>'):
        message = "one address, such as scim@acme.com or Acme <scim@acme.com>"
        raise ValueError(message)
    return raw.strip()
