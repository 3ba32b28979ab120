"""scimserver error, and what the command line has of policies and pauses."""

import pytest

from scimserver.storage.models import connection as connections
from scimserver.storage.transaction import run
from tests.factories import NOW, an_error, rows

KEYS = {
    *("id", "state", "count", "firstSeenAt", "lastSeenAt", "toldAt", "acknowledgedBy", "source"),
    *("connectionId", "tokenId", "operation", "resourceType", "resourceId", "externalId"),
    *("attributePath", "domain", "errorCategory", "errorCode", "reason", "recommendedAction"),
    *("retryable", "requestId"),
}
sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def acme(cli):
    """An organization with a connection."""
    made = cli("org", "create", "Acme", "--json").json
    return {**made, "connection": cli("connection", "create", "acme", "idp", "--json").json["id"]}


def test_errors_are_listed_shown_acknowledged_and_opened_again(cli, acme, database):
    one = an_error(database, acme["id"], connection_id=acme["connection"])
    other = an_error(database, acme["id"], state="resolved")
    listed = cli("error", "list", "acme", "--json").json
    assert listed.keys() == {"items", "next"}
    assert {item["id"] for item in listed["items"]} == {one, other}
    assert all(item.keys() == KEYS for item in listed["items"])
    for words in (
        ("--state", "open"),
        ("--connection", acme["connection"]),
        ("--connection", "idp"),
    ):
        found = cli("error", "list", "acme", *words, "--json").json["items"]
        assert [item["id"] for item in found] == [one]
    shown = cli("error", "show", "acme", one, "--json").json
    assert shown in listed["items"]
    done = cli("error", "acknowledge", acme["id"], one, "--json").json
    assert done == {**shown, "state": "acknowledged"}
    assert cli("error", "reopen", "acme", one, "--json").json == shown


@sqlite_only
def test_people_read_a_table_and_how_to_go_on(cli, acme, database):
    assert cli("error", "list", "acme").out == "Nothing here.\n"
    for number in range(3):
        an_error(database, acme["id"], external_id=f"e-{number}")
    text = cli("error", "list", "acme", "--limit", "2").out
    head, *_, more = text.splitlines()
    assert head.split()[:3] == ["id", "state", "count"]
    cursor = more.removeprefix("More follows: --cursor ")
    rest = cli("error", "list", "acme", "--limit", "2", "--cursor", cursor, "--json").json
    assert (len(rest["items"]), rest["next"]) == (1, None)
    line = cli("error", "show", "acme", rest["items"][0]["id"]).out
    assert "domain_not_verified" in line


@sqlite_only
def test_what_cannot_be_done_ends_with_three_and_says_why(cli, acme, database):
    cli("org", "create", "Other")
    error = an_error(database, acme["id"], state="resolved")
    for words in (
        ("show", "other", error),
        ("show", "acme", "x"),
        ("acknowledge", "other", error),
        ("acknowledge", "acme", error),
        ("reopen", "other", error),
        ("list", "acme", "--connection", "nothing"),
    ):
        answer = cli("error", *words, "--json")
        assert (answer.code, answer.out) == (3, ""), words
        assert answer.err.startswith("Error: ")
    assert cli("error", "list", "acme", "--state", "closed").code == 2


@sqlite_only
def test_a_policy_is_decided_and_told(cli, acme):
    def update(*words):
        answer = cli("org", "update", "acme", *words, "--json").json
        return answer["error_notices"], answer["pause_after"]

    assert update("--name", "Acme Inc") == (None, None)
    assert update("--error-notices", "daily") == ("daily", None)
    assert update("--pause-after", "100") == ("daily", 100)
    assert update("--error-notices", "at-once") == ("at-once", 100)
    assert update("--pause-after", "never") == ("at-once", None)
    assert update("--name", "Acme") == ("at-once", None)


@sqlite_only
def test_a_number_alone_lets_owners_be_told_at_once(cli, acme):
    answer = cli("org", "update", "acme", "--pause-after", "7", "--json").json
    assert (answer["error_notices"], answer["pause_after"]) == ("at-once", 7)


@sqlite_only
@pytest.mark.parametrize("after", ["0", "-1", "100001", "many", ""])
def test_a_number_out_of_bounds_is_wrong_use(cli, acme, after):
    assert cli("org", "update", "acme", f"--pause-after={after}").code == 2


def test_a_paused_connection_says_since_when_and_is_resumed(cli, acme, database):
    id = acme["connection"]
    assert cli("connection", "show", id, "--json").json["paused_at"] is None
    paused = connections.update().where(connections.c.id == id).values(paused_at=NOW)
    run(database, lambda session: session.execute(paused))
    since = "2026-11-21T12:00:00.123456Z"
    assert cli("connection", "show", id, "--json").json["paused_at"] == since
    [listed] = cli("connection", "list", "acme", "--json").json["items"]
    assert listed["paused_at"] == since
    for _ in range(2):
        assert cli("connection", "resume", id, "--json").json["paused_at"] is None
    [row] = rows(database, connections)
    assert row.paused_at is None
    assert cli("connection", "resume", "x").code == 3
