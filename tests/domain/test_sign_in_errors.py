"""Refusals of sign-in: what a client is told, and what only the log knows."""

import pytest

from scimserver.domain import sign_in_errors as errors
from scimserver.domain.visit import Visit


@pytest.mark.parametrize(
    ("refusal", "word", "status"),
    [
        (errors.BadRequestError("not_json", status=415), "bad_request", 415),
        (errors.TooLargeError(), "too_large", 413),
        (errors.RateLimitedError("options", 30), "rate_limited", 429),
        (errors.RestartError("ceremony_expired"), "restart", 409),
        (errors.NoSessionError(), "restart", 401),
        (errors.PasskeyRejectedError("origin"), "passkey_rejected", 400),
        (errors.PasskeyRejectedError("taken", status=409), "passkey_rejected", 409),
        (errors.NotSignedInError(), "sign_in", 401),
        (errors.StaleSignInError(), "reauth", 403),
        (errors.SsoRequiredError(), "sso_required", 403),
        (errors.CsrfError("csrf_origin"), "csrf", 403),
        (errors.LastPasskeyError(), "last_passkey", 409),
        (errors.LinkInvalidError("link_expired"), "link_invalid", 410),
        (errors.CodeRejectedError("code_used"), "code_rejected", 400),
    ],
    ids=lambda value: value.cause if isinstance(value, errors.SignInError) else str(value),
)
def test_a_client_is_told_one_word(refusal, word, status):
    assert (refusal.error, refusal.status) == (word, status)


def test_the_cause_is_for_the_log():
    assert errors.RestartError("ceremony_expired").cause == "ceremony_expired"
    assert errors.TooLargeError().cause == "too_large"


def test_a_credential_is_only_unknown_when_said_so():
    assert errors.PasskeyRejectedError("unknown", unknown_credential=True).unknown_credential
    assert not errors.PasskeyRejectedError("origin").unknown_credential


def test_who_tries_too_often_is_told_when_to_come_back():
    refusal = errors.RateLimitedError("options", 30)
    assert refusal.retry_after == 30
    assert "30 s" in refusal.detail


def test_an_audit_row_keeps_little_of_a_visit():
    visit = Visit("192.0.2.1", "x" * 1000, "request-1", "0123456789abcdef")
    assert visit.context("ceremony_expired") == {
        "session": "01234567",
        "address": "192.0.2.1",
        "userAgent": "x" * 256,
        "code": "ceremony_expired",
    }


def test_what_is_not_known_of_a_visit_is_left_out():
    assert Visit().context() == {}
