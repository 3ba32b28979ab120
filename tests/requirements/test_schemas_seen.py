"""Which organizations see a schema is a setting of its file (L6, L7)."""

import json
import shutil

import pytest

from tests.requirements.client import Client, assert_error
from tests.requirements.test_schemas_dropped_in import (
    BADGE,
    BADGE_FILE,
    BULK,
    LABEL,
    SEARCH,
    SPECIMEN,
    USER,
    Folder,
    badged,
    made,
    specimen,
)
from tests.world import World


def only(*slugs):
    """The badge of users, as only these organizations see it."""
    block = {**BADGE_FILE["x-scimserver"], "organizations": list(slugs)}
    return {**BADGE_FILE, "x-scimserver": block}


@pytest.fixture
def folder(database_url, tmp_path):
    """Specimens are for sandboxes, as they ship, and badges for Acme."""
    made = Folder(database_url, tmp_path / "schemas")
    made.write("badge.json", only("acme"))
    for name in ("specimen.json", "specimen_label.json"):
        shutil.copy(made.path / "examples" / name, made.path)
    return made


@pytest.fixture
def world(folder):
    return folder.started()


@pytest.fixture
def acme(world):
    return Client(world.connection(world.organization("Acme", "acme.test")), "acme.test")


@pytest.fixture
def beta(world):
    return Client(world.connection(world.organization("Beta", "beta.test")), "beta.test")


@pytest.fixture
def trial(world):
    return Client(world.connection(world.organization("Trial", sandbox=True)), "trial.test")


def test_discovery_tells_an_organization_what_it_sees(acme, beta, trial):
    """L6, L7: each sees its own, whoever asked before"""
    for _ in range(2):
        for client, types, urns in (
            (acme, {"User", "Group"}, {BADGE}),
            (beta, {"User", "Group"}, set()),
            (trial, {"User", "Group", "Specimen"}, {SPECIMEN, LABEL}),
        ):
            told = client.get("/ResourceTypes").body["Resources"]
            assert {each["name"] for each in told} == types
            listed = {each["id"] for each in client.get("/Schemas").body["Resources"]}
            assert listed & {BADGE, SPECIMEN, LABEL} == urns
            extended = {e["schema"] for each in told for e in each["schemaExtensions"]}
            assert (BADGE in extended) is (BADGE in urns)
            for urn in (BADGE, SPECIMEN):
                assert client.get(f"/Schemas/{urn}").status == (200 if urn in urns else 404)
            specimens = client.get("/ResourceTypes/Specimen").status
            assert specimens == (200 if "Specimen" in types else 404)


def test_one_setting_loads_the_test_type_for_sandboxes(database_url):
    """L6"""
    for said in ("off", "on"):
        world = World(database_url, {"SCIMSERVER_EXAMPLE_SCHEMAS": said})
        sandbox = world.connection(world.organization(f"Trial {said}", sandbox=True))
        client = Client(sandbox, "trial.test")
        acme = Client(world.connection(world.organization(f"Acme {said}")), "acme.test")
        for each, sees in ((client, said == "on"), (acme, False)):
            told = each.get("/ResourceTypes").body["Resources"]
            assert ("Specimen" in {kind["name"] for kind in told}) is sees
            assert each.get(f"/Schemas/{SPECIMEN}").status == (200 if sees else 404)
            assert each.get("/Specimens").status == (200 if sees else 404)
    ann = client.user("ann")
    one = made(client, "One", owners=[{"value": ann["id"]}])
    read = client.get(f"/Specimens/{one['id']}").body
    listed = client.get("/Schemas/" + SPECIMEN).body["attributes"]
    [owners] = [each for each in listed if each["name"] == "owners"]
    assert set(read["owners"][0]) <= {sub["name"] for sub in owners["subAttributes"]}
    assert read["owners"][0]["$ref"].endswith(ann["id"])


def test_a_type_of_others_is_no_endpoint(acme, trial):
    """L7: for every verb, for Bulk and for an id that is there"""
    one = made(trial, "One")
    path = f"/Specimens/{one['id']}"
    answers = [
        acme.get(path),
        acme.get("/Specimens"),
        acme.post("/Specimens", specimen("Two")),
        acme.put(path, specimen("Two")),
        acme.patch(path, {"op": "remove", "path": "label"}),
        acme.delete(path),
        acme.post("/Specimens/.search", {"schemas": [SEARCH]}),
    ]
    details = {assert_error(answer, 404) for answer in answers}
    assert details == {assert_error(acme.get("/Robots"), 404)}
    operation = {"method": "POST", "path": "/Specimens", "bulkId": "a", "data": specimen("Two")}
    body = {"schemas": [BULK], "Operations": [operation]}
    [answer] = acme.post("/Bulk", body).body["Operations"]
    robots = {**body, "Operations": [{**operation, "path": "/Robots"}]}
    [unknown] = acme.post("/Bulk", robots).body["Operations"]
    assert (answer["status"], answer["response"]["scimType"]) == (
        unknown["status"],
        unknown["response"]["scimType"],
    )
    [answer] = trial.post("/Bulk", body).body["Operations"]
    assert answer["status"] == "201"
    assert trial.get("").body["totalResults"] == 2
    assert_error(acme.get("", filter='label eq "One"'), 400, "invalidFilter")
    assert trial.found("", 'label eq "One"') == [one["id"]]


