"""Bearer tokens: who they are, how long they live, and where they never appear (I.1)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scimserver.storage import models
from scimserver.storage.session import Database
from tests.requirements.client import USER, Client, assert_error
from tests.world import Connection

WRITES = {"POST": "/Users", "PUT": "/Users/x", "PATCH": "/Users/x", "DELETE": "/Users/x"}


@pytest.fixture
def storage(world):
    opened = Database(world.url)
    yield opened
    opened.dispose()


def tokens_of(client):
    world, id = client.connection_world, client.connection.id
    return world.cli("token", "list", id)["items"]


@pytest.fixture
def client(org):
    made = org.connection()
    made.connection_world = org.world
    return made


def holder(client, token):
    old = client.connection
    return Client(Connection(old.client, old.id, old.org, token), client.domain)


def status(client, token=None):
    one = client if token is None else holder(client, token)
    return one.get("/Users").status


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_may_be_written_in_any_case(client, scheme):
    """I1"""
    headers = {"Authorization": f"{scheme} {client.connection.token}"}
    answer = client.connection.client.get("/scim/v2/Users", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["access_token", "token", "bearer"])
def test_a_token_in_the_url_or_the_body_is_no_token(client, name, capfdbinary):
    """I1"""
    web, token = client.connection.client, client.connection.token
    urls = web.get(f"/scim/v2/Users?{name}={token}")
    form = web.post("/scim/v2/Users", data={name: token})
    body = web.post("/scim/v2/Users", json={name: token, "userName": "ann"})
    for answer in (urls, form, body):
        assert answer.status_code == 401
        assert token not in answer.get_data(as_text=True)
        assert "error=" not in answer.headers["WWW-Authenticate"]
    assert token.encode() not in b"".join(capfdbinary.readouterr())


def test_the_token_selects_connection_and_organization_never_the_url_or_the_body(org, other):
    """I2"""
    first, second = org.connection(), other.connection()
    ann = first.user("ann", externalId="e-1")
    assert second.get(f"/Users/{ann['id']}").status == 404
    for method, body in (("PUT", {"schemas": [USER], "userName": "x"}), ("DELETE", None)):
        assert second.call(method, f"/Users/{ann['id']}", body).status == 404
    claimed = {"schemas": [USER], "userName": "bob", "org_id": org.slug, "organization": org.slug}
    assert second.post("/Users", claimed).status == 201
    assert first.get("/Users").body["totalResults"] == 1
    assert second.get("/Users", org_id=org.slug).body["totalResults"] == 1


def test_what_is_stored_is_a_keyed_digest_found_by_its_index(client, storage):
    """I3"""
    token = client.connection.token
    assert len(token) >= 6 + 43
    with storage.reading() as session:
        kept = [
            str(row)
            for table in (models.token, models.token_digest)
            for row in session.execute(select(table)).all()
        ]
    assert all(token not in row for row in kept)
    assert any(token[:10] in row for row in kept)
    (key,) = models.token_digest.primary_key.columns
    assert key.name == "digest"


def test_two_tokens_live_at_once_and_revoking_either_ends_the_rotation(client):
    """I4, I7: revocation takes effect on the next request"""
    world, id = client.connection_world, client.connection.id
    second = world.cli("token", "rotate", id)
    assert [status(client), status(client, second["token"])] == [200, 200]
    world.cli("token", "rotate", id, code=3)
    world.cli("token", "revoke", second["token_id"])
    assert [status(client), status(client, second["token"])] == [200, 401]
    third = world.cli("token", "rotate", id)
    (first,) = [
        each for each in tokens_of(client) if each["prefix"] == client.connection.token[:10]
    ]
    world.cli("token", "revoke", first["token_id"])
    assert [status(client), status(client, third["token"])] == [401, 200]


def test_every_token_expires_within_two_years_and_then_is_invalid(client, storage):
    """I5"""
    (token,) = tokens_of(client)
    lives = datetime.fromisoformat(token["expires_at"]) - datetime.fromisoformat(
        token["created_at"]
    )
    assert timedelta(days=364) < lives <= timedelta(days=730)
    with storage.writers.connect() as connection, connection.begin():
        past = datetime.now(UTC) - timedelta(seconds=1)
        table = models.token
        connection.execute(
            update(table).where(table.c.id == token["token_id"]).values(expires_at=past)
        )
    answer = client.get("/Users")
    assert_error(answer, 401)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


SCOPES = {
    "scim": {"GET /Users", "POST /Users", "GET /Groups", "POST /Groups"},
    "scim.users.read": {"GET /Users"},
    "scim.users.write": {"POST /Users"},
    "scim.groups.read": {"GET /Groups"},
    "scim.groups.write": {"POST /Groups"},
}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_allows_what_it_names_and_nothing_else(org, scope):
    """I6"""
    connection = org.world.connection(org.slug, "generic", "--scope", scope)
    client = Client(connection, org.domain)
    allowed = {
        f"{method} {path}"
        for method, path, answer in (
            ("GET", "/Users", client.get("/Users")),
            ("POST", "/Users", client.new_user("ann")),
            ("GET", "/Groups", client.get("/Groups")),
            ("POST", "/Groups", client.new_group("Team")),
        )
        if answer.status in (200, 201) or assert_error(answer, 403) == ""
    }
    assert allowed == SCOPES[scope]


def test_a_reader_can_change_nothing_by_any_method_or_bulk(org):
    """I6"""
    ann = org.connection().user("ann")
    scopes = ("--scope", "scim.users.read", "--scope", "scim.groups.read")
    reader = Client(org.world.connection(org.slug, "generic", *scopes), org.domain)
    path = f"/Users/{ann['id']}"
    body = {"schemas": [USER], "userName": "x"}
    assert_error(reader.put(path, body), 403)
    assert_error(reader.patch(path, {"op": "replace", "path": "title", "value": "x"}), 403)
    assert_error(reader.delete(path), 403)
    bulk = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": path}],
    }
    (result,) = reader.post("/Bulk", bulk).body["Operations"]
    assert result["status"] == "403"
    assert reader.get(path).body == ann


def test_the_last_use_is_kept(client):
    """I7"""
    assert status(client) == 200
    (token,) = tokens_of(client)
    used = datetime.fromisoformat(token["last_used_at"])
    assert abs(datetime.now(UTC) - used) < timedelta(minutes=5)


def test_no_more_than_ten_characters_of_a_token_are_ever_shown(client, tmp_path):
    """I8"""
    world, token = client.connection_world, client.connection.token
    org = client.connection.org
    client.user("ann")
    world.cli("export", org, str(tmp_path / "out.jsonl"))
    shown = (
        json.dumps(
            [
                world.cli("token", "list", client.connection.id),
                world.cli("connection", "list", org),
                world.cli("log", "show", org),
                world.cli("config", "show"),
            ]
        )
        + (tmp_path / "out.jsonl").read_text()
    )
    assert token[:10] in shown
    assert token[:11] not in shown


@pytest.mark.parametrize("header", [None, "", "Basic dTpw", "Bearer", "Token x", "Bearer a b"])
def test_without_a_bearer_token_the_challenge_names_the_realm_and_no_error(client, header):
    """I9"""
    headers = {} if header is None else {"Authorization": header}
    answer = client.connection.client.get("/scim/v2/Users", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scimserver"'


def test_a_disabled_connection_is_answered_401_until_it_is_enabled(client):
    """issue: connection disable"""
    world, id = client.connection_world, client.connection.id
    second = world.cli("token", "rotate", id)["token"]
    world.cli("connection", "disable", id)
    assert [status(client), status(client, second)] == [401, 401]
    world.cli("connection", "enable", id)
    assert [status(client), status(client, second)] == [200, 200]
