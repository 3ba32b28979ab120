"""Lists, sorting and pages by index over HTTP (D.1, D.4)."""

import pytest

from tests.requirements.client import ENTERPRISE, LIST, USER, Client
from tests.requirements.common import EVERY, SEARCH, fresh, refused

NAMES = ("delta", "Alpha", "charlie", "Bravo", "echo")


@pytest.fixture(scope="session")
def sorted_clients():
    return {}


@pytest.fixture
def five(world, sorted_clients):
    """A client of an organization with five users, created in the order of NAMES."""
    if id(world) not in sorted_clients:
        domain = f"{fresh('paging')}.test"
        slug = world.organization(fresh("Paging"), domain)
        client = Client(world.connection(slug), domain)
        more = {
            "delta": {"title": "b", "emails": mails("z", "a", primary=1)},
            "Alpha": {"title": "B", "emails": mails("m", "n")},
            "charlie": {"title": "a", "active": False},
            "Bravo": {"emails": mails("c", "x", primary=0), "name": {"familyName": "É"}},
            "echo": {"name": {"familyName": "zed"}, ENTERPRISE: {"costCenter": "2"}},
        }
        client.domain = domain
        for name in NAMES:
            made = dict(more[name])
            for mail in made.get("emails", ()):
                mail["value"] += f"@{domain}"
            client.user(name, schemas=[USER, ENTERPRISE], externalId=f"x-{name}", **made)
        sorted_clients[id(world)] = client
    return sorted_clients[id(world)]


def mails(*values, primary=None):
    return [
        {"value": value, **({"primary": True} if index == primary else {})}
        for index, value in enumerate(values)
    ]


def names(answer):
    assert answer.status == 200, answer.body
    return [each["userName"] for each in answer.body["Resources"]]


def test_a_list_has_its_members_and_they_are_integers(five):
    """D1, D28: in order of creation."""
    body = five.get("/Users").body
    assert body["schemas"] == [LIST]
    assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (5, 5, 1)
    for name in ("totalResults", "itemsPerPage", "startIndex"):
        assert type(body[name]) is int
    assert [each["userName"] for each in body["Resources"]] == list(NAMES)
    assert body["Resources"][0] == five.get("/Users/" + body["Resources"][0]["id"]).body
    body = five.get("/Groups").body
    assert (body["totalResults"], body["itemsPerPage"], body["Resources"]) == (0, 0, [])


ORDERS = [
    ("D25 userName", "userName", ["Alpha", "Bravo", "charlie", "delta", "echo"]),
    ("D25 any case", "USERNAME", ["Alpha", "Bravo", "charlie", "delta", "echo"]),
    ("D25 qualified", f"{USER}:userName", ["Alpha", "Bravo", "charlie", "delta", "echo"]),
    ("D26 unset last, ties by id", "title", ["charlie", "delta", "Alpha", "Bravo", "echo"]),
    ("D25 sub-attribute", "name.familyName", ["echo", "Bravo", "delta", "Alpha", "charlie"]),
    ("D25 primary, else first", "emails.value", ["delta", "Bravo", "Alpha", "charlie", "echo"]),
    ("D25 multi-valued itself", "emails", ["delta", "Bravo", "Alpha", "charlie", "echo"]),
    (
        "D25 extension",
        f"{ENTERPRISE}:costCenter",
        ["echo", "delta", "Alpha", "charlie", "Bravo"],
    ),
    ("D26 booleans", "active", ["charlie", "delta", "Alpha", "Bravo", "echo"]),
    ("D26 dates", "meta.created", list(NAMES)),
    ("externalId", "externalId", ["Alpha", "Bravo", "charlie", "delta", "echo"]),
    ("id", "id", list(NAMES)),
]


@pytest.mark.parametrize(
    ("by", "expected"), [case[1:] for case in ORDERS], ids=[case[0] for case in ORDERS]
)
def test_sorting_is_total_and_its_own_reverse_but_for_ties(five, by, expected):
    """D26: unset values come first descending; ties keep the order of ids."""
    assert names(five.get("/Users", sortBy=by)) == expected
    assert names(five.get("/Users", sortBy=by, sortOrder="ascending")) == expected
    down = names(five.get("/Users", sortBy=by, sortOrder="DESCENDING"))
    assert sorted(down) == sorted(expected)
    pages = [names(five.get("/Users", sortBy=by, startIndex=at, count=2)) for at in (1, 3, 5)]
    assert [each for page in pages for each in page] == expected
    body = {"schemas": [SEARCH], "sortBy": by, "count": 3}
    assert names(five.post("/Users/.search", body)) == expected[:3]


def test_unset_values_come_first_in_descending_order(five):
    """D26."""
    down = names(five.get("/Users", sortBy="title", sortOrder="descending"))
    assert set(down[:2]) == {"Bravo", "echo"}
    assert set(down[2:4]) == {"delta", "Alpha"}
    assert down[4] == "charlie"


def test_an_order_without_an_attribute_is_ignored(five):
    """D26."""
    assert names(five.get("/Users", sortOrder="descending")) == list(NAMES)
    assert names(five.get("/Users", sortOrder="sideways")) == list(NAMES)


