"""The program with its settings, its surfaces and its jobs, and nothing in between it and DNS."""

import json
import signal

import pytest

from scimserver.storage.models import claim as claim_table
from scimserver.storage.transaction import run
from tests.cli.test_serve import running
from tests.dns.world import environment
from tests.web.api.server import Server
from tests.world import World


@pytest.fixture
def program(database, knot):
    return World(database.url, environment(knot))


def _publish(knot, shown):
    wanted = shown["record"]
    knot.publish(wanted["name"], wanted["type"], f'"{wanted["value"]}"')


def test_the_command_line_claims_and_verifies(program, knot):
    org, empty, full = program.organization("Acme"), knot.new_zone(), knot.new_zone()
    program.cli("domain", "add", org, empty)
    missing = program.cli("domain", "verify", org, empty, code=3)
    assert (missing["state"], missing["lastCheck"]["code"]) == ("pending", "record_not_found")
    _publish(knot, program.cli("domain", "add", org, full))
    assert program.cli("domain", "verify", org, full)["state"] == "verified"
    listed = program.cli("domain", "list", org)["items"]
    assert {each["domain"]: each["state"] for each in listed} == {
        empty: "pending",
        full: "verified",
    }


def test_the_api_claims_and_verifies(program, database, knot):
    server = Server(database, secret_key=program.environment["SCIMSERVER_SECRET_KEY"])
    server.app = program.app
    acme = server.program(server.organization())
    added = acme.call("POST", "/domains", {"domain": knot.new_zone()})
    _publish(knot, added.body)
    verified = acme.call("POST", f"/domains/{added.body['id']}/verify")
    assert (verified.status, verified.body["state"]) == (200, "verified")
    assert verified.body["lastCheck"]["resolvers"] == [knot.address]


def test_a_worker_finds_a_record_by_itself(program, database, knot, tmp_path):
    org, domain = program.organization("Acme"), knot.new_zone()
    _publish(knot, program.cli("domain", "add", org, domain))
    # Its first look would be due in a minute.
    now_due = claim_table.update().values(next_check_at=claim_table.c.created_at)
    run(database, lambda session: session.execute(now_due))
    told = program.environment | {"SCIMSERVER_LOG_LEVEL": "info"}
    with running(tmp_path, "worker", "--json", **told) as process:
        assert "domains" in json.loads(process.stdout.readline())["jobs"]
        assert json.loads(process.stdout.readline())["event"] == "domains: 1 checked"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert program.cli("domain", "show", org, domain)["state"] == "verified"
