"""Whichever way a change comes in, an address outside the verified domains is refused."""

import json

import pytest
from sqlalchemy import func, select

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.storage.models import metadata
from tests.world import World

OWN, FOREIGN = "acme.example", "evil.example"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

OUT = f"ann@{FOREIGN}"
ANN = {"schemas": [USER], "userName": f"ann@{OWN}", "emails": [{"value": f"ann@{OWN}"}]}


def patch(*operations):
    return {"schemas": [PATCH], "Operations": list(operations)}


# What would bring a foreign address into a user, as a whole body.
BODIES = {
    "userName": {**ANN, "userName": OUT},
    "the only e-mail": {**ANN, "emails": [{"value": OUT}]},
    "a second e-mail": {**ANN, "emails": [*ANN["emails"], {"value": OUT, "type": "other"}]},
    "upper case": {**ANN, "emails": [{"value": OUT.upper()}]},
    "a sub-domain": {**ANN, "emails": [{"value": f"ann@eng.{OWN}"}]},
    "a trailing dot": {**ANN, "emails": [{"value": f"ann@{OWN}."}]},
    "a look-alike": {**ANN, "emails": [{"value": "ann@\u0430cme.example"}]},
    "full-width at": {**ANN, "userName": f"ann\uff20{FOREIGN}"},
    "two at signs": {**ANN, "userName": f"ann@{FOREIGN}@{OWN}"},
    "a quoted local part": {**ANN, "emails": [{"value": f'"ann@{FOREIGN}"@{OWN}'}]},
    "another organization's domain": {**ANN, "emails": [{"value": "ann@other.example"}]},
}

# The same, as operations on a user who is in.
OPERATIONS = {
    "add to the list": [{"op": "add", "path": "emails", "value": [{"value": OUT}]}],
    "add without path": [{"op": "add", "value": {"emails": [{"value": OUT}]}}],
    "replace the list": [{"op": "replace", "path": "emails", "value": [{"value": OUT}]}],
    "replace without path": [{"op": "replace", "value": {"userName": OUT}}],
    "replace userName": [{"op": "replace", "path": "userName", "value": OUT}],
    "every value": [{"op": "replace", "path": "emails.value", "value": OUT}],
    "a value path": [
        {"op": "replace", "path": f'emails[value eq "ann@{OWN}"].value', "value": OUT}
    ],
    "a value path that adds": [
        {"op": "add", "path": 'emails[type eq "other"].value', "value": OUT}
    ],
    "a good one first": [
        {"op": "replace", "path": "displayName", "value": "Ann"},
        {"op": "add", "path": "emails", "value": [{"value": OUT}]},
    ],
    "behind a deactivation": [
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": "userName", "value": OUT},
    ],
}


@pytest.fixture
def world(database_url):
    made = World(database_url)
    made.organization("Other", "other.example")
    return made


@pytest.fixture
def acme(world):
    return world.connection(world.organization("Acme", OWN))


def _state(acme):
    return [
        {key: value for key, value in user.items() if key != "groups"}
        for user in acme.call("GET", "/Users").body["Resources"]
    ]


def _refused(answer):
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue"), answer.body
    assert "code domain_not_verified" in answer.body["detail"] or (
        "code invalid_email" in answer.body["detail"]
    )


def _bulk(acme, method, path, data):
    operation = {"method": method, "path": path, "bulkId": "b", "data": data}
    body = {"schemas": [BULK], "Operations": [operation]}
    answer = acme.call("POST", "/Bulk", body)
    (result,) = answer.body["Operations"]
    assert result["status"] == "400", result
    assert result["response"]["scimType"] == "invalidValue"


def _import(world, acme, folder, body):
    file = folder / "users.jsonl"
    file.write_text(json.dumps(body) + "\n", encoding="utf-8")
    counts = world.cli("import", acme.org, str(file), code=3)
    assert counts["refused"] == 1


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_door_creates(body, world, acme, tmp_path):
    _refused(acme.call("POST", "/Users", body))
    _bulk(acme, "POST", "/Users", body)
    _import(world, acme, tmp_path, body)
    assert _state(acme) == []
    assert len(world.cli("log", "show", acme.org, "--refused")["items"]) == 3


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_door_replaces(body, world, acme, tmp_path):
    ann = acme.call("POST", "/Users", ANN).body
    before, path = _state(acme), f"/Users/{ann['id']}"
    _refused(acme.call("PUT", path, body))
    _bulk(acme, "PUT", path, body)
    _import(world, acme, tmp_path, {**body, "id": ann["id"]})
    assert _state(acme) == before
    assert len(world.cli("log", "show", acme.org, "--refused")["items"]) == 3


