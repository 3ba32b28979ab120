"""Sections B.1, B.2, B.4 and B.5: resources are made, read, replaced, deactivated and deleted."""

import json
import re
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from tests.requirements.client import (
    ENTERPRISE,
    GROUP,
    USER,
    assert_error,
    path_of,
)

SPECIMEN = "urn:example:params:scim:schemas:Specimen"
LABEL = "urn:example:params:scim:schemas:extension:label:2.0:Specimen"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def a_specimen(**attributes):
    return {
        "schemas": [SPECIMEN, LABEL],
        "label": f"l{uuid4()}",
        LABEL: {"printed": "yes"},
        **attributes,
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Users", {"schemas": [USER], "userName": "ann", "title": "Boss"}),
        ("/Groups", {"schemas": [GROUP], "displayName": "Team"}),
        ("/Specimens", a_specimen(stringOne="one")),
    ],
)
def test_b1_a_creation_answers_with_all_of_it_and_where_it_is(acme, path, body):
    made = acme.post(path, body)
    assert made.status == 201
    meta = made.body["meta"]
    assert made.headers["Location"] == made.headers["Content-Location"] == meta["location"]
    assert meta["location"] == f"https://scim.example/scim/v2{path}/{made.body['id']}"
    assert made.headers["ETag"] == meta["version"]
    assert {name: made.body[name] for name in body} == body
    assert acme.get(path_of(made.body)).body == made.body


def test_b2_projections_hold_for_the_answers_of_writes(acme):
    body = {"schemas": [USER], "userName": "ann", "title": "Boss", "nickName": "A"}
    one = {"attributes": "title"}
    made = acme.post("/Users", body, query=one)
    assert set(made.body) == {"schemas", "id", "title"}
    path = f"/Users/{made.body['id']}"
    assert set(acme.put(path, body, query=one).body) == {"schemas", "id", "title"}
    change = {"op": "replace", "path": "title", "value": "New"}
    patched = acme.patch(path, change, query={"excludedAttributes": "title,meta"})
    assert patched.status == 200
    assert not {"title", "meta"} & set(patched.body)
    assert patched.body["nickName"] == "A"


def test_b3_what_cannot_be_written_is_passed_over(acme):
    boss = acme.user("boss", displayName="The Boss")
    body = {
        "schemas": [USER, ENTERPRISE],
        "userName": "ann",
        "id": "mine",
        "meta": {"location": "../Users/1", "version": "x", "resourceType": "Group"},
        "groups": [],
        ENTERPRISE: {"manager": {"value": boss["id"], "displayName": "Somebody"}},
    }
    made = acme.post("/Users", body)
    assert made.status == 201
    assert made.body["id"] != "mine"
    assert made.body["meta"]["resourceType"] == "User"
    assert made.body[ENTERPRISE]["manager"]["displayName"] == "The Boss"
    path = path_of(made.body)
    again = acme.put(path, {**body, "groups": [{"value": "x"}], "meta": 5, "id": {}})
    assert again.status == 200
    assert again.body == made.body


def test_b4_ids_are_ours_and_never_come_back(acme, other):
    beyond = other.connection()
    ids = [acme.user(f"u{n}")["id"] for n in range(3)] + [acme.group()["id"]]
    ids.append(beyond.user("u0")["id"])
    assert len(set(ids)) == 5
    for id in ids:
        UUID(id)
        assert "bulkid" not in id.lower()
    assert acme.delete(f"/Users/{ids[0]}").status == 204
    assert acme.user("u0")["id"] not in ids


def test_b5_times_are_utc_in_the_precision_that_is_stored(acme):
    made = acme.user()
    meta = made["meta"]
    assert set(meta) == {"resourceType", "created", "lastModified", "location", "version"}
    assert INSTANT.fullmatch(meta["created"])
    assert meta["created"] == meta["lastModified"]
    assert acme.found("/Users", f'meta.lastModified gt "{meta["lastModified"]}"') == []
    assert acme.found("/Users", f'meta.lastModified ge "{meta["lastModified"]}"') == [made["id"]]
    change = {"op": "replace", "path": "title", "value": "x"}
    later = acme.patch(path_of(made), change).body["meta"]
    assert later["created"] == meta["created"]
    assert datetime.fromisoformat(later["lastModified"]) > datetime.fromisoformat(meta["created"])
    assert acme.found("/Users", f'meta.lastModified gt "{meta["lastModified"]}"') == [made["id"]]


