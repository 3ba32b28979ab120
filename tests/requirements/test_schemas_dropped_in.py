"""A file dropped into the schemas folder is a resource type or an extension, without code (L)."""

import json
import shutil
from pathlib import Path

import pytest

from scimserver.cli.main import run
from tests.requirements.client import Client, assert_error
from tests.requirements.common import copy_for_all
from tests.world import World

SCHEMAS = Path(__file__).parents[2] / "schemas"
SPECIMEN = "urn:example:params:scim:schemas:Specimen"
LABEL = "urn:example:params:scim:schemas:extension:label:2.0:Specimen"
BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
DOMAIN = "acme.test"

BADGE_FILE = {
    "id": BADGE,
    "name": "Badge",
    "description": "What a user shows at the door",
    "attributes": [
        {"name": "number", "type": "string", "uniqueness": "server"},
        {"name": "colour", "type": "string"},
        {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
        {"name": "alias", "type": "string"},
    ],
    "x-scimserver": {"extends": "User", "index": ["colour"], "emails": ["alias"]},
}


class Folder:
    """A folder of schemas, and a server over one database that is restarted when it changes."""

    def __init__(self, url, path):
        self.url, self.path = url, path
        self.token = None
        shutil.copytree(SCHEMAS, path)
        copy_for_all(path / "examples" / "specimen.json", path)
        copy_for_all(path / "examples" / "specimen_label.json", path)
        self.write("badge.json", BADGE_FILE)

    def write(self, name, document):
        (self.path / name).write_text(json.dumps(document), encoding="utf-8")

    def started(self):
        """Return a world over the folder as it is now."""
        return World(self.url, {"SCIMSERVER_SCHEMAS": str(self.path)})

    def again(self, client):
        """Restart the server, and return the client of the same connection."""
        world = self.started()
        old = client.connection
        connection = type(old)(world.app.test_client(), old.id, old.org, old.token)
        return Client(connection, client.domain)


@pytest.fixture
def folder(database_url, tmp_path):
    return Folder(database_url, tmp_path / "schemas")


@pytest.fixture
def server(folder):
    return folder.started()


@pytest.fixture
def acme(server):
    return Client(server.connection(server.organization("Acme", DOMAIN)), DOMAIN)


def specimen(label, **attributes):
    body = {"schemas": [SPECIMEN, LABEL], "label": label, LABEL: {"printed": label}}
    return {**body, **attributes}


def made(client, label, **attributes):
    answer = client.post("/Specimens", specimen(label, **attributes))
    assert answer.status == 201, answer.body
    return answer.body


def badged(client, name, **badge):
    return client.user(name, schemas=[USER, BADGE], **{BADGE: badge})


def test_a_new_type_and_an_extension_are_discovered(acme):
    """L1, L2"""
    types = {each["name"]: each for each in acme.get("/ResourceTypes").body["Resources"]}
    assert types["Specimen"]["endpoint"] == "/Specimens"
    assert types["Specimen"]["schema"] == SPECIMEN
    assert types["Specimen"]["schemaExtensions"] == [{"schema": LABEL, "required": True}]
    assert {"schema": BADGE, "required": False} in types["User"]["schemaExtensions"]
    for urn in (SPECIMEN, LABEL, BADGE):
        found = acme.get(f"/Schemas/{urn}").body
        assert found["id"] == urn
        assert "x-scimserver" not in json.dumps(found)


def test_a_resource_of_a_new_type_is_created_replaced_patched_and_deleted(acme):
    """L1, B42"""
    first = made(acme, "One", stringMany=["a", "b"], part={"value": "left arm", "count": 3})
    path = f"/Specimens/{first['id']}"
    assert first["meta"]["resourceType"] == "Specimen"
    assert first["meta"]["location"].endswith(path)
    put = acme.put(path, specimen("Two", stringOne="x"))
    assert (put.status, put.body["label"], put.body.get("part")) == (200, "Two", None)
    done = acme.patch(
        path,
        {"op": "add", "path": "parts", "value": [{"value": "p", "type": "left", "count": 1}]},
        {"op": "replace", "path": 'parts[type eq "left"].count', "value": 7},
        {"op": "replace", "path": f"{LABEL}:printed", "value": "Seven"},
        {"op": "remove", "path": "stringOne"},
    )
    assert done.status == 200, done.body
    assert done.body["parts"][0]["count"] == 7
    assert done.body[LABEL]["printed"] == "Seven"
    assert "stringOne" not in done.body
    assert acme.get(path).body == done.body
    assert acme.delete(path).status == 204
    assert acme.get(path).status == 404


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('label eq "ONE"', ["One"]),
        ('label sw "t"', ["Two", "Three"]),
        ('exactNone eq "Case"', ["One"]),
        ('exactNone eq "case"', []),
        ('stringOne co "MID"', ["Two"]),
        ("integerOne gt 10", ["Two", "Three"]),
        ("booleanOne eq true", ["One"]),
        ('dateTimeOne lt "2026-01-01T00:00:00+02:00"', ["One"]),
        ('parts[value eq "p" and count gt 1]', ["Two"]),
        ('parts.value eq "P"', ["One", "Two"]),
        (f'{LABEL}:printed eq "three"', ["Three"]),
        (f'{LABEL}:colours eq "red"', ["Three"]),
        ("not (integerOne pr)", ["One"]),
        ('exactServer eq "s-2"', ["Two"]),
        ('serverInteger pr or label eq "three"', ["Three"]),
    ],
)
def test_new_attributes_are_filtered_by_index_and_without(acme, text, labels):
    """L1, L4"""
    people(acme)
    found = acme.get("/Specimens", filter=text)
    assert [each["label"] for each in found.body["Resources"]] == labels, found.body


