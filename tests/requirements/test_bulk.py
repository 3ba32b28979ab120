"""Bulk over HTTP: section E, on both databases."""

import pytest

from tests.requirements.client import ENTERPRISE, ERROR, GROUP, PATCH, USER, path_of
from tests.requirements.common import BULK, DOMAIN, EVERY, TOLERANT, add, fresh, refused, replace

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def bulk(client, *operations, **members):
    return client.post("/Bulk", {"schemas": [BULK], "Operations": list(operations), **members})


def done(client, *operations, **members):
    answer = bulk(client, *operations, **members)
    assert answer.status == 200, answer.body
    assert answer.body["schemas"] == [RESPONSE]
    return answer.body["Operations"]


def statuses(entries):
    return [entry["status"] for entry in entries]


def user(name, bulk_id=None, **attributes):
    data = {"schemas": [USER], "userName": name, **attributes}
    return post("/Users", data, bulk_id)


def group(name, *members, bulk_id=None):
    listed = [{"value": member} for member in members]
    return post("/Groups", {"schemas": [GROUP], "displayName": name, "members": listed}, bulk_id)


def post(path, data, bulk_id=None):
    operation = {"method": "POST", "path": path, "data": data}
    return operation if bulk_id is None else {**operation, "bulkId": bulk_id}


def patch(path, *operations, **more):
    data = {"schemas": [PATCH], "Operations": list(operations)}
    return {"method": "PATCH", "path": path, "data": data, **more}


def id_of(entry):
    return entry["location"].rpartition("/")[2]


def got(client, entry):
    answer = client.get(entry["location"].partition("/scim/v2")[2])
    assert answer.status == 200, (entry, answer.body)
    return answer.body


def members_of(client, entry):
    return {member["value"] for member in got(client, entry)["members"]}


def refusal(entry, status, scim_type=None, naming=""):
    assert entry["status"] == str(status), entry
    response = entry["response"]
    assert response["schemas"] == [ERROR]
    assert response["status"] == str(status)
    assert response.get("scimType") == scim_type, response
    assert naming in response["detail"], response


@pytest.mark.parametrize("profile", EVERY)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"Operations": []}, id="E1 no schemas"),
        pytest.param({"schemas": [USER], "Operations": []}, id="E1 wrong schemas"),
        pytest.param({"schemas": [BULK]}, id="E1 no Operations"),
        pytest.param({"schemas": [BULK], "Operations": {}}, id="E1 not an array"),
        pytest.param(
            {"schemas": [BULK], "Operations": [user("a", "x"), user("b", "x")]},
            id="E4 a bulkId twice",
        ),
    ],
)
def test_what_is_no_bulk_request_is_refused_whole(common, profile, body):
    refused(common.client(profile).post("/Bulk", body), "invalidSyntax")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_bulk_is_posted(common, method):
    """E1."""
    answer = common.client().call(method, "/Bulk", {} if method != "GET" else None)
    refused(answer, None, status=405)
    assert answer.headers["Allow"] == "POST"


def test_an_entry_tells_what_became_of_its_operation(common):
    """E2, J3.19: in request order, status as a string, methods in any case (E3)."""
    client = common.client()
    held = client.user(fresh("held"))
    gone = client.user(fresh("gone"))
    entries = done(
        client,
        user(fresh("new"), "n1"),
        {
            "method": "put",
            "path": path_of(held),
            "data": {"userName": held["userName"], "title": "T"},
        },
        patch(path_of(held), replace("title", "U"), bulkId="p1"),
        {"method": "Delete", "path": path_of(gone)},
        user(held["userName"], "n2"),
        patch(path_of(gone), replace("title", "U")),
    )
    created, put, patched, deleted, taken, missing = entries
    assert created == {
        "method": "POST",
        "bulkId": "n1",
        "location": created["location"],
        "version": 'W/"1"',
        "status": "201",
    }
    location = held["meta"]["location"]
    assert put == {"method": "PUT", "location": location, "version": 'W/"2"', "status": "200"}
    assert patched == {
        "method": "PATCH",
        "bulkId": "p1",
        "location": location,
        "version": 'W/"3"',
        "status": "200",
    }
    assert deleted == {
        "method": "DELETE",
        "location": gone["meta"]["location"],
        "status": "204",
    }
    assert "location" not in taken
    refusal(taken, 409, "uniqueness", "userName")
    assert missing["location"] == gone["meta"]["location"]
    refusal(missing, 404)
    assert client.get(path_of(held)).body["title"] == "U"
    refused(client.get(path_of(gone)), None, status=404)
    assert got(client, created)["meta"]["version"] == 'W/"1"'


