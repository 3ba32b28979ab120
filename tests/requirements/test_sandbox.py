"""Sandbox organizations: any address, nobody signs in, and never anything else (M20 to M25)."""

import pytest

from scimserver.cli.main import program, run
from tests.requirements.client import Client, assert_error
from tests.requirements.common import fresh, replace

HEADER = "X-Scimserver-Sandbox"


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
