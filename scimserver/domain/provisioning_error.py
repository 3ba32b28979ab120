"""Provisioning errors: causes for which writes are refused, each counted in one row (M11, G11).

What makes two refusals one cause, and by what a later success finds what it resolves, are digests:
neither a name nor an address is read from them.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from scimserver.domain.errors import DomainError, PolicyDeniedError

SLICE = 2
"""Digits of a digest by which rows are counted: all that begin alike are a slice of them."""
MOST_IN_SLICE = 64
"""Unresolved rows of a slice. Further causes share one row a code, so that an organization has no
more than 16,384 of the others, and 10,000 users who are refused at once still have one each."""
RETRY_AFTER = 600
"""Seconds until a paused connection may ask again whether it has been resumed."""

_DIGEST_BYTES = 20


class State(StrEnum):
    """What people, and later successes, made of an error."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Notices(StrEnum):
    """How identity owners hear of errors (G12)."""

    AT_ONCE = "at_once"
    DAILY = "daily"


class ErrorResolvedError(DomainError):
    """Somebody acknowledged an error that had been resolved meanwhile."""

    code = "error_resolved"
    recommended_action = "Nothing is left to acknowledge; open it again if it is not over."

    def __init__(self) -> None:
        super().__init__(f"This error has been resolved. {self.recommended_action}")


class WritesPausedError(PolicyDeniedError):
    """A write of a connection that pauses after too many refusals (G12)."""

    code = "provisioning_paused"
    recommended_action = "Review the open errors, then resume."

    def __init__(self) -> None:
        super().__init__(
            "Changes by this connection are paused after too many refusals; deletions pass, and so "
            f"does turning users off. {self.recommended_action} (code {self.code})"
        )
        self.retry_after = RETRY_AFTER


_POLICY, _CONFLICT, _CREDENTIAL, _REFERENCE, _REQUEST = (
    "policy",
    "conflict",
    "credential",
    "reference",
    "request",
)
_CATEGORIES: Mapping[str, str] = {
    "domain_not_verified": _POLICY,
    "invalid_email": _POLICY,
    "no_email": _POLICY,
    "protected_account": _POLICY,
    "last_local_administrator": _POLICY,
    "limit_exceeded": _POLICY,
    "taken": _CONFLICT,
    "uniqueness": _CONFLICT,
    "conflict": _CONFLICT,
    "stale_version": _CONFLICT,
    "precondition_failed": _CONFLICT,
    "precondition_required": _CONFLICT,
    "unauthorized": _CREDENTIAL,
    "permission_denied": _CREDENTIAL,
    "forbidden": _CREDENTIAL,
    "unknown_resource": _REFERENCE,
    "not_found": _REFERENCE,
    "no_target": _REFERENCE,
}
# What may succeed unchanged a little later; everything else has to be put right first.
_RETRYABLE = frozenset({"conflict", "stale_version", "precondition_failed"})
# More than the refusal says itself: it speaks to a client, this to whoever runs the organization.
_REMEDIES: Mapping[str, str] = {
    "domain_not_verified": (
        "If the domain is yours, add and verify it. Otherwise take the user out of what the "
        "identity provider assigns, or map a company address. If it lapsed, publish the record "
        "again and press Verify."
    ),
    "invalid_email": (
        "Correct the address at the identity provider, or map another attribute to emails."
    ),
    "no_email": "Map an attribute that holds an address to emails at the identity provider.",
    "taken": (
        "Another account has this value: compare both, then merge them at the identity provider "
        "or change the mapping."
    ),
    "protected_account": (
        "Take this local administrator out of what the identity provider assigns."
    ),
    "unauthorized": (
        "Make a token for the connection, and give it to the identity provider instead of the one "
        "it sends."
    ),
}


def category(code: str) -> str:
    """Return what kind of trouble a code names, in one word."""
    return _CATEGORIES.get(code, _REQUEST)


def retryable(code: str) -> bool:
    """Return whether the same write may succeed unchanged another time."""
    return code in _RETRYABLE


def remedy(code: str) -> str | None:
    """Return what to do about a code, None where the refusal itself says it best."""
    return _REMEDIES.get(code)


def digest(org_id: str, *parts: str | None) -> str:
    """Return what stands for some texts within one organization.

    Keyed with the organization, so that the same person's rows in two of them have nothing in
    common.
    """
    # With its length before each, no text can be taken for two.
    text = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    hashed = hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES, key=org_id.encode()
    )
    return hashed.hexdigest()
