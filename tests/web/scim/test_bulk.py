"""Bulk over HTTP: each operation alone, references in any direction, one commit (E)."""

import pytest

from tests.web.scim.test_resources import PATCH, UNKNOWN, group, made, user
from tests.web.scim.test_transport import is_error

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def bulk(connection, *operations, **more):
    return connection.call("POST", "/Bulk", {"schemas": [BULK], "Operations": operations, **more})


def post(data, bulk_id=None, path="/Users"):
    operation = {"method": "POST", "path": path, "data": data}
    return operation if bulk_id is None else {**operation, "bulkId": bulk_id}


def statuses(answer):
    return [entry["status"] for entry in answer.body["Operations"]]


def total(connection, path="/Users"):
    return connection.call("GET", path, query={"count": 0}).body["totalResults"]


def id_of(entry):
    return entry["location"].rpartition("/")[2]


def test_each_operation_has_its_entry_in_request_order(acme):
    id = made(acme, user("old"))
    answer = bulk(
        acme,
        {**post(user("ann"), "a"), "method": "post"},
        {"method": "PUT", "path": f"/Users/{id}", "data": user("old", title="x")},
        {
            "method": "PATCH",
            "path": f"/Users/{id}",
            "data": {"Operations": [{"op": "remove", "path": "title"}]},
        },
        {"method": "DELETE", "path": f"/Users/{id}", "version": 'W/"3"', "bulkId": "d"},
    )
    assert answer.status == 200
    assert answer.body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]
    first, second, third, fourth = answer.body["Operations"]
    assert (first["method"], first["bulkId"], first["status"]) == ("POST", "a", "201")
    assert first["version"] == 'W/"1"'
    assert acme.call("GET", f"/Users/{id_of(first)}").status == 200
    assert (second["status"], second["version"]) == ("200", 'W/"2"')
    assert (third["status"], third["version"]) == ("200", 'W/"3"')
    assert (fourth["status"], fourth["bulkId"]) == ("204", "d")
    assert "version" not in fourth
    assert second["location"] == fourth["location"]


def test_a_failure_undoes_its_own_operation_alone(acme):
    made(acme, user("taken"))
    answer = bulk(
        acme,
        post(user("ann"), "a"),
        post(user("taken"), "b"),
        post(user("eve") | {"userName": "eve@evil.test"}, "c"),
        post(user("bob"), "d"),
        {"method": "DELETE", "path": f"/Users/{UNKNOWN}"},
        {"method": "PUT", "path": "/Nothing/x", "data": {}},
        {"method": "GET", "path": "/Users/x", "bulkId": "g"},
    )
    assert statuses(answer) == ["201", "409", "400", "201", "404", "400", "400"]
    _, taken, evil, _, unknown, nothing, get = answer.body["Operations"]
    assert taken["response"]["scimType"] == "uniqueness"
    assert "location" not in taken
    assert "not a verified domain" in evil["response"]["detail"]
    assert unknown["location"].endswith(UNKNOWN)
    assert nothing["response"]["scimType"] == "invalidSyntax"
    assert "method" not in get
    assert get["bulkId"] == "g"
    assert total(acme) == 3


def test_references_are_resolved_forwards_and_backwards(acme):
    answer = bulk(
        acme,
        post(group("Early", "bulkId:u"), "early", "/Groups"),
        post(user("ann"), "u"),
        post(group("Late", "bulkId:u", "bulkId:early"), "late", "/Groups"),
        {
            "method": "PATCH",
            "path": "/Groups/bulkId:late",
            "data": {
                "schemas": [PATCH],
                "Operations": [{"op": "remove", "path": 'members[value eq "bulkId:early"]'}],
            },
        },
    )
    assert statuses(answer) == ["201", "201", "201", "200"]
    early, ann, late, patched = answer.body["Operations"]
    assert patched["location"] == late["location"]
    for team in (early, late):
        members = acme.call("GET", f"/Groups/{id_of(team)}").body["members"]
        assert [member["value"] for member in members] == [id_of(ann)]


def test_a_circle_of_groups_is_built(acme):
    answer = bulk(
        acme,
        post(group("A", "bulkId:b"), "a", "/Groups"),
        post(group("B", "bulkId:c"), "b", "/Groups"),
        post(group("C", "bulkId:a"), "c", "/Groups"),
    )
    assert statuses(answer) == ["201"] * 3
    ids = [id_of(entry) for entry in answer.body["Operations"]]
    for index, entry in enumerate(answer.body["Operations"]):
        read = acme.call("GET", f"/Groups/{ids[index]}")
        assert [m["value"] for m in read.body["members"]] == [ids[(index + 1) % 3]]
        assert read.headers["ETag"] == entry["version"]


def test_two_users_may_manage_each_other(acme):
    key = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    answer = bulk(
        acme,
        post(user("ann", **{key: {"manager": {"value": "bulkId:b"}}}), "a"),
        post(user("bob", **{key: {"manager": {"value": "bulkId:a"}}}), "b"),
    )
    ann, bob = (id_of(entry) for entry in answer.body["Operations"])
    assert acme.call("GET", f"/Users/{ann}").body[key]["manager"]["value"] == bob
    assert acme.call("GET", f"/Users/{bob}").body[key]["manager"]["value"] == ann


