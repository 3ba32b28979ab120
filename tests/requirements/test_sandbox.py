"""Sandbox organizations: any address, nobody signs in, and never anything else (M20 to M24).

The rest of M22 stands where each way in is tested, as ``organization_sandbox`` or "nobody signs
in": passkeys, sessions, recovery, enrolment links, roles, local administrators. M25 is in
``compliance``.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scimserver.app import create_app
from scimserver.cli.main import program, run
from scimserver.config import Settings
from scimserver.services import tokens
from tests.requirements.client import Client, assert_error
from tests.requirements.common import BULK, fresh, replace
from tests.requirements.test_schemas_dropped_in import (
    BADGE,
    BADGE_FILE,
    Folder,
    badged,
    indexing,
    upgraded,
)
from tests.signing_in import Clock
from tests.world import World

HEADER = "X-Scimserver-Sandbox"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
def slug(world):
    return world.organization(fresh("Box"), sandbox=True)


@pytest.fixture
def box(world, slug):
    return Client(world.connection(slug), "any.test")


@pytest.mark.parametrize(
    "text",
    [
        "ann@evil.test",
        "ann@localhost",
        '"ann b"@x',
        "no address",
        "a@b@c",
        "=?utf-8?q?x?=@y",
        "änn@ö",
    ],
)
def test_a_sandbox_takes_any_text_as_an_address(box, text):
    """M20"""
    made = box.user(fresh("ann"), emails=[{"value": text}])
    assert made["emails"][0]["value"] == text
    assert box.user(text)["userName"] == text


def test_a_sandbox_still_refuses_what_the_protocol_refuses(box):
    """M20: everything else is unchanged"""
    box.user("ann")
    assert_error(box.new_user("ANN"), 409, "uniqueness")
    assert_error(box.new_user("bob", emails=[{"value": 5}]), 400, "invalidValue")
    assert_error(box.new_user("bob", emails=[{"value": "a\x00b"}]), 400, "invalidValue")
    assert_error(box.new_user(""), 400, "invalidValue")


def test_addresses_and_external_ids_may_repeat_in_a_sandbox(box):
    """M20"""
    for name in ("ann", "bob"):
        box.user(name, externalId="same", emails=[{"value": "same@x.test", "primary": True}])
    found = box.get("/Users", filter='externalId eq "same"').body
    assert found["totalResults"] == 2
    assert box.get("/Users", filter='emails.value eq "SAME@x.test"').body["totalResults"] == 2


def test_they_may_not_repeat_anywhere_else(acme):
    """M20, J4"""
    acme.user("ann", externalId="same", emails=[{"value": acme.address("same")}])
    assert_error(acme.new_user("bob", externalId="same"), 409, "uniqueness")
    emails = [{"value": acme.address("SAME")}]
    assert_error(acme.new_user("bob", emails=emails), 409, "uniqueness")


def test_no_command_turns_a_sandbox_into_anything_else_or_back(world, slug, org):
    """M21"""
    for command, verb in (("org", "update"), ("org", "create")):
        group = program.get_command(None, command)
        options = {o for p in group.get_command(None, verb).params for o in p.opts}
        assert ("--sandbox" in options) is (verb == "create")
    for name in (slug, org.slug):
        environment = dict(world.environment)
        assert run(["org", "update", name, "--sandbox"], environment) == 2
        assert run(["org", "update", name, "--no-sandbox"], environment) == 2
    renamed = world.cli("org", "update", slug, "--name", "Quite Normal")
    assert (renamed["sandbox"], renamed["slug"]) == (True, slug)


def test_a_sandbox_cannot_claim_a_domain(world, slug):
    """M22"""
    world.cli("domain", "attest", slug, f"{fresh('box')}.test", "--reason", "no", code=3)
    assert world.cli("domain", "list", slug)["items"] == []


def test_addresses_of_a_sandbox_are_invisible_to_others(box, acme):
    """M22"""
    box.user(acme.address("ann"), emails=[{"value": acme.address("ann")}])
    acme.user(acme.address("ann"), emails=[{"value": acme.address("ann")}])


def test_a_sandbox_says_so_in_every_answer_and_every_listing(world, slug, box, acme):
    """M23; issue: says so in every listing"""
    ann = box.user("ann")
    answers = [
        box.get("/Users"),
        box.get(f"/Users/{ann['id']}"),
        box.get("/Nothing"),
        box.get("/Schemas"),
        box.patch(f"/Users/{ann['id']}", replace("title", "x")),
        box.new_user(""),
        box.post("/Bulk", b"{"),
        box.delete(f"/Users/{ann['id']}"),
        box.post("/.search", {}),
        box.get(""),
    ]
    assert all("sandbox" in answer.headers[HEADER].lower() for answer in answers)
    assert HEADER not in acme.get("/Users").headers
    (listed,) = [each for each in world.cli("org", "list")["items"] if each["slug"] == slug]
    assert listed["sandbox"] is True


def test_an_import_brings_any_address_into_a_sandbox_alone(world, slug, org, tmp_path):
    """M20, M21: no data moves to a normal organization past the rule"""
    file = tmp_path / "users.jsonl"
    file.write_text(
        '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann@evil.test"}\n'
    )
    assert world.cli("import", slug, str(file))["created"] == 1
    exported = tmp_path / "box.jsonl"
    world.cli("export", slug, str(exported))
    counts = world.cli("import", org.slug, str(exported), code=3)
    assert counts == {"created": 0, "updated": 0, "refused": 1}
    assert world.cli("verify", slug)["violations"] == []


def alias(uniqueness):
    """The badge of users with an address in it, which is to be unique as far as that."""
    file = json.loads(json.dumps(indexing()))
    file["attributes"][-1]["uniqueness"] = uniqueness
    assert file["attributes"][-1]["name"] in BADGE_FILE["x-scimserver"]["emails"]
    return file


@pytest.mark.parametrize("declared", ["at once", "later"])
def test_an_address_in_a_sandbox_is_taken_from_nobody(declared, database_url, tmp_path):
    """M20, M22: not even where a schema wants an address to be unique among all organizations"""
    folder = Folder(database_url, tmp_path / "schemas")
    folder.write("badge.json", alias("global" if declared == "at once" else "none"))
    upgraded(folder)
    world = folder.started()
    acme, box = (
        Client(world.connection(slug), "acme.test")
        for slug in (world.organization("Acme", "acme.test"), world.organization("B", sandbox=True))
    )
    badged(box, "ann", alias="ann@acme.test")
    badged(acme, "bob", alias="bob@acme.test")
    if declared == "later":
        folder.write("badge.json", alias("global"))
        upgraded(folder)
        acme, box = folder.again(acme), folder.again(box)
    badged(box, "any", alias="no address")
    ann = badged(acme, "ann", alias="ANN@acme.test")
    bob = badged(box, "bob", alias="bob@acme.test")
    assert box.delete(f"/Users/{bob['id']}").status == 204
    body = {"schemas": [USER, BADGE], "userName": "eve", BADGE: {"alias": "ann@acme.test"}}
    assert_error(acme.post("/Users", body), 409, "uniqueness")
    assert acme.delete(f"/Users/{ann['id']}").status == 204
    assert acme.post("/Users", body).status == 201


@pytest.fixture
def small(world):
    """The same database, served with room for three users and one team in a sandbox."""
    limits = {"SCIMSERVER_SANDBOX_USERS": "3", "SCIMSERVER_SANDBOX_TEAMS": "1"}
    return World(world.url, {**world.environment, **limits})


@pytest.fixture
def full(small):
    """A sandbox with three users and a team."""
    made = Client(small.connection(small.organization(fresh("Full"), sandbox=True)), "any.test")
    for name in ("ann", "bob", "cem"):
        made.user(name)
    made.group("One")
    return made


def test_a_sandbox_has_quotas(full, small):
    """M24: creations alone are refused, and whatever else is there stays as usable"""
    for refused in (full.new_user("dan"), full.new_group("Two")):
        assert "(code limit_exceeded)" in assert_error(refused, 400, "invalidValue")
    (ann,) = full.found("/Users", 'userName eq "ann"')
    assert full.patch(f"/Users/{ann}", replace("title", "x")).status == 200
    assert full.new_user("ANN").body["scimType"] == "invalidValue"
    assert full.delete(f"/Users/{ann}").status == 204
    full.user("dan")
    (row, _) = small.cli("log", "show", full.connection.org, "--refused", "--limit", "2")["items"]
    assert row["code"] == "limit_exceeded"
    acme = Client(small.connection(small.organization(fresh("Acme"))), "any.test")
    for name in ("ann", "bob", "cem", "dan"):
        acme.user(name)


def test_quotas_hold_in_bulk_and_in_an_import(small, tmp_path):
    """M24"""
    slug = small.organization(fresh("Bulk"), sandbox=True)
    box = Client(small.connection(slug), "any.test")
    users = [{"schemas": [USER], "userName": name} for name in ("ann", "ann", "bob", "cem", "dan")]
    operations = [{"method": "POST", "path": "/Users", "data": user} for user in users]
    answer = box.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    statuses = [each["status"] for each in answer.body["Operations"]]
    assert statuses == ["201", "409", "201", "201", "400"]
    slug = small.organization(fresh("Import"), sandbox=True)
    file = tmp_path / "users.jsonl"
    file.write_text("".join(json.dumps(user) + "\n" for user in users[2:4]))
    assert small.cli("import", slug, str(file))["created"] == 2
    more = [{"schemas": [USER], "userName": name} for name in ("eve", "fay", "bob")]
    file.write_text("".join(json.dumps(user) + "\n" for user in more))
    counts = small.cli("import", slug, str(file), code=3)
    assert counts == {"created": 1, "updated": 1, "refused": 1}


class Later:
    """The program as it is at another time, over the same database."""

    def __init__(self, world):
        self.world = world
        self.clock = Clock(datetime.now(UTC))
        self.app = create_app(Settings.from_env(world.environment), clock=self.clock)

    def client(self, client):
        old = client.connection
        connection = type(old)(self.app.test_client(), old.id, old.org, old.token)
        return Client(connection, client.domain)


def told(answer):
    """What a client without a token of ours sees of a refusal."""
    kept = {k: v for k, v in answer.headers.items() if k not in ("X-Request-Id", "Date")}
    return answer.status, answer.body, kept


def test_a_closed_sandbox_answers_as_to_any_dead_token_and_keeps_everything(world):
    """M24"""
    made = world.cli("org", "create", fresh("Trial"), "--sandbox", "--days", "7")
    slug = made["slug"]
    ends = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < ends <= timedelta(days=7)
    box = Client(world.connection(slug), "any.test")
    ann = box.user("ann")
    later = Later(world)
    box = later.client(box)
    later.clock.advance(ends.total_seconds() - 60)
    assert box.get("/Users").status == 200
    later.clock.advance(120)
    unknown = later.client(Client(box.connection, "any.test"))
    object.__setattr__(unknown.connection, "token", tokens.generate())
    for path in ("/Users", f"/Users/{ann['id']}", "/Schemas"):
        assert told(box.get(path)) == told(unknown.get(path))
        assert box.get(path).status == 401
    assert_error(box.new_user("bob"), 401, None)
    newest = world.cli("log", "show", slug, "--limit", "1")["items"][0]
    assert (newest["status"], newest["reason"]) == (401, "sandbox closed")
    assert [each["userName"] for each in world.cli("user", "list", slug)["items"]] == ["ann"]
    assert world.cli("org", "show", slug)["expires_at"] == made["expires_at"]
    (listed,) = [each for each in world.cli("org", "list")["items"] if each["slug"] == slug]
    assert listed["expires_at"] == made["expires_at"]
    prolonged = world.cli("org", "update", slug, "--days", "30")
    assert prolonged["expires_at"] > made["expires_at"]
    assert box.found("/Users", 'userName eq "ann"') == [ann["id"]]


def test_only_a_sandbox_has_days(world, org):
    """M21, M24"""
    world.cli("org", "create", fresh("Acme"), "--days", "7", code=3)
    world.cli("org", "update", org.slug, "--days", "7", code=3)
    assert world.cli("org", "show", org.slug)["expires_at"] is None


def test_the_log_of_a_sandbox_is_marked(world, slug, box, org, acme, capfd):
    """M24: each row, the audit log as well, and each line of the server"""
    noisy = Later(World(world.url, {**world.environment, "SCIMSERVER_LOG_LEVEL": "info"}))
    capfd.readouterr()
    for client in (box, acme):
        noisy.client(client).user("ann")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line.get("sandbox") for line in lines if line["event"] == "request"] == [True, None]
    for name, sandbox in ((slug, True), (org.slug, False)):
        for log in ("show", "audit"):
            items = world.cli("log", log, name)["items"]
            assert items
            assert {item["sandbox"] for item in items} == {sandbox}
            assert run(["log", log, name], dict(world.environment)) == 0
            assert ("This organization is a sandbox." in capfd.readouterr().out) is sandbox


def test_the_management_api_says_that_it_is_a_sandbox(world, slug):
    """M23: in whatever it answers to a token of one"""
    scopes = ("--scope", "domains.read", "--scope", "domains.write")
    made = world.cli("connection", "create", slug, "API", "--rate-limit", "1", *scopes)
    ask = world.app.test_client().open
    base = f"/api/v2/organizations/{world.cli('org', 'show', slug)['id']}"
    sent = {"Authorization": f"Bearer {made['token']}"}
    answers = [
        ask(f"{base}/domains", headers=sent),
        ask(f"{base}/domains", method="POST", json={"domain": "acme.com"}, headers=sent),
        ask(f"{base}/domains/x", headers=sent),
        ask("/api/v2/organizations/x/domains", headers=sent),
        ask(f"{base}/domains", headers=sent),
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 404, 403, 429]
    assert all("sandbox" in answer.headers[HEADER] for answer in answers)
    assert HEADER not in ask(f"{base}/domains").headers


def test_whoever_has_to_wait_in_a_sandbox_is_told_so_too(world, slug):
    """M23"""
    made = world.cli("connection", "create", slug, "slow", "--rate-limit", "1")
    sent = {"Authorization": f"Bearer {made['token']}"}
    ask = world.app.test_client().get
    answers = [ask("/scim/v2/Users", headers=sent) for _ in range(5)]
    assert answers[-1].status_code == 429
    assert all("sandbox" in answer.headers[HEADER] for answer in answers)


@pytest.mark.parametrize("mode", ["pilot", "optional", "enforced"])
def test_a_sandbox_has_no_single_sign_on(world, slug, mode):
    """M22: whatever is asked for, nothing changes"""
    scopes = ("--scope", "domains.read", "--scope", "domains.write")
    made = world.cli("connection", "create", slug, "API", *scopes)
    sent = {"Authorization": f"Bearer {made['token']}"}
    place = f"/api/v2/organizations/{world.cli('org', 'show', slug)['id']}/sso-mode"
    refused = world.app.test_client().put(place, json={"mode": mode}, headers=sent)
    assert (refused.status_code, refused.json["code"]) == (409, "not_ready")
    events = [row["event"] for row in world.cli("log", "audit", slug)["items"]]
    assert [event for event in events if event.startswith("sso:")] != []
    assert "organization:update" not in events
