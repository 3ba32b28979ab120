"""Attempts: begun with the options, burnt before anything of the answer is looked at (P9 to P15).

An attempt is bound to its session, purpose and person. ``burn`` has a transaction of its own, so
that a failure burns too; ``judge`` comes after that is committed.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from scimserver.adapters import webauthn
from scimserver.domain.sign_in_errors import NoSessionError, RestartError
from scimserver.domain.web_session import WebSession
from scimserver.storage import ceremonies
from scimserver.storage.ceremonies import Ceremony
from scimserver.storage.session import Session

__all__ = ["Ceremony", "Party", "Purpose", "burn", "judge", "start"]

LIFETIME = timedelta(seconds=webauthn.LIFETIME_SECONDS)
_ID_BYTES, _CHALLENGE_BYTES = 16, 32
_ID = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


class Purpose(StrEnum):
    """What an attempt is for, as its route is called."""

    REGISTER = "register"
    SIGN_IN = "signin"
    REAUTH = "reauth"


class Party(webauthn.Party, Protocol):
    """The relying party, with the origins its ceremonies may come from."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Return every address that serves this program."""


def start(
    session: Session,
    now: datetime,
    current: WebSession,
    purpose: Purpose,
    allowed: Sequence[str] = (),
) -> Ceremony:
    """Begin an attempt; the session's open one of this purpose ends."""
    org_id, user_id = _bound(current, purpose)
    new = Ceremony(
        id=secrets.token_urlsafe(_ID_BYTES),
        session_digest=current.digest,
        purpose=purpose.value,
        org_id=org_id,
        user_id=user_id,
        challenge=secrets.token_bytes(_CHALLENGE_BYTES),
        allowed=tuple(allowed),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    if not ceremonies.start(session, new):
        raise NoSessionError("session_ended")
    return new


def burn(session: Session, now: datetime, current: WebSession, id: object) -> Ceremony | None:
    """End the session's open attempt of this id; None where it has none.

    Raises RestartError for what can be no id, which is then asked of no database.
    """
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise RestartError("ceremony_malformed")
    return ceremonies.burn(session, id, current.digest, now)


def judge(burnt: Ceremony | None, purpose: Purpose, current: WebSession, now: datetime) -> Ceremony:
    """Return what was burnt, or raise RestartError where it is not what the answer is for."""
    if burnt is None:
        raise RestartError("ceremony_unknown")
    if burnt.purpose != purpose:
        raise RestartError("ceremony_wrong_purpose")
    if (burnt.org_id, burnt.user_id) != _bound(current, purpose):
        raise RestartError("ceremony_wrong_user")
    if burnt.expires_at <= now:
        raise RestartError("ceremony_expired")
    return burnt


def _bound(current: WebSession, purpose: Purpose) -> tuple[str | None, str | None]:
    """Return whose an attempt is: at sign-in nobody's, whoever is signed in already."""
    if purpose is Purpose.SIGN_IN:
        return None, None
    return current.org_id, current.user_id
