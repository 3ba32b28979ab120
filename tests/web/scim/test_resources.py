"""Resources over HTTP: what the four verbs answer, and with which headers (B, C9, C10, G)."""

import json

import pytest

from tests.web.scim.test_transport import is_error

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
UNKNOWN = "01a1ffed-ca92-776f-a289-4a31b4dcbdc1"


def user(name="ann", **more):
    return {"schemas": [USER], "userName": f"{name}@acme.test", **more}


def group(name="Team", *members, **more):
    listed = [{"value": member} for member in members]
    return {"schemas": [GROUP], "displayName": name, "members": listed, **more}


def patch(*operations):
    return {"schemas": [PATCH], "Operations": list(operations)}


def made(connection, body, endpoint="/Users"):
    answer = connection.call("POST", endpoint, body)
    assert answer.status == 201, answer.body
    return answer.body["id"]


def test_a_creation_answers_the_whole_resource_and_where_it_is(acme):
    answer = acme.call("POST", "/Users", user(externalId="x-1", title="Engineer"))
    body, headers = answer.body, answer.headers
    assert answer.status == 201
    assert body["title"] == "Engineer"
    assert body["externalId"] == "x-1"
    assert body["active"] is True
    assert body["meta"]["created"] == body["meta"]["lastModified"]
    assert body["meta"]["location"].endswith(f"/scim/v2/Users/{body['id']}")
    assert headers["Location"] == headers["Content-Location"] == body["meta"]["location"]
    assert headers["ETag"] == body["meta"]["version"]
    assert "groups" not in body


def test_reading_gives_what_was_created(acme):
    created = acme.call("POST", "/Users", user(name="ann", emails=[{"value": "ann@acme.test"}]))
    read = acme.call("GET", f"/Users/{created.body['id']}")
    assert read.status == 200
    assert read.body == created.body
    assert read.headers["ETag"] == created.headers["ETag"]
    assert read.headers["Content-Location"] == created.headers["Location"]
    assert "Location" not in read.headers


def test_an_id_of_any_other_kind_is_the_same_not_found(world, acme):
    other = world.connection(world.organization("other", "other.test"))
    id = made(acme, user())
    for path, connection in (
        (f"/Users/{UNKNOWN}", acme),
        (f"/Users/{id.upper()}", acme),
        ("/Users/nonsense", acme),
        (f"/Groups/{id}", acme),
        (f"/Users/{id}", other),
    ):
        for method, body in (
            ("GET", None),
            ("PUT", group() if path.startswith("/Groups") else user()),
            ("PATCH", patch({"op": "remove", "path": "title"})),
            ("DELETE", None),
        ):
            assert is_error(connection.call(method, path, body), 404)


def test_put_answers_the_whole_resource(acme):
    id = made(acme, user(title="x"))
    answer = acme.call("PUT", f"/Users/{id}", user(displayName="Ann"))
    assert answer.status == 200
    assert answer.body["displayName"] == "Ann"
    assert "title" not in answer.body
    assert answer.headers["ETag"] == answer.body["meta"]["version"] == 'W/"2"'
    assert answer.headers["Content-Location"] == answer.body["meta"]["location"]


def test_delete_answers_204_and_then_404(acme):
    id = made(acme, user())
    answer = acme.call("DELETE", f"/Users/{id}")
    assert (answer.status, answer.body) == (204, None)
    assert "Content-Type" not in answer.headers
    assert is_error(acme.call("GET", f"/Users/{id}"), 404)
    assert is_error(acme.call("DELETE", f"/Users/{id}"), 404)
    assert made(acme, user()) != id


def test_patch_answers_the_whole_resource(acme):
    id = made(acme, user())
    answer = acme.call("PATCH", f"/Users/{id}", patch({"op": "add", "path": "title", "value": "x"}))
    assert (answer.status, answer.body["title"]) == (200, "x")


