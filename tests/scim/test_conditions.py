"""Entity tags: weak, over versions, in lists, and refused when they are none."""

import pytest

from scimserver.scim import conditions
from scimserver.scim.conditions import ANY
from scimserver.scim.errors import InvalidValueError


def test_a_version_has_a_weak_tag():
    assert conditions.etag(7) == 'W/"7"'


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (None, None),
        ("*", {ANY}),
        (" * ", {ANY}),
        ('W/"3"', {3}),
        ('"3"', {3}),
        ('W/"1", "2" , W/"3"', {1, 2, 3}),
        (',, W/"1",', {1}),
        ('"a,b", W/"4"', {4}),
        ('"foreign"', set()),
        ('W/"03"', set()),
        ('W/""', set()),
        ('W/"99999999999999999999"', set()),
    ],
)
def test_a_header_names_versions(header, named):
    assert conditions.versions(header, "If-Match") == named


@pytest.mark.parametrize("header", ["", "3", "W/3", 'w/"3"', '"3', '"1" "2"', '*, "1"', ",", "x"])
def test_what_is_no_entity_tag_is_refused(header):
    with pytest.raises(InvalidValueError, match="If-Match"):
        conditions.versions(header, "If-Match")


@pytest.mark.parametrize(
    ("header", "version", "is_named"),
    [(None, 1, False), ('W/"1"', 1, True), ('W/"2"', 1, False), ("*", 1, True)],
)
def test_a_representation_the_client_has_is_recognised(header, version, is_named):
    assert conditions.matches(header, version) is is_named