def test_an_extension_of_others_is_unknown(acme, beta):
    """L7: as a URN that no file has"""
    ann = badged(acme, "ann", number="1", colour="Red")
    assert acme.found("/Users", f'{BADGE}:colour eq "red"') == [ann["id"]]
    theirs = {"schemas": [USER, BADGE], BADGE: {"number": "1", "colour": "Red"}}
    nobodys = {"schemas": [USER, f"{BADGE}2"], f"{BADGE}2": {"number": "1", "colour": "Red"}}
    first, second = (
        beta.post("/Users", {"userName": name, **body})
        for name, body in (("eve", theirs), ("eva", nobodys))
    )
    assert first.status == second.status
    assert (first.body.get("scimType"), first.body.get("schemas")) == (
        second.body.get("scimType"),
        second.body.get("schemas"),
    )
    bob = beta.user("bob")
    path = f"/Users/{bob['id']}"
    assert_error(beta.get("/Users", filter=f"{BADGE}:colour pr"), 400, "invalidFilter")
    change = {"op": "replace", "path": f"{BADGE}:colour", "value": "x"}
    assert_error(beta.patch(path, change), 400, "invalidPath")
    assert BADGE not in json.dumps([beta.get(path).body, beta.get("/Users").body])


def test_what_is_hidden_from_an_organization_is_kept(folder, world, acme, tmp_path):
    """L7: it is away while the setting says so, through changes of what is left"""
    ann = badged(acme, "ann", number="B-007", colour="Hidden-Blue", pin="1234")
    bob = badged(acme, "bob", number="B-008", colour="Hidden-Blue")
    path = f"/Users/{ann['id']}"
    folder.write("badge.json", only("beta"))
    gone = folder.again(acme)
    hidden = folder.started()
    hidden.cli("export", "acme", str(tmp_path / "out.jsonl"))
    assert hidden.cli("verify", "acme") == {"violations": []}
    seen = [
        gone.get(path).body,
        gone.get(path, attributes="userName").body,
        gone.get("/Users").body,
        gone.get("").body,
        gone.get("/Users", filter='userName eq "ann"').body,
        gone.post("/.search", {"schemas": [SEARCH]}).body,
        hidden.cli("user", "list", "acme"),
        gone.patch(path, {"op": "add", "path": "displayName", "value": "Ann"}).body,
        gone.put(f"/Users/{bob['id']}", {"schemas": [USER], "userName": "bob"}).body,
    ]
    assert gone.found("/Users", f'schemas eq "{BADGE}"') == []
    text = json.dumps(seen) + (tmp_path / "out.jsonl").read_text()
    for word in (BADGE, "Hidden-Blue", "B-007"):
        assert word not in text

    folder.write("badge.json", only("acme", "beta"))
    back = folder.again(acme)
    for id, number in ((ann["id"], "B-007"), (bob["id"], "B-008")):
        assert back.get(f"/Users/{id}").body[BADGE]["number"] == number
    for test in (f'{BADGE}:colour eq "hidden-blue"', f'schemas eq "{BADGE}"'):
        assert back.found("/Users", test) == [ann["id"], bob["id"]]
    assert world.cli("verify", "acme") == {"violations": []}


def test_a_command_reads_and_writes_what_the_organization_sees(world, acme, trial, tmp_path):
    """L7: an import of another organization's type is refused, line by line"""
    made(trial, "One", contact="ann@trial.test")
    badged(acme, "ann", number="1", colour="Red")
    file = tmp_path / "out.jsonl"
    world.cli("export", "trial", str(file))
    assert SPECIMEN in file.read_text()
    world.organization("Other", sandbox=True)
    assert world.cli("import", "other", str(file))["created"] == 1
    assert world.cli("import", "acme", str(file), code=3)["refused"] == 1
    world.cli("export", "acme", str(file))
    assert BADGE in file.read_text()
    world.cli("import", "trial", str(file))
    assert BADGE not in json.dumps(trial.get("/Users").body)