def people(client):
    made(
        client,
        "One",
        exactNone="Case",
        booleanOne=True,
        dateTimeOne="2025-12-31T21:00:00Z",
        parts=[{"value": "P", "count": 1}],
    )
    made(
        client,
        "Two",
        stringOne="a Middle b",
        integerOne=11,
        exactServer="s-2",
        parts=[{"value": "p", "count": 2}],
    )
    made(client, "Three", integerOne=12, **{LABEL: {"printed": "Three", "colours": ["Red"]}})


def test_new_types_are_sorted_paged_and_projected(acme):
    """L1"""
    people(acme)
    page = acme.get("/Specimens", sortBy="label", sortOrder="descending", count="2").body
    assert [each["label"] for each in page["Resources"]] == ["Two", "Three"]
    assert (page["totalResults"], page["itemsPerPage"]) == (3, 2)
    second = acme.get("/Specimens", sortBy="label", startIndex="2", count="1").body
    assert [each["label"] for each in second["Resources"]] == ["Three"]
    labels, cursor = [], ""
    while cursor is not None:
        page = acme.get("/Specimens", cursor=cursor, count="2").body
        labels += [each["label"] for each in page["Resources"]]
        cursor = page.get("nextCursor")
    assert labels == ["One", "Two", "Three"]
    (only,) = acme.get("/Specimens", filter='label eq "two"', attributes="integerOne").body[
        "Resources"
    ]
    assert set(only) == {"schemas", "id", "integerOne"}
    (less,) = acme.get("/Specimens", filter='label eq "two"', excludedAttributes=LABEL).body[
        "Resources"
    ]
    assert LABEL not in less
    assert less["label"] == "Two"


def test_the_root_and_search_find_new_types_beside_the_old(acme):
    """L1, D50"""
    ann = acme.user("ann")
    one = made(acme, "One")
    found = acme.get("", filter="id pr").body
    assert {each["id"] for each in found["Resources"]} == {ann["id"], one["id"]}
    body = {"schemas": [SEARCH], "filter": 'meta.resourceType eq "Specimen"'}
    assert [e["id"] for e in acme.post("/.search", body).body["Resources"]] == [one["id"]]
    body = {"schemas": [SEARCH], "filter": 'label eq "one"'}
    assert acme.post("/Specimens/.search", body).body["totalResults"] == 1


def test_bulk_creates_new_types_and_resolves_references_to_them(acme):
    """L1, L5"""
    ann = {"schemas": [USER], "userName": "ann"}
    operations = [
        {
            "method": "POST",
            "path": "/Specimens",
            "bulkId": "s",
            "data": specimen("One", keeper={"value": "bulkId:u"}, owners=[{"value": "bulkId:u"}]),
        },
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": ann},
    ]
    answer = acme.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    assert [each["status"] for each in answer.body["Operations"]] == ["201", "201"], answer.body
    (user,) = acme.get("/Users").body["Resources"]
    (one,) = acme.get("/Specimens").body["Resources"]
    assert one["keeper"]["value"] == user["id"]
    assert one["keeper"]["$ref"].endswith(f"/Users/{user['id']}")
    assert [each["value"] for each in one["owners"]] == [user["id"]]


