"""Lists over HTTP: pages by index and by cursor, projections, and how few statements they take."""

import pytest

from tests.web.scim.test_resources import group, made, user
from tests.web.scim.test_transport import is_error
from tests.world import World

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@pytest.fixture
def five(acme):
    """Five users, u0 to u4, created in that order."""
    return [made(acme, user(f"u{n}", title=f"t{4 - n}")) for n in range(5)]


def names(answer):
    return [entry["userName"].partition("@")[0] for entry in answer.body["Resources"]]


def test_a_list_says_how_many_there_are(acme, five):
    body = acme.call("GET", "/Users").body
    assert body["schemas"] == [LIST]
    assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (5, 5, 1)
    assert [entry["id"] for entry in body["Resources"]] == five
    assert body["Resources"][0] == acme.call("GET", f"/Users/{five[0]}").body


def test_no_match_is_an_empty_list(acme):
    answer = acme.call("GET", "/Users", query={"filter": 'userName eq "nobody"'})
    assert answer.status == 200
    assert answer.body["Resources"] == []
    assert answer.body["totalResults"] == 0
    assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    ("query", "expected", "total"),
    [
        ({"startIndex": 2, "count": 2}, ["u1", "u2"], 5),
        ({"startIndex": -3, "count": 1}, ["u0"], 5),
        ({"startIndex": 6}, [], 5),
        ({"startIndex": 99, "count": 1}, [], 5),
        ({"count": 0}, [], 5),
        ({"count": -1}, [], 5),
        ({"count": 5000}, ["u0", "u1", "u2", "u3", "u4"], 5),
        ({"sortBy": "title", "count": 2}, ["u4", "u3"], 5),
        ({"SORTBY": "userName", "sortorder": "DESCENDING", "count": 1}, ["u4"], 5),
        ({"filter": 'userName eq "U3@acme.test"'}, ["u3"], 1),
        ({"filter": 'title sw "t" and not (title eq "t4")', "count": 1}, ["u1"], 4),
    ],
)
def test_pages_by_index(acme, five, query, expected, total):
    answer = acme.call("GET", "/Users", query=query)
    assert names(answer) == expected
    assert answer.body["totalResults"] == total
    assert answer.body["itemsPerPage"] == len(expected)


