"""One entry of a value path is matched in memory, as PATCH needs it."""

from pathlib import Path

import pytest

from scimserver.scim.errors import InvalidFilterError
from scimserver.scim.filter import bind_entry, entry_matches
from scimserver.scim.quirks import Profile
from scimserver.scim.readers import Notes
from scimserver.scim.registry import load
from scimserver.scim.vocabulary import FilterNode, parse_path
from tests.factories import registry

USER = load(Path(__file__).parent.parent / "storage" / "corpus").types["User"]


def matches(text, entry, profile=None):
    path = parse_path(text)
    attribute = USER.find(path.attr_path.attr)
    return entry_matches(bind_entry(attribute, path.val_filter, Notes(profile or Profile())), entry)


WORK = {"value": "Ann@Example.com", "type": "Work", "primary": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('emails[type eq "work"]', True),
        ('emails[type ne "work"]', False),
        ('emails[type eq "home" or primary eq true]', True),
        ('emails[primary eq "True"]', True),
        ("emails[primary eq false]", False),
        ('emails[type eq "work" and not (value ew ".org")]', True),
        ('emails[value sw "ANN@"]', True),
        ('emails[value co "example"]', True),
        ('emails[value gt "ann"]', True),
        ('emails[value ge "b"]', False),
        ('emails[value lt "b"]', True),
        ('emails[value le "a"]', False),
        ("emails[display pr]", False),
        ("emails[display eq null]", True),
        ("emails[display gt null]", False),
        ('emails[display eq "x"]', False),
        ("emails[VALUE pr]", True),
    ],
)
def test_a_complex_entry(text, expected):
    assert matches(text, WORK) is expected


@pytest.mark.parametrize(
    ("text", "entry", "expected"),
    [
        ('tags[value eq "A"]', "a", True),
        ("tags[value pr]", "a", True),
        ("scores[value gt 4]", 5, True),
        ("scores[value gt 4]", "5", False),
        ("scores[value eq 1]", True, False),
        ('entries[labels eq "B"]', {"labels": ["a", "b"]}, True),
        ('entries[labels ne "b"]', {"labels": ["a", "b"]}, False),
        ('entries[labels eq "B"]', {}, False),
        ('entries[since gt "2026-01-01T00:00:00Z"]', {"since": "2026-01-01T00:00:00-01:00"}, True),
        ('entries[since gt "2026-01-01T00:00:00Z"]', {"since": "no date"}, False),
        ("emails[type eq 5]", {"type": "5"}, True),
    ],
)  # fmt: skip
def test_plain_values_lists_and_dates(text, entry, expected):
    assert matches(text, entry) is expected


def test_binary_values_compare_by_their_bytes():
    certificates = registry().types["User"].find("x509Certificates")
    tree = parse_path('x509Certificates[value eq "_-8"]').val_filter
    node = bind_entry(certificates, tree, Notes(Profile()))
    assert entry_matches(node, {"value": "/+8="})
    assert not entry_matches(node, {"value": "no base64!"})


def test_too_many_terms_are_refused():
    with pytest.raises(InvalidFilterError, match="256"):
        matches("emails[" + " or ".join(["value pr"] * 257) + "]", WORK)


def test_a_term_the_grammar_may_have_one_day_is_refused():
    with pytest.raises(InvalidFilterError, match="unknown"):
        bind_entry(USER.find("emails"), FilterNode(), Notes(Profile()))


def test_an_unknown_sub_attribute_is_refused():
    with pytest.raises(InvalidFilterError, match=r"emails\.nope"):
        matches("emails[nope pr]", WORK)
