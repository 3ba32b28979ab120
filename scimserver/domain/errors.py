"""Refusals, without HTTP: what our own rules say no to."""

from collections.abc import Sequence
from typing import ClassVar

from scimserver.domain.check import Check
from scimserver.domain.sso_mode import Mode
from scimserver.errors import ScimServerError


class DomainError(ScimServerError):
    """A rule of this product was broken, whatever the surface."""


class PolicyDeniedError(DomainError):
    """A policy at the door refused a change; the context has its path and domain."""


class DomainNotVerifiedError(PolicyDeniedError):
    """An address lies outside the organization's verified domains."""

    code = "domain_not_verified"
    recommended_action = "Verify the domain, or provision an address in a verified one."

    def __init__(self, path: str, domain: str) -> None:
        super().__init__(
            f"{path}: domain '{domain}' is not a verified domain of this organization. "
            f"{self.recommended_action} (code {self.code})",
            path=path,
            domain=domain,
        )


class InvalidEmailError(PolicyDeniedError):
    """An address that does not parse in exactly one way (U8, U9)."""

    code = "invalid_email"
    recommended_action = "Provision a plain address: one @, no quotes, no routes."

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path}: not an acceptable email address: {reason} "
            f"{self.recommended_action} (code {self.code})",
            path=path,
        )


class NoEmailError(PolicyDeniedError):
    """A user without an address, in an organization that requires one (M4)."""

    code = "no_email"
    recommended_action = "Map an email address, or let users without one in."

    def __init__(self) -> None:
        super().__init__(
            "emails: this organization requires an address of each user. "
            f"{self.recommended_action} (code {self.code})",
            path="emails",
        )


class ProtectedResourceError(PolicyDeniedError):
    """A write on a local administrator, which is out of reach of provisioning (B47)."""

    code = "protected_account"
    recommended_action = (
        "Take this person out of the assignment at the identity provider, and manage the account "
        "in the console."
    )

    def __init__(self, user_id: str) -> None:
        super().__init__(
            "This account is a local administrator and cannot be changed by provisioning. "
            f"{self.recommended_action} (code {self.code})",
            user=user_id,
        )


class LastLocalAdministratorError(PolicyDeniedError):
    """A change that would leave the organization with too few local administrators (P92)."""

    code = "last_local_administrator"
    recommended_action = "Add another local administrator first."

    def __init__(self, least: int) -> None:
        few = "the last local administrator" if least == 1 else f"one of the last {least}"
        super().__init__(
            f"This is {few} of the organization: without it, nobody could sign in when single "
            f"sign-on fails. {self.recommended_action} (code {self.code})"
        )


class LimitExceededError(PolicyDeniedError):
    """A change beyond a quota of the organization. The detail names the limit."""

    code = "limit_exceeded"
    recommended_action = "Ask the operator to raise the limit."


class NotSelfServiceError(PolicyDeniedError):
    """Somebody would change about themselves what is not theirs to change (H2)."""

    code = "not_self_service"
    recommended_action = "Leave it as it is, or have the identity provider change it."

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path}: is not among what users change about themselves. "
            f"{self.recommended_action} (code {self.code})",
            path=path,
        )


class PermissionDeniedError(DomainError):
    """The actor may not do this, through this door. ``needed`` names the missing permission."""

    code = "permission_denied"
    recommended_action = "Use a credential with the permission that is needed."

    def __init__(self, needed: str, detail: str = "") -> None:
        super().__init__(detail or f"This needs the permission '{needed}'.", needed=needed)
        self.needed = needed


class BoundTokenError(PermissionDeniedError):
    """A token bound to a user was used for more than that user, in whatever way (H2)."""

    code = "bound_token"
    recommended_action = "Use a token of the connection."

    def __init__(self) -> None:
        super().__init__(
            "scim", "This token is bound to a user. It opens /Me and discovery, nothing else."
        )