@pytest.mark.parametrize(
    ("query", "scim_type"),
    [
        ({"filter": ""}, "invalidFilter"),
        ({"filter": "userName"}, "invalidFilter"),
        ({"filter": 'nope eq "x"'}, "invalidFilter"),
        ({"filter": 'password eq "x"'}, "invalidFilter"),
        ({"sortBy": "nope"}, "invalidValue"),
        ({"sortBy": "userName", "sortOrder": "x"}, "invalidValue"),
        ({"count": "x"}, "invalidValue"),
        ({"count": "x", "cursor": ""}, "invalidCount"),
        ({"cursor": "", "startIndex": "1"}, "invalidValue"),
        ({"cursor": "made-up"}, "invalidCursor"),
        ({"attributes": "a", "excludedAttributes": "b"}, "invalidValue"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_the_url_and_in_a_body(acme, query, scim_type):
    for answer in (
        acme.call("GET", "/Users", query=query),
        acme.call("POST", "/Users/.search", {"schemas": [SEARCH], **query}),
    ):
        assert is_error(answer, 400)
        assert answer.body["scimType"] == scim_type


def test_a_search_in_a_body_answers_like_a_list(acme, five):
    body = {"schemas": [SEARCH], "count": 2, "startIndex": 2, "attributes": ["userName"]}
    answer = acme.call("POST", "/Users/.search", body)
    assert names(answer) == ["u1", "u2"]
    assert set(answer.body["Resources"][0]) == {"schemas", "id", "userName"}


def test_the_root_lists_every_type(acme, five):
    id = made(acme, group("Team", five[0]), "/Groups")
    listed = acme.call("GET", "").body
    assert listed["totalResults"] == 6
    assert {entry["meta"]["resourceType"] for entry in listed["Resources"]} == {"User", "Group"}
    body = {"schemas": [SEARCH], "filter": 'meta.resourceType eq "Group"'}
    found = acme.call("POST", "/.search", body).body
    assert [entry["id"] for entry in found["Resources"]] == [id]
    assert found["Resources"][0]["members"][0]["value"] == five[0]


def test_members_nobody_asked_for_are_left_out_of_lists(acme, five):
    made(acme, group("Team", *five), "/Groups")
    listed = acme.call("GET", "/Groups", query={"excludedAttributes": "members"})
    assert "members" not in listed.body["Resources"][0]


@pytest.mark.parametrize("query", [{}, {"sortBy": "title"}, {"filter": "userName pr"}])
def test_a_walk_by_cursor_goes_forth_and_back(acme, five, query):
    asked = {**query, "count": 2}
    pages = []
    cursor = ""
    while cursor is not None:
        answer = acme.call("GET", "/Users", query={**asked, "cursor": cursor})
        assert answer.status == 200
        assert "startIndex" not in answer.body
        assert answer.body["totalResults"] == 5
        pages.append(answer)
        cursor = answer.body.get("nextCursor")
    whole = names(acme.call("GET", "/Users", query=query))
    assert [name for page in pages for name in names(page)] == whole
    assert ["previousCursor" in page.body for page in pages] == [False, True, True]
    back = acme.call("GET", "/Users", query={**asked, "cursor": pages[2].body["previousCursor"]})
    assert names(back) == names(pages[1])
    first = acme.call("GET", "/Users", query={**asked, "cursor": back.body["previousCursor"]})
    assert names(first) == names(pages[0])
    assert "previousCursor" not in first.body
    again = acme.call("GET", "/Users", query={**asked, "cursor": first.body["nextCursor"]})
    assert names(again) == names(pages[1])


def test_a_walk_survives_what_others_do(acme, five):
    first = acme.call("GET", "/Users", query={"cursor": "", "count": 2}).body
    acme.call("DELETE", f"/Users/{five[1]}")
    made(acme, user("late"))
    rest = acme.call("GET", "/Users", query={"cursor": first["nextCursor"], "count": 2})
    assert names(rest) == ["u2", "u3"]
    assert rest.body["totalResults"] == 5


@pytest.mark.parametrize(
    ("change", "scim_type"),
    [
        ({"count": 3}, "invalidCount"),
        ({"filter": "title pr"}, "invalidCursor"),
        ({"sortBy": "title"}, "invalidCursor"),
        ({"attributes": "title"}, "invalidCursor"),
    ],
)
def test_a_cursor_is_for_the_same_query_alone(acme, five, change, scim_type):
    cursor = acme.call("GET", "/Users", query={"cursor": "", "count": 2}).body["nextCursor"]
    answer = acme.call("GET", "/Users", query={"count": 2, **change, "cursor": cursor})
    assert is_error(answer, 400)
    assert answer.body["scimType"] == scim_type


def test_a_cursor_is_for_the_same_connection_and_endpoint_alone(world, slug, acme, five):
    other = world.connection(slug, "okta")
    query = {"cursor": "", "count": 2}
    cursor = acme.call("GET", "/Users", query=query).body["nextCursor"]
    for connection, path in ((other, "/Users"), (acme, "/Groups"), (acme, "")):
        answer = connection.call("GET", path, query={"cursor": cursor, "count": 2})
        assert answer.body["scimType"] == "invalidCursor"
    without_count = acme.call("GET", "/Users", query={"cursor": cursor})
    assert names(without_count) == ["u2", "u3"]


def test_a_walk_that_asks_for_nothing_counts(acme, five):
    body = acme.call("GET", "/Users", query={"cursor": "", "count": 0}).body
    assert (body["totalResults"], body["Resources"]) == (5, [])
    assert "nextCursor" not in body


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_query_that_takes_too_long_is_refused(world, acme, monkeypatch):
    made(acme, user())
    # SQLite looks at the clock every so many steps; after each, a microsecond is over.
    monkeypatch.setattr("scimserver.storage.timeout._STEPS", 1)
    settings = world.app.wsgi_app.__self__._services.settings
    object.__setattr__(settings, "statement_timeout_seconds", 1e-6)
    answer = acme.call("GET", "/Users", query={"filter": 'title co "x"'})
    assert is_error(answer, 400)
    assert answer.body["scimType"] == "tooMany"


def test_a_page_of_users_in_teams_takes_a_handful_of_statements(world, acme, database):
    people = [made(acme, user(f"u{n}")) for n in range(20)]
    for name in ("A", "B", "C"):
        made(acme, group(name, *people), "/Groups")
    surface = world.app.wsgi_app.__self__
    seen = []
    session_type = type(_session_of(surface))
    for method in ("run", "execute"):
        _count(session_type, method, seen)
    try:
        answer = acme.call("GET", "/Users")
    finally:
        for method in ("run", "execute"):
            setattr(session_type, method, getattr(session_type, method).__wrapped__)
    assert len(answer.body["Resources"][0]["groups"]) == 3
    assert len(seen) <= 4, seen


def test_a_list_of_a_hundred_teams_takes_a_handful_of_statements(world, acme, statements):
    people = [made(acme, user(f"u{n}")) for n in range(5)]
    teams = {made(acme, group(f"T{n}", *people[: n % 6]), "/Groups"): n % 6 for n in range(100)}
    query = {"sortBy": "displayName", "sortOrder": "descending", "count": 100}
    with statements(_database(world)) as seen:
        answer = acme.call("GET", "/Groups", query=query)
    assert {each["id"]: len(each["members"]) for each in answer.body["Resources"]} == teams
    assert [each["displayName"] for each in answer.body["Resources"][:2]] == ["T99", "T98"]
    assert len([sql for sql in seen if "SELECT" in sql]) <= 5, seen


def test_reading_a_user_takes_two_statements(world, slug, acme, statements):
    id = made(acme, user("ann", externalId="x-1"))
    team = made(acme, group("Team", id), "/Groups")
    with statements(_database(world)) as seen:
        body = acme.call("GET", f"/Users/{id}").body
    assert len([sql for sql in seen if "SELECT" in sql]) == 2, seen
    assert (body["externalId"], body["groups"][0]["value"]) == ("x-1", team)
    another = world.connection(slug)
    assert "externalId" not in another.call("GET", f"/Users/{id}").body
    stranger = world.connection(world.organization("other"))
    assert is_error(stranger.call("GET", f"/Users/{id}"), 404)
    assert is_error(acme.call("GET", f"/Groups/{id}"), 404)
    reader = world.connection(slug, "generic", "--scope", "scim.groups.read")
    assert is_error(reader.call("GET", f"/Users/{id}"), 403)
    assert reader.call("GET", f"/Groups/{team}").status == 200


def test_large_teams_between_small_ones_are_listed_whole(acme):
    operations = [{"method": "POST", "path": "/Users", "data": user(f"u{n}")} for n in range(1000)]
    bulk = {"schemas": [BULK], "Operations": operations}
    done = acme.call("POST", "/Bulk", bulk).body["Operations"]
    ids = [entry["location"].rpartition("/")[2] for entry in done]
    ids.append(made(acme, user("last")))
    sizes = [3, 1001, 1000, 1000, 999, 1000, 1000, 2, 0, 1001, 1]
    for place, size in enumerate(sizes):
        made(acme, group(f"T{place:02}", *ids[:size]), "/Groups")
    for query in ({}, {"attributes": "members.value"}):
        query["sortBy"] = "displayName"
        listed = acme.call("GET", "/Groups", query=query).body["Resources"]
        assert [len(each["members"]) for each in listed] == sizes
        for each, size in zip(listed, sizes, strict=True):
            assert {member["value"] for member in each["members"]} == set(ids[:size])


def _database(world):
    return world.app.wsgi_app.__self__._services.database


def _session_of(surface):
    with surface._services.database.reading() as session:
        return session


def _count(owner, name, seen):
    original = getattr(owner, name)

    def counted(self, *arguments, **named):
        seen.append(name)
        return original(self, *arguments, **named)

    counted.__wrapped__ = original
    setattr(owner, name, counted)


def test_a_costly_search_needs_no_second_connection_to_the_database(database_url):
    narrow = World(database_url, {"SCIMSERVER_POOL_SIZE": "1"})
    acme = narrow.connection(narrow.organization("acme", "acme.test"))
    assert acme.call("GET", "/Users", query={"filter": 'title co "x"'}).status == 200
