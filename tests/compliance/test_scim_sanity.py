"""scim-sanity, strict, against the application served over HTTP."""

import threading

import pytest
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


@pytest.mark.parametrize("sandbox", [False, True], ids=["attested domain", "sandbox"])
def test_no_probe_fails(sandbox, served):
    world, base = served
    org = world.organization("Probed", *([] if sandbox else [DOMAIN]), sandbox=sandbox)
    report = run_probe_api(base, token=world.connection(org).token, strict=True)
    unhappy = [
        result for result in report["results"] if result["status"].lower() not in ("pass", "skip")
    ]
    assert (unhappy, report["exit_code"]) == ([], 0)
