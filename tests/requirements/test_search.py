"""Projection, .search and the root over HTTP (D.6)."""

import pytest

from tests.requirements.client import ENTERPRISE, GROUP, LIST, USER, Client, path_of
from tests.requirements.common import EVERY, SEARCH, TOLERANT, fresh, refused


@pytest.fixture(scope="session")
def mixtures():
    return {}


@pytest.fixture
def mixed(world, mixtures):
    """A client, its slug, and the users and groups of an organization, made in turns."""
    if id(world) not in mixtures:
        domain = f"{fresh('mixed')}.test"
        slug = world.organization(fresh("Mixed"), domain)
        client = Client(world.connection(slug), domain)
        made = []
        for number in range(3):
            made.append(
                client.user(
                    f"u{number}",
                    schemas=[USER, ENTERPRISE],
                    displayName=f"Name {5 - number}",
                    title="T",
                    name={"givenName": "G", "familyName": "F"},
                    emails=[{"value": f"u{number}@{domain}", "type": "work"}],
                    **{ENTERPRISE: {"department": "D", "costCenter": "C"}},
                )
            )
            made.append(client.group(f"name {number}", made[-1]["id"]))
        mixtures[id(world)] = client, slug, made
    return mixtures[id(world)]


def ids(answer):
    assert answer.status == 200, answer.body
    assert answer.body["schemas"] == [LIST]
    return [each["id"] for each in answer.body["Resources"]]


VIEWS = [
    ("D44", {"attributes": "title"}, {"schemas", "id", "title"}),
    (
        "D44 several",
        {"attributes": "title,active , nickName"},
        {"schemas", "id", "title", "active"},
    ),
    ("D44 empty", {"attributes": ""}, None),
    ("D44 empty excluded", {"excludedAttributes": ""}, None),
    ("D45 any case", {"attributes": "TITLE"}, {"schemas", "id", "title"}),
    ("D45 qualified", {"attributes": f"{USER}:title"}, {"schemas", "id", "title"}),
    ("D45 extension", {"attributes": ENTERPRISE}, {"schemas", "id", ENTERPRISE}),
    (
        "D45 extension's attribute",
        {"attributes": f"{ENTERPRISE}:department"},
        {"schemas", "id", ENTERPRISE},
    ),
    ("D45 dotted", {"attributes": "name.givenName"}, {"schemas", "id", "name"}),
    ("D46 unknown", {"attributes": "nope,title"}, {"schemas", "id", "title"}),
    ("D46 only unknown", {"attributes": "nope"}, {"schemas", "id"}),
    ("D46 value filter", {"attributes": 'emails[type eq "work"]'}, {"schemas", "id", "emails"}),
    ("B31 never", {"attributes": "password"}, {"schemas", "id"}),
    ("B2 meta", {"attributes": "meta.version"}, {"schemas", "id", "meta"}),
]


@pytest.mark.parametrize(
    ("query", "expected"), [case[1:] for case in VIEWS], ids=[case[0] for case in VIEWS]
)
def test_attributes_are_the_minimum_and_what_was_named(mixed, query, expected):
    """B2: on GET, lists, .search and every write alike."""
    client, _, made = mixed
    path = path_of(made[0])
    expected = expected or set(client.get(path).body)
    answers = [
        client.get(path, **query).body,
        client.get("/Users", **query).body["Resources"][0],
        client.call("PUT", path, client.get(path).body, query=query).body,
        client.patch(path, {"op": "add", "path": "title", "value": "T"}, query=query).body,
        client.post("/Users/.search", {"schemas": [SEARCH], **query}).body["Resources"][0],
    ]
    for shown in answers:
        assert set(shown) == expected
    body = {"schemas": [USER], "userName": fresh("shown"), "title": "T"}
    added = client.call("POST", "/Users", body, query={"attributes": "title"})
    assert set(added.body) == {"schemas", "id", "title"}
    client.delete("/Users/" + added.body["id"])


LESS = [
    ("D44", "title", {"title"}),
    ("D45 any case, qualified", f"{USER.upper()}:TITLE,Name", {"title", "name"}),
    ("D45 extension", ENTERPRISE, {ENTERPRISE}),
    (
        "D45 T10 core URN",
        USER,
        {"userName", "displayName", "title", "name", "emails", "active", "groups"},
    ),
    ("D45 id and schemas stay", "id,schemas,title", {"title"}),
    ("D46 unknown", "nope", set()),
    ("D46 value filter", 'emails[type eq "work"]', {"emails"}),
    ("meta", "meta", {"meta"}),
    ("groups", "groups", {"groups"}),
]


