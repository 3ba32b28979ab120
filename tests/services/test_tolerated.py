"""Tolerances a connection took: in memory first, added up in the database once a minute (J2.1)."""

from datetime import UTC, datetime, timedelta

import pytest

from scimserver.services import audit, connections, organizations
from scimserver.services.tolerated import Tolerated, every
from scimserver.storage import quirk_counts
from scimserver.storage.errors import WriteContentionError
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def actor(database):
    """The operator of an organization without connections."""

    def build(session):
        return audit.operator(organizations.create(session, NOW, name="Acme"))

    return run(database, build)


@pytest.fixture
def idp(database, actor):
    """The id of one connection."""
    return run(database, lambda s: connections.create(s, actor, NOW, name="Directory").id)


def _rows(database, actor, connection_id):
    with database.reading() as session:
        return [tuple(each) for each in every(session, actor, connection_id)]


def _flush(tolerated, database, now, **options):
    return tolerated.flush(lambda work: run(database, work), now, **options)


def test_a_first_one_is_written_at_once_and_later_ones_once_a_minute(database, actor, idp):
    tolerated = Tolerated()
    tolerated.note(actor.org_id, idp, ["op-case", "pathless-patch", "op-case"], NOW)
    assert _rows(database, actor, idp) == []
    assert _flush(tolerated, database, NOW) == 1
    first = [("op-case", 2, NOW), ("pathless-patch", 1, NOW)]
    assert _rows(database, actor, idp) == first
    for seconds in range(1, 60):
        tolerated.note(actor.org_id, idp, ["pathless-patch"], NOW + seconds * SECOND)
        assert _flush(tolerated, database, NOW + seconds * SECOND) == 0
    assert _rows(database, actor, idp) == first
    assert _flush(tolerated, database, NOW + 60 * SECOND) == 1
    assert _rows(database, actor, idp) == [
        ("pathless-patch", 60, NOW + 59 * SECOND),
        ("op-case", 2, NOW),
    ]
    assert _flush(tolerated, database, NOW + 500 * SECOND) == 0


def test_two_processes_add_to_the_same_count(database, actor, idp):
    later = NOW + 5 * SECOND
    for process, at in ((Tolerated(), later), (Tolerated(), NOW)):
        process.note(actor.org_id, idp, ["op-case"], at)
        assert _flush(process, database, at) == 1
    assert _rows(database, actor, idp) == [("op-case", 2, later)]


def test_the_end_of_the_process_waits_for_no_minute(database, actor, idp):
    tolerated = Tolerated()
    for _ in range(2):
        tolerated.note(actor.org_id, idp, ["op-case"], NOW)
        assert _flush(tolerated, database, NOW, all_=True) == 1
    assert _rows(database, actor, idp) == [("op-case", 2, NOW)]


def test_a_busy_database_fails_nobody_and_loses_nothing(database, actor, idp):
    tolerated = Tolerated()

    def busy(_work):
        tolerated.note(actor.org_id, idp, ["op-case"], NOW + SECOND)
        raise WriteContentionError("busy")

    tolerated.note(actor.org_id, idp, ["op-case", "lone-value"], NOW)
    assert tolerated.flush(busy, NOW) == 0
    assert _flush(tolerated, database, NOW + 60 * SECOND) == 1
    assert _rows(database, actor, idp) == [("op-case", 2, NOW + SECOND), ("lone-value", 1, NOW)]


def test_connections_have_counts_of_their_own(database, actor, idp):
    other = run(database, lambda s: connections.create(s, actor, NOW, name="Other").id)
    tolerated = Tolerated()
    tolerated.note(actor.org_id, idp, ["op-case"], NOW)
    tolerated.note(actor.org_id, other, ["lone-value"], NOW)
    assert _flush(tolerated, database, NOW) == 2
    assert _rows(database, actor, idp) == [("op-case", 1, NOW)]
    assert _rows(database, actor, other) == [("lone-value", 1, NOW)]


def test_counts_of_a_connection_that_is_gone_are_dropped(database, actor, idp):
    tolerated = Tolerated()
    tolerated.note(actor.org_id, idp, ["op-case"], NOW)
    _flush(tolerated, database, NOW)
    tolerated.note(actor.org_id, idp, ["op-case"], NOW)
    run(
        database,
        lambda s: organizations.delete(s, actor, confirm="acme", erase_resources=lambda _id: None),
    )
    assert _flush(tolerated, database, NOW, all_=True) == 1
    with database.reading() as session:
        assert quirk_counts.every(session, actor.org_id, idp) == []
