"""Who is let in at the management API, and how every refusal reads."""

import re
from dataclasses import replace

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.domain.errors import DomainError
from scimserver.errors import ScimServerError
from scimserver.ids import new_org_id
from scimserver.services import readiness, tokens
from scimserver.storage.errors import StorageUnavailableError
from tests.web.api.server import BASE, READ, WRITE, Program

PATH = "/readiness"


@pytest.fixture
def reader(quiet):
    return quiet.program(quiet.organization(), READ)


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "token", "BEARER"])
def test_a_token_is_taken_under_either_name(reader, scheme):
    _, _, secret = reader.authorization.partition(" ")
    reply = replace(reader, authorization=f"{scheme} {secret}").call("GET", PATH)
    assert reply.status == 200
    assert reply.headers["X-Request-Id"]
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "header", [None, "", "Basic YTpi", "Token", "Token ", "Token a b", "Bearer Token x"]
)
def test_without_a_token_the_challenge_has_no_error_code(reader, header):
    reply = replace(reader, authorization=header).call("GET", PATH)
    assert reply.problem == (401, "unauthorized")
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="scimserver"'


@pytest.mark.parametrize("scheme", ["Bearer", "Token"])
def test_a_token_that_does_not_hold_is_named_invalid(reader, scheme):
    stranger = replace(reader, authorization=f"{scheme} {tokens.generate()}")
    reply = stranger.call("GET", PATH)
    assert reply.problem == (401, "unauthorized")
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="scimserver", error="invalid_token"'


def test_who_guesses_has_to_wait_and_a_good_token_has_not(server, acme):
    stranger = Program(server, acme.org_id, f"Token {tokens.generate()}")
    replies = [stranger.call("GET", PATH) for _ in range(30)]
    assert replies[0].problem == (401, "unauthorized")
    assert replies[-1].problem == (429, "too_many_requests")
    assert int(replies[-1].headers["Retry-After"]) >= 1
    assert acme.call("GET", PATH).status == 200


def test_over_budget_is_429_with_the_seconds_to_wait(server):
    slow = server.program(server.organization(), READ, rate_limit=1)
    statuses = [slow.call("GET", PATH).status for _ in range(4)]
    assert statuses == [200] * 4
    reply = slow.call("GET", PATH)
    assert reply.problem == (429, "too_many_requests")
    assert reply.headers["Retry-After"] == "1"


def test_the_scope_of_scim_opens_nothing_here(quiet):
    provisioner = quiet.program(quiet.organization(), "scim")
    reply = provisioner.call("GET", PATH)
    assert reply.problem == (403, "forbidden")
    assert 'error="insufficient_scope", scope="domains.read"' in reply.headers["WWW-Authenticate"]


def test_a_scope_to_write_is_none_to_read(quiet):
    assert quiet.program(quiet.organization(), WRITE).call("GET", PATH).status == 403


def test_another_organization_never_differs_from_one_that_does_not_exist(quiet, reader):
    there, nowhere = quiet.organization(), new_org_id()
    headers = {"X-Request-Id": "request-1"}
    replies = [
        reader.call("GET", PATH, org_id=org_id, headers=headers)
        for org_id in (there, nowhere, "no-id", "%00", "%ff", "🦆", "x" * 5_000)
    ]
    assert {reply.problem for reply in replies} == {(403, "forbidden")}
    assert len({str(reply.body) for reply in replies}) == 1
    assert len({str(reply.headers) for reply in replies}) == 1


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api", (404, "not_found")),
        ("GET", "/api/", (404, "not_found")),
        ("GET", "/api/v2", (404, "not_found")),
        ("GET", "/api/v2/organizations", (404, "not_found")),
        ("POST", "/api/v3/organizations/x/domains", (404, "not_found")),
        ("GET", f"{BASE}/x/readiness/", (404, "not_found")),
        ("POST", f"{BASE}/x/readiness", (405, "method_not_allowed")),
        ("TRACE", f"{BASE}/x/readiness", (405, "method_not_allowed")),
        ("PROPFIND", "/api/openapi.json", (405, "method_not_allowed")),
    ],
)
def test_an_address_or_method_that_is_not_there_is_a_problem_too(reader, method, path, expected):
    for headers in ({}, {"Accept": "text/html"}):
        reply = reader.ask(method, path, headers=headers)
        assert reply.problem == expected
        assert ("Allow" in reply.headers) == (reply.status == 405)


def _raising(monkeypatch, failure):
    def fail(*_args, **_options):
        raise failure

    monkeypatch.setattr(readiness, "readiness", fail)


@pytest.mark.parametrize(
    "failure", [RuntimeError("secret"), ScimServerError("secret")], ids=["bug", "no row"]
)
def test_a_bug_is_told_by_its_incident_alone(reader, monkeypatch, failure, capsys):
    _raising(monkeypatch, failure)
    reply = reader.call("GET", PATH, headers={"X-Request-Id": "incident-1"})
    assert reply.problem == (500, "internal")
    assert "incident-1" in reply.body["detail"]
    assert "secret" not in str(reply.body)
    assert "incident-1" in capsys.readouterr().out


def test_a_database_that_is_away_is_worth_another_try(reader, monkeypatch):
    _raising(monkeypatch, StorageUnavailableError("away"))
    reply = reader.call("GET", PATH)
    assert reply.problem == (503, "database_unavailable")
    assert reply.headers["Retry-After"] == "5"


def test_what_a_rule_refuses_is_unprocessable(reader, monkeypatch):
    _raising(monkeypatch, DomainError("no"))
    assert reader.call("GET", PATH).problem == (422, "error")


def test_the_use_of_a_token_is_noted(server, acme):
    acme.call("GET", PATH)
    actor = Actor(acme.org_id, Door.CLI, "operator")
    with server.database.reading() as session:
        [held] = tokens.by_connection(session, actor).values()
    assert held[0].last_used_at == server.clock.now()


def test_the_description_needs_no_token_and_is_kept_until_it_changes(quiet):
    anybody = Program(quiet, "", None)
    reply = anybody.ask("GET", "/api/openapi.json")
    assert reply.body["openapi"] == "3.1.0"
    assert reply.body["servers"] == [{"url": quiet.settings.base_url}]
    again = anybody.ask(
        "GET", "/api/openapi.json", headers={"If-None-Match": reply.headers["ETag"]}
    )
    assert (again.status, again.body) == (304, b"")


def test_every_operation_says_who_may_do_it_and_how_it_refuses(quiet):
    paths = Program(quiet, "", None).ask("GET", "/api/openapi.json").body["paths"]
    operations = [told for methods in paths.values() for told in methods.values()]
    assert operations
    for told in operations:
        assert re.search("Needs the scope `(domains|provisioning)[.]", told["description"])
        assert told["security"] == [{"bearer": []}, {"token": []}]
        assert list(told["responses"]["default"]["content"]) == ["application/problem+json"]
