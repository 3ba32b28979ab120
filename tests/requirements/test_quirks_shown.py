"""An admin sees what a client really sends: each tolerance it took, for its connection (J2.1)."""

import re
from pathlib import Path

import pytest

import scimserver
from scimserver.app import drain
from scimserver.scim.quirks.counters import MEANINGS
from tests.requirements.client import Client
from tests.requirements.common import SEARCH
from tests.world import World


@pytest.fixture
def world(database_url):
    """A world that is not shared: its process counts."""
    return World(database_url)


@pytest.fixture
def client(world):
    return Client(world.connection(world.organization("Acme", "acme.test"), "entra"), "acme.test")


def shown(world, client):
    drain(world.app)
    told = world.cli("connection", "show", client.connection.id)
    return {each["quirk"]: each["hits"] for each in told["quirks"]}


def test_each_tolerance_is_counted_and_shown(world, client):
    """J2.1"""
    assert shown(world, client) == {}
    ann = client.user("ann", active="True")
    path = f"/Users/{ann['id']}"
    body = {"Operations": [{"op": "Replace", "value": {"active": "False"}}]}
    for _ in range(3):
        assert client.call("PATCH", path, body).status == 200
    assert client.connection.call("GET", path.lower()).status == 200
    assert client.post("/Users/.search", {"filter": 'userName eq "ann"'}).status == 200
    sent = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"b@acme.test"}'
    assert client.connection.call("POST", "/Users", sent, headers={}).status == 201
    assert shown(world, client) == {
        "string-boolean": 4,
        "missing-schemas": 4,
        "op-case": 3,
        "pathless-patch": 3,
        "endpoint-case": 1,
        "missing-content-type": 1,
    }


def test_what_the_standard_says_is_no_tolerance(world, client):
    """J2.1"""
    ann = client.user("ann", active=True)
    path = f"/Users/{ann['id']}"
    client.patch(path, {"op": "replace", "path": "active", "value": False})
    client.get("/Users", filter="active eq false")
    client.get(path)
    client.delete(path)
    assert shown(world, client) == {}


def test_tolerances_in_searches_and_paths_are_counted(world, client):
    """J2.1"""
    ann = client.user("ann", emails=[{"value": "ann@acme.test", "primary": True}])
    path = f"/Users/{ann['id']}"
    change = {"op": "replace", "path": 'emails[primary eq "True"].type', "value": "work"}
    assert client.patch(path, change).status == 200
    assert shown(world, client) == {"string-boolean": 1}
    for text in ("userName eq ann", 'active eq "true"', 'department eq "D"', "title eq 5"):
        assert client.get("/Users", filter=text).status == 200
    body = {"schemas": [SEARCH], "filter": 'active eq "TRUE" or department eq "D"'}
    assert client.post("/.search", {**body, "sortBy": "department"}).status == 200
    assert client.get("/Users", sortBy="department").status == 200
    assert shown(world, client) == {
        "string-boolean": 3,
        "unquoted-value": 2,
        "unqualified-attribute": 3,
    }


def test_a_refused_filter_counts_nothing(world, client):
    """J2.1"""
    assert client.get("/Users", filter="userName eq ann and nope pr").status == 400
    assert shown(world, client) == {}


def test_the_counts_of_other_connections_stay_apart(world, client):
    """J2.1"""
    other = Client(world.connection(client.connection.org, "okta"), "acme.test")
    client.user("ann", active="True")
    assert shown(world, other) == {}
    assert shown(world, client) == {"string-boolean": 1}


def test_a_restart_goes_on_counting(world, client):
    """J2.1"""
    client.user("ann", active="True")
    drain(world.app)
    again = World(world.url)
    old = client.connection
    connection = type(old)(again.app.test_client(), old.id, old.org, old.token)
    Client(connection, "acme.test").user("bob", active="True")
    assert shown(again, client) == {"string-boolean": 2}


def test_every_name_that_is_counted_is_explained():
    """J2.1"""
    folder = Path(scimserver.__file__).parent
    source = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    literal = re.findall(r"\.use\(\"[^\"]*\"\)", source)
    assert literal == []
    assert all(MEANINGS.values())
    names = (folder / "scim/quirks/counters.py").read_text()
    assert set(re.findall(r'^[A-Z_]+ = "(.*)"$', names, re.MULTILINE)) == set(MEANINGS)