def test_deleting_a_resource_clears_edges_and_references_to_it(acme):
    """L5"""
    ann, bob = acme.user("ann"), acme.user("bob")
    one = made(
        acme,
        "One",
        keeper={"value": ann["id"]},
        related=[{"value": ann["id"]}, {"value": bob["id"]}],
        owners=[{"value": ann["id"]}, {"value": bob["id"]}],
        **{LABEL: {"printed": "One", "printer": {"value": ann["id"]}}},
    )
    assert acme.delete(f"/Users/{ann['id']}").status == 204
    after = acme.get(f"/Specimens/{one['id']}").body
    assert ann["id"] not in json.dumps(after)
    assert [each["value"] for each in after["owners"]] == [bob["id"]]
    assert [each["value"] for each in after["related"]] == [bob["id"]]
    assert after["meta"]["version"] != one["meta"]["version"]
    assert "groups" not in acme.get(f"/Users/{bob['id']}").body


def test_uniqueness_server_holds_in_an_organization_and_global_everywhere(server, acme):
    """L4"""
    made(acme, "One", exactServer="a", foldedServer="b", exactGlobal="c", foldedGlobal="d")
    made(acme, "Two", exactServer="A", exactGlobal="C")
    for clash in ({"exactServer": "a"}, {"foldedServer": "B"}, {"exactGlobal": "c"}):
        refused = acme.post("/Specimens", specimen("Three", **clash))
        assert_error(refused, 409, "uniqueness")
    other = Client(server.connection(server.organization("Other", "other.test")), "other.test")
    made(other, "One", exactServer="a", foldedServer="b")
    for clash in ({"exactGlobal": "c"}, {"foldedGlobal": "D"}):
        detail = assert_error(other.post("/Specimens", specimen("Two", **clash)), 409, "uniqueness")
        assert "Acme" not in detail
    (first,) = acme.get("/Specimens", filter='label eq "One"').body["Resources"]
    acme.delete(f"/Specimens/{first['id']}")
    made(other, "Two", exactGlobal="c", foldedGlobal="D")


def test_what_may_never_be_returned_is_never_returned(server, acme, tmp_path):
    """L4, B32"""
    secret = "never-to-be-seen"
    one = made(
        acme,
        "One",
        writeOnlyNever=secret,
        readWriteNever=secret,
        part={"value": "x", "secret": secret},
        parts=[{"value": "y", "secret": secret}],
    )
    ann = badged(acme, "ann", number="1", pin=secret)
    path = f"/Specimens/{one['id']}"
    answers = [
        one,
        ann,
        acme.get(path).body,
        acme.get(path, attributes="writeOnlyNever,part.secret,parts").body,
        acme.get("/Specimens").body,
        acme.get(f"/Users/{ann['id']}", attributes=f"{BADGE}:pin").body,
        acme.patch(path, {"op": "replace", "path": "writeOnlyNever", "value": secret * 2}).body,
        server.cli("log", "show", "acme"),
        server.cli("user", "list", "acme"),
    ]
    server.cli("export", "acme", str(tmp_path / "out.jsonl"))
    assert secret not in json.dumps(answers) + (tmp_path / "out.jsonl").read_text()
    for text in (f'writeOnlyNever eq "{secret}"', f'{BADGE}:pin sw "never"'):
        where = "/Users" if BADGE in text else "/Specimens"
        assert_error(acme.get(where, filter=text), 400, "invalidFilter")


def test_immutable_and_required_and_read_only_are_honoured(acme):
    """L4"""
    one = made(acme, "One", immutableDefault="x", readOnlyDefault="y")
    assert "readOnlyDefault" not in one
    path = f"/Specimens/{one['id']}"
    change = {"op": "replace", "path": "immutableDefault", "value": "z"}
    assert_error(acme.patch(path, change), 400, "mutability")
    assert_error(acme.post("/Specimens", specimen("")), 400, "invalidValue")
    body = {"schemas": [SPECIMEN], "label": "bare"}
    assert LABEL in assert_error(acme.post("/Specimens", body), 400, "invalidValue")