class OutrankedError(DomainError):
    """Somebody tried to change or help a person of equal or higher rank, or themselves (P83)."""

    code = "outranked"
    recommended_action = "Ask an owner."

    def __init__(self) -> None:
        super().__init__(
            "This takes somebody who ranks above that person, and nobody does it for themselves. "
            f"{self.recommended_action}"
        )


class UnknownResourceError(DomainError):
    """No such resource in this organization."""

    code = "unknown_resource"
    recommended_action = "Check the id."

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"{kind} '{reference}' not found.", kind=kind)


class TakenError(DomainError):
    """A unique value is held by another resource. ``attribute`` is its SCIM path."""

    code = "taken"
    recommended_action = "Find the resource that holds the value by filtering for it."

    def __init__(self, attribute: str) -> None:
        super().__init__(
            f"{attribute}: the value is in use by another resource. {self.recommended_action}",
            path=attribute,
        )
        self.attribute = attribute


class StaleVersionError(DomainError):
    """The resource changed since the version the caller named."""

    code = "stale_version"
    recommended_action = "Read the resource again."

    def __init__(self) -> None:
        super().__init__(f"The resource has been changed meanwhile. {self.recommended_action}")


class InvalidDomainError(DomainError):
    """A name that cannot be claimed as a domain (D3)."""

    code = "invalid_domain"
    recommended_action = "Give a registrable domain name, such as acme.com."


class ClaimRefusedError(DomainError):
    """What was asked of a claim does not go with how it is. ``sentence`` says so, with its name."""

    sentence: ClassVar[str] = "'{domain}' does not allow that."

    def __init__(self, domain: str) -> None:
        said = self.sentence.format(domain=domain)
        super().__init__(
            f"domain: {said} {self.recommended_action} (code {self.code})", domain=domain
        )


class DomainOwnedError(ClaimRefusedError):
    """Another claim owns the domain (D27, D33). ``retry_after``: seconds until asking may help."""

    code = "domain_owned"
    recommended_action = "Remove the record of the other claim, or ask its organization to."
    # Who owns it is not said, here as little as to a client.
    sentence = "'{domain}' is owned by another claim that is active."

    def __init__(self, domain: str, *, retry_after: int | None = None) -> None:
        super().__init__(domain)
        self.retry_after = retry_after


class ClaimChangedError(ClaimRefusedError):
    """The claim was rotated, removed or expired while DNS was being asked (D28)."""

    code = "claim_changed"
    recommended_action = "Look at the domain again, and verify what it says now."
    sentence = "the claim of '{domain}' changed while DNS was asked."


class AlreadyVerifiedError(ClaimRefusedError):
    """A new code was asked for while the present one holds the domain (D13)."""

    code = "already_verified"
    recommended_action = "Keep the record that is published."
    sentence = "'{domain}' is verified with its present code."


class ClaimNotVerifiedError(ClaimRefusedError):
    """Something was asked of a domain that only a verified one is good for (1.6)."""

    code = "domain_not_verified"
    recommended_action = "Verify the domain first."
    sentence = "'{domain}' is not verified."


class NotReadyError(DomainError):
    """A mode of single sign-on that the organization is not ready for (G4, P93).

    ``unmet`` are the conditions that stand against it.
    """

    code = "not_ready"
    recommended_action = "Meet each condition that is named, then try again."

    def __init__(self, mode: Mode, unmet: Sequence[Check]) -> None:
        told = " ".join(f"{check.code}: {check.detail}" for check in unmet)
        super().__init__(f"mode: single sign-on cannot be '{mode}' here. {told}", mode=mode)
        self.unmet = tuple(unmet)


class TooOftenError(DomainError):
    """A limit on how often something may be asked (D26). ``retry_after`` is in seconds."""

    code = "too_often"
    recommended_action = "Wait, then try again."

    def __init__(self, what: str, retry_after: int) -> None:
        super().__init__(f"{what} Try again in {retry_after} s.", retry_after=retry_after)
        self.retry_after = retry_after


class InvalidRequestError(DomainError):
    """A management call that cannot be honoured: a slug in use, a third live token."""

    code = "invalid_request"
    recommended_action = "Correct the request."