@pytest.mark.parametrize(
    ("named", "gone"), [case[1:] for case in LESS], ids=[case[0] for case in LESS]
)
def test_excluded_attributes_are_left_out_and_no_other(mixed, named, gone):
    client, _, made = mixed
    path = path_of(made[0])
    whole = client.get(path).body
    shown = client.get(path, excludedAttributes=named).body
    assert set(whole) - set(shown) == gone
    for name, value in shown.items():
        assert value == whole[name] or name == "schemas"
    assert client.get("/Users", excludedAttributes=named).body["Resources"][0] == shown


def test_a_sub_attribute_is_shown_or_left_out_alone(mixed):
    """D45."""
    client, _, made = mixed
    path = path_of(made[0])
    assert client.get(path, attributes="name.givenName").body["name"] == {"givenName": "G"}
    assert client.get(path, excludedAttributes="name.givenName").body["name"] == {"familyName": "F"}
    shown = client.get(path, attributes=f"{ENTERPRISE}:department").body[ENTERPRISE]
    assert shown == {"department": "D"}
    shown = client.get(path, excludedAttributes=f"{ENTERPRISE}:department").body[ENTERPRISE]
    assert shown == {"costCenter": "C"}
    shown = client.get(path, attributes="emails.type").body["emails"]
    assert shown == [{"type": "work"}]


@pytest.mark.parametrize("name", ["attributes", "excludedAttributes"])
def test_members_are_shown_or_left_out(mixed, name):
    """B54, J1.14."""
    client, _, made = mixed
    path = path_of(made[1])
    shown = client.get(path, **{name: "members"}).body
    assert ("members" in shown) is (name == "attributes")
    assert ("displayName" in shown) is (name != "attributes")
    listed = client.get("/Groups", **{name: "members"}).body["Resources"][0]
    assert listed == shown


def test_both_projections_together_are_refused(mixed):
    """D44."""
    client, _, made = mixed
    both = {"attributes": "title", "excludedAttributes": "active"}
    for answer in (
        client.get(path_of(made[0]), **both),
        client.get("/Users", **both),
        client.call("POST", "/Users", {"userName": "never"}, query=both),
        client.post(
            "/.search", {"schemas": [SEARCH], "attributes": ["a"], "excludedAttributes": ["b"]}
        ),
    ):
        refused(answer, "invalidValue", "attributes")
    assert client.found("/Users", 'userName eq "never"') == []


QUERIES = [
    {},
    {"filter": 'userName eq "u1"'},
    {"filter": "title pr", "sortBy": "displayName", "sortOrder": "descending"},
    {"startIndex": 2, "count": 1},
    {"count": 0},
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", ["/Users", "/Groups", ""])
def test_a_search_in_a_body_is_the_same_as_in_the_url(mixed, query, path):
    """D47."""
    client, _, _ = mixed
    if path == "/Groups" and "filter" in query:
        query = {**query, "filter": 'displayName co "1"'}
    answer = client.get(path, **query)
    assert answer.status == 200, answer.body
    searched = client.post(f"{path}/.search", {"schemas": [SEARCH], **query})
    assert (searched.status, searched.body) == (200, answer.body)


@pytest.mark.parametrize("profile", EVERY)
def test_the_schemas_of_a_search_may_be_missing_where_that_is_tolerated(common, profile):
    """D47, J3.9, J4 missing_schemas."""
    client = common.client(profile)
    for path in ("/.search", "/Users/.search", "/Groups/.search"):
        answer = client.post(path, {"count": 1})
        if profile in TOLERANT:
            assert answer.status == 200
        else:
            refused(answer, "invalidSyntax", "schemas")
        refused(client.post(path, {"schemas": [USER], "count": 1}), "invalidSyntax", "schemas")


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({"filter": 5}, "invalidFilter"),
        ({"filter": "nope pr"}, "invalidFilter"),
        ({"count": "x"}, "invalidValue"),
        ({"count": True}, "invalidValue"),
        ({"startIndex": []}, "invalidValue"),
        ({"sortBy": 5}, "invalidValue"),
        ({"attributes": {"a": 1}}, "invalidValue"),
        ({"attributes": [5]}, "invalidValue"),
        ({"cursor": 5}, "invalidValue"),
        ({"cursor": "", "startIndex": 1}, "invalidValue"),
        ({"cursor": "", "count": "x"}, "invalidCount"),
    ],
)
def test_a_search_of_the_wrong_kind_is_refused(common, body, scim_type):
    """D47: the same errors as in the URL."""
    refused(common.client().post("/Users/.search", {"schemas": [SEARCH], **body}), scim_type)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_search_is_posted(common, method):
    answer = common.client().call(method, "/Users/.search", None if method == "GET" else {})
    assert answer.status in (404, 405)


