"""Labels of passkeys: one short line, told apart (P42)."""

import pytest

from scimserver.domain import label


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Blue key", "Blue key"),
        ("  Blue \t\r\n key ", "Blue key"),
        ("Blue\u2028key\u2029", "Blue key"),
        ("\x00\x1b\x7f\x85", ""),
        ("a\u202eb\u200bc\ufeffd\u00ade", "abcde"),
        ("\ud800a\udfff", "a"),
        ("\ue000a", "a"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("鍵 🔑", "鍵 🔑"),
        ("", ""),
        (" \u200b ", ""),
        ("a \u200b b", "a  b"),
    ],
)
def test_a_label_is_one_line_of_what_can_be_seen(text, cleaned):
    assert label.clean(text) == " ".join(cleaned.split())


@pytest.mark.parametrize(
    ("text", "is_fit"), [("", False), ("x", True), ("x" * 80, True), ("x" * 81, False)]
)
def test_a_label_has_one_to_eighty_characters(text, is_fit):
    assert label.is_fit(text) is is_fit


def test_a_label_is_cut_and_left_without_a_blank_at_its_end():
    assert label.cut("x" * 79 + " y") == "x" * 79
    assert label.cut("short") == "short"


@pytest.mark.parametrize(
    ("wanted", "taken", "given"),
    [
        ("Key", [], "Key"),
        ("Key", ["key"], "Key"),
        ("Key", ["Key"], "Key 2"),
        ("Key", ["Key", "Key 2", "Key 4"], "Key 3"),
        ("Key 2", ["Key 2"], "Key 2 2"),
        ("x" * 90, [], "x" * 80),
        ("x" * 90, ["x" * 80], "x" * 78 + " 2"),
        ("x" * 77 + " yz", ["x" * 77 + " yz"], "x" * 77 + " 2"),
    ],
)
def test_a_taken_label_is_numbered(wanted, taken, given):
    found = label.untaken(wanted, taken)
    assert found == given
    assert label.is_fit(found)