BAD = [
    ("method", {"method": "GET", "path": "/Users", "data": {}}),
    ("no method", {"path": "/Users", "data": {}}),
    ("method no text", {"method": 5, "path": "/Users", "data": {}}),
    ("no path", {"method": "POST", "data": {}}),
    ("path no text", {"method": "POST", "path": 5, "data": {}}),
    ("unknown type", {"method": "POST", "path": "/Nopes", "data": {}}),
    ("POST to a resource", {"method": "POST", "path": "/Users/x", "data": {}}),
    ("PUT to a type", {"method": "PUT", "path": "/Users", "data": {}}),
    ("no data", {"method": "POST", "path": "/Users"}),
    ("data null", {"method": "PATCH", "path": "/Users/x", "data": None}),
    ("data no object", {"method": "PUT", "path": "/Users/x", "data": []}),
    ("Bulk", {"method": "POST", "path": "/Bulk", "data": {}}),
    ("Me", {"method": "POST", "path": "/Me", "data": {}}),
    ("search", {"method": "POST", "path": "/Users/.search", "data": {}}),
    ("root search", {"method": "POST", "path": "/.search", "data": {}}),
    ("discovery", {"method": "POST", "path": "/Schemas", "data": {}}),
    ("discovery by id", {"method": "DELETE", "path": "/ResourceTypes/User"}),
    ("version no text", {"method": "DELETE", "path": "/Users/x", "version": 1}),
    ("no object", 5),
    ("null", None),
]


@pytest.mark.parametrize("operation", [bad for _, bad in BAD], ids=[name for name, _ in BAD])
def test_a_bad_operation_is_refused_alone(common, operation):
    """E3."""
    client = common.client()
    first, bad, last = done(client, user(fresh("u")), operation, user(fresh("u")))
    assert statuses([first, last]) == ["201", "201"]
    refusal(bad, 400, "invalidSyntax", "Operations[1]" if operation != BAD[5][1] else "")


def test_a_strict_connection_wants_a_bulk_id_with_each_post(common):
    """E4."""
    client = common.client("strict-interop")
    without, with_one = done(client, user(fresh("u")), user(fresh("u"), "x"))
    refusal(without, 400, "invalidSyntax", "bulkId")
    assert (with_one["status"], with_one["bulkId"]) == ("201", "x")


def test_bulk_ids_stand_for_what_they_create_wherever_a_reference_is(common):
    """E5: members, manager, extension references, PATCH values, path filters, and path."""
    client = common.client()
    entries = done(
        client,
        user(fresh("boss"), "boss"),
        user(
            fresh("ann"),
            "ann",
            **{"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": {"value": "bulkId:boss"}}},
        ),
        group(fresh("team"), "bulkId:ann", "bulkId:boss", bulk_id="team"),
        patch("/Groups/bulkId:team", add("displayName", fresh("renamed"))),
        patch("/Groups/bulkId:team", {"op": "remove", "path": 'members[value eq "bulkId:boss"]'}),
        user(fresh("cleo"), "cleo"),
        patch("/Groups/bulkId:team", add("members", [{"value": "bulkId:cleo"}])),
        patch("/Users/bulkId:cleo", add(f"{ENTERPRISE}:manager", {"value": "bulkId:ann"})),
        patch("/Users/bulkId:boss", add("displayName", "bulkId:ann")),
        {"method": "PUT", "path": "/Users/bulkId:boss", "data": {"userName": fresh("chief")}},
    )
    assert statuses(entries) == ["201"] * 3 + ["200", "200", "201"] + ["200"] * 4, entries
    boss, ann, team, _, _, cleo, *_ = entries
    assert got(client, ann)[ENTERPRISE]["manager"]["value"] == id_of(boss)
    assert got(client, ann)[ENTERPRISE]["manager"]["$ref"] == boss["location"]
    assert got(client, cleo)[ENTERPRISE]["manager"]["value"] == id_of(ann)
    assert members_of(client, team) == {id_of(ann), id_of(cleo)}
    assert got(client, team)["displayName"].startswith("renamed")
    assert got(client, boss)["userName"].startswith("chief")
    assert entries[9]["location"] == boss["location"]
    assert "bulkid" not in id_of(boss).lower()


def test_an_operation_deletes_what_another_creates(common):
    """E5 in the path of a DELETE."""
    client = common.client()
    made, gone = done(
        client, user(fresh("u"), "u"), {"method": "DELETE", "path": "/Users/bulkId:u"}
    )
    assert statuses([made, gone]) == ["201", "204"]
    refused(client.get("/Users/" + id_of(made)), None, status=404)


