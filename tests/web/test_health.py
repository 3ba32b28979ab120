"""The pages beside the protocol, and what is answered when the database is away."""

import pytest

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.services import tokens
from scimserver.storage.session import Database
from tests.world import World

KEY = "a-secret-key-of-the-tests-0123456789abcdef"
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


def test_a_process_that_answers_is_alive_and_ready(database_url):
    client = World(database_url).app.test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["revision"]


def test_a_database_without_tables_is_not_ready(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    client = create_app(Settings(secret_key=KEY), database=database).test_client()
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    database.dispose()


def test_a_database_that_is_away_is_503_with_retry_after():
    database = Database(NOWHERE)
    client = create_app(Settings(secret_key=KEY), database=database).test_client()
    assert client.get("/readyz").status_code == 503
    headers = {"Authorization": f"Bearer {tokens.generate()}"}
    for answer in (
        client.get("/scim/v2/Users", headers=headers),
        client.post("/scim/v2/Users", json={}, headers=headers),
    ):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.get_json()["status"] == "503"
    database.dispose()


def test_metrics_are_open_until_a_token_is_set(database_url):
    client = World(database_url).app.test_client()
    client.get("/scim/v2/Users/01a1ffed-ca92-776f-a289-4a31b4dcbdc1")
    text = client.get("/metrics").get_data(as_text=True)
    assert 'scimserver_request_seconds_count{method="GET",route="",status="401"' in text
    assert 'scimserver_refusals_total{code="unauthorized",surface="scim"}' in text
    assert "01a1ffed" not in text


def test_metrics_ask_for_the_token_that_is_set(database_url):
    client = World(database_url, {"SCIMSERVER_METRICS_TOKEN": "m-token"}).app.test_client()
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}):
        answer = client.get("/metrics", headers=header)
        assert answer.status_code == 401
        assert "metrics" in answer.headers["WWW-Authenticate"]
    answer = client.get("/metrics", headers={"Authorization": "Bearer m-token"})
    assert answer.status_code == 200


def test_metrics_count_the_tolerances_that_took_effect(database_url):
    world = World(database_url)
    slug = world.organization("acme", "acme.test")
    idp = world.connection(slug, "entra")
    text = idp.client.get("/metrics").get_data(as_text=True)
    before = tolerated(text, "quirk:entra:string-boolean")
    schema = "urn:ietf:params:scim:schemas:core:2.0:User"
    body = {"schemas": [schema], "userName": "ann@acme.test", "active": "True"}
    made = idp.call("POST", "/Users", body)
    patch = {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
    idp.call("PATCH", f"/Users/{made.body['id']}", patch)
    other = {"method": "POST", "path": "/Users", "data": {**body, "userName": "bob@acme.test"}}
    bulk = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    idp.call("POST", "/Bulk", {"schemas": [bulk], "Operations": [other]})
    text = idp.client.get("/metrics").get_data(as_text=True)
    assert tolerated(text, "quirk:entra:string-boolean") == before + 3
    assert tolerated(text, "quirk:entra:op-case") >= 1
    assert slug not in text
    assert idp.org not in text


def tolerated(text, name):
    line = f'scimserver_quirks_total{{quirk="{name}"}} '
    return sum(float(each.removeprefix(line)) for each in text.splitlines() if line in each)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nope", 404), ("PUT", "/healthz", 405)]
)
def test_what_is_outside_every_surface_is_answered_in_json(database_url, method, path, status):
    answer = World(database_url).app.test_client().open(path, method=method)
    assert answer.status_code == status
    assert answer.get_json()["detail"]
    assert ("Allow" in answer.headers) == (status == 405)