def test_b6_a_user_is_active_unless_it_says_otherwise(acme):
    assert acme.user("a")["active"] is True
    assert acme.user("b", active=None)["active"] is True
    assert acme.user("c", active=False)["active"] is False


def test_b7_schemas_are_the_base_and_extensions_with_a_value(acme):
    plain = acme.post("/Users", {"schemas": [USER, USER, ENTERPRISE, "urn:x:y"], "userName": "a"})
    assert plain.body["schemas"] == [USER]
    rich = acme.user("b", **{ENTERPRISE: {"department": "d"}})
    assert rich["schemas"] == [USER, ENTERPRISE]


@pytest.mark.parametrize(
    ("schemas", "tolerant", "when_strict"),
    [
        ([USER], 201, 201),
        ([ENTERPRISE, USER], 201, 201),
        ([USER, USER], 201, 201),
        ([USER.upper()], 201, 201),
        (None, 201, 400),
        ([], 201, 400),
        ([ENTERPRISE], 400, 400),
        ([GROUP], 400, 400),
        ([USER, "urn:ietf:params:scim:schemas:extension:ADSCIM:2.0:User"], 201, 400),
        (5, 400, 400),
        ([5], 400, 400),
        ([None], 400, 400),
        ({"a": 1}, 400, 400),
    ],
)
def test_b8_schemas_of_a_request(org, schemas, tolerant, when_strict):
    body = {"userName": f"u{uuid4()}"} | ({} if schemas is None else {"schemas": schemas})
    for profile, status in (("generic", tolerant), ("strict-interop", when_strict)):
        client = org.connection(profile)
        answer = client.post("/Users", {**body, "userName": f"u{uuid4()}"})
        if status == 201:
            assert answer.status == 201, answer.body
        else:
            assert_error(answer, 400, "invalidSyntax")


def test_b9_extension_values_count_by_their_urn_in_any_case(acme):
    made = acme.post(
        "/Users", {"schemas": [USER], "userName": "a", ENTERPRISE.upper(): {"DEPARTMENT": "d"}}
    ).body
    assert made[ENTERPRISE] == {"department": "d"}
    assert made["schemas"] == [USER, ENTERPRISE]
    path = path_of(made)
    gone = acme.patch(path, {"op": "remove", "path": f"{ENTERPRISE}:department"}).body
    assert ENTERPRISE not in gone
    assert gone["schemas"] == [USER]
    acme.put(path, {"schemas": [USER], "userName": "a", ENTERPRISE: {"department": "d"}})
    emptied = {"schemas": [USER, ENTERPRISE], "userName": "a", ENTERPRISE: {"department": ""}}
    assert acme.put(path, emptied).body["schemas"] == [USER]


def test_b10_the_resource_type_comes_from_the_endpoint(acme):
    body = {"schemas": [GROUP], "displayName": "T", "meta": {"resourceType": "User"}}
    assert acme.post("/Groups", body).body["meta"]["resourceType"] == "Group"


@pytest.mark.parametrize("label", [None, {}, {"colours": ["red"]}, {"printed": ""}])
def test_b11_a_required_extension_must_be_there(anyone, label):
    body = a_specimen()
    del body[LABEL]
    if label is not None:
        body[LABEL] = label
    detail = assert_error(anyone.post("/Specimens", body), 400, "invalidValue")
    assert LABEL in detail


@pytest.mark.parametrize("strange", ["nobody", "x" * 300, "%00", "%F0%9F%98%80", "a%2Fb", "."])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_b34_b35_c60_unknown_ids_are_one_404(anyone, method, strange):
    body = {
        "GET": None,
        "DELETE": None,
        "PUT": {"schemas": [USER], "userName": f"u{uuid4()}"},
        "PATCH": {"Operations": [{"op": "add", "path": "title", "value": "x"}]},
    }[method]
    assert_error(anyone.call(method, f"/Users/{strange}", body), 404)