def test_a_circle_with_a_fault_is_not_built_at_all(acme):
    answer = bulk(
        acme,
        post(group("A", "bulkId:b"), "a", "/Groups"),
        post(group("B", "bulkId:a", UNKNOWN), "b", "/Groups"),
        post(group("Free"), "f", "/Groups"),
    )
    assert statuses(answer) == ["409", "400", "201"]
    assert total(acme, "/Groups") == 1


def test_what_depends_on_a_failure_fails_and_nothing_else(acme):
    made(acme, user("taken"))
    answer = bulk(
        acme,
        post(user("taken"), "t"),
        post(group("A", "bulkId:t"), "a", "/Groups"),
        post(group("B", "bulkId:nobody"), "b", "/Groups"),
        {"method": "DELETE", "path": "/Users/bulkId:t"},
        post(group("C"), "c", "/Groups"),
    )
    assert statuses(answer) == ["409", "409", "400", "409", "201"]
    dependent = answer.body["Operations"][1]["response"]
    assert "scimType" not in dependent
    assert "'t'" in dependent["detail"]
    assert answer.body["Operations"][2]["response"]["scimType"] == "invalidValue"
    assert "location" not in answer.body["Operations"][3]


def test_a_group_that_names_itself_is_refused(acme):
    answer = bulk(acme, post(group("A", "bulkId:a"), "a", "/Groups"))
    assert statuses(answer) == ["400"]


@pytest.mark.parametrize(("limit", "run"), [(1, 2), (2, 4), (3, 5)])
def test_it_stops_at_the_nth_error_and_keeps_what_came_before(acme, limit, run):
    bad = {"method": "DELETE", "path": f"/Users/{UNKNOWN}"}
    answer = bulk(
        acme, post(user("a")), bad, post(user("b")), bad, post(user("c")), failOnErrors=limit
    )
    assert len(answer.body["Operations"]) == run
    assert total(acme) == statuses(answer).count("201")


@pytest.mark.parametrize(("limit", "run"), [(1, 2), (2, 4), (3, 5), (4, 7), (5, 8), (None, 8)])
def test_creations_stop_at_the_nth_error_too(acme, limit, run):
    made(acme, user("taken"))
    names = ["a", "taken", "b", "A", "", "c", "Taken", "d"]
    more = {} if limit is None else {"failOnErrors": limit}
    answer = bulk(acme, *(post(user(name), f"b{name}") for name in names), **more)
    every = ["201", "409", "201", "409", "400", "201", "409", "201"]
    assert statuses(answer) == every[:run]
    assert total(acme) == 1 + every[:run].count("201")


def test_a_stale_version_is_412_for_its_operation(acme):
    id = made(acme, user())
    answer = bulk(
        acme,
        {"method": "DELETE", "path": f"/Users/{id}", "version": 'W/"9"'},
        {"method": "DELETE", "path": f"/Users/{id}", "version": "nonsense"},
        {"method": "DELETE", "path": f"/Users/{id}", "version": 'W/"1"'},
    )
    assert statuses(answer) == ["412", "400", "204"]


@pytest.mark.parametrize("path", ["/Bulk", "/Me", "/Schemas", "/.search", "Users/.search"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_operation_elsewhere_is_refused_alone(acme, method, path):
    answer = bulk(acme, {"method": method, "path": path, "data": {}}, post(user()))
    assert statuses(answer) == ["400", "201"]
    assert answer.body["Operations"][0]["response"]["scimType"] == "invalidSyntax"


def test_scopes_are_judged_for_each_operation(world, slug):
    users = world.connection(slug, "generic", "--scope", "scim.users.write")
    answer = bulk(users, post(user()), post(group(), path="/Groups"))
    assert statuses(answer) == ["201", "403"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"Operations": []}, 400),
        ({"schemas": [BULK]}, 400),
        ({"schemas": [BULK], "Operations": [], "failOnErrors": 0}, 400),
        ({"schemas": [BULK], "Operations": [{"method": "DELETE", "path": "/Users/x"}] * 1001}, 413),
    ],
)
def test_a_bad_request_is_refused_as_a_whole(acme, body, status):
    assert is_error(acme.call("POST", "/Bulk", body), status)


def test_an_empty_bulk_is_answered(acme):
    assert bulk(acme).body["Operations"] == []


def test_strict_connections_want_endpoints_as_spelled_in_operations_too(strict):
    assert statuses(bulk(strict, post(user(), "a", "/users"))) == ["400"]


def test_an_adopted_user_keeps_its_id_for_those_who_refer_to_it(world, slug):
    adopting = world.connection(slug, "generic", "--set", "adopt_inactive=on")
    id = made(adopting, user(active=False))
    answer = bulk(adopting, post(user(), "u"), post(group("Team", "bulkId:u"), "g", "/Groups"))
    assert statuses(answer) == ["201", "201"]
    assert id_of(answer.body["Operations"][0]) == id
    members = adopting.call("GET", "/Groups").body["Resources"][0]["members"]
    assert [member["value"] for member in members] == [id]
