"""A refusal says what, where and what to do next, and nothing of who else is involved."""

import pytest

from scimserver.domain.errors import (
    AlreadyVerifiedError,
    ClaimChangedError,
    ClaimNotVerifiedError,
    ClaimRefusedError,
    DomainOwnedError,
    PermissionDeniedError,
    StaleVersionError,
    TakenError,
    UnknownResourceError,
)


def test_a_missing_permission_is_named():
    refusal = PermissionDeniedError("users edit")
    assert refusal.needed == "users edit"
    assert refusal.detail == "This needs the permission 'users edit'."


def test_a_value_in_use_names_its_attribute_and_not_its_holder():
    refusal = TakenError("userName")
    assert (refusal.attribute, refusal.context) == ("userName", {"path": "userName"})
    assert refusal.detail.startswith("userName: the value is in use by another resource. Find ")


def test_what_is_not_there_is_named_as_it_was_asked_for():
    refusal = UnknownResourceError("Connection", "okta")
    assert refusal.detail == "Connection 'okta' not found."
    assert refusal.context == {"kind": "Connection"}


def test_a_change_meanwhile_asks_to_read_again():
    detail = "The resource has been changed meanwhile. Read the resource again."
    assert StaleVersionError().detail == detail


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (DomainOwnedError, "'acme.com' is owned by another claim that is active. Remove the"),
        (ClaimChangedError, "the claim of 'acme.com' changed while DNS was asked. Look at"),
        (AlreadyVerifiedError, "'acme.com' is verified with its present code. Keep the record"),
        (ClaimNotVerifiedError, "'acme.com' is not verified. Verify the domain first."),
    ],
)
def test_what_a_claim_does_not_allow_is_said_in_one_way(kind, said):
    refusal = kind("acme.com")
    assert refusal.detail.startswith(f"domain: {said}")
    assert refusal.detail.endswith(f" {kind.recommended_action} (code {kind.code})")
    assert refusal.context == {"domain": "acme.com"}


def test_every_refusal_of_a_claim_has_a_sentence_of_its_own():
    assert len({kind.sentence for kind in ClaimRefusedError.__subclasses__()}) == 4
    assert DomainOwnedError("acme.com", retry_after=5).retry_after == 5
