"""Budgets: how much one connection may ask, and that nobody else pays for it (I.3)."""

import pytest

from scimserver.services import tokens
from tests.requirements.client import USER, Client, assert_error
from tests.requirements.common import BULK


@pytest.fixture
def slow(org):
    """A connection with a budget of one request a second, and bursts of four."""
    made = org.world.cli("connection", "create", org.slug, "slow", "--rate-limit", "1")
    like = org.connection().connection
    connection = type(like)(like.client, made["id"], org.slug, made["token"])
    return Client(connection, org.domain)


def exhausted(client):
    """Ask until the budget is gone, and return how often that was."""
    for n in range(200):
        if client.get("/Users", count="1").status == 429:
            return n
    raise AssertionError("there is no budget")


def test_the_budget_is_25_a_second_with_bursts_of_100_when_nothing_is_said(org):
    """I19"""
    made = org.world.cli("connection", "create", org.slug, "plain")
    assert made["rate_limit"] == 25
    like = org.connection().connection
    connection = type(like)(like.client, made["id"], org.slug, made["token"])
    assert exhausted(Client(connection, org.domain)) >= 100


def test_over_the_budget_is_429_with_seconds_to_wait_an_error_and_nothing_done(org, slow):
    """I20"""
    exhausted(slow)
    answer = slow.new_user("ann")
    assert_error(answer, 429)
    assert int(answer.headers["Retry-After"]) >= 1
    assert org.connection().get("/Users").body["totalResults"] == 0


def test_a_refusal_for_the_budget_is_counted_and_not_logged(org, slow):
    """I20; issue: 429 is only counted"""
    exhausted(slow)
    assert_error(slow.new_user("ann"), 429)
    assert org.world.cli("log", "show", org.slug)["items"] == []


def test_all_tokens_of_a_connection_share_its_budget(org, slow):
    """I19"""
    second = org.world.cli("token", "rotate", slow.connection.id)["token"]
    exhausted(slow)
    old = slow.connection
    twin = Client(type(old)(old.client, old.id, old.org, second), org.domain)
    assert_error(twin.get("/Users"), 429)


def test_a_bulk_worth_more_than_the_whole_budget_can_be_run(slow):
    """E14"""
    users = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": str(n),
            "data": {"schemas": [USER], "userName": f"u{n}"},
        }
        for n in range(150)
    ]
    body = {"schemas": [BULK], "Operations": users}
    assert slow.post("/Bulk", body).status == 200


def test_discovery_is_limited_too(slow):
    """I20"""
    exhausted(slow)
    assert_error(slow.get("/Schemas"), 429)
    assert_error(slow.get("/ServiceProviderConfig"), 429)


def test_one_connection_at_its_limit_slows_no_other(org, other, slow):
    """I21"""
    exhausted(slow)
    assert org.connection().get("/Users").status == 200
    assert other.connection().get("/Users").status == 200


def test_the_budget_can_be_raised_for_the_next_request(org, slow):
    """I19"""
    exhausted(slow)
    org.world.cli("connection", "update", slow.connection.id, "--rate-limit", "1000")
    assert slow.get("/Users").status == 200


def test_who_guesses_tokens_is_slowed_by_address_and_by_prefix(org):
    """I21"""
    web = org.connection().connection.client
    far = {"REMOTE_ADDR": "203.0.113.77"}
    statuses = set()
    for _ in range(300):
        headers = {"Authorization": f"Bearer {tokens.generate()}"}
        answer = web.get("/scim/v2/Users", headers=headers, environ_base=far)
        statuses.add(answer.status_code)
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) >= 1
            break
    assert statuses == {401, 429}
    near = {"REMOTE_ADDR": "203.0.113.78"}
    headers = {"Authorization": f"Bearer {tokens.generate()}"}
    assert web.get("/scim/v2/Users", headers=headers, environ_base=near).status_code == 401


def test_a_good_token_is_let_in_from_an_address_that_guessed(org):
    """I21"""
    client = org.connection()
    far = {"REMOTE_ADDR": "203.0.113.79"}
    web = client.connection.client
    for _ in range(50):
        headers = {"Authorization": f"Bearer {tokens.generate()}"}
        web.get("/scim/v2/Users", headers=headers, environ_base=far)
    good = {"Authorization": f"Bearer {client.connection.token}"}
    assert web.get("/scim/v2/Users", headers=good, environ_base=far).status_code == 200


def test_every_25_operations_of_bulk_cost_a_request(org, slow):
    """I19, E14: more than the burst is charged as the burst, so part of it must be spent before."""
    assert slow.get("/Users").status == 200
    operations = [{"method": "POST", "path": "/Users", "data": _user(n)} for n in range(500)]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}
    answer = slow.post("/Bulk", {**body, "Operations": operations})
    assert_error(answer, 429)
    assert org.connection().get("/Users").body["totalResults"] == 0


def _user(n):
    return {"schemas": [USER], "userName": f"u{n}"}