@pytest.mark.parametrize("operations", OPERATIONS.values(), ids=OPERATIONS)
def test_no_door_patches(operations, world, acme):
    ann = acme.call("POST", "/Users", ANN).body
    before, path = _state(acme), f"/Users/{ann['id']}"
    _refused(acme.call("PATCH", path, patch(*operations)))
    _bulk(acme, "PATCH", path, patch(*operations))
    assert _state(acme) == before
    assert len(world.cli("log", "show", acme.org, "--refused")["items"]) == 2


def test_what_a_lapsed_claim_still_allows(world, acme):
    ann = acme.call("POST", "/Users", ANN).body
    path = f"/Users/{ann['id']}"
    world.cli("domain", "remove", acme.org, OWN, "--reason", "test")
    for status, operation in (
        (200, {"op": "replace", "path": "displayName", "value": "Ann"}),
        (400, {"op": "replace", "path": "emails", "value": [{"value": f"other@{OWN}"}]}),
        (200, {"op": "replace", "path": "active", "value": False}),
        (400, {"op": "replace", "path": "active", "value": True}),
    ):
        answer = acme.call("PATCH", path, patch(operation))
        assert answer.status == status, (operation, answer.body)
    assert acme.call("DELETE", path).status == 204


def test_adoption_is_a_door_too(world):
    adopting = ("--set", "adopt_inactive=on")
    acme = world.connection(world.organization("Acme", OWN), "generic", *adopting)
    gone = acme.call("POST", "/Users", {**ANN, "active": False}).body
    before = _state(acme)
    foreign = {**ANN, "emails": [{"value": OUT}]}
    _refused(acme.call("POST", "/Users", foreign))
    _bulk(acme, "POST", "/Users", foreign)
    world.cli("domain", "remove", acme.org, OWN, "--reason", "test")
    # A user who comes back is judged whole, as a new one is.
    _refused(acme.call("POST", "/Users", ANN))
    assert _state(acme) == before
    world.cli("domain", "attest", acme.org, OWN, "--reason", "test")
    back = acme.call("POST", "/Users", ANN)
    assert (back.status, back.body["id"], back.body["active"]) == (201, gone["id"], True)


def _rows(database):
    unbound = {"provisioning_log", "rate_window", "token"}
    with database.reading() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in unbound
        }


def test_a_refusal_writes_one_row_of_the_log_and_nothing_else(world, acme, database, tmp_path):
    ann = acme.call("POST", "/Users", ANN).body
    before, path = _rows(database), f"/Users/{ann['id']}"
    foreign = {**ANN, "emails": [{"value": OUT}]}
    doors = (
        lambda: _refused(acme.call("POST", "/Users", {**foreign, "userName": f"new@{OWN}"})),
        lambda: _refused(acme.call("PUT", path, foreign)),
        lambda: _refused(acme.call("PATCH", path, patch(*OPERATIONS["add to the list"]))),
        lambda: _bulk(acme, "PUT", path, foreign),
        lambda: _import(world, acme, tmp_path, {**foreign, "userName": f"new@{OWN}"}),
        lambda: _import(world, acme, tmp_path, foreign),
    )
    for count, enter in enumerate(doors, 1):
        enter()
        assert len(world.cli("log", "show", acme.org, "--refused")["items"]) == count
        assert _rows(database) == before


def _asked(world, database, statements, acme, domain):
    """Return what the database is asked for one refused creation, and the answer's detail."""
    app = create_app(Settings.from_env(world.environment), database=database)
    headers = {"Authorization": f"Bearer {acme.token}"}
    body = {**ANN, "emails": [{"value": f"a@{domain}"}]}
    app.test_client().post("/scim/v2/Users", json=body, headers=headers)
    with statements(database) as seen:
        answer = app.test_client().post("/scim/v2/Users", json=body, headers=headers)
    assert answer.status_code == 400
    return [text.split()[0] for text in seen], answer.get_json()["detail"]


def test_a_domain_held_elsewhere_costs_the_same_statements_as_one_of_nobody(
    world, acme, database, statements
):
    held = _asked(world, database, statements, acme, "other.example")
    free = _asked(world, database, statements, acme, "nobody.example")
    assert held[0] == free[0]
    assert held[0]
    assert held[1].replace("other.example", "nobody.example") == free[1]


def test_the_answer_does_not_tell_whether_another_organization_holds_the_domain(acme):
    details = [
        acme.call("POST", "/Users", {**ANN, "emails": [{"value": f"a@{domain}"}]}).body["detail"]
        for domain in ("other.example", "nobody.example")
    ]
    assert details[0].replace("other.example", "nobody.example") == details[1]