@pytest.mark.parametrize(
    ("profile", "of_user", "of_group"),
    [("generic", 200, 200), ("entra", 200, 204), ("strict-interop", 200, 200)],
)
def test_patch_answers_as_the_connection_prefers(world, slug, profile, of_user, of_group):
    connection = world.connection(slug, profile)
    user_id, group_id = made(connection, user()), made(connection, group(), "/Groups")
    rename = patch({"op": "replace", "path": "displayName", "value": "New"})
    answer = connection.call("PATCH", f"/Users/{user_id}", rename)
    assert answer.status == of_user
    answer = connection.call("PATCH", f"/Groups/{group_id}", rename)
    assert answer.status == of_group
    assert answer.headers["ETag"] == 'W/"2"'
    assert answer.headers["Content-Location"].endswith(f"/Groups/{group_id}")
    projected = connection.call("PATCH", f"/Groups/{group_id}?attributes=displayName", rename)
    assert projected.status == 200
    assert set(projected.body) <= {"schemas", "id", "displayName", "meta"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_projection_applies_to_the_answers_of_writes(acme, method):
    id = made(acme, user("bob", title="x"))
    path, body = f"/Users/{id}", user("bob", title="y")
    if method == "POST":
        path, body = "/Users", user("eve", title="y")
    if method == "PATCH":
        body = patch({"op": "replace", "path": "title", "value": "y"})
    answer = acme.call(method, f"{path}?attributes=title", body)
    assert answer.body["title"] == "y"
    assert "userName" not in answer.body
    assert answer.headers["ETag"]


def test_members_and_groups_point_at_each_other(acme):
    ann, bob = made(acme, user("ann")), made(acme, user("bob", displayName="Bob"))
    inner = made(acme, group("Inner", ann), "/Groups")
    outer = made(acme, group("Outer", inner, bob), "/Groups")
    root = "http://127.0.0.1:8000/scim/v2"
    assert acme.call("GET", f"/Groups/{outer}").body["members"] == sorted(
        [
            {"value": inner, "$ref": f"{root}/Groups/{inner}", "type": "Group", "display": "Inner"},
            {
                "value": bob,
                "$ref": f"{root}/Users/{bob}",
                "type": "User",
                "display": "Bob",
            },
        ],
        key=lambda member: member["value"],
    )
    groups = acme.call("GET", f"/Users/{ann}").body["groups"]
    assert {(entry["value"], entry["type"]) for entry in groups} == {
        (inner, "direct"),
        (outer, "indirect"),
    }
    assert {entry["$ref"] for entry in groups} == {
        f"{root}/Groups/{inner}",
        f"{root}/Groups/{outer}",
    }
    assert {entry["display"] for entry in groups} == {"Inner", "Outer"}


def test_an_empty_group_has_an_empty_list_unless_it_is_not_wanted(acme):
    id = made(acme, group(), "/Groups")
    assert acme.call("GET", f"/Groups/{id}").body["members"] == []
    for query in ({"excludedAttributes": "members"}, {"attributes": "displayName"}):
        assert "members" not in acme.call("GET", f"/Groups/{id}", query=query).body
    only = acme.call("GET", f"/Groups/{id}", query={"attributes": "members"}).body
    assert only["members"] == []
    assert "displayName" not in only


def test_a_sub_attribute_of_members_can_be_asked_for(acme):
    ann = made(acme, user())
    id = made(acme, group("Team", ann), "/Groups")
    answer = acme.call("GET", f"/Groups/{id}", query={"attributes": "members.value"})
    assert answer.body["members"] == [{"value": ann}]


def test_a_manager_is_shown_with_address_and_name(acme):
    boss = made(acme, user("boss", displayName="The Boss"))
    id = made(acme, user("ann", **{ENTERPRISE: {"manager": {"value": boss}}}))
    for body in (
        acme.call("GET", f"/Users/{id}").body,
        acme.call("GET", f"/Users/{id}", query={"attributes": ENTERPRISE}).body,
    ):
        manager = body[ENTERPRISE]["manager"]
        assert manager["value"] == boss
        assert manager["$ref"].endswith(f"/Users/{boss}")
        assert manager["displayName"] == "The Boss"


def test_a_manager_who_is_not_here_is_kept_bare(acme):
    id = made(acme, user("ann", **{ENTERPRISE: {"manager": {"value": "someone"}}}))
    body = acme.call("GET", f"/Users/{id}").body
    assert body[ENTERPRISE]["manager"] == {"value": "someone"}


def test_a_group_of_thousands_is_sent_whole_and_patched_without_a_body(acme):
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Users", "data": user(f"u{n}")} for n in range(1000)
        ],
    }
    done = acme.call("POST", "/Bulk", body).body["Operations"]
    ids = [entry["location"].rpartition("/")[2] for entry in done]
    more = made(acme, user("last"))
    small = made(acme, group("Small", *ids), "/Groups")
    answer = acme.call("POST", "/Groups", group("Large", *ids, more))
    assert len(answer.body["members"]) == 1001
    read = acme.call("GET", f"/Groups/{answer.body['id']}")
    assert read.body == answer.body
    add = patch({"op": "replace", "path": "displayName", "value": "New"})
    assert acme.call("PATCH", f"/Groups/{answer.body['id']}", add).status == 204
    assert small in {entry["id"] for entry in acme.call("GET", "/Groups").body["Resources"]}
    listed = acme.call("GET", "/Groups", query={"sortBy": "displayName"}).body["Resources"]
    assert [len(entry["members"]) for entry in listed] == [1001, 1000]
    head = acme.call("HEAD", f"/Groups/{answer.body['id']}")
    assert (head.status, head.body) == (200, None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": 'W/"1"'}, 200),
        ({"If-Match": '"1"'}, 200),
        ({"If-Match": 'W/"7", W/"1"'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": 'W/"2"'}, 412),
        ({"If-Match": '"other"'}, 412),
        ({"If-None-Match": 'W/"1"'}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-None-Match": 'W/"9"'}, 200),
        ({"If-Match": "nonsense"}, 400),
        ({"If-None-Match": '"'}, 400),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_preconditions_guard_writes(acme, headers, status, method):
    id = made(acme, user())
    bodies = {
        "PUT": user(title="x"),
        "PATCH": patch({"op": "add", "path": "title", "value": "x"}),
        "DELETE": None,
    }
    headers = {**headers, "Content-Type": "application/scim+json"}
    answer = acme.call(method, f"/Users/{id}", _raw(bodies[method]), headers=headers)
    assert answer.status == (204 if status == 200 and method == "DELETE" else status)
    unchanged = acme.call("GET", f"/Users/{id}")
    assert (unchanged.status == 200 and "title" not in unchanged.body) == (status != 200)


def _raw(body):
    return None if body is None else json.dumps(body).encode()


def test_an_unknown_id_is_not_found_whatever_the_precondition(acme):
    answer = acme.call("DELETE", f"/Users/{UNKNOWN}", headers={"If-Match": 'W/"1"'})
    assert is_error(answer, 404)


@pytest.mark.parametrize(
    ("tag", "status"), [('W/"1"', 304), ("*", 304), ('W/"2"', 200), ('"x", W/"1"', 304), ("1", 400)]
)
def test_a_client_that_has_the_version_is_told_so(acme, tag, status):
    id = made(acme, user())
    answer = acme.call("GET", f"/Users/{id}?attributes=title", headers={"If-None-Match": tag})
    assert answer.status == status
    if status == 304:
        assert answer.body is None
        assert answer.headers["ETag"] == 'W/"1"'
        assert answer.headers["Content-Location"].endswith(id)


def test_a_connection_may_require_if_match(world, slug):
    careful = world.connection(slug, "generic", "--set", "require_if_match=on")
    id = made(careful, user())
    assert is_error(careful.call("DELETE", f"/Users/{id}"), 428)
    assert careful.call("DELETE", f"/Users/{id}", headers={"If-Match": 'W/"1"'}).status == 204


def test_more_members_than_one_request_may_carry_are_refused(world, slug):
    small = type(world)(
        world.url,
        {
            "SCIMSERVER_MAX_GROUP_MEMBERS": "2",
            "SCIMSERVER_MAX_PATCH_MEMBERS": "2",
            "SCIMSERVER_MAX_PATCH_OPERATIONS": "2",
        },
    ).connection(slug, "okta")
    three = [{"value": f"x{n}"} for n in range(3)]
    assert is_error(small.call("POST", "/Groups", group("A") | {"members": three}), 413)
    id = made(small, group(), "/Groups")
    for body in (
        patch({"op": "add", "path": "members", "value": three}),
        patch({"op": "add", "value": {"members": three}}),
        patch(*[{"op": "remove", "path": "displayName"}] * 3),
    ):
        assert is_error(small.call("PATCH", f"/Groups/{id}", body), 413)
    assert is_error(small.call("PATCH", f"/Groups/{id}", patch() | {"Operations": 5}), 400)