def test_an_attribute_marked_as_an_address_is_judged_by_the_domain_rule(acme):
    """L8, M1"""
    made(acme, "One", contact=f"ann@{DOMAIN}")
    for contact, code in (
        ("ann@evil.test", "domain_not_verified"),
        ("ann@other.test@acme.test", "invalid_email"),
    ):
        refused = acme.post("/Specimens", specimen("Two", contact=contact))
        detail = assert_error(refused, 400, "invalidValue")
        assert detail.startswith("contact: ")
        assert f"(code {code})" in detail
    ann = badged(acme, "ann", alias=f"a@{DOMAIN}")
    foreign = {"op": "replace", "path": f"{BADGE}:alias", "value": "ann@evil.test"}
    detail = assert_error(acme.patch(f"/Users/{ann['id']}", foreign), 400, "invalidValue")
    assert f"{BADGE}:alias: domain 'evil.test'" in detail


def test_the_data_of_a_file_taken_away_is_hidden_everywhere_and_comes_back(folder, acme, tmp_path):
    """L7"""
    team = acme.group("Team")
    ann = badged(acme, "ann", number="B-007", colour="Hidden-Blue", pin="1234")
    bob = badged(acme, "bob", number="B-008", colour="Hidden-Blue")
    one = made(acme, "One", keeper={"value": ann["id"]}, owners=[{"value": ann["id"]}])
    files = {name: (folder.path / name).read_text() for name in ("badge.json", "specimen.json")}
    files["specimen_label.json"] = (folder.path / "specimen_label.json").read_text()
    for name in files:
        (folder.path / name).unlink()

    gone = folder.again(acme)
    world = folder.started()
    path = f"/Users/{ann['id']}"
    world.cli("export", "acme", str(tmp_path / "out.jsonl"))
    seen = [
        gone.get(path).body,
        gone.get(path, attributes="userName").body,
        gone.get("/Users").body,
        gone.get("").body,
        gone.get("/Users", filter='userName eq "ann"').body,
        gone.post("/.search", {"schemas": [SEARCH]}).body,
        gone.get("/ResourceTypes").body,
        gone.get("/Schemas").body,
        world.cli("user", "list", "acme"),
        gone.patch(path, {"op": "add", "path": "displayName", "value": "Ann"}).body,
        gone.put(f"/Users/{bob['id']}", {"schemas": [USER], "userName": "bob"}).body,
    ]
    text = json.dumps(seen) + (tmp_path / "out.jsonl").read_text()
    for hidden in (BADGE, "Hidden-Blue", "B-007", SPECIMEN, one["id"]):
        assert hidden not in text
    assert gone.get("/Specimens").status == 404
    assert_error(gone.get("/Users", filter=f"{BADGE}:colour pr"), 400, "invalidFilter")
    for test in (f'schemas eq "{BADGE}"', 'schemas co "badge"', f'schemas[value eq "{BADGE}"]'):
        assert gone.found("/Users", test) == gone.found("", test) == []
    assert gone.found("/Users", f'schemas ne "{BADGE}"') == [ann["id"], bob["id"]]
    assert world.cli("verify", "acme") == {"violations": []}
    change = {"op": "replace", "path": f"{BADGE}:colour", "value": "x"}
    assert_error(gone.patch(path, change), 400, "invalidPath")
    assert gone.get(f"/Groups/{team['id']}").body["members"] == []

    for name, content in files.items():
        (folder.path / name).write_text(content)
    back = folder.again(acme)
    assert back.found("/Users", f'schemas eq "{BADGE}"') == [ann["id"], bob["id"]]
    for id, number in ((ann["id"], "B-007"), (bob["id"], "B-008")):
        body = back.get(f"/Users/{id}").body
        assert body[BADGE]["number"] == number
        assert BADGE in body["schemas"]
    for where in (f'{BADGE}:colour eq "hidden-blue"', f'{BADGE}:colour co "BLUE"'):
        assert back.found("/Users", where) == [ann["id"], bob["id"]]
    assert back.found("/Users", f'{BADGE}:number eq "B-007"') == [ann["id"]]
    assert back.get(f"/Specimens/{one['id']}").body["owners"][0]["value"] == ann["id"]


def test_a_value_that_went_with_a_deleted_user_is_free_when_its_schema_comes_back(folder, acme):
    """L7"""
    ann = badged(acme, "ann", number="B-007")
    (folder.path / "badge.json").unlink()
    assert folder.again(acme).delete(f"/Users/{ann['id']}").status == 204
    folder.write("badge.json", BADGE_FILE)
    badged(folder.again(acme), "bob", number="B-007")


def indexing(*paths):
    block = {**BADGE_FILE["x-scimserver"], "index": list(paths)}
    return {**BADGE_FILE, "x-scimserver": block}


