"""The matchers of recorded exchanges tell right from wrong."""

import pytest

from tests.idp.exchange import MATCHERS, MISSING, differences, filled, select, variables

DOCUMENT = {
    "a.b": 1,
    "name": {"given": "Ann"},
    "emails": [
        {"type": "work", "value": "w", "primary": True},
        {"type": "home", "value": "h"},
    ],
    "nothing": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DOCUMENT),
        ("$.name.given", "Ann"),
        ("$['a.b']", 1),
        ("$.emails[1].value", "h"),
        ("$.emails[9].value", MISSING),
        ("$.emails[*].value", ["w", "h"]),
        ("$.emails[?type=home].value", "h"),
        ("$.emails[?primary=true].value", "w"),
        ("$.emails[?type=other].value", MISSING),
        ("$.name[0]", MISSING),
        ("$.missing.deeper", MISSING),
        ("$.missing[*]", []),
    ],
)
def test_a_path_selects(path, value):
    assert select(path, DOCUMENT) == value


@pytest.mark.parametrize(
    ("matcher", "met", "unmet"),
    [
        ({"$exists": True}, 1, MISSING),
        ({"$exists": False}, MISSING, None),
        ({"$type": "string"}, "", 1),
        ({"$type": "boolean"}, True, "true"),
        ({"$type": "number"}, 1.5, True),
        ({"$type": "integer"}, 1, 1.5),
        ({"$type": "array"}, [], {}),
        ({"$type": "object"}, {}, []),
        ({"$len": 1}, [1], MISSING),
        ({"$len_gte": 1}, [1], []),
        ({"$len_lte": 1}, [1], [1, 2]),
        ({"$gte": 2}, 2, 1),
        ({"$ne": 1}, 2, 1),
        ({"$ieq": "A"}, "a", "b"),
        ({"$regex": "^a"}, "ab", "ba"),
        ({"$contains": 1}, [1, 2], [2]),
        ({"$contains_all": [1, 2]}, [2, 1], [1]),
        ({"$not_contains": 1}, [2], [1]),
        ({"$subset": [1, 2]}, [1, 1], [3]),
        ({"$set": ["a", "b"]}, ["b", "a"], ["a"]),
        ({"$in": [1, 2]}, 1, 3),
        ({"$absent_or": []}, MISSING, [1]),
        ({"$absent_or": {"$type": "array"}}, [], {}),
        ({"$no_nulls": True}, {"a": [1]}, {"a": [None]}),
    ],
)
def test_a_matcher_matches(matcher, met, unmet):
    assert set(matcher) <= set(MATCHERS)
    for value, lines in ((met, 0), (unmet, 1)):
        document = {} if value is MISSING else {"x": value}
        assert len(differences({"$.x": matcher}, document)) == lines


def test_variables_are_filled_in_keys_and_values():
    known = {**variables("acme.test"), "saved": {"deep": [1]}}
    template = {"{{domain}}": ["x@{{DOMAIN}}", 1, None], "whole": "{{{saved}}}"}
    assert filled(template, known) == {
        "acme.test": ["x@ACME.TEST", 1, None],
        "whole": {"deep": [1]},
    }
