"""One visitor at a time asks DNS."""

import threading

import pytest

from scimserver.web.error_pages import words_of
from scimserver.web.turnstile import DnsBusyError, Turnstile


def test_a_second_visitor_is_told_to_come_back_and_the_next_one_gets_in():
    turnstile, told = Turnstile(), []

    def second():
        try:
            with turnstile:
                told.append("in")
        except DnsBusyError as refusal:
            told.append(refusal.retry_after)

    with turnstile:
        visitor = threading.Thread(target=second)
        visitor.start()
        visitor.join()
    second()
    assert told == [2, "in"]


def test_who_fails_inside_leaves_as_well():
    turnstile = Turnstile()
    with pytest.raises(ValueError, match="lost"), turnstile:
        raise ValueError("lost")
    with turnstile:
        pass


def test_a_page_says_that_it_is_nobody_s_fault():
    words = words_of(DnsBusyError())
    assert (words.status, words.text) == (503, DnsBusyError().detail)
