"""Every refusal has words for people, and a status that agrees with the one it carries."""

import pytest

from scimserver.domain.sign_in_errors import RateLimitedError, SignInError
from scimserver.errors import ScimServerError
from scimserver.web import error_pages
from scimserver.web.error_pages import PAGES, words_of, words_of_status


def _below(kind):
    return [kind, *(each for sub in kind.__subclasses__() for each in _below(sub))]


@pytest.mark.parametrize("kind", _below(SignInError), ids=lambda kind: kind.__name__)
def test_a_refused_sign_in_has_one_status_on_every_surface(kind):
    refusal = kind.__new__(kind)
    refusal.cause, refusal.detail, refusal.retry_after = "secret_cause", "why", 7
    words = words_of(refusal)
    assert words.status == kind.status
    assert words.heading
    assert "secret_cause" not in words.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [(kind, words) for kind, words in PAGES.items() if not issubclass(kind, SignInError)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_other_refusals_have_a_status_of_http(kind, words):
    assert 400 <= words.status <= 503
    assert words.href.startswith("/")


def test_what_is_said_of_a_limit_is_how_long_to_wait():
    assert words_of(RateLimitedError("x", 7)).text == "Too many attempts. Try again in 7 s."


def test_an_unknown_failure_is_ours_and_says_nothing_of_its_cause():
    class NewError(ScimServerError):
        pass

    words = words_of(NewError("the cause"))
    assert words.status == 500
    assert "cause" not in words.text


def test_a_status_alone_has_words_too():
    assert words_of_status(404).heading == "Not found"
    assert words_of_status(405).heading == "Method Not Allowed"
    assert error_pages.words_of_status(405).text
