"""Refusals as people read them: a status, a heading and one sentence of what to do next."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from scimserver import codec
from scimserver.domain import errors as domain
from scimserver.domain import sign_in_errors as sign_in
from scimserver.domain.ports import UpstreamError
from scimserver.domain.provisioning_error import ErrorResolvedError
from scimserver.errors import ScimServerError
from scimserver.storage import errors as storage


class Words(NamedTuple):
    """What a page says. ``text`` None: the refusal's own detail is for people's eyes."""

    status: int
    heading: str
    text: str | None = None
    href: str = "/"
    label: str = "Go to the start"


_AGAIN = ("/signin", "Sign in")
_LATER = "The database cannot be reached just now. Nothing was changed. Try again in a moment."

# A refusal without a row has its parent's; a SignInError keeps the status it carries.
PAGES: Mapping[type[ScimServerError], Words] = {
    ScimServerError: Words(500, "Something went wrong on our side", "Nothing was changed."),
    codec.MalformedJsonError: Words(400, "That could not be read"),
    codec.UnwritableValueError: Words(400, "That could not be read"),
    domain.DomainError: Words(400, "That is not possible"),
    domain.PolicyDeniedError: Words(400, "That is not possible"),
    domain.ProtectedResourceError: Words(400, "This account is protected"),
    domain.PermissionDeniedError: Words(403, "You may not do that"),
    domain.OutrankedError: Words(403, "You may not do that"),
    domain.UnknownResourceError: Words(404, "Not found", "It may have been deleted."),
    domain.TakenError: Words(409, "Already in use"),
    domain.DomainOwnedError: Words(409, "Already in use"),
    domain.ClaimChangedError: Words(409, "Changed meanwhile"),
    domain.AlreadyVerifiedError: Words(409, "Already verified"),
    domain.ClaimNotVerifiedError: Words(409, "Not verified"),
    domain.NotReadyError: Words(409, "Not ready"),
    ErrorResolvedError: Words(409, "Already resolved"),
    domain.TooOftenError: Words(429, "Too often"),
    domain.StaleVersionError: Words(
        412, "Changed meanwhile", "Somebody else changed this. Load the page again to see it."
    ),
    UpstreamError: Words(503, "Not available just now"),
    storage.StorageError: Words(503, "Not available", _LATER),
    storage.QueryTooLongError: Words(400, "Too much to search"),
    sign_in.SignInError: Words(400, "That did not work", "Go back and try again."),
    sign_in.BadRequestError: Words(400, "That could not be read", "Go back and try again."),
    sign_in.TooLargeError: Words(413, "Too large", "Send less at once."),
    sign_in.RateLimitedError: Words(429, "Too many attempts"),
    sign_in.NoSessionError: Words(
        401, "Your session has ended", "Nothing was changed. Sign in again.", *_AGAIN
    ),
    sign_in.NotSignedInError: Words(
        401, "You are not signed in", "This page needs somebody signed in.", *_AGAIN
    ),
    sign_in.NotAllowedError: Words(
        403, "You may not do that", "Your role does not include this. Ask an owner for it."
    ),
    sign_in.SsoRequiredError: Words(
        403, "Use single sign-on", "Your organization signs in at its identity provider.", *_AGAIN
    ),
    sign_in.CsrfError: Words(
        403,
        "The page was out of date",
        "Nothing was changed. Go back, load the page again and repeat what you did.",
    ),
    sign_in.LastPasskeyError: Words(
        409,
        "This is the last passkey",
        "Without it nobody could sign in to this account. Add another one first.",
        "/account/passkeys",
        "Back to the passkeys",
    ),
    sign_in.LinkInvalidError: Words(
        410, "This link opens nothing", "It was used, replaced or is too old. Ask for a new one."
    ),
    sign_in.CodeRejectedError: Words(
        400, "That did not work", "Check the name and both codes.", "/recover", "Try again"
    ),
    sign_in.SignInOffError: Words(
        503,
        "Sign-in is off",
        "Browsers offer passkeys on https addresses only. Set SCIMSERVER_ORIGINS to the https "
        "address of this server. SCIM is not affected.",
    ),
}


def words_of(refusal: ScimServerError) -> Words:
    """Return what to say of a refusal, its status included."""
    found = next(PAGES[kind] for kind in type(refusal).__mro__ if kind in PAGES)
    if isinstance(refusal, sign_in.SignInError):
        found = found._replace(status=refusal.status)
    return found if found.text is not None else found._replace(text=refusal.detail)


def words_of_status(status: int) -> Words:
    """Return what to say where the request itself was refused, by its status."""
    if status == 404:
        return Words(404, "Not found", "There is no page at this address.")
    return Words(status, HTTPStatus(status).phrase, "Go back and try again.")
