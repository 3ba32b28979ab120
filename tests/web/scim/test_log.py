"""What the provisioning log keeps of a refusal, and what never gets in (M9)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scimserver.services.masking import MAX_LENGTH, masked, sentence
from scimserver.storage import models
from scimserver.storage.models import provisioning_log
from scimserver.storage.transaction import run
from tests.web.scim.test_resources import group, made, user


def rows(database):
    with database.reading() as session:
        query = select(provisioning_log).order_by(provisioning_log.c.id)
        return [dict(row) for row in session.execute(query).mappings()]


def test_a_refused_write_is_logged_with_the_remedy(acme, database):
    body = user(externalId="x-1") | {"userName": "eve@evil.test"}
    answer = acme.call(
        "POST",
        "/Users",
        json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Entra",
            "X-Request-Id": "r-123456",
        },
    )
    assert answer.status == 400
    (row,) = rows(database)
    assert (row["outcome"], row["status"], row["code"]) == ("refused", 400, "domain_not_verified")
    assert (row["method"], row["endpoint"], row["resource_type"]) == ("POST", "/Users", "User")
    assert (row["attribute"], row["domain"]) == ("userName", "evil.test")
    assert (row["external_id"], row["connection_id"]) == ("x-1", acme.id)
    assert (row["request_id"], row["user_agent"]) == ("r-123456", "Entra")
    assert "Verify the domain" in row["recommended_action"]
    assert "eve" not in row["body"]
    assert "***@evil.test" in row["body"]


def test_accepted_and_refused_operations_of_bulk_are_logged_by_index(acme, database):
    operations = [
        {"method": "POST", "path": "/Users", "data": user("ann")},
        {"method": "POST", "path": "/Users", "data": user("ann")},
    ]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}
    acme.call("POST", "/Bulk", body | {"Operations": operations})
    assert [(row["operation_index"], row["status"]) for row in rows(database)] == [
        (0, 201),
        (1, 409),
    ]


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/Users", {"filter": "nonsense"}),
        ("GET", "/Users/unknown", {}),
        ("DELETE", "/Users/unknown", {}),
        ("DELETE", "/Users/%00", {}),
        ("GET", "/Nothing", {}),
        ("DELETE", "/Schemas", {}),
    ],
)
def test_each_refused_request_of_a_known_connection_is_logged(acme, database, method, path, query):
    acme.call(method, path, query=query)
    (row,) = rows(database)
    assert "filter" not in row["endpoint"]


def test_each_try_of_a_dead_token_of_a_known_connection_is_logged(acme, database):
    gone = datetime.now(UTC) - timedelta(days=1)
    run(database, lambda session: session.execute(update(models.token).values(expires_at=gone)))
    assert [acme.call("POST", "/Users", user()).status for _ in range(3)] == [401] * 3
    told = [(row["status"], row["reason"], row["connection_id"]) for row in rows(database)]
    assert told == [(401, "expired", acme.id)] * 3


def test_nothing_is_logged_for_who_is_unknown(world, acme, database):
    world.app.test_client().post("/scim/v2/Users", json=user())
    assert rows(database) == []


def test_a_body_is_masked_but_for_its_shape():
    body = {
        "schemas": ["urn:x"],
        "userName": "ann@acme.test",
        "externalId": "e-1",
        "name": {"givenName": "Ann"},
        "active": True,
        "age": 41,
        "title": "",
        "none": None,
        "Operations": [
            {"op": "add", "path": 'emails[value eq "ann@acme.test"].type', "value": "work"},
            {"op": "add", "value": {'emails[value eq "a"].display': "Ann"}},
        ],
    }
    text = masked(body)
    kept = json.loads(text)
    assert "Ann" not in text
    assert "ann@" not in text
    assert kept["userName"] == "***@acme.test"
    assert kept["externalId"] == "e-1"
    assert kept["active"] is True
    assert kept["age"] == "***"
    assert kept["Operations"][0]["path"] == 'emails[value eq "***"].type'
    assert kept["Operations"][0]["op"] == "add"


def test_a_large_or_deep_body_is_cut():
    deep = {}
    for _ in range(30):
        deep = {"x": deep}
    assert "***" in masked(deep)
    members = [{"value": str(n)} for n in range(5000)]
    assert "5000 in all" in masked({"members": members})
    assert len(masked({f"k{n}": "x" * 190 for n in range(50)} | {"displayName": "y"})) <= MAX_LENGTH
    assert masked({"op": [{"path": "z" * 500}] * 49} | {"a": {"path": "q" * 500}})
    wide = {f"{n}{'k' * 199}": {f"{m}{'k' * 199}": 1 for m in range(40)} for n in range(40)}
    assert len(masked(wide)) == MAX_LENGTH


def test_requests_are_written_to_the_log_without_their_values(world, slug, capfdbinary):
    noisy = type(world)(world.url, {"SCIMSERVER_LOG_LEVEL": "info"}).connection(slug, "okta")
    id = made(noisy, user())
    noisy.call("GET", "/Users", query={"filter": 'userName eq "secretname"'})
    noisy.call("POST", "/Groups", group("Team", "nobody"))
    out = capfdbinary.readouterr().out.decode()
    lines = [json.loads(line) for line in out.splitlines() if '"request"' in line]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/Users", 201),
        ("GET", "/Users", 200),
        ("POST", "/Groups", 400),
    ]
    assert lines[2]["code"] == "invalid_value"
    assert all(line["request_id"] and line["org_id"] and line["ms"] > 0 for line in lines)
    for secret in ("secretname", noisy.token, id):
        assert secret not in out


def test_a_sentence_about_the_at_sign_stays_one():
    assert sentence("Joined by an @. Not ann@acme.com.") == "Joined by an @. Not ***@acme.com."
