"""Cursors: sealed, bound, aged, and the same refusal whatever is wrong with one."""

import string
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.scim.cursor import MAX_LENGTH, Sealer, Walk
from scimserver.scim.errors import ExpiredCursorError, InvalidCountError, InvalidCursorError

NOW = datetime(2026, 11, 21, 18, 5, tzinfo=UTC)
KEY, OTHER = b"k" * 32, b"o" * 32
ID = "01a1ffed-ca92-776f-a289-4a31b4dcbdc1"
UNRESERVED = set(string.ascii_letters + string.digits + "-._~")
WALK = Walk((ID, "anné"), total=12, count=5)


@pytest.mark.parametrize(
    "walk",
    [
        WALK,
        Walk((ID, None), 0, 1, backwards=True),
        Walk((ID, 1.5), 10**9, 1000),
        Walk((ID, "\U0010ffff" * 64), 1, 1),
    ],
)
def test_a_walk_comes_back_as_it_was_sealed(walk):
    cursor = Sealer([KEY]).seal(walk, b"bound", NOW)
    assert Sealer([KEY]).open(cursor, b"bound", NOW, walk.count) == walk
    assert Sealer([KEY]).open(cursor, b"bound", NOW, None) == walk
    assert set(cursor) <= UNRESERVED
    assert len(cursor) <= MAX_LENGTH


def test_an_altered_cursor_is_refused_wherever_it_was_altered():
    sealer = Sealer([KEY])
    cursor = sealer.seal(WALK, b"bound", NOW)
    for index, letter in enumerate(cursor):
        altered = cursor[:index] + ("A" if letter != "A" else "B") + cursor[index + 1 :]
        with pytest.raises(InvalidCursorError):
            sealer.open(altered, b"bound", NOW, None)


@pytest.mark.parametrize(
    "cursor", ["x", "", "====", "ä", "a b", "A" * 40, "A" * 600, "AAAAAAAAAAAAAAAAAAAA+/", "\0"]
)
def test_what_is_no_cursor_is_refused(cursor):
    with pytest.raises(InvalidCursorError):
        Sealer([KEY]).open(cursor, b"bound", NOW, None)


def test_a_cursor_of_another_binding_or_key_is_refused():
    cursor = Sealer([KEY]).seal(WALK, b"bound", NOW)
    with pytest.raises(InvalidCursorError):
        Sealer([KEY]).open(cursor, b"elsewhere", NOW, None)
    with pytest.raises(InvalidCursorError):
        Sealer([OTHER]).open(cursor, b"bound", NOW, None)


def test_the_key_before_the_last_rotation_still_opens():
    cursor = Sealer([OTHER]).seal(WALK, b"bound", NOW)
    assert Sealer([KEY, OTHER]).open(cursor, b"bound", NOW, None) == WALK


def test_a_cursor_expires_after_its_timeout():
    sealer = Sealer([KEY], timedelta(minutes=1))
    cursor = sealer.seal(WALK, b"bound", NOW)
    assert sealer.open(cursor, b"bound", NOW + timedelta(seconds=59), None) == WALK
    with pytest.raises(ExpiredCursorError):
        sealer.open(cursor, b"bound", NOW + timedelta(seconds=62), None)


def test_another_count_is_named_as_the_fault():
    sealer = Sealer([KEY])
    with pytest.raises(InvalidCountError):
        sealer.open(sealer.seal(WALK, b"bound", NOW), b"bound", NOW, 6)
