"""/VerifiedDomains: an experiment behind a setting, read-only, an organization's own (D38)."""

import pytest

from tests.web.scim.test_transport import is_error
from tests.world import World

PATH = "/VerifiedDomains"
ON = {"SCIMSERVER_EXPERIMENTAL_VERIFIED_DOMAINS": "on"}


@pytest.fixture
def engine_name():
    """What is read here is read by other tests on both engines."""
    return "sqlite"


@pytest.fixture
def world(database_url):
    return World(database_url, dict(ON))


@pytest.fixture
def acme(world):
    world.organization("Other", "other.test")
    slug = world.organization("Acme", "zebra.test", "acme.test")
    world.cli("domain", "attest", slug, "gone.test", "--reason", "test")
    world.cli("domain", "remove", slug, "gone.test", "--reason", "test")
    return world.connection(slug)


def test_it_lists_the_domains_the_organization_owns(acme):
    listed = acme.call("GET", PATH)
    assert listed.status == 200
    assert [each["domain"] for each in listed.body["Resources"]] == ["acme.test", "zebra.test"]
    assert listed.body["totalResults"] == listed.body["itemsPerPage"] == 2
    first = listed.body["Resources"][0]
    path = first["meta"]["location"].rpartition("/scim/v2")[2]
    assert acme.call("GET", path).body == first
    assert acme.call("GET", path.lower()).body == first


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [PATH, f"{PATH}/x"])
def test_it_changes_nothing(acme, method, path):
    answer = acme.call(method, path, {})
    assert is_error(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_what_is_not_there_is_not_found(world, acme):
    other = world.connection("other")
    theirs = other.call("GET", PATH).body["Resources"][0]["id"]
    for id in (theirs, "x", "%00"):
        assert is_error(acme.call("GET", f"{PATH}/{id}"), 404)
    assert is_error(acme.call("GET", f"{PATH}?filter=domain+pr"), 403)


def test_it_needs_the_scope_for_everything(world, acme):
    narrow = world.connection(acme.org, "generic", "--scope", "scim.users.read")
    answer = narrow.call("GET", PATH)
    assert is_error(answer, 403)
    assert 'scope="scim"' in answer.headers["WWW-Authenticate"]


def test_people_find_the_same_list_behind_the_documentation(world, acme):
    config = acme.call("GET", "/ServiceProviderConfig").body
    assert config["documentationUri"] == "http://localhost:8000/console/organization/sso"


def test_without_the_setting_there_is_no_such_endpoint(database_url):
    world = World(database_url)
    acme = world.connection(world.organization("Acme", "acme.test"))
    assert is_error(acme.call("GET", PATH), 404)
    assert "documentationUri" not in acme.call("GET", "/ServiceProviderConfig").body
