"""Search requests from URLs and bodies, list responses and errors."""

import json

import pytest

from scimserver.scim import messages
from scimserver.scim.errors import (
    InvalidCountError,
    InvalidFilterError,
    InvalidSyntaxError,
    InvalidValueError,
)
from scimserver.scim.messages import PageSize, SearchRequest
from scimserver.scim.quirks import Profile

TOLERANT = Profile()
STRICT = Profile(missing_schemas=False)
URN = messages.SEARCH_REQUEST


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], SearchRequest()),
        ([("unknown", "x"), ("unknown", "y")], SearchRequest()),
        ([("FILTER", 'a eq "b"')], SearchRequest(filter='a eq "b"')),
        ([("filter", "")], SearchRequest(filter="")),
        ([("StartIndex", "0")], SearchRequest(start_index=1)),
        ([("startIndex", "-5")], SearchRequest(start_index=1)),
        ([("startIndex", "7")], SearchRequest(start_index=7)),
        ([("startIndex", "999999999999999999")], SearchRequest(start_index=2**53)),
        ([("count", "-1")], SearchRequest(count=0, counted=True)),
        ([("count", " +3 ")], SearchRequest(count=3, counted=True)),
        ([("count", "5000")], SearchRequest(count=1000, counted=True)),
        ([("sortOrder", "nonsense")], SearchRequest()),
        ([("sortBy", "userName")], SearchRequest(sort_by="userName")),
        (
            [("sortBy", "userName"), ("sortOrder", "Descending")],
            SearchRequest(sort_by="userName", descending=True),
        ),
        ([("sortBy", "")], SearchRequest()),
        ([("cursor", "")], SearchRequest(cursor="")),
        (
            [("attributes", "a, b"), ("attributes", "c,")],
            SearchRequest(attributes=("a", "b", "c")),
        ),
        ([("excludedAttributes", "members")], SearchRequest(excluded=("members",))),
        (
            [("attributes", ""), ("excludedAttributes", "members")],
            SearchRequest(excluded=("members",)),
        ),
    ],
)
def test_url_parameters_are_read(pairs, expected):
    assert messages.from_query(pairs) == expected


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([("count", "1"), ("Count", "2")], InvalidValueError),
        ([("filter", "a pr"), ("filter", "a pr")], InvalidValueError),
        ([("count", "ten")], InvalidValueError),
        ([("count", "1.5")], InvalidValueError),
        ([("count", "٣")], InvalidValueError),
        ([("count", "1" * 30)], InvalidValueError),
        ([("count", "x"), ("cursor", "")], InvalidCountError),
        ([("startIndex", "x")], InvalidValueError),
        ([("startIndex", "")], InvalidValueError),
        ([("cursor", ""), ("startIndex", "1")], InvalidValueError),
        ([("sortBy", "a"), ("sortOrder", "up")], InvalidValueError),
        ([("attributes", "a"), ("excludedAttributes", "b")], InvalidValueError),
    ],
)
def test_bad_url_parameters_are_refused(pairs, error):
    with pytest.raises(error):
        messages.from_query(pairs)


def test_the_page_size_is_the_operators():
    page = PageSize(default=20, maximum=50)
    assert messages.from_query([], page).count == 20
    assert messages.from_query([("count", "80")], page).count == 50
    assert not messages.from_query([("cursor", "")], page).counted


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"schemas": [URN]}, SearchRequest()),
        ({"SCHEMAS": [URN.upper()], "FILTER": "a pr"}, SearchRequest(filter="a pr")),
        ({"schemas": URN, "count": 2}, SearchRequest(count=2, counted=True)),
        ({"count": None, "filter": None, "cursor": None}, SearchRequest()),
        ({"attributes": ["a", " b "]}, SearchRequest(attributes=("a", "b"))),
        ({"attributes": "a,b", "other": 1}, SearchRequest(attributes=("a", "b"))),
        ({"count": "3", "startIndex": 4}, SearchRequest(count=3, counted=True, start_index=4)),
    ],
)
def test_a_search_body_is_read(body, expected):
    assert messages.from_body(body, TOLERANT) == expected


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"filter": 5}, InvalidFilterError),
        ({"count": True}, InvalidValueError),
        ({"count": 1.5}, InvalidValueError),
        ({"count": [], "cursor": ""}, InvalidCountError),
        ({"startIndex": {}}, InvalidValueError),
        ({"cursor": 5}, InvalidValueError),
        ({"sortBy": ["a"]}, InvalidValueError),
        ({"sortBy": "a", "sortOrder": 1}, InvalidValueError),
        ({"attributes": [1]}, InvalidValueError),
        ({"excludedAttributes": {"a": 1}}, InvalidValueError),
        ({"schemas": ["urn:other"]}, InvalidSyntaxError),
        ({"schemas": [1]}, InvalidSyntaxError),
        ({"schemas": 1}, InvalidSyntaxError),
    ],
)
def test_a_bad_search_body_is_refused(body, error):
    with pytest.raises(error):
        messages.from_body(body, TOLERANT)


def test_missing_schemas_are_refused_where_the_connection_asks_for_them():
    with pytest.raises(InvalidSyntaxError, match="schemas"):
        messages.from_body({"count": 1}, STRICT)


@pytest.mark.parametrize(
    ("arguments", "members"),
    [
        ({"start_index": 1}, {"startIndex": 1}),
        ({"next_cursor": "a"}, {"nextCursor": "a"}),
        (
            {"next_cursor": "a", "previous_cursor": "b"},
            {"nextCursor": "a", "previousCursor": "b"},
        ),
    ],
)
def test_a_list_response_says_where_it_stands(arguments, members):
    text = messages.list_head(9, 1, **arguments) + b'{"id":"x"}' + messages.LIST_TAIL
    assert json.loads(text) == {
        "schemas": [messages.LIST_RESPONSE],
        "totalResults": 9,
        "itemsPerPage": 1,
        **members,
        "Resources": [{"id": "x"}],
    }


def test_a_list_of_everything_is_one_page():
    listed = json.loads(messages.list_response([b"{}", b"{}"]))
    assert (listed["totalResults"], listed["startIndex"], len(listed["Resources"])) == (2, 1, 2)


def test_an_error_is_short_and_can_always_be_written():
    error = json.loads(messages.error_bytes(400, "x" * 600 + "\ud800", "invalidValue"))
    assert error["status"] == "400"
    assert error["scimType"] == "invalidValue"
    assert len(error["detail"]) == messages.DETAIL_LENGTH
    assert json.loads(messages.error_bytes(404, "a\ud800b")) == {
        "schemas": [messages.ERROR],
        "status": "404",
        "detail": "a?b",
    }