def test_the_root_is_asked_for_all_types_at_once(mixed):
    """D48, D28."""
    client, _, made = mixed
    everyone = [each["id"] for each in made]
    assert ids(client.get("")) == everyone
    assert ids(client.get("/")) == everyone
    answer = client.get("", filter='meta.resourceType eq "Group"')
    assert ids(answer) == everyone[1::2]
    assert answer.body["Resources"][0]["members"][0]["value"] == everyone[0]
    assert ids(client.get("", filter='meta.resourceType ne "Group"')) == everyone[::2]
    assert ids(client.get("", filter='displayName eq "NAME 1"')) == [everyone[3]]


def test_the_root_sorts_and_pages_the_mixed_set(mixed):
    """D48, D41: by index and by cursor, in both orders."""
    client, _, made = mixed
    expected = [each["id"] for each in sorted(made, key=lambda each: each["displayName"].lower())]
    for order, wanted in (("ascending", expected), ("descending", expected[::-1])):
        query = {"sortBy": "displayName", "sortOrder": order}
        assert ids(client.get("", **query)) == wanted
        pages = [ids(client.get("", **query, startIndex=at, count=4)) for at in (1, 5)]
        assert [each for page in pages for each in page] == wanted
        walked, cursor = [], ""
        while cursor is not None:
            body = {"schemas": [SEARCH], **query, "count": 4, "cursor": cursor}
            answer = client.post("/.search", body)
            walked += ids(answer)
            assert answer.body["totalResults"] == 6
            cursor = answer.body.get("nextCursor")
        assert walked == wanted


def test_an_attribute_that_one_type_lacks_has_no_value_there(mixed):
    """D22, T16: false, and true under ne and not; unknown to all is refused."""
    client, _, made = mixed
    users, groups = [each["id"] for each in made[::2]], [each["id"] for each in made[1::2]]
    assert ids(client.get("", filter='userName eq "u0"')) == users[:1]
    assert ids(client.get("", filter='userName ne "u0"')) == [
        each["id"] for each in made if each["id"] != users[0]
    ]
    assert ids(client.get("", filter="not (userName pr)")) == groups
    assert ids(client.get("", filter="userName eq null")) == groups
    assert ids(client.get("", filter=f'members.value eq "{users[2]}"')) == groups[2:]
    refused(client.get("", filter="nope pr"), "invalidFilter", "nope")
    half = client.get("", sortBy="userName", filter="title pr or displayName pr")
    assert ids(half) == users + groups


def test_a_projection_at_the_root_means_each_type(mixed):
    client, _, _ = mixed
    answer = client.get("", attributes="displayName,userName")
    shown = [set(each) for each in answer.body["Resources"]]
    assert shown[0] == {"schemas", "id", "displayName", "userName"}
    assert shown[1] == {"schemas", "id", "displayName"}
    assert answer.body["Resources"][1]["schemas"] == [GROUP]


def test_a_filter_in_the_url_is_accepted_and_not_logged(org, capfd):
    """D49, J3.10."""
    client = org.connection()
    secret = client.address("somebody.secret")
    client.user("ann", emails=[{"value": secret}])
    assert len(client.found("/Users", f'emails.value eq "{secret}"')) == 1
    refused(client.get("/Users", filter=f'nope eq "{secret}"'), "invalidFilter")
    output = capfd.readouterr()
    assert "somebody.secret" not in output.out + output.err
    assert "somebody.secret" not in org.log()
