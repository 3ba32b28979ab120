"""One try at a ceremony: what is refused in it is written down, though the request failed (P97)."""

from dataclasses import replace
from types import TracebackType
from typing import Self

from scimserver.domain.actor import Actor, Door
from scimserver.domain.sign_in_errors import (
    LinkInvalidError,
    NoSessionError,
    PasskeyRejectedError,
    RateLimitedError,
    RestartError,
    SignInError,
)
from scimserver.services import audit, throttle
from scimserver.services.assertions import Claimed
from scimserver.services.ceremonies import Purpose
from scimserver.storage.errors import StorageError
from scimserver.storage.session import Session
from scimserver.web.http import Services
from scimserver.web.visitor import Visitor

_FAILED = {Purpose.SIGN_IN: throttle.Kind.SIGN_IN, Purpose.REAUTH: throttle.Kind.REAUTH}


class Trial:
    """A block in which a refusal is recorded with its precise cause, then raised on (P39)."""

    def __init__(self, services: Services, visitor: Visitor, purpose: Purpose) -> None:
        self._services = services
        self._visitor = visitor
        self._purpose = purpose
        self._pepper = services.settings.key(throttle.PURPOSE)
        self._claimed: Claimed | None = None
        self._is_proved = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: object, failure: BaseException | None, _trace: TracebackType | None
    ) -> None:
        # Without a session the gate has written it down, and what is one too many nobody does.
        if isinstance(failure, SignInError) and not isinstance(
            failure, NoSessionError | RateLimitedError
        ):
            self._tell(failure)

    def about(self, claimed: Claimed) -> None:
        """Say which passkey a try at sign-in names; its organization's log has the refusal then.

        At re-authentication the log is that of whoever is signed in, whatever is named.
        """
        if self._purpose is Purpose.SIGN_IN:
            self._claimed = claimed

    def proved(self) -> None:
        """Say that the passkey's owner is the one who tries."""
        self._is_proved = True

    def check(self) -> None:
        """Raise RateLimitedError where too many tries failed already (P71)."""
        kind = _FAILED.get(self._purpose)
        if kind is not None:
            with self._services.database.reading() as session:
                throttle.check(session, kind, self._subject(kind), self._visitor.now, self._pepper)

    def _tell(self, refusal: SignInError) -> None:
        kind = throttle.Kind.REJECTS
        if isinstance(refusal, PasskeyRejectedError):
            kind = _FAILED.get(self._purpose, kind)

        def work(session: Session) -> None:
            throttle.hit(session, kind, self._subject(kind), self._visitor.now, self._pepper)
            audit.record(
                session,
                self._actor(),
                self._visitor.now,
                _event(refusal),
                self._claimed.passkey.id if self._claimed else self._visitor.session.id,
                {
                    "purpose": (None, self._purpose.value),
                    "detail": (refusal.cause, refusal.detail),
                },
                self._visitor.visit,
                refusal.cause,
            )

        try:
            self._services.write(work)
        except (RateLimitedError, StorageError):
            # The refusal stands, written down or not.
            return

    def _subject(self, kind: throttle.Kind) -> str:
        if kind is throttle.Kind.REAUTH:
            return self._visitor.session.user_id or ""
        return self._visitor.visit.address

    def _actor(self) -> Actor:
        actor = audit.NOBODY
        person = self._visitor.person if self._purpose is not Purpose.SIGN_IN else None
        if self._claimed is not None:
            owner = self._claimed.owner
            name = f"user:{owner.user_id}" if self._is_proved else audit.NOBODY.id
            actor = Actor(owner.org_id, Door.CONSOLE, name)
        elif person is not None:
            actor = Actor(person.org_id, Door.CONSOLE, f"user:{person.user_id}")
        visit = self._visitor.visit
        return replace(actor, request_id=visit.request_id, user_agent=visit.user_agent)


def _event(refusal: SignInError) -> str:
    if isinstance(refusal, RestartError):
        return "ceremony:reject"
    return "enrol_link:reject" if isinstance(refusal, LinkInvalidError) else "passkey:reject"
