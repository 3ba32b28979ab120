"""The outside world as services see it; ``adapters`` hold what is behind each protocol."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scimserver.domain.findings import Finding
from scimserver.errors import ScimServerError


class UpstreamError(ScimServerError):
    """Something outside this program does not do its part; never the caller's fault."""

    code = "upstream"
    recommended_action = "Try again later."


class MailError(UpstreamError):
    """A letter was not taken. ``is_final``: nor will it be when it is tried again."""

    code = "mail"

    def __init__(self, detail: str, *, is_final: bool = False) -> None:
        super().__init__(detail)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in plain text. ``id`` stays the same when it is sent again."""

    id: str
    recipient: str
    subject: str
    body: str
    at: datetime


class Mailer(Protocol):
    """Hands letters to whoever delivers them."""

    def send(self, letter: Letter) -> None:
        """Hand one over, or raise MailError."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a domain. ``tokens`` prove it.

    ``old_tokens`` are recognised and never accepted: codes this organization had, or has for
    another domain (X6). ``diagnose`` permits questions that only explain a failure: hints, and the
    zone's own servers (D23).
    """

    domain: str
    tokens: tuple[str, ...]
    old_tokens: tuple[str, ...] = ()
    diagnose: bool = False


class Prover(Protocol):
    """Looks in DNS whether somebody controls a domain. Slow: never inside a transaction (D20)."""

    def look(self, question: Question) -> Finding:
        """Return what was found; whatever goes wrong outside is a finding as well."""
