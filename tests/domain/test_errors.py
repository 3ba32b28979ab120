"""A refusal says what, where and what to do next, and nothing of who else is involved."""

from scimserver.domain.errors import (
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
