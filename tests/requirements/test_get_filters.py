"""An organization may forbid filters in URLs, which end up in logs (D49)."""

import json

import pytest

from tests.requirements.client import assert_error
from tests.requirements.common import SEARCH

SECRET = "ann-who-is-nobodys-business"
BY_NAME = f'userName eq "{SECRET}"'


@pytest.fixture
def forbidding(org, acme):
    """A connection of an organization that has forbidden them."""
    org.world.cli("org", "update", org.slug, "--forbid-get-filters")
    return acme


def test_filters_in_urls_are_allowed_at_first(acme):
    """D49"""
    ann = acme.user(SECRET)
    assert acme.found("/Users", BY_NAME) == acme.found("", BY_NAME) == [ann["id"]]


@pytest.mark.parametrize("path", ["/Users", "/Groups", "", "/users/"])
def test_a_forbidden_filter_is_sensitive_wherever_it_stands(forbidding, org, path):
    """D49: the answer and the log say what to do, not what was looked for"""
    answer = forbidding.get(path, FILTER=f'displayName eq "{SECRET}"')
    assert ".search" in assert_error(answer, 403, "sensitive")
    told = org.world.cli("log", "show", org.slug, "--refused")["items"]
    assert [row["code"] for row in told] == ["sensitive"]
    assert SECRET not in json.dumps([answer.body, told])


def test_what_is_no_filter_in_a_url_works_as_ever(forbidding, org):
    """D49"""
    ann = forbidding.user(SECRET)
    assert forbidding.get("/Users", count="1").body["totalResults"] == 1
    assert forbidding.get(f"/Users/{ann['id']}", attributes="userName").status == 200
    for path in ("/Users/.search", "/.search"):
        asked = {"schemas": [SEARCH], "filter": BY_NAME}
        assert forbidding.post(path, asked).body["Resources"][0]["id"] == ann["id"]
    org.world.cli("org", "update", org.slug, "--allow-get-filters")
    assert forbidding.found("/Users", BY_NAME) == [ann["id"]]


def test_other_organizations_are_not_concerned(forbidding, other):
    """D49"""
    theirs = other.connection()
    assert theirs.found("/Users", BY_NAME) == []