def test_b34_ids_that_are_not_yours_look_like_ids_that_are_not_there(acme, other):
    mine, theirs = acme.user(), other.connection().user()
    group = acme.group()
    acme.delete(path_of(mine))
    unknown = [mine["id"], theirs["id"], group["id"], str(uuid4()), mine["id"].upper(), "x"]
    details = set()
    for id in unknown:
        details.add(assert_error(acme.get(f"/Users/{id}"), 404).replace(id, ""))
    assert len(details) == 1
    read = acme.get(path_of(group))
    assert read.headers["ETag"] == group["meta"]["version"]
    assert read.headers["Content-Location"] == group["meta"]["location"]


def test_b35_a_different_id_in_the_body_is_passed_over(acme):
    ann, bob = acme.user("ann"), acme.user("bob")
    put = acme.put(path_of(ann), {"schemas": [USER], "userName": "ann", "id": bob["id"]})
    assert put.status == 200
    assert put.body["id"] == ann["id"]


def test_b36_a_put_clears_what_it_leaves_out_but_for_what_is_dangerous(acme):
    made = acme.user("ann", externalId="e1", active=False, title="t", nickName="n", password="Pw1!")
    put = acme.put(path_of(made), {"schemas": [USER], "userName": "ann", "nickName": "n"})
    assert "title" not in put.body
    assert put.body["nickName"] == "n"
    assert put.body["externalId"] == "e1"
    assert put.body["active"] is False
    cleared = acme.put(path_of(made), {"userName": "ann", "externalId": None, "active": None})
    assert "externalId" not in cleared.body
    assert cleared.status == 200
    group = acme.group("Team", made["id"])
    renamed = acme.put(path_of(group), {"displayName": "New"})
    assert [each["value"] for each in renamed.body["members"]] == [made["id"]]
    assert acme.put(path_of(group), {"displayName": "New", "members": []}).body["members"] == []


def test_b37_putting_what_is_there_changes_nothing(acme):
    member = acme.user("bob")
    ann = acme.user("ann", externalId="e1", **{ENTERPRISE: {"manager": {"value": member["id"]}}})
    team = acme.group("Team", member["id"])
    for made in (ann, team):
        put = acme.put(path_of(made), made)
        assert put.status == 200
        assert put.body == made
    assert_error(acme.put(path_of(ann), {"schemas": [USER], "title": "x"}), 400, "invalidValue")
    assert_error(acme.put(path_of(team), {"members": []}), 400, "invalidValue")


@pytest.mark.parametrize(("kind", "name"), [("/Users", "userName"), ("/Groups", "displayName")])
def test_b38_what_is_deleted_is_gone_and_its_values_are_free(acme, kind, name):
    body = {name: "Someone", "externalId": "e1"}
    made = acme.post(kind, body).body
    path = path_of(made)
    gone = acme.delete(path)
    assert gone.status == 204
    assert gone.body is None
    assert_error(acme.get(path), 404)
    assert_error(acme.put(path, body), 404)
    assert_error(acme.patch(path, {"op": "remove", "path": "externalId"}), 404)
    assert_error(acme.delete(path), 404)
    assert acme.found(kind, f'{name} eq "someone"') == []
    assert acme.found(kind, 'externalId eq "e1"') == []
    assert acme.get(kind).body["totalResults"] == 0
    again = acme.post(kind, body)
    assert again.status == 201
    assert again.body["id"] != made["id"]


def test_b38_patch_never_deletes_and_delete_never_deactivates(acme):
    made = acme.user()
    acme.patch(path_of(made), {"op": "replace", "path": "active", "value": False})
    assert acme.get(path_of(made)).body["active"] is False
    acme.delete(path_of(made))
    assert_error(acme.get(path_of(made)), 404)


