"""Provisioning errors: what codes mean, and digests that say nothing of whom they are about."""

import pytest

from scimserver.domain.provisioning_error import (
    RETRY_AFTER,
    ErrorResolvedError,
    Notices,
    State,
    WritesPausedError,
    category,
    digest,
    remedy,
    retryable,
)
from scimserver.services import notice_texts

ORG, OTHER = "0d1f8a4e-0000-4000-8000-000000000001", "0d1f8a4e-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("code", "kind", "again"),
    [
        ("domain_not_verified", "policy", False),
        ("taken", "conflict", False),
        ("stale_version", "conflict", True),
        ("precondition_failed", "conflict", True),
        ("conflict", "conflict", True),
        ("unauthorized", "credential", False),
        ("unknown_resource", "reference", False),
        ("invalid_value", "request", False),
        ("of another version", "request", False),
    ],
)
def test_a_code_says_what_kind_of_trouble_it_is_and_whether_to_try_again(code, kind, again):
    assert (category(code), retryable(code)) == (kind, again)


def test_some_codes_have_a_remedy_beyond_the_refusal_itself():
    assert "publish the record again and press Verify" in remedy("domain_not_verified")
    assert remedy("invalid_syntax") is None


def test_a_digest_is_the_same_for_the_same_texts_alone():
    parts = [("id", "a"), ("id", "b"), ("ida",), ("id", "a", None), ("id", ""), ("id", None)]
    found = [digest(ORG, *each) for each in parts]
    assert found == [digest(ORG, *each) for each in parts]
    assert len({*found, digest(OTHER, "id", "a")}) == len(parts) + 1
    assert all(len(each) == 40 and int(each, 16) >= 0 for each in found)


def test_no_text_can_be_taken_for_two():
    assert digest(ORG, "a", "b") != digest(ORG, "a\0=b")


def test_a_lone_surrogate_has_a_digest_as_well():
    assert digest(ORG, "\ud800")


def test_what_pauses_says_what_to_do_and_when_to_ask_again():
    refusal = WritesPausedError()
    assert refusal.retry_after == RETRY_AFTER == 600
    assert refusal.recommended_action == "Review the open errors, then resume."
    assert refusal.detail.endswith("(code provisioning_paused)")


def test_the_words_of_states_and_notices_are_what_is_stored():
    assert [state.value for state in State] == ["open", "acknowledged", "resolved"]
    assert [each.value for each in Notices] == ["at_once", "daily"]
    assert ErrorResolvedError().code == "error_resolved"


def test_every_remedy_fits_into_a_notice():
    for code in ("domain_not_verified", "invalid_email", "no_email", "taken", "unauthorized"):
        text = remedy(code)
        facts = {"action": text, "reason": "r", "connection": "IdP"}
        assert text in notice_texts.words("provisioning_refused", facts).body
