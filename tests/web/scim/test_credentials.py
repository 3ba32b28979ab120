"""Who is let in, what a refusal says, and how much a connection may ask (I)."""

import pytest

from scimserver.services import tokens
from tests.web.scim.test_transport import A_USER, is_error

PATH = "/scim/v2/Users"


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Token x", "bearer\tx"],
)
def test_without_a_bearer_token_the_challenge_has_no_error_code(world, header):
    headers = {} if header is None else {"Authorization": header}
    answer = world.app.test_client().get(PATH, headers=headers)
    assert is_error(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scimserver"'


@pytest.mark.parametrize(
    "token", ["x", "scimt_short", pytest.param(tokens.generate(), id="well formed")]
)
def test_a_token_that_does_not_hold_is_named_invalid(world, token):
    answer = world.app.test_client().get(PATH, headers={"Authorization": f"Bearer {token}"})
    assert is_error(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scimserver", error="invalid_token"'
    assert token not in answer.get_data(as_text=True) or token == "x"


def test_a_token_in_the_url_is_no_token(acme):
    assert acme.client.get(f"{PATH}?access_token={acme.token}").status_code == 401


@pytest.mark.parametrize("path", ["/scim/v2/Nothing", "/scim/v2/Users/x", "/scim/v2/Schemas"])
def test_nothing_is_told_to_who_has_no_token(world, path):
    assert world.app.test_client().get(path).status_code == 401


def test_a_token_with_too_small_a_scope_is_told_which_is_missing(world, slug):
    reader = world.connection(slug, "generic", "--scope", "scim.users.read")
    assert reader.call("GET", "/Users").status == 200
    for method, path, body, scope in (
        ("POST", "/Users", A_USER, "scim.users.write"),
        ("GET", "/Groups", None, "scim.groups.read"),
        ("GET", "", None, "scim.groups.read"),
    ):
        answer = reader.call(method, path, body)
        assert is_error(answer, 403)
        assert f'error="insufficient_scope", scope="{scope}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["/Users", "/Schemas", "/ServiceProviderConfig", "/Nothing", ""])
def test_a_token_of_the_management_api_opens_nothing_here(world, slug, path):
    scopes = ("--scope", "domains.read", "--scope", "domains.write")
    answer = world.connection(slug, "generic", *scopes).call("GET", path)
    assert is_error(answer, 403)
    assert 'error="insufficient_scope", scope="scim"' in answer.headers["WWW-Authenticate"]


def test_over_budget_is_429_with_the_seconds_to_wait_and_nothing_done(world, slug):
    made = world.cli("connection", "create", slug, "slow", "--rate-limit", "1")
    headers = {"Authorization": f"Bearer {made['token']}"}
    client = world.app.test_client()
    statuses = [client.get(PATH, headers=headers).status_code for _ in range(4)]
    assert statuses == [200] * 4
    refused = client.post(PATH, json=A_USER, headers=headers)
    assert is_error(refused, 429)
    assert int(refused.headers["Retry-After"]) >= 1
    other = world.connection(slug, "okta")
    assert other.call("GET", "/Users").body["totalResults"] == 0


def test_a_large_bulk_counts_as_several_requests(world, slug):
    made = world.cli("connection", "create", slug, "slow", "--rate-limit", "1")
    headers = {"Authorization": f"Bearer {made['token']}"}
    operations = [{"method": "DELETE", "path": "/Users/x"}] * 101
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}
    client = world.app.test_client()
    path = "/scim/v2/Bulk"
    assert client.get(PATH, headers=headers).status_code == 200
    refused = client.post(path, json={**body, "Operations": operations}, headers=headers)
    assert is_error(refused, 429)
    few = client.post(path, json={**body, "Operations": operations[:50]}, headers=headers)
    assert few.status_code == 200


def test_discovery_without_a_token_has_a_budget_too(world):
    client = world.app.test_client()
    answers = {client.get("/scim/v2/ServiceProviderConfig").status_code for _ in range(160)}
    assert answers == {200, 429}


def test_a_sandbox_says_so_in_every_answer(world):
    box = world.connection(world.organization("box", sandbox=True))
    for answer in (box.call("GET", "/Users"), box.call("GET", "/Nothing")):
        assert "nobody can sign in" in answer.headers["X-Scimserver-Sandbox"]


def test_a_normal_organization_is_no_sandbox(acme):
    assert "X-Scimserver-Sandbox" not in acme.call("GET", "/Users").headers
