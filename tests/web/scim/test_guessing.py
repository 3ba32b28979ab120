"""Guessed and dead tokens over HTTP: refused, counted, and never at the cost of good ones."""

import pytest
from sqlalchemy import func, select

from scimserver.services import guesses, tokens
from scimserver.storage.models import rate_window
from scimserver.storage.models import token as token_table
from tests.world import World


@pytest.fixture
def world(database_url):
    """A server with one organization."""
    return World(database_url)


def _ask(client, secret):
    return client.get("/scim/v2/Users", headers={"Authorization": f"Bearer {secret}"})


def test_an_address_that_keeps_failing_is_told_to_wait_and_a_good_token_is_not(world, database):
    connection = world.connection(world.organization("acme"))
    statuses = []
    for _ in range(40):
        answer = _ask(connection.client, tokens.generate())
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.get_json()["status"] == "429"
            break
        assert answer.headers["WWW-Authenticate"].endswith('error="invalid_token"')
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {401}
    assert _ask(connection.client, connection.token).status_code == 200
    with database.reading() as session:
        counted = session.execute(select(func.sum(rate_window.c.hits))).scalar()
    # One for the address and one for the prefix; what the memory refused is not written.
    assert counted == 2 * (len(statuses) - 1)


def test_a_prefix_guessed_elsewhere_is_slowed_by_the_count_all_processes_share(world):
    connection = world.connection(world.organization("acme"))
    other = World(world.url).app.test_client()
    secret = tokens.generate()
    statuses = []
    while 429 not in statuses and len(statuses) <= 2 * guesses.PREFIX_LIMIT:
        statuses += [_ask(client, secret).status_code for client in (connection.client, other)]
    assert 429 in statuses
    assert statuses[0] == 401


def test_a_request_without_a_token_is_not_counted(world, database):
    client = world.app.test_client()
    assert {client.get("/scim/v2/Users").status_code for _ in range(60)} == {401}
    with database.reading() as session:
        assert session.execute(select(rate_window)).all() == []


def test_the_last_use_of_a_token_is_kept(world, database):
    connection = world.connection(world.organization("acme"))
    for _ in range(2):
        answer = connection.client.get(
            "/scim/v2/Users",
            headers={"Authorization": f"Bearer {connection.token}", "User-Agent": "Okta"},
        )
        assert answer.status_code == 200
    with database.reading() as session:
        row = session.execute(select(token_table)).one()
    assert row.last_used_at is not None
    assert (row.last_used_address, row.last_used_agent) == ("127.0.0.1", "Okta")


@pytest.mark.parametrize(("hops", "address"), [("0", "127.0.0.1"), ("1", "198.51.100.7")])
def test_the_address_a_proxy_tells_counts_where_proxies_are_trusted(
    database_url, database, hops, address
):
    world = World(database_url, {"SCIMSERVER_TRUSTED_PROXIES": hops})
    idp = world.connection(world.organization("acme"))
    sent = {"Authorization": f"Bearer {idp.token}", "X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert idp.client.get("/scim/v2/Users", headers=sent).status_code == 200
    with database.reading() as session:
        row = session.execute(select(token_table)).one()
    assert row.last_used_address == address


def test_the_addresses_of_one_ipv6_network_count_as_one(world):
    connection = world.connection(world.organization("acme"))

    def statuses(place):
        return {
            connection.client.get(
                "/scim/v2/Users",
                headers={"Authorization": "Bearer guessed"},
                environ_overrides={"REMOTE_ADDR": f"{place}:{number:x}"},
            ).status_code
            for number in range(1, 60)
        }

    assert 429 in statuses("2001:db8:0:1:")
    first = connection.client.get(
        "/scim/v2/Users",
        headers={"Authorization": "Bearer guessed"},
        environ_overrides={"REMOTE_ADDR": "2001:db8:0:2::1"},
    )
    assert first.status_code == 401
