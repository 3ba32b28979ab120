"""scim-sanity, strict, against the application served over HTTP."""

import json
import threading

import pytest
from scim_sanity.probe.runner import run_probe
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
def test_no_probe_fails(sandbox, served, capsys):
    world, base = served
    org = world.organization("Probed", *([] if sandbox else [DOMAIN]), sandbox=sandbox)
    token = world.connection(org).token
    code = run_probe(base, token=token, strict=True, accept_side_effects=True, json_output=True)
    report = json.loads(capsys.readouterr().out)
    failed = [
        (result["name"], result["message"])
        for result in report["results"]
        if result["status"].lower() in ("fail", "error", "warn")
    ]
    assert (failed, code) == ([], 0)
