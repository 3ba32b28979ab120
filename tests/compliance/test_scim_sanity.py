"""scim-sanity, strict, against the application served over HTTP."""

import json
import threading

import pytest
from scim_sanity import payload_factory
from scim_sanity.probe import tests
from scim_sanity.probe.runner import run_probe_api
from werkzeug.serving import make_server

from tests.world import World

# The domain the probe puts its users in.
DOMAIN = "example.com"


@pytest.fixture
def served(database_url):
    world = World(database_url)
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield world, f"http://127.0.0.1:{server.port}/scim/v2"
    server.shutdown()
    thread.join()
    server.server_close()


# The one payload a real organization does not take as it is: the probe adds a member that exists
# nowhere, and expects 200. There it gets a real one.
MADE_UP = "fake-member-id"


@pytest.fixture
def a_member_who_exists(monkeypatch):
    def let_be(identifier):
        def make_patch(operations):
            text = json.dumps(payload_factory.make_patch(operations))
            return json.loads(text.replace(MADE_UP, identifier))

        monkeypatch.setattr(tests, "make_patch", make_patch)

    return let_be


def unhappy(base, connection):
    report = run_probe_api(base, token=connection.token, strict=True)
    assert report["exit_code"] in (0, 1)
    return [
        result for result in report["results"] if result["status"].lower() not in ("pass", "skip")
    ]


def test_no_probe_fails_in_an_attested_domain(served, a_member_who_exists):
    world, base = served
    connection = world.connection(world.organization("Probed", DOMAIN))
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "member"}
    a_member_who_exists(connection.call("POST", "/Users", user).body["id"])
    assert unhappy(base, connection) == []


def test_no_probe_fails_in_a_sandbox_as_it_is(served):
    world, base = served
    connection = world.connection(world.organization("Probed", sandbox=True))
    assert unhappy(base, connection) == []
