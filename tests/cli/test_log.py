"""scimserver log: an administrator reads what was refused and what to do about it."""

import pytest

from scimserver.app import create_app
from scimserver.clock import SystemClock
from scimserver.config import Settings
from scimserver.domain.visit import Visit
from scimserver.services import audit
from scimserver.storage.transaction import run

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
def send(cli, environ):
    cli("org", "create", "Acme")
    cli("domain", "attest", "acme", "acme.com", "--reason", "test")
    token = cli("connection", "create", "acme", "idp", "--json").json["token"]
    client = create_app(Settings.from_env(environ)).test_client()

    def call(name):
        body = {"schemas": [USER], "userName": name}
        headers = {"Authorization": f"Bearer {token}"}
        return client.post("/scim/v2/Users", json=body, headers=headers).status_code

    return call


def test_the_log_shows_what_came_and_what_was_refused(cli, send):
    assert [send("ann@acme.com"), send("eve@evil.com"), send("bob@acme.com")] == [201, 400, 201]
    page = cli("log", "show", "acme", "--json").json
    assert [row["status"] for row in page["items"]] == [201, 400, 201]
    assert page["next"] is None
    [refused] = cli("log", "show", "acme", "--refused", "--json").json["items"]
    assert (refused["code"], refused["domain"]) == ("domain_not_verified", "evil.com")
    assert refused["recommended_action"]
    assert refused["request_id"]
    assert "org_id" not in refused
    assert "evil.com" in cli("log", "show", "acme").out


def test_a_long_log_is_read_page_by_page(cli, send):
    for n in range(3):
        send(f"u{n}@acme.com")
    first = cli("log", "show", "acme", "--limit", 2, "--json").json
    second = cli("log", "show", "acme", "--limit", 2, "--cursor", first["next"], "--json").json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert first["items"][0]["at"] > first["items"][1]["at"] > second["items"][0]["at"]


def test_an_organization_without_requests_has_an_empty_log(cli, send):
    assert cli("log", "show", "acme", "--json").json == {"items": [], "next": None}
    assert cli("log", "show", "acme").out == "Nothing here.\n"


def test_the_audit_log_says_who_changed_what(cli, send):
    send("ann@acme.com")
    cli("org", "update", "acme", "--name", "Acme Inc")
    items = cli("log", "audit", "acme", "--json").json["items"]
    assert [row["event"] for row in items][:2] == ["organization:update", "user:create"]
    assert (items[0]["actor"], items[0]["door"]) == ("operator", "cli")
    assert items[0]["changes"] == [{"path": "name", "before": "Acme", "after": "Acme Inc"}]
    assert (items[0]["code"], items[0]["address"]) == (None, None)
    assert "organization:update" in cli("log", "audit", "acme").out
    picked = cli("log", "audit", "acme", "--event", "user:create", "--json").json["items"]
    assert [row["event"] for row in picked] == ["user:create"]


@pytest.fixture
def strangers(cli, database):
    """Three refusals of visitors of whom nobody knows whose they are."""
    cli("org", "create", "Acme")
    visit = Visit("203.0.113.9", "curl/8")

    def work(session):
        for number in range(3):
            now = SystemClock().now()
            audit.record(
                session, audit.NOBODY, now, "passkey:reject", str(number), {}, visit, "unknown_key"
            )

    run(database, work)


def test_what_belongs_to_no_organization_is_listed_without_one(cli, strangers):
    first = cli("log", "audit", "--limit", 2, "--json").json
    rest = cli("log", "audit", "--limit", 2, "--cursor", first["next"], "--json").json
    found = [*first["items"], *rest["items"]]
    assert [row["subject_id"] for row in found] == ["2", "1", "0"]
    assert {(row["actor"], row["code"], row["address"]) for row in found} == {
        ("anonymous", "unknown_key", "203.0.113.9")
    }
    assert {row["user_agent"] for row in found} == {"curl/8"}
    assert rest["next"] is None
    shown = cli("log", "audit").out
    assert "unknown_key" in shown
    assert "203.0.113.9" in shown
    mine = cli("log", "audit", "acme", "--json").json["items"]
    assert "passkey:reject" not in {row["event"] for row in mine}