def test_references_may_look_forward(common):
    """E6: results stay in the client's order."""
    client = common.client()
    entries = done(
        client,
        patch("/Groups/bulkId:t", add("members", [{"value": "bulkId:b"}])),
        group(fresh("team"), "bulkId:a", bulk_id="t"),
        user(fresh("a"), "a"),
        user(fresh("b"), "b"),
    )
    assert statuses(entries) == ["200", "201", "201", "201"]
    assert [entry.get("bulkId") for entry in entries] == [None, "t", "a", "b"]
    assert members_of(client, entries[1]) == {id_of(entries[2]), id_of(entries[3])}


@pytest.mark.parametrize("profile", ["generic", "strict-interop"])
def test_groups_may_contain_each_other(common, profile):
    """E6, T38: a circle of two, and one of three with a user in it."""
    client = common.client(profile)
    a, b = done(
        client,
        group(fresh("a"), "bulkId:b", bulk_id="a"),
        group(fresh("b"), "bulkId:a", bulk_id="b"),
    )
    assert statuses([a, b]) == ["201", "201"]
    assert members_of(client, a) == {id_of(b)}
    assert members_of(client, b) == {id_of(a)}
    one, ann, two, three = done(
        client,
        group(fresh("one"), "bulkId:two", "bulkId:ann", bulk_id="one"),
        user(fresh("ann"), "ann"),
        group(fresh("two"), "bulkId:three", bulk_id="two"),
        group(fresh("three"), "bulkId:one", bulk_id="three"),
    )
    assert members_of(client, one) == {id_of(two), id_of(ann)}
    assert members_of(client, three) == {id_of(one)}
    kinds = {each["value"]: each["type"] for each in got(client, ann)["groups"]}
    assert kinds == {id_of(one): "direct", id_of(two): "indirect", id_of(three): "indirect"}


@pytest.mark.parametrize("profile", ["generic", "strict-interop"])
def test_users_may_manage_each_other(common, profile):
    """E6: also where a reference must exist (strict_references)."""
    client = common.client(profile)

    def managed(name, by):
        more = {"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": {"value": f"bulkId:{by}"}}}
        return user(fresh(name), name, **more)

    a, b = done(client, managed("a", "b"), managed("b", "a"))
    assert statuses([a, b]) == ["201", "201"]
    assert got(client, a)[ENTERPRISE]["manager"]["value"] == id_of(b)
    assert got(client, b)[ENTERPRISE]["manager"]["value"] == id_of(a)
    assert got(client, a)["meta"]["version"] == a["version"]


@pytest.mark.parametrize("profile", ["generic", "strict-interop"])
def test_only_what_depends_on_a_failure_fails_with_it(common, profile):
    """E7."""
    client = common.client(profile)
    taken = client.user(fresh("taken"))["userName"]
    entries = done(
        client,
        user(taken, "bad"),
        group(fresh("needs bad"), "bulkId:bad", bulk_id="team"),
        patch("/Groups/bulkId:team", replace("displayName", fresh("renamed"))),
        group(fresh("undeclared"), "bulkId:nobody", bulk_id="other"),
        user(fresh("good"), "good"),
        group(fresh("good"), "bulkId:good", bulk_id="fine"),
    )
    refusal(entries[0], 409, "uniqueness", "userName")
    refusal(entries[1], 409, None, "bad")
    refusal(entries[2], 409, None, "team")
    refusal(entries[3], 400, "invalidValue", "nobody")
    assert statuses(entries[4:]) == ["201", "201"]
    assert members_of(client, entries[5]) == {id_of(entries[4])}


def test_a_circle_fails_as_one(common):
    """E6, E7: nothing of it stays, and the rest of the request does."""
    client = common.client()
    taken = client.group(fresh("taken"))["displayName"]
    first = fresh("first")
    entries = done(
        client,
        group(first, "bulkId:b", bulk_id="a"),
        group(taken, "bulkId:a", bulk_id="b"),
        user(fresh("u")),
    )
    refusal(entries[0], 409)
    refusal(entries[1], 409, "uniqueness", "displayName")
    assert entries[2]["status"] == "201"
    assert client.found("/Groups", f'displayName eq "{first}"') == []


