"""Pages by cursor over HTTP (D.5, RFC 9865)."""

import random
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.app import create_app
from scimserver.config import Settings
from tests.requirements.client import Client, path_of
from tests.requirements.common import SEARCH, fresh, refused
from tests.world import Connection

MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"


def many(client, *names, **attributes):
    operations = [
        {"method": "POST", "path": "/Users", "data": {"userName": name, **attributes}}
        for name in names
    ]
    body = {"schemas": [f"{MESSAGES}BulkRequest"], "Operations": operations}
    answer = client.post("/Bulk", body)
    return [each["location"].rpartition("/")[2] for each in answer.body["Operations"]]


def found(answer):
    assert answer.status == 200, answer.body
    return [each["id"] for each in answer.body["Resources"]]


@pytest.fixture
def seven(acme):
    """A generic connection, and seven users in the order of their creation."""
    return acme, many(acme, *[f"u{number}" for number in range(7)])


def test_each_page_leads_to_the_next_and_to_the_one_before(seven):
    """D31, D34, D35: no startIndex, one total, and cursors of unreserved characters."""
    client, ids = seven
    pages = []
    cursor = ""
    while cursor is not None:
        answer = client.get("/Users", cursor=cursor, count=3)
        assert "startIndex" not in answer.body
        assert answer.body["totalResults"] == 7
        assert answer.body["itemsPerPage"] == len(answer.body["Resources"])
        pages.append(answer)
        cursor = answer.body.get("nextCursor")
        for name in ("nextCursor", "previousCursor"):
            if name in answer.body:
                assert re.fullmatch(r"[A-Za-z0-9._~-]{1,512}", answer.body[name])
    assert [found(page) for page in pages] == [ids[:3], ids[3:6], ids[6:]]
    assert ["previousCursor" in page.body for page in pages] == [False, True, True]
    assert ["nextCursor" in page.body for page in pages] == [True, True, False]
    back = client.get("/Users", cursor=pages[2].body["previousCursor"], count=3)
    assert found(back) == ids[3:6]
    first = client.get("/Users", cursor=back.body["previousCursor"], count=3)
    assert found(first) == ids[:3]
    assert "previousCursor" not in first.body


def test_no_parameter_means_pages_by_index(seven):
    """D32."""
    client, _ = seven
    body = client.get("/Users").body
    assert body["startIndex"] == 1
    assert "nextCursor" not in body
    refused(client.get("/Users", cursor="", startIndex=1), "invalidValue", "cursor")


def test_the_total_is_counted_once(seven):
    """D34."""
    client, ids = seven
    first = client.get("/Users", cursor="", count=3).body
    client.user("late")
    client.delete(f"/Users/{ids[0]}")
    client.delete(f"/Users/{ids[1]}")
    second = client.get("/Users", cursor=first["nextCursor"], count=3).body
    assert second["totalResults"] == 7
    assert client.get("/Users", cursor="", count=3).body["totalResults"] == 6


def test_a_count_is_cut_or_refused_as_without_a_cursor(seven):
    """D37, D30, J3.21."""
    client, ids = seven
    assert found(client.get("/Users", cursor="", count=10**9)) == ids
    for count in (0, -5):
        body = client.get("/Users", cursor="", count=count).body
        assert (body["totalResults"], body["Resources"]) == (7, [])
        assert "nextCursor" not in body
    refused(client.get("/Users", cursor="", count="x"), "invalidCount", "count")


CHANGES = [
    ("count", "/Users", {"count": 4}, "invalidCount"),
    ("filter", "/Users", {"filter": 'userName co "u1"'}, "invalidCursor"),
    ("no filter", "/Users", {"filter": None}, "invalidCursor"),
    ("sortBy", "/Users", {"sortBy": "title"}, "invalidCursor"),
    ("sortOrder", "/Users", {"sortOrder": "descending"}, "invalidCursor"),
    ("attributes", "/Users", {"attributes": "title"}, "invalidCursor"),
    ("excludedAttributes", "/Users", {"excludedAttributes": "title"}, "invalidCursor"),
    ("endpoint", "", {}, "invalidCursor"),
    ("another type", "/Groups", {"filter": None, "sortBy": None}, "invalidCursor"),
]


