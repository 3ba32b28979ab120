"""Refusals of sign-in: one word and a status for the client, the precise cause for the audit log.

``error`` is all a client is told (P38); ``cause`` names the check that failed, such as
``ceremony_expired``, and is unique to it (P39).
"""

from scimserver.errors import ScimServerError


class SignInError(ScimServerError):
    """Something on the way to or from a session was refused."""

    code = "sign_in_refused"
    error = "bad_request"
    status = 400

    def __init__(self, cause: str = "", detail: str = "") -> None:
        self.cause = cause or self.code
        super().__init__(detail or self.cause)


class BadRequestError(SignInError):
    """A body that is not what the route takes. ``status`` is 400, or 415 for another type."""

    code = "bad_request"
    error = "bad_request"

    def __init__(self, cause: str = "", detail: str = "", *, status: int = 400) -> None:
        super().__init__(cause, detail)
        self.status = status


class TooLargeError(SignInError):
    """A body beyond the limit of its route (P3)."""

    code = "too_large"
    error = "too_large"
    status = 413


class RateLimitedError(SignInError):
    """Too many attempts; ``retry_after`` is in seconds (P71)."""

    code = "rate_limited"
    error = "rate_limited"
    status = 429

    def __init__(self, cause: str, retry_after: int) -> None:
        super().__init__(cause, f"Too many attempts. Try again in {retry_after} s.")
        self.retry_after = retry_after


class RestartError(SignInError):
    """The attempt cannot go on, whatever the reason; a new one can begin (P14)."""

    code = "restart"
    error = "restart"
    status = 409


class NoSessionError(RestartError):
    """There is no live session to which an attempt could belong."""

    code = "no_session"
    status = 401


class PasskeyRejectedError(SignInError):
    """A check of a ceremony failed. ``unknown_credential`` is told: a device may forget it."""

    code = "passkey_rejected"
    error = "passkey_rejected"

    def __init__(
        self,
        cause: str,
        detail: str = "",
        *,
        status: int = 400,
        unknown_credential: bool = False,
    ) -> None:
        super().__init__(cause, detail)
        self.status = status
        self.unknown_credential = unknown_credential


class NotSignedInError(SignInError):
    """The page needs somebody signed in."""

    code = "not_signed_in"
    error = "sign_in"
    status = 401


class StaleSignInError(SignInError):
    """The last sign-in or step-up is too old for this action (P70)."""

    code = "step_up_needed"
    error = "reauth"
    status = 403


class SsoRequiredError(SignInError):
    """This person signs in at the identity provider only (P34)."""

    code = "sso_required"
    error = "sso_required"
    status = 403


class CsrfError(SignInError):
    """A change that did not come from one of our own pages (P65)."""

    code = "csrf"
    error = "csrf"
    status = 403


class LastPasskeyError(SignInError):
    """Without this passkey nobody could sign in to the account (P46)."""

    code = "last_passkey"
    error = "last_passkey"
    status = 409


class LinkInvalidError(SignInError):
    """An enrolment link that opens nothing: unknown, used, replaced, withdrawn or expired."""

    code = "link_invalid"
    error = "link_invalid"
    status = 410


class CodeRejectedError(SignInError):
    """Recovery by codes failed, for any reason (P79)."""

    code = "code_rejected"
    error = "code_rejected"


class NotAllowedError(SignInError):
    """The person's role does not grant what the page is for."""

    code = "not_allowed"
    error = "not_allowed"
    status = 403


class SignInOffError(SignInError):
    """Nobody can sign in at the address this server was given: browsers know no passkeys there."""

    code = "sign_in_off"
    error = "sign_in_off"
    status = 503