def test_b40_deleting_a_user_ends_its_memberships_and_its_reports_lose_their_manager(acme):
    boss, ann = acme.user("boss"), acme.user("ann")
    report = acme.user("rep", **{ENTERPRISE: {"manager": {"value": boss["id"]}, "department": "d"}})
    team, rest = acme.group("Team", boss["id"], ann["id"]), acme.group("Rest", ann["id"])
    acme.delete(path_of(boss))
    now = acme.get(path_of(team))
    assert [each["value"] for each in now.body["members"]] == [ann["id"]]
    assert now.headers["ETag"] != team["meta"]["version"]
    assert acme.get(path_of(rest)).headers["ETag"] == rest["meta"]["version"]
    orphan = acme.get(path_of(report))
    assert orphan.body[ENTERPRISE] == {"department": "d"}
    assert orphan.headers["ETag"] != report["meta"]["version"]
    assert acme.found("/Groups", f'members.value eq "{boss["id"]}"') == []


def test_b40_deleting_a_group_takes_it_out_of_users_and_groups(acme):
    ann = acme.user("ann")
    inner = acme.group("Inner", ann["id"])
    outer = acme.group("Outer", inner["id"])
    acme.delete(path_of(inner))
    read = acme.get(path_of(ann))
    assert "groups" not in read.body
    assert read.headers["ETag"] == ann["meta"]["version"]
    now = acme.get(path_of(outer))
    assert now.body["members"] == []
    assert now.headers["ETag"] != outer["meta"]["version"]


def test_b42_every_answer_with_a_body_says_where_it_belongs(acme):
    made = acme.new_user()
    path, place = path_of(made.body), made.body["meta"]["location"]
    body = {"schemas": [USER], "userName": "ann", "title": "x"}
    change = {"op": "replace", "path": "title", "value": "y"}
    for answer in (made, acme.get(path), acme.put(path, body), acme.patch(path, change)):
        assert answer.headers["Content-Location"] == place


@pytest.mark.parametrize("way", ["patch", "pathless", "put", "bulk"])
def test_b43_b45_a_deactivated_user_stays_what_it_was_and_comes_back(acme, way):
    made = acme.user("ann", title="t", externalId="e")
    team = acme.group("Team", made["id"])
    path = path_of(made)

    def switch(active):
        change = {"op": "replace", "path": "active", "value": active}
        if way == "put":
            return acme.put(path, {**made, "active": active})
        if way == "pathless":
            return acme.patch(path, {"op": "replace", "value": {"active": active}})
        if way == "bulk":
            urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
            data = {"Operations": [change]}
            one = {"method": "PATCH", "path": path, "data": data}
            return acme.post("/Bulk", {"schemas": [urn], "Operations": [one]})
        return acme.patch(path, change)

    assert switch(False).status == 200
    off = acme.get(path).body
    assert off["active"] is False
    assert acme.found("/Users", "active eq false") == [made["id"]]
    assert acme.found("/Users", "active eq true") == []
    assert acme.get("/Users").body["totalResults"] == 1
    assert acme.get(path_of(team)).body["members"][0]["value"] == made["id"]
    assert switch(True).status == 200
    back = acme.get(path).body
    kept = {"id", "userName", "title", "externalId", "active"}
    assert {name: back[name] for name in kept} == {name: made[name] for name in kept}
    assert back["groups"][0]["value"] == team["id"]


def test_b46_the_name_of_an_inactive_user_is_taken_unless_it_may_be_adopted(org):
    plain, adopting = org.connection(), org.connection(adopt_inactive="on")
    made = plain.user("ann", active=False, title="old")
    assert_error(plain.new_user("ANN"), 409, "uniqueness")
    adopted = adopting.new_user("ANN", nickName="new")
    assert adopted.status == 201
    assert adopted.body["id"] == made["id"]
    assert adopted.body["active"] is True
    assert adopted.body["nickName"] == "new"
    assert "title" not in adopted.body
    assert_error(adopting.new_user("ann"), 409, "uniqueness")


def test_b15_nothing_is_ever_null(acme):
    acme.user("ann", title=None, name={"givenName": None}, emails=[])
    acme.group()
    for path in ("/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        assert "null" not in json.dumps(acme.get(path).body)