@pytest.mark.parametrize(
    ("path", "change", "scim_type"), [case[1:] for case in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_a_cursor_is_for_the_query_that_gave_it(seven, path, change, scim_type):
    """D36."""
    client, ids = seven
    query = {"filter": 'userName co "u"', "sortBy": "userName", "count": 2}
    cursor = client.get("/Users", cursor="", **query).body["nextCursor"]
    other = {k: v for k, v in {**query, **change, "cursor": cursor}.items() if v is not None}
    refused(client.get(path, **other), scim_type)
    assert found(client.get("/Users", cursor=cursor, **query)) == ids[2:4]
    body = {"schemas": [SEARCH], **query, "cursor": cursor}
    assert found(client.post("/Users/.search", body)) == ids[2:4]


def test_a_cursor_is_sealed_and_bound_to_who_was_given_it(world, org, other, seven):
    """D38: forged, altered, another connection's, another organization's: one answer."""
    client, ids = seven
    query = {"filter": "userName pr", "count": 2}
    cursor = client.get("/Users", cursor="", **query).body["nextCursor"]
    altered = [
        cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        for at in (0, 20, len(cursor) // 2, len(cursor) - 1)
    ]
    wrong = ["x", "null", "0", cursor[:-4], cursor + "AAAA", cursor + "=", "é", "x" * 600, *altered]
    details = {client.get("/Users", cursor=each, **query).body["detail"] for each in wrong}
    for each in wrong:
        refused(client.get("/Users", cursor=each, **query), "invalidCursor")
    for stranger in (org.connection(), other.connection()):
        answer = stranger.get("/Users", cursor=cursor, **query)
        refused(answer, "invalidCursor")
        details.add(answer.body["detail"])
    assert len(details) == 1
    assert found(client.get("/Users", cursor=cursor, **query)) == ids[2:4]


def test_a_cursor_of_a_revoked_token_is_worth_nothing(world, seven):
    """D38: neither to the token that replaced it, nor to itself."""
    client, _ = seven
    cursor = client.get("/Users", cursor="", count=2).body["nextCursor"]
    held = client.connection
    fresh_token = world.cli("token", "rotate", held.id)
    renewed = Client(Connection(held.client, held.id, held.org, fresh_token["token"]), "")
    refused(renewed.get("/Users", cursor=cursor, count=2), "invalidCursor")
    listed = world.cli("token", "list", held.id)
    listed = listed["items"] if isinstance(listed, dict) else listed
    old = next(each for each in listed if each["token_id"] != fresh_token["token_id"])
    world.cli("token", "revoke", old["token_id"])
    refused(client.get("/Users", cursor=cursor, count=2), None, status=401)
    refused(renewed.get("/Users", cursor=cursor, count=2), "invalidCursor")


def test_a_cursor_ends_with_the_rights_it_was_given_under(world, seven):
    """D40."""
    client, ids = seven
    cursor = client.get("/Users", cursor="", count=2).body["nextCursor"]
    world.cli("connection", "update", client.connection.id, "--scope", "scim.users.read")
    refused(client.get("/Users", cursor=cursor, count=2), "invalidCursor")
    world.cli("connection", "update", client.connection.id, "--scope", "scim.groups.read")
    refused(client.get("/Users", cursor=cursor, count=2), None, status=403)
    world.cli("connection", "update", client.connection.id, "--scope", "scim")
    assert found(client.get("/Users", cursor=cursor, count=2)) == ids[2:4]
    world.cli("connection", "disable", client.connection.id)
    refused(client.get("/Users", cursor=cursor, count=2), None, status=401)


class Later:
    """A clock that is ahead."""

    def __init__(self, **ahead):
        self._ahead = timedelta(**ahead)

    def now(self):
        return datetime.now(UTC) + self._ahead


def served(world, client, clock=None, **settings):
    """Return the client of another process over the same database."""
    app = create_app(Settings.from_env({**world.environment, **settings}), clock=clock)
    held = client.connection
    return Client(Connection(app.test_client(), held.id, held.org, held.token), client.domain)


def test_a_cursor_expires(world, seven):
    """D39."""
    client, ids = seven
    cursor = client.get("/Users", cursor="", count=2).body["nextCursor"]
    within = served(world, client, Later(minutes=59))
    assert found(within.get("/Users", cursor=cursor, count=2)) == ids[2:4]
    after = served(world, client, Later(minutes=61))
    refused(after.get("/Users", cursor=cursor, count=2), "expiredCursor")


def test_a_cursor_needs_no_server_state_and_outlives_a_rotated_key(world, seven):
    """D35."""
    client, ids = seven
    cursor = client.get("/Users", cursor="", count=2).body["nextCursor"]
    restarted = served(world, client)
    assert found(restarted.get("/Users", cursor=cursor, count=2)) == ids[2:4]
    old = world.environment["SCIMSERVER_SECRET_KEY"]
    rotated = served(
        world,
        client,
        SCIMSERVER_SECRET_KEY="another-secret-key-of-the-tests-0123456789abcdef",
        SCIMSERVER_SECRET_KEY_PREVIOUS=old,
    )
    answer = rotated.get("/Users", cursor=cursor, count=2)
    assert found(answer) == ids[2:4]
    assert found(rotated.get("/Users", cursor=answer.body["nextCursor"], count=2)) == ids[4:6]


WALKS = [
    {},
    {"sortBy": "userName"},
    {"sortBy": "userName", "sortOrder": "descending"},
    {"sortBy": "title"},
    {"sortBy": "title", "sortOrder": "descending"},
    {"sortBy": "meta.created", "sortOrder": "descending"},
    {"filter": 'userName sw "w"'},
]


@pytest.mark.parametrize("query", WALKS, ids=[" ".join(each.values()) or "plain" for each in WALKS])
def test_a_walk_meets_everyone_who_was_there_throughout_exactly_once(acme, query):
    """D41, D43: while others are created and deleted between the pages, the last one met too."""
    chance = random.Random(41)
    ids = many(acme, *[f"w{number:03}" for number in range(40)])
    ids += many(acme, *[f"W{number:03}" for number in range(100, 140)], title="same")
    alive, deleted, met = set(ids), set(), []
    cursor = ""
    while cursor is not None:
        body = {"schemas": [SEARCH], **query, "count": 7, "cursor": cursor}
        answer = acme.post("/Users/.search", body)
        page = found(answer)
        met += page
        cursor = answer.body.get("nextCursor")
        gone = {page[-1], chance.choice(sorted(alive)), chance.choice(sorted(alive))}
        for id in gone & alive:
            acme.delete(f"/Users/{id}")
        deleted |= gone
        alive -= gone
        many(acme, *[f"w{chance.randrange(10**6):06}" for _ in range(3)], title="same")
    assert len(met) == len(set(met))
    assert alive <= set(met)
    assert len(alive) > 30


def test_a_walk_holds_while_another_thread_writes(org):
    """D41."""
    client, writer = org.connection(), org.connection()
    ids = many(client, *[f"stays{number}" for number in range(120)])
    stop, failures = threading.Event(), []

    def write():
        while not stop.is_set():
            made = writer.new_user(fresh("comes"))
            if made.status != 201 or writer.delete(path_of(made.body)).status != 204:
                failures.append(made.body)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for query in ({}, {"sortBy": "userName", "sortOrder": "descending"}):
            met, cursor = [], ""
            while cursor is not None:
                answer = client.get("/Users", cursor=cursor, count=11, **query)
                met += found(answer)
                cursor = answer.body.get("nextCursor")
            assert len(met) == len(set(met))
            assert set(ids) <= set(met)
    finally:
        stop.set()
        thread.join()
    assert failures == []


def test_groups_and_the_root_are_walked_with_their_members(acme):
    """D43, D48."""
    ann = acme.user("ann")["id"]
    teams = [acme.group(f"t{number}", ann)["id"] for number in range(5)]
    for path, expected in (("/Groups", teams), ("", [ann, *teams])):
        met, cursor = [], ""
        while cursor is not None:
            answer = acme.get(path, cursor=cursor, count=2)
            met += answer.body["Resources"]
            cursor = answer.body.get("nextCursor")
        assert [each["id"] for each in met] == expected
        assert met[-1]["members"][0]["value"] == ann
