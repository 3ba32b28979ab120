"""The six routes of registration, sign-in and re-authentication (P1 to P6).

Options begin an attempt; a verification burns it first, in a transaction of its own, then judges
the answer, and only then writes (P12, P35).
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import orjson
from flask import Flask, Response

from scimserver.adapters import webauthn
from scimserver.domain.roles import Role
from scimserver.domain.sign_in_errors import (
    BadRequestError,
    PasskeyRejectedError,
    SignInOffError,
)
from scimserver.domain.web_session import Kind
from scimserver.services import assertions, ceremonies, passkeys, recovery, registration, throttle
from scimserver.services.ceremonies import Ceremony, Purpose
from scimserver.services.sessions import Opened
from scimserver.storage.session import Session
from scimserver.web.browser import ACCOUNT, SIGN_IN, Browser, Who
from scimserver.web.http import Services
from scimserver.web.next_path import own_path
from scimserver.web.passkeys.trial import Trial
from scimserver.web.relying_party import RelyingParty
from scimserver.web.visitor import Visitor

FRESH = 600
"""Seconds since the last sign-in or step-up within which a passkey may be added (P45, P70)."""
CONSOLE = "/console"
AFTER_RECOVERY = f"{SIGN_IN}?next=/account/recovery-codes"
_OTHER_DEVICE = "cross-platform"


class Begun(Protocol):
    """What the options of an attempt are made of."""

    @property
    def ceremony(self) -> Ceremony:
        """Return the attempt."""


B = TypeVar("B", bound=Begun)
T = TypeVar("T")


class Passkeys:
    """Answers the routes below ``/passkeys/``."""

    def __init__(
        self, services: Services, browser: Browser, relying_party: RelyingParty | None
    ) -> None:
        self._services = services
        self._browser = browser
        self._relying_party = relying_party
        self._pepper = services.settings.key(throttle.PURPOSE)
        self._is_lenient = services.settings.sign_count == "flag"

    def mount(self, app: Flask) -> None:
        """Add the routes. At registration the options judge how fresh the sign-in is (P70)."""
        enrolling = Who.RESTRICTED_OR_SIGNED_IN
        for path, view, who, fresh in (
            ("register/options", self.register_options, enrolling, FRESH),
            ("register/verify", self.register_verify, enrolling, None),
            ("signin/options", self.sign_in_options, Who.SESSION, None),
            ("signin/verify", self.sign_in_verify, Who.SESSION, None),
            ("reauth/options", self.reauth_options, Who.SIGNED_IN, None),
            ("reauth/verify", self.reauth_verify, Who.SIGNED_IN, None),
        ):
            app.add_url_rule(
                f"/passkeys/{path}",
                f"passkeys.{view.__name__}",
                self._browser.ceremony(view, who=who, fresh=fresh),
                methods=["POST"],
            )

    @property
    def _party(self) -> RelyingParty:
        if self._relying_party is None:
            raise SignInOffError
        return self._relying_party

    def register_options(self, visitor: Visitor) -> Response:
        """Begin to add a passkey."""
        device = _device(visitor.json())
        with self._trial(visitor, Purpose.REGISTER):
            begun = self._begun(
                visitor,
                lambda s: registration.start(s, visitor.now, self._party, visitor.session),
            )
        return _begun_answer(begun, registration.options(self._party, begun, device))

    def register_verify(self, visitor: Visitor) -> Response:
        """Store a passkey; one made in the small room of recovery ends that room (P86)."""
        body, wishes = visitor.json(), _wishes(visitor.json())
        party, now, visit, current = self._party, visitor.now, visitor.visit, visitor.session
        with self._trial(visitor, Purpose.REGISTER):
            attempt = self._burnt(visitor, Purpose.REGISTER, body)
            attested = registration.verify(party, attempt, body.get("credential"))

            def work(session: Session) -> Mapping[str, Any]:
                new, person = registration.store(
                    session, now, visit, party, current, attested, wishes
                )
                stored = {"passkey": new.id, "label": new.label}
                if current.kind is Kind.RESTRICTED:
                    recovery.finish(
                        session,
                        now,
                        visit,
                        current,
                        person,
                        replace=wishes.replace,
                        passkey_id=new.id,
                    )
                    return {**stored, "next": AFTER_RECOVERY}
                return {**stored, "accepted": passkeys.accepted(session, person, party.id)}

            told = self._services.write(work)
        answer = _json(told)
        return self._browser.drop(answer) if current.kind is Kind.RESTRICTED else answer

    def sign_in_options(self, visitor: Visitor) -> Response:
        """Begin to sign in; nothing tells one visitor's options from another's (P73)."""
        with self._trial(visitor, Purpose.SIGN_IN):
            begun = self._begun(
                visitor, lambda s: assertions.start_sign_in(s, visitor.now, visitor.session)
            )
        return _begun_answer(begun, assertions.options(self._party, begun))

    def sign_in_verify(self, visitor: Visitor) -> Response:
        """Sign in."""
        opened = self._used(visitor, Purpose.SIGN_IN, assertions.sign_in)
        credential = visitor.json()["credential"]
        person = opened.session.person
        assert person is not None  # noqa: S101  # Somebody has just signed in.
        with self._services.database.snapshot() as session:
            told = self._told(session, opened) | {
                "hints": passkeys.hints(
                    session,
                    person,
                    self._party.id,
                    other_device=credential.get("authenticatorAttachment") == _OTHER_DEVICE,
                ),
                "next": _next(visitor.json().get("next"), person.role),
            }
        return self._browser.keep(_json(told), opened)

    def reauth_options(self, visitor: Visitor) -> Response:
        """Begin to prove again who one is."""
        with self._trial(visitor, Purpose.REAUTH):
            begun = self._begun(
                visitor,
                lambda s: assertions.start_reauth(s, visitor.now, self._party, visitor.session),
            )
        return _begun_answer(begun, assertions.options(self._party, begun))

    def reauth_verify(self, visitor: Visitor) -> Response:
        """Step up."""
        opened = self._used(visitor, Purpose.REAUTH, assertions.step_up)
        with self._services.database.snapshot() as session:
            told = self._told(session, opened)
        return self._browser.keep(_json(told), opened)

    def _trial(self, visitor: Visitor, purpose: Purpose) -> Trial:
        return Trial(self._services, visitor, purpose)

    def _begun(self, visitor: Visitor, start: Callable[[Session], B]) -> B:
        """Begin an attempt, if its session and its address have not begun too many (P71)."""

        def work(session: Session) -> B:
            begun = start(session)
            for kind, subject in (
                (throttle.Kind.OPTIONS_SESSION, visitor.session.digest),
                (throttle.Kind.OPTIONS_ADDRESS, visitor.visit.address),
            ):
                throttle.hit(session, kind, subject, visitor.now, self._pepper)
            return begun

        return self._services.write(work)

    def _burnt(self, visitor: Visitor, purpose: Purpose, body: Mapping[str, Any]) -> Ceremony:
        """Burn the attempt, commit that, and only then judge it (P12, P14)."""
        current, id = visitor.session, body.get("ceremony")
        found = self._services.write(lambda s: ceremonies.burn(s, visitor.now, current, id))
        return ceremonies.judge(found, purpose, current, visitor.now)

    def _used(
        self, visitor: Visitor, purpose: Purpose, act: Callable[..., Opened | None]
    ) -> Opened:
        """Return the session that a passkey opened or raised."""
        body, party, now = visitor.json(), self._party, visitor.now
        with self._trial(visitor, purpose) as trial:
            trial.check()
            attempt = self._burnt(visitor, purpose, body)
            credential = body.get("credential")
            claim = webauthn.read_assertion(credential)
            with self._services.database.snapshot() as session:
                claimed = assertions.look_up(session, party, claim)
            trial.about(claimed)
            used = assertions.verify(party, attempt, visitor.session, claimed, claim, credential)
            trial.proved()
            opened = self._services.write(
                lambda s: act(
                    s,
                    now,
                    visitor.visit,
                    visitor.session,
                    claimed,
                    used,
                    is_lenient=self._is_lenient,
                )
            )
            # The mark is committed; what follows from it is not for that transaction.
            if opened is None:
                raise PasskeyRejectedError("sign_count_regressed")
        return opened

    def _told(self, session: Session, opened: Opened) -> dict[str, Any]:
        person = opened.session.person
        assert person is not None  # noqa: S101  # Anonymous sessions are opened elsewhere.
        return {
            "csrf": opened.session.csrf,
            "accepted": passkeys.accepted(session, person, self._party.id),
            "details": passkeys.details(session, person, self._party.id),
        }


def _device(body: Mapping[str, Any]) -> webauthn.Device | None:
    named = body.get("device")
    if named is None:
        return None
    try:
        return webauthn.Device(named)
    except ValueError as refusal:
        raise BadRequestError("device_unknown", "Name this-device or security-key.") from refusal


def _wishes(body: Mapping[str, Any]) -> registration.Wishes:
    """Return what came with the response; asked before it is judged, which uses the attempt up."""
    label, replace = body.get("label", ""), body.get("replace", False)
    if not isinstance(label, str):
        raise BadRequestError("label_type", "A label is text.")
    if not isinstance(replace, bool):
        raise BadRequestError("replace_type", "Say true or false.")
    return registration.Wishes(label, replace)


def _next(wanted: Any, role: Role) -> str:
    home = ACCOUNT if role is Role.MEMBER else CONSOLE
    return own_path(wanted, home) if isinstance(wanted, str) else home


def _begun_answer(begun: Begun, public_key: Mapping[str, Any]) -> Response:
    return _json({"ceremony": begun.ceremony.id, "publicKey": public_key})


def _json(told: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(told), content_type="application/json")
