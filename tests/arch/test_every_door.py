"""Whichever way a change comes in: foreign addresses and local administrators are out of reach.

And whoever is turned off or deleted, by whichever door, has no access left.
"""

import json
import re

import pytest
from sqlalchemy import func, select

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.ids import new_id
from scimserver.storage.models import (
    audit,
    ceremony,
    metadata,
    notice,
    passkey,
    provisioning_error,
    token,
    web_session,
)
from scimserver.storage.transaction import run
from tests.arch import source
from tests.factories import NOW, a_passkey, an_account, rows
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
    unbound = {"provisioning_log", "provisioning_error", "notice", "rate_window", "token"}
    with database.reading() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in unbound
        }


def _causes(database):
    """Return how many refusals were counted, by their door."""
    table = provisioning_error
    query = select(table.c.source, func.sum(table.c.hits)).group_by(table.c.source)
    with database.reading() as session:
        return {source: int(hits) for source, hits in session.execute(query)}


def test_a_refusal_writes_one_row_of_the_log_counts_its_cause_and_nothing_else(
    world, acme, database, tmp_path
):
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
    assert _causes(database) == {"scim": 4, "cli": 2}
    # All of one kind, so whoever answers for identity was told once.
    assert len(rows(database, notice)) == 1


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


BOSS = "boss@nowhere.example"


@pytest.fixture
def boss(world, acme):
    """A local administrator, whose address lies in nobody's domain."""
    return world.cli("admin", "invite", acme.org, BOSS)["id"]


def _bulk_of(method, path, data=None):
    operation = {"method": method, "path": path}
    if data is not None:
        operation["data"] = data
    return {"schemas": [BULK], "Operations": [operation]}


OFF = patch({"op": "replace", "path": "active", "value": False})
# A change of a local administrator that any rule but one would let pass.
TITLE = patch({"op": "add", "path": "title", "value": "Boss"})
WHOLE = {"schemas": [USER], "userName": BOSS, "emails": [{"value": BOSS, "primary": True}]}


def _protected(answer):
    assert (answer.status, answer.body["scimType"]) == (400, "mutability"), answer.body
    assert "code protected_account" in answer.body["detail"]


def _audited(database, event):
    return [row for row in rows(database, audit) if row.event == event]


def test_no_door_of_provisioning_changes_a_local_administrator(
    world, acme, boss, database, tmp_path
):
    path = f"/Users/{boss}"
    before = acme.call("GET", path).body
    for body in (WHOLE, {**WHOLE, "active": False}):
        _protected(acme.call("PUT", path, body))
    for body in (OFF, TITLE):
        _protected(acme.call("PATCH", path, body))
    _protected(acme.call("DELETE", path))
    for method, body in (("PUT", WHOLE), ("PATCH", OFF), ("DELETE", None)):
        answer = acme.call("POST", "/Bulk", _bulk_of(method, path, body))
        (result,) = answer.body["Operations"]
        assert (result["status"], result["response"]["scimType"]) == ("400", "mutability")
    _import(world, acme, tmp_path, {**WHOLE, "id": boss, "active": False})
    after = acme.call("GET", path).body
    assert after == before
    refused = world.cli("log", "show", acme.org, "--refused")["items"]
    assert {row["code"] for row in refused} == {"protected_account"}
    assert len(refused) == 9
    left = _audited(database, "local_admin:refuse")
    assert [row.subject_id for row in left] == [boss] * 9
    assert sorted(row.door for row in left) == ["cli"] + ["scim"] * 8
    assert {row.actor for row in left if row.door == "scim"} == {acme.id}


def test_adoption_reaches_no_local_administrator(world):
    acme = world.connection(
        world.organization("Acme", OWN), "generic", "--set", "adopt_inactive=on"
    )
    boss = world.cli("admin", "invite", acme.org, BOSS)["id"]
    world.cli("user", "deactivate", acme.org, boss, "--force")
    _protected(acme.call("POST", "/Users", {"schemas": [USER], "userName": BOSS}))
    assert acme.call("GET", f"/Users/{boss}").body["active"] is False