def test_a_failure_undoes_its_own_operation_and_no_other(common):
    """E9: whatever an operation wrote before it failed is gone, on both databases."""
    client = common.client()
    old = client.user(fresh("old"), externalId=fresh("x"))
    team = client.group(fresh("team"))
    name = fresh("taken")
    entries = done(
        client,
        user(name),
        # Each of these writes something before its conflict is seen.
        user(fresh("second"), externalId=old["externalId"]),
        patch(
            path_of(old),
            replace("title", "T"),
            replace("userName", name),
            replace("externalId", fresh("y")),
        ),
        patch(path_of(team), add("members", [{"value": old["id"]}, {"value": "unknown"}])),
        {"method": "PUT", "path": path_of(old), "data": {"userName": name, "nickName": "N"}},
        user(name),
        patch(path_of(team), add("members", [{"value": old["id"]}])),
    )
    assert statuses(entries) == ["201", "409", "409", "400", "409", "409", "200"], entries
    after = client.get(path_of(old)).body
    assert {**after, "groups": None} == {**old, "groups": None}
    assert members_of(client, entries[6]) == {old["id"]}
    assert client.found("/Users", f'externalId eq "{old["externalId"]}"') == [old["id"]]
    assert client.found("/Users", f'userName eq "{name}"') == [id_of(entries[0])]


def test_an_internal_failure_rolls_everything_back(common, monkeypatch):
    """E9: 500, and nothing of the request stays."""
    client = common.client()
    names = [fresh("never") for _ in range(3)]
    held = client.user(fresh("held"))
    from scimserver.services import provisioning

    def broken(*_args):
        message = "broken on purpose"
        raise RuntimeError(message)

    monkeypatch.setattr(provisioning.writer, "delete", broken)
    operations = [*map(user, names), {"method": "DELETE", "path": path_of(held)}]
    refused(bulk(client, *operations), None, status=500)
    monkeypatch.undo()
    for name in names:
        assert client.found("/Users", f'userName eq "{name}"') == []
    assert client.get(path_of(held)).body == held


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_work_stops_at_the_last_error_allowed(common, limit):
    """E10: later operations are neither run nor listed; earlier ones stay."""
    client = common.client()
    taken = client.user(fresh("taken"))["userName"]
    names = [fresh("u") for _ in range(4)]
    operations = [user(names[0]), user(taken), user(names[1]), user(taken), user(names[2])]
    operations += [user(taken), user(names[3])]
    entries = done(client, *operations, failOnErrors=limit)
    assert len(entries) == {1: 2, 2: 4, 3: 6, 9: 7}[limit]
    kept = {1: 1, 2: 2, 3: 3, 9: 4}[limit]
    for index, name in enumerate(names):
        assert len(client.found("/Users", f'userName eq "{name}"')) == (index < kept)
    assert statuses(entries).count("201") == kept


@pytest.mark.parametrize("value", [0, -1, 1.5, "1", True, [], {}])
def test_the_number_of_errors_allowed_is_a_positive_integer(common, value):
    """E10."""
    client, name = common.client(), fresh("u")
    refused(bulk(client, user(name), failOnErrors=value), "invalidValue", "failOnErrors")
    assert client.found("/Users", f'userName eq "{name}"') == []


def test_more_operations_than_allowed_run_none(common):
    """E11: the detail names the limit."""
    client, name = common.client(), fresh("u")
    operations = [user(name), *[{"method": "DELETE", "path": "/Users/x"}] * 1_000]
    refused(bulk(client, *operations), None, "maxOperations", "1000", status=413)
    assert client.found("/Users", f'userName eq "{name}"') == []
    body = b'{"schemas":["' + BULK.encode() + b'"],"Operations":[],"x":"' + b"x" * 4_194_304
    headers = {"Content-Type": "application/scim+json"}
    refused(
        client.call("POST", "/Bulk", body + b'"}', headers=headers), None, "4194304", status=413
    )


def test_a_version_acts_as_if_match(common):
    """E12."""
    client = common.client()
    held = client.user(fresh("held"))
    stale, fits, deleted, kept = done(
        client,
        patch(path_of(held), replace("title", "no"), version='W/"9"'),
        patch(path_of(held), replace("title", "T"), version=held["meta"]["version"]),
        {"method": "DELETE", "path": path_of(held), "version": 'W/"1"'},
        {"method": "PUT", "path": path_of(held), "version": 'W/"2"', "data": held},
    )
    refusal(stale, 412)
    assert (fits["status"], fits["version"]) == ("200", 'W/"2"')
    refusal(deleted, 412)
    assert kept["status"] == "200"


