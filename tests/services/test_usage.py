"""When a token was last used: in memory first, in the database once a minute."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scimserver.scim.quirks import Profile
from scimserver.services import audit, connections, organizations, tokens
from scimserver.services.usage import LastUsed
from scimserver.storage.errors import WriteContentionError
from scimserver.storage.models import token as token_table
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PEPPER = b"p" * 32


@pytest.fixture
def credentials(database):
    """Two credentials of one connection."""

    def build(session):
        actor = audit.operator(organizations.create(session, NOW, name="Acme"))
        made = connections.create(session, actor, NOW, name="Directory")
        return [tokens.mint(session, actor, NOW, PEPPER, made.id) for _ in range(2)]

    minted = run(database, build)
    with database.reading() as session:
        return [
            tokens.authenticate(session, PEPPER, f"Bearer {each.secret}", NOW) for each in minted
        ]


def _rows(database):
    query = select(
        token_table.c.last_used_at, token_table.c.last_used_address, token_table.c.last_used_agent
    ).order_by(token_table.c.id)
    with database.reading() as session:
        return [tuple(row) for row in session.execute(query)]


def _flush(last_used, database, now):
    return last_used.flush(lambda work: run(database, work), now)


def test_a_first_use_is_written_at_once_and_later_ones_once_a_minute(database, credentials):
    one, _ = credentials
    last_used = LastUsed()
    assert last_used.note(one, "192.0.2.1", "Okta", NOW)
    assert _rows(database)[0] == (None, None, None)
    assert _flush(last_used, database, NOW) == 1
    assert _rows(database) == [(NOW, "192.0.2.1", "Okta"), (None, None, None)]
    for seconds in range(1, 60):
        later = NOW + seconds * SECOND
        assert not last_used.note(one, "192.0.2.2", "Entra", later)
        assert _flush(last_used, database, later) == 0
    assert _rows(database)[0] == (NOW, "192.0.2.1", "Okta")
    minute = NOW + 60 * SECOND
    assert last_used.note(one, "192.0.2.3", "Entra", minute)
    assert _flush(last_used, database, minute) == 1
    assert _rows(database)[0] == (minute, "192.0.2.3", "Entra")


def test_a_use_that_was_not_due_is_written_when_it_is(database, credentials):
    one, two = credentials
    last_used = LastUsed()
    last_used.note(one, "192.0.2.1", "a", NOW)
    _flush(last_used, database, NOW)
    last_used.note(one, "192.0.2.2", "b", NOW + SECOND)
    last_used.note(two, "192.0.2.9", "c", NOW + SECOND)
    assert _flush(last_used, database, NOW + SECOND) == 1
    assert _flush(last_used, database, NOW + 61 * SECOND) == 1
    assert _rows(database) == [
        (NOW + SECOND, "192.0.2.2", "b"),
        (NOW + SECOND, "192.0.2.9", "c"),
    ]
    assert _flush(last_used, database, NOW + 500 * SECOND) == 0


def test_a_busy_database_fails_nobody_and_is_asked_again(database, credentials):
    one, _ = credentials
    last_used = LastUsed()

    def busy(_work):
        raise WriteContentionError("busy")

    last_used.note(one, "192.0.2.1", "a", NOW)
    assert last_used.flush(busy, NOW) == 0
    assert last_used.note(one, "192.0.2.1", "a", NOW)
    assert _flush(last_used, database, NOW) == 1
    minute = NOW + 60 * SECOND
    last_used.note(one, "192.0.2.2", "b", minute)
    assert last_used.flush(busy, minute) == 0
    assert _flush(last_used, database, minute) == 1
    assert _rows(database)[0] == (minute, "192.0.2.2", "b")


def test_a_use_during_the_writing_is_kept_for_the_next_minute(database, credentials):
    one, _ = credentials
    last_used = LastUsed()
    last_used.note(one, "192.0.2.1", "a", NOW)

    def meanwhile(work):
        assert not last_used.note(one, "192.0.2.2", "b", NOW + SECOND)
        run(database, work)

    assert last_used.flush(meanwhile, NOW) == 1
    assert _rows(database)[0] == (NOW, "192.0.2.1", "a")
    assert _flush(last_used, database, NOW + 60 * SECOND) == 1
    assert _rows(database)[0] == (NOW + SECOND, "192.0.2.2", "b")


def test_a_long_user_agent_is_cut(database, credentials):
    last_used = LastUsed()
    last_used.note(credentials[0], "192.0.2.1", "x" * 5_000, NOW)
    _flush(last_used, database, NOW)
    assert _rows(database)[0][2] == "x" * 200


def test_a_token_deleted_meanwhile_is_no_failure(database, credentials):
    gone = tokens.Credential(
        credentials[0].org_id,
        credentials[0].connection_id,
        "019aa000-0000-7000-8000-000000000001",
        Profile(),
        frozenset(),
        25,
        sandbox=False,
        require_address=False,
        org_slug="acme",
        forbid_get_filters=False,
    )
    last_used = LastUsed()
    last_used.note(gone, "192.0.2.1", "a", NOW)
    assert _flush(last_used, database, NOW) == 1