def test_the_command_line_keeps_the_last_local_administrator(world, acme, boss):
    world.cli("user", "deactivate", acme.org, BOSS, code=3)
    world.cli("admin", "remove", acme.org, BOSS, code=3)
    assert acme.call("GET", f"/Users/{boss}").body["active"] is True


def test_one_module_makes_local_administrators_and_few_reach_them():
    """Which modules may lift the protection is a list; the domain rule has one exemption."""
    setting = re.compile(r"\blocal_administrator=True")
    reaching = re.compile(r"\bReach\.(PROTECTED|FORCED)\b")
    texts = {source.name(path): path.read_text(encoding="utf-8") for path in source.modules()}
    assert {name for name, text in texts.items() if setting.search(text)} == {
        "scimserver/services/local_administrators.py"
    }
    assert {name for name, text in texts.items() if reaching.search(text)} == {
        "scimserver/cli/lookup.py",
        "scimserver/cli/quickstart.py",
        "scimserver/domain/policies/protected.py",
        "scimserver/services/accounts.py",
        "scimserver/services/local_administrators.py",
        "scimserver/services/provisioning.py",
    }


def _scim(method, body=None):
    return lambda _world, acme, path, _folder: acme.call(method, path, body)


def _by_bulk(method, body=None):
    return lambda _world, acme, path, _folder: acme.call(
        "POST", "/Bulk", _bulk_of(method, path, body)
    )


def _by_import(world, acme, path, folder):
    file = folder / "off.jsonl"
    line = {**ANN, "id": path.rpartition("/")[2], "active": False}
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    world.cli("import", acme.org, str(file))


def _by_shell(world, acme, path, folder):
    world.cli("user", "deactivate", acme.org, path.rpartition("/")[2])


# Every way in which somebody is turned off or deleted.
ENDS = {
    "PUT": _scim("PUT", {**ANN, "active": False}),
    "PATCH": _scim("PATCH", OFF),
    "DELETE": _scim("DELETE"),
    "Bulk PUT": _by_bulk("PUT", {**ANN, "active": False}),
    "Bulk PATCH": _by_bulk("PATCH", OFF),
    "Bulk DELETE": _by_bulk("DELETE"),
    "import": _by_import,
    "command line": _by_shell,
}


def _signed_in(database, org_id, user_id):
    """Give somebody a passkey, and a session with an attempt under way."""
    an_account(database, org_id, user_id)
    a_passkey(database, org_id, user_id)
    times = {"created_at": NOW, "seen_at": NOW}
    whose = {"org_id": org_id, "user_id": user_id}
    opened = {"digest": new_id(), "id": new_id(), "kind": "user", "csrf": "c", **whose, **times}
    opened |= {"address": "192.0.2.1", "user_agent": "Browser"}
    tried = {"id": new_id(), "session_digest": opened["digest"], "purpose": "reauth", **whose}
    tried |= {"challenge": b"c", "allowed": [], "created_at": NOW, "expires_at": NOW}

    def work(session):
        session.execute(web_session.insert(), opened)
        session.execute(ceremony.insert(), tried)

    run(database, work)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_whoever_is_turned_off_by_any_door_has_no_access_left(end, world, acme, database, tmp_path):
    ann = acme.call("POST", "/Users", ANN).body["id"]
    (org_id,) = {row.org_id for row in rows(database, audit) if row.subject_id == ann}
    _signed_in(database, org_id, ann)
    world.cli("token", "create", acme.id, "--user", ann)
    end(world, acme, f"/Users/{ann}", tmp_path)
    (session,), (attempt,) = rows(database, web_session), rows(database, ceremony)
    assert session.ended_why in ("deactivated", "deleted")
    assert attempt.ended_at == session.ended_at
    told = [
        change["after"]
        for row in rows(database, audit)
        for change in row.changes
        if change["path"] == "revoked"
    ]
    assert [each | {"at": ""} for each in told] == [
        {"sessions": 1, "passkeys": 1, "enrolLinks": 0, "attempts": 1, "tokens": 1, "at": ""}
    ]
    assert len(rows(database, passkey)) == (session.ended_why == "deactivated")
    (bound,) = [row for row in rows(database, token) if row.user_id == ann]
    assert bound.revoked_at == session.ended_at
