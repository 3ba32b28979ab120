"""scim2-tester against the application: what a conformance runner sees."""

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server, filling
from scim2_tester.checkers import patch_add, patch_replace

from tests.world import World

DOMAIN = "attested.example"


def _failures(world, connection):
    client = WSGISCIMClient(
        world.app,
        "http://localhost/scim/v2",
        headers={"Authorization": f"Bearer {connection.token}"},
    )
    results = check_server(client)
    assert any(result.status == Status.SUCCESS for result in results)
    return [
        (result.title, result.resource_type, result.reason)
        for result in results
        if result.status in (Status.ERROR, Status.CRITICAL, Status.DEVIATION)
    ]


@pytest.fixture
def addresses_in_the_domain(monkeypatch):
    """The runner makes addresses up; here it makes them up in the attested domain."""
    make = filling.generate_random_value

    def in_domain(context, path, **options):
        value = make(context, path, **options)
        if isinstance(value, str) and "@" in value:
            return f"{value.partition('@')[0]}@{DOMAIN}"
        return value

    for module in (filling, patch_add, patch_replace):
        monkeypatch.setattr(module, "generate_random_value", in_domain)


@pytest.mark.usefixtures("addresses_in_the_domain")
@pytest.mark.parametrize("profile", ["generic", "entra"])
def test_no_check_fails_within_the_attested_domain(profile, database_url):
    world = World(database_url)
    org = world.organization("Normal", DOMAIN)
    assert _failures(world, world.connection(org, profile)) == []


def test_no_check_fails_in_a_sandbox(database_url):
    world = World(database_url)
    org = world.organization("Sandbox", sandbox=True)
    assert _failures(world, world.connection(org)) == []


def test_random_addresses_are_refused_outside_a_sandbox(database_url):
    world = World(database_url)
    org = world.organization("Normal", DOMAIN)
    reasons = [reason for _, _, reason in _failures(world, world.connection(org))]
    assert any("is not a verified domain" in str(reason) for reason in reasons)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_the_runner_finds_in_the_test_type_is_the_runners(database_url):
    """L6: why the examples are loaded on demand; an empty list here would let them in."""
    world = World(database_url, {"SCIMSERVER_EXAMPLE_SCHEMAS": "on"})
    org = world.organization("Sandbox", sandbox=True)
    failures = _failures(world, world.connection(org))
    reasons = " ".join(str(reason) for _, _, reason in failures)
    assert "has returnability 'always' but value is missing or null" in reasons
    assert "unable to parse string as a number" in reasons
    assert {kind for _, kind, _ in failures} <= {"Specimen", "User"}
    normal = world.connection(world.organization("Normal", DOMAIN))
    types = normal.call("GET", "/ResourceTypes").body["Resources"]
    assert [each["name"] for each in types] == ["Group", "User"]
