"""Profiles say what table J4 says, and switches know their words."""

import pytest

from scimserver.scim import quirks
from scimserver.scim.quirks import Profile

NAMES = ("generic", "entra", "okta", "onelogin", "jumpcloud", "google", "strict-interop")
TABLE = """
patch_response auto entra auto auto auto auto body
string_booleans on on on on on on off
unmatched_replace noTarget create noTarget noTarget noTarget noTarget noTarget
remove_with_value apply apply apply apply apply apply refuse
unknown_attributes ignore ignore ignore ignore ignore ignore refuse
pathless_patch accept accept accept accept accept accept refuse
missing_schemas accept accept accept accept accept accept refuse
missing_content_type accept accept accept accept accept accept refuse
unquoted_filter_values on on off off off off off
manager_forms lenient lenient object object object object object
scalar_to_list on on off on off off off
unqualified_extension_paths on on off off off off off
empty_operations refuse accept refuse refuse refuse refuse refuse
complex_replace merge merge merge merge merge merge whole
canonical_types open open open open open open closed
strict_formats off off off off off off on
strict_references off off off off off off on
endpoint_case any any any any any any exact
unique_group_names on on on on on on on
unique_emails on on on on on on on
unique_external_ids on on on on on on on
adopt_inactive off off off off off off off
require_if_match off off off off off off off
me off off off off off off off
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_switch_has_the_value_of_its_profile(row):
    switch, *words = row
    for name, word in zip(NAMES, words, strict=True):
        assert getattr(quirks.PROFILES[name], switch) == quirks.parse_switch(switch, word), name


def test_there_are_seven_profiles_and_the_table_has_every_switch():
    assert tuple(quirks.PROFILES) == NAMES
    assert {row[0] for row in ROWS} == set(quirks.SWITCHES)
    assert quirks.PROFILES["generic"] == Profile()


def test_only_the_strict_profile_is_strict():
    assert [name for name in NAMES if quirks.PROFILES[name].strict] == ["strict-interop"]


def test_one_profile_has_changes_of_a_group_answered_without_a_body():
    assert [name for name in NAMES if quirks.PROFILES[name].groups_without_body] == ["entra"]
    assert quirks.load("okta", {"patch_response": "entra"}).groups_without_body


def test_a_profile_conforms_while_every_switch_is_strict():
    assert quirks.conforms(quirks.load("strict-interop", {}))
    assert not quirks.conforms(quirks.load("strict-interop", {"string_booleans": "on"}))
    assert not quirks.conforms(quirks.load("generic", {}))


def test_overrides_are_words_or_values():
    by_word = quirks.load("okta", {"scalar_to_list": "on", "patch_response": "body"})
    by_value = quirks.load("okta", {"patch_response": "body", "scalar_to_list": True})
    assert by_word is by_value
    assert by_word.name == "okta"
    assert by_word.scalar_to_list is True
    assert by_word.patch_response == "body"


@pytest.mark.parametrize(
    ("name", "overrides", "message"),
    [
        ("nope", {}, "no such profile; there are generic, entra"),
        ("okta", {"nope": "on"}, "no such switch"),
        ("okta", {"nope": True}, "no such switch"),
        ("okta", {"patch_response": True}, "'True' is not one of auto, entra, body"),
        ("okta", {"me": ["off"]}, "is not one of"),
        ("okta", {"scalar_to_list": "yes"}, "scalar_to_list: 'yes' is not one of on, off"),
        ("okta", {"name": "entra"}, "no such switch"),
    ],
)
def test_an_unknown_name_or_word_is_refused_with_those_there_are(name, overrides, message):
    with pytest.raises(ValueError, match=message):
        quirks.load(name, overrides)


def test_words_are_those_of_the_table():
    assert quirks.words("patch_response") == ("auto", "entra", "body")
    assert quirks.words("empty_operations") == ("accept", "refuse")
    with pytest.raises(ValueError, match="no such switch; there are patch_response"):
        quirks.words("strict")
