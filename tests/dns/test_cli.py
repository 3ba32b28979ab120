"""The command line and a worker process, with a real name server at the other end."""

import json
from datetime import timedelta

import pytest

from scimserver.cli.main import run as program
from scimserver.clock import SystemClock
from scimserver.storage.models import claim, rate_window
from scimserver.storage.transaction import run
from tests.cli.test_serve import KEY, running
from tests.dns.world import environment


@pytest.fixture
def environ(database_url, knot):
    """The variables of a server that asks the test's name server alone."""
    return environment(
        knot,
        SCIMSERVER_DATABASE_URL=database_url.render_as_string(hide_password=False),
        SCIMSERVER_SECRET_KEY=KEY,
    )


@pytest.fixture
def cli(environ, capfd):
    """Run a command with --json in this process; return its exit code and its object."""

    def call(*words):
        capfd.readouterr()
        code = program([*words, "--json"], dict(environ))
        told = capfd.readouterr()
        return code, json.loads(told.out) if told.out else told.err

    return call


@pytest.fixture
def claimed(cli, knot):
    """A domain that an organization has claimed, as the command line shows it."""
    cli("org", "create", "Acme")
    return cli("domain", "add", "acme", knot.new_zone())[1]


def publish(knot, shown):
    knot.publish_txt(shown["record"]["name"], shown["record"]["value"])


def test_a_domain_is_claimed_published_verified_lost_and_explained(cli, claimed, knot, database):
    domain = claimed["domain"]
    publish(knot, claimed)
    code, told = cli("domain", "verify", "acme", domain)
    assert (code, told["state"], told["lastCheck"]["code"]) == (0, "verified", "verified")
    assert cli("domain", "authoritative", "acme", domain)[1]["authoritative"]

    knot.withdraw(claimed["record"]["name"])
    assert cli("domain", "verify", "acme", domain)[0] == 3, "asked twice within ten seconds"
    run(database, lambda session: session.execute(rate_window.delete()))
    code, told = cli("domain", "verify", "acme", domain)
    assert (code, told["state"]) == (3, "verified")
    assert told["lastCheck"]["code"] == "record_not_found"
    assert told["lastCheck"]["resolvers"] == [knot.address]

    assert cli("domain", "remove", "acme", domain)[1]["state"] == "revoked"
    code, told = cli("domain", "verify", "acme", domain)
    assert (code, domain in told) == (3, True)


def test_a_worker_finds_the_record_of_a_domain_that_is_due(
    cli, claimed, knot, environ, database, tmp_path
):
    publish(knot, claimed)
    due = SystemClock().now() - timedelta(seconds=1)
    run(database, lambda session: session.execute(claim.update().values(next_check_at=due)))
    with running(tmp_path, "worker", **environ) as process:
        assert "domains" in process.stdout.readline()
        assert json.loads(process.stdout.readline())["event"] == "domains: 1 checked"
    assert process.returncode == 0
    assert cli("domain", "show", "acme", claimed["domain"])[1]["state"] == "verified"


def test_the_doctor_hears_resolvers_that_answer_and_misses_those_that_do_not(
    cli, claimed, knot, environ
):
    assert cli("doctor") == (0, {"problems": []})
    # Nobody listens at the port for nothing.
    environ["SCIMSERVER_DNS_RESOLVERS"] = "127.0.0.1@9"
    code, told = cli("doctor")
    assert (code, [each["code"] for each in told["problems"]]) == (1, ["resolvers"])
    assert "127.0.0.1@9" in told["problems"][0]["detail"]