def upgraded(folder):
    """Run ``db upgrade`` as an operator does after a change of the folder."""
    world = folder.started()
    assert run(["db", "upgrade", "--json"], dict(world.environment)) == 0


def test_a_new_index_loses_no_row_before_and_after_the_upgrade(folder, acme, capfd):
    """L1: an attribute that gets an index entry while values are stored"""
    upgraded(folder)
    folder.write("badge.json", indexing())
    upgraded(folder)
    acme = folder.again(acme)
    ids = [badged(acme, f"u{n}", number=str(n), colour="Red")["id"] for n in range(3)]
    folder.write("badge.json", indexing("colour"))
    acme = folder.again(acme)
    wanted = f'{BADGE}:colour eq "red"'
    assert acme.found("/Users", wanted) == ids
    ids.append(badged(acme, "late", number="9", colour="RED")["id"])
    assert acme.found("/Users", wanted) == ids
    assert acme.get("/Users", filter=wanted, count="0").body["totalResults"] == 4
    upgraded(folder)
    for client in (acme, folder.again(acme)):
        assert client.found("/Users", wanted) == ids
        assert client.found("/Users", f'not ({BADGE}:colour eq "red")') == []


def test_an_index_taken_away_and_given_back_is_built_anew(folder, acme):
    """L1: rows of the first index must not be trusted by the second"""
    upgraded(folder)
    acme = folder.again(acme)
    ann = badged(acme, "ann", number="1", colour="Red")
    for document in (indexing(), indexing("colour")):
        folder.write("badge.json", document)
        upgraded(folder)
        acme = folder.again(acme)
        change = {"op": "replace", "path": f"{BADGE}:colour", "value": "Blue"}
        assert acme.patch(f"/Users/{ann['id']}", change).status == 200
        assert acme.found("/Users", f'{BADGE}:colour eq "red"') == []
        assert acme.found("/Users", f'{BADGE}:colour eq "blue"') == [ann["id"]]


def test_values_that_repeat_where_they_must_be_unique_are_still_found(folder, acme, capfd):
    """L4: uniqueness that is declared late"""
    upgraded(folder)
    twins = [badged(acme, f"u{n}", number=str(n), colour="Red")["id"] for n in range(2)]
    unique = json.loads(json.dumps(indexing()))
    unique["attributes"][1]["uniqueness"] = "server"
    folder.write("badge.json", indexing())
    upgraded(folder)
    folder.write("badge.json", unique)
    upgraded(folder)
    assert "colour" in capfd.readouterr().err
    acme = folder.again(acme)
    assert acme.found("/Users", f'{BADGE}:colour eq "red"') == twins
    body = {"schemas": [USER, BADGE], "userName": "new", BADGE: {"colour": "RED"}}
    assert_error(acme.post("/Users", body), 409, "uniqueness")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"attributes": []}, "$.attributes"),
        ({"x-scimserver": {"extends": "Nobody"}}, "Nobody"),
        ({"x-scimserver": {"endpoint": "/Users"}}, "/users"),
        ({"id": USER}, "$.id"),
        ({"attributes": [{"name": "meta"}]}, "meta"),
        ({"attributes": [{"name": "a", "type": "text"}]}, "$.attributes[0].type"),
        ({"attributes": [{"name": "a", "referenceTypes": ["User"]}]}, "referenceTypes"),
        ({"attributes": [{"name": "a"}, {"name": "A"}]}, "twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_honoured_stops_the_start_and_is_named(folder, capfd, change, says):
    """L3"""
    folder.write("badge.json", {**BADGE_FILE, **change})
    environment = {
        "SCIMSERVER_DATABASE_URL": f"sqlite:///{folder.path}/x.db",
        "SCIMSERVER_SECRET_KEY": "k" * 32,
        "SCIMSERVER_SCHEMAS": str(folder.path),
    }
    assert run(["serve"], environment) == 2
    error = capfd.readouterr().err
    assert "badge.json" in error or "user.json" in error
    assert says in error


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_broken_json_is_named_with_its_line(folder, capfd):
    """L3"""
    (folder.path / "badge.json").write_text('{\n"id": "x",\n}')
    environment = {
        "SCIMSERVER_DATABASE_URL": f"sqlite:///{folder.path}/x.db",
        "SCIMSERVER_SECRET_KEY": "k" * 32,
        "SCIMSERVER_SCHEMAS": str(folder.path),
    }
    assert run(["serve"], environment) == 2
    assert "badge.json: line 3" in capfd.readouterr().err