@pytest.mark.parametrize("profile", EVERY)
def test_the_schemas_of_a_patch_may_be_missing_where_that_is_tolerated(common, profile):
    """E13."""
    client = common.client(profile)
    held = client.user(fresh("held"))
    operation = {
        "method": "PATCH",
        "path": path_of(held),
        "data": {"Operations": [add("title", "T")]},
    }
    (entry,) = done(client, operation)
    if profile in TOLERANT:
        assert entry["status"] == "200"
    else:
        refusal(entry, 400, "invalidSyntax", "schemas")


def test_the_rules_apply_to_each_operation_as_if_sent_alone(org):
    """E14: domains, validation, and a log row for each, refused and accepted."""
    client = org.connection()
    ann, evil, empty, two = done(
        client,
        user("ann", emails=[{"value": client.address("ann")}]),
        user("eve", emails=[{"value": "eve@evil.test"}]),
        user(""),
        patch("/Users/bulkId:none", add("title", "T")),
    )
    assert ann["status"] == "201"
    refusal(evil, 400, "invalidValue", "domain_not_verified")
    refusal(empty, 400, "invalidValue", "userName")
    refusal(two, 400, "invalidValue", "bulkId:none")
    rows = org.world.cli("log", "show", org.slug)["items"]
    told = {row["operation_index"]: row["outcome"] for row in rows}
    assert told == {0: "accepted", 1: "refused", 2: "refused", 3: "refused"}


def test_a_connection_without_the_scope_may_not_write_in_bulk_either(world, org):
    """E14."""
    client = org.connection()
    client.connection = world.connection(org.slug, "generic", "--scope", "scim.users.read")
    refusal_or_answer = bulk(client, user("ann"))
    if refusal_or_answer.status == 200:
        refusal(refusal_or_answer.body["Operations"][0], 403)
    else:
        refused(refusal_or_answer, None, status=403)


def test_a_thousand_creations_fit_one_request(common):
    """E15: how long they take is the benchmark's to say."""
    client = common.client()

    def person():
        name = fresh("quick")
        address = {"value": f"{name}@{DOMAIN}", "type": "work", "primary": True}
        return user(name, name, emails=[address], externalId=name, title="T")

    operations = [person() for _ in range(1_000)]
    entries = done(client, *operations)
    assert set(statuses(entries)) == {"201"}
    assert len({entry["location"] for entry in entries}) == 1_000
    assert got(client, entries[999])["emails"] == operations[999]["data"]["emails"]


def test_creations_together_that_rival_each_other_end_as_if_sent_one_by_one(common):
    """E9, F7: the first of two wins, and its loser leaves nothing."""
    client = common.client()
    name, address = fresh("rival"), {"value": f"{fresh('r')}@{DOMAIN}", "primary": True}
    entries = done(
        client,
        user(name, emails=[address]),
        user(name.upper(), externalId="loser-1"),
        user(fresh("other"), emails=[address], externalId=fresh("loser")),
        user(""),
        group(fresh("team")),
        user(fresh("last")),
    )
    assert statuses(entries) == ["201", "409", "409", "400", "201", "201"]
    assert client.found("/Users", f'emails.value eq "{address["value"]}"') == [id_of(entries[0])]
    assert client.found("/Users", 'externalId eq "loser-1"') == []


def test_a_user_adopted_in_bulk_keeps_its_id_for_those_who_refer_to_it(common):
    """B46, E5."""
    client = common.client("generic", adopt_inactive="on")
    old = client.user(fresh("old"), active=False)
    entries = done(
        client,
        group(fresh("team"), "bulkId:old", "bulkId:new", bulk_id="t"),
        user(old["userName"], "old"),
        user(fresh("new"), "new"),
    )
    assert statuses(entries) == ["201"] * 3
    assert entries[1]["location"] == old["meta"]["location"]
    assert members_of(client, entries[0]) == {old["id"], id_of(entries[2])}


def test_many_creations_that_must_not_fail_are_all_made(common):
    """E10, E15."""
    client = common.client()
    entries = done(client, *[user(fresh("quick")) for _ in range(999)], failOnErrors=1)
    assert set(statuses(entries)) == {"201"}
    assert len(entries) == 999


def test_a_few_conflicts_among_many_creations_are_told_each_for_itself(common):
    """E9, E2: and everyone else is created."""
    client = common.client()
    taken = {5, 6, 31}
    names = [fresh("crowd") for _ in range(40)]
    for index in taken:
        client.user(names[index])
    entries = done(client, *[user(name, externalId=f"c-{name}") for name in names])
    assert {i for i, entry in enumerate(entries) if entry["status"] == "409"} == taken
    for index, name in enumerate(names):
        assert client.found("/Users", f'externalId eq "c-{name}"') == (
            [] if index in taken else [id_of(entries[index])]
        )