@pytest.mark.parametrize("profile", ["generic", "strict-interop"])
@pytest.mark.parametrize(
    "query",
    [
        {"sortBy": "nope"},
        {"sortBy": "name.nope"},
        {"sortBy": "password"},
        {"sortBy": "x509Certificates.value"},
        {"sortBy": "name"},
        {"sortBy": "addresses"},
        {"sortBy": 'emails[type eq "work"]'},
        {"sortBy": "a b"},
        {"sortBy": "userName", "sortOrder": "sideways"},
    ],
)
def test_what_has_no_order_is_refused(common, profile, query):
    """D27."""
    client = common.client(profile)
    refused(client.get("/Users", **query), "invalidValue", "sort")
    refused(client.post("/Users/.search", {"schemas": [SEARCH], **query}), "invalidValue", "sort")


PAGES = [
    ("D29 below one", {"startIndex": 0, "count": 2}, ["delta", "Alpha"], 1),
    ("D29 negative", {"startIndex": -7, "count": 2}, ["delta", "Alpha"], 1),
    ("D29 beyond", {"startIndex": 6}, [], 6),
    ("D29 far beyond", {"startIndex": 10**17}, [], None),
    ("D30 zero", {"count": 0}, [], 1),
    ("D30 negative", {"count": -1}, [], 1),
    ("D30 huge", {"count": 10**17}, list(NAMES), 1),
    ("D3 any case", {"STARTINDEX": 4, "COUNT": 1}, ["Bravo"], 4),
    ("D3 unknown", {"nope": "x", "foo": "bar"}, list(NAMES), 1),
    ("D30 middle", {"startIndex": 2, "count": 3}, ["Alpha", "charlie", "Bravo"], 2),
]


@pytest.mark.parametrize(
    ("query", "expected", "start"), [case[1:] for case in PAGES], ids=[case[0] for case in PAGES]
)
def test_a_page_is_what_was_asked_for(five, query, expected, start):
    """D1: totalResults is true on every page."""
    answer = five.get("/Users", **query)
    assert names(answer) == expected
    assert answer.body["totalResults"] == 5
    assert answer.body["itemsPerPage"] == len(expected)
    assert start is None or answer.body["startIndex"] == start


@pytest.mark.parametrize(
    "query",
    [
        {"count": "ten"},
        {"count": "1.5"},
        {"count": ""},
        {"startIndex": "x"},
        {"startIndex": ""},
        {"attributes": "id", "excludedAttributes": "title"},
    ],
)
def test_a_parameter_of_the_wrong_kind_is_refused(common, query):
    """D30, D44."""
    refused(common.client().get("/Users", **query), "invalidValue")


@pytest.mark.parametrize(
    "query",
    [
        "count=1&count=2",
        "count=1&COUNT=1",
        "filter=title%20pr&Filter=title%20pr",
        "sortBy=title&sortBy=id",
        "cursor=&cursor=",
    ],
)
def test_a_parameter_given_twice_is_refused(common, query):
    """D3."""
    refused(common.client().call("GET", "/Users", query=query), "invalidValue", "twice")


def test_lists_of_names_may_repeat(five):
    """D3."""
    answer = five.call("GET", "/Users", query="attributes=title&attributes=active,nickName&count=1")
    assert set(answer.body["Resources"][0]) == {"schemas", "id", "title", "active"}


@pytest.mark.parametrize(
    "query",
    [
        'filter=emails.value+eq+"m@{mail}"',
        "filter=emails.value%20eq%20%22m@{mail}%22",
        "filter=emails.value+eq+%22m%40{mail}%22",
    ],
)
def test_spaces_and_at_signs_are_read_however_they_are_written(five, query):
    """D4, J1.25."""
    answer = five.call("GET", "/Users", query=query.replace("{mail}", five.domain))
    assert names(answer) == ["Alpha"]


def test_an_encoded_plus_is_a_plus(common):
    """D4."""
    client = common.client()
    made = client.user(fresh("plus+sign"))
    name = made["userName"].replace("+", "%2B")
    answer = client.call("GET", "/Users", query=f'filter=userName+eq+"{name}"')
    assert names(answer) == [made["userName"]]


def test_a_page_holds_a_hundred_unless_more_are_wanted_and_a_thousand_at_most(org):
    """D30, J1.18."""
    client = org.connection()
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}
    for start, size in ((0, 1_000), (1_000, 1)):
        operations = [
            {"method": "POST", "path": "/Users", "data": {"userName": f"u{n}"}}
            for n in range(start, start + size)
        ]
        assert client.post("/Bulk", {**body, "Operations": operations}).status == 200
    for query, size in (({}, 100), ({"count": 250}, 250), ({"count": 5_000}, 1_000)):
        answer = client.get("/Users", **query)
        assert (answer.body["itemsPerPage"], answer.body["totalResults"]) == (size, 1_001)
        assert len(answer.body["Resources"]) == size
    walked, cursor = [], ""
    while cursor is not None:
        page = client.get("/Users", cursor=cursor, count=5_000).body
        walked += [each["id"] for each in page["Resources"]]
        cursor = page.get("nextCursor")
    assert len(set(walked)) == len(walked) == 1_001


@pytest.mark.parametrize("profile", EVERY)
def test_a_connection_test_is_answered(common, profile):
    """J1.2, P20."""
    client = common.client(profile)
    nobody = 'userName eq "2f1e2b0e-93b7-4c44-9a52-000000000000"'
    answer = client.get("/Users", filter=nobody)
    assert (answer.status, answer.body["totalResults"], answer.body["Resources"]) == (200, 0, [])
    assert client.get("/Users", count=1).status == 200
    assert client.get("/ServiceProviderConfig").status == 200
