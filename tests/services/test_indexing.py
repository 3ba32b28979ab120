"""What is stored becomes found by index: in chunks, again after an interruption, or not at all."""

import pytest

from scimserver.clock import SystemClock
from scimserver.services import indexing
from scimserver.storage import indexes
from scimserver.storage.models import resource_value, value_index
from scimserver.storage.transaction import run
from tests.factories import a_user, an_organization, registry, rows, write

EMAILS = [{"value": "a@acme.test"}]


def transact(database):
    return lambda work: run(database, work)


def bring(database, progress=lambda _done, _total: None):
    return indexing.bring_up_to_date(transact(database), registry(), SystemClock(), progress)


def forgotten(database):
    """Leave stored values without rows, as before a schema indexed them."""
    write(database, lambda session: session.execute(resource_value.delete()))
    run(database, lambda session: session.execute(value_index.update().values(complete=False)))


def test_a_database_without_resources_needs_no_indexing(database):
    assert run(database, lambda session: indexing.pending(session, registry())) == []
    assert all(row.complete for row in rows(database, value_index))
    assert bring(database) == []


def test_what_was_stored_before_anything_was_recorded_is_indexed(database):
    org = an_organization(database)
    a_user(database, org, attributes={"emails": EMAILS})
    places = run(database, lambda session: indexing.pending(session, registry()))
    assert ("User", "emails.value") in places
    assert bring(database) == []
    assert run(database, lambda session: indexing.pending(session, registry())) == []


def test_every_chunk_is_a_transaction_and_an_interrupted_one_is_done_again(database, monkeypatch):
    monkeypatch.setattr(indexes, "CHUNK", 2)
    orgs = [an_organization(database) for _ in range(2)]
    for n in range(5):
        emails = [{"value": f"u{n}@acme.test"}, {"value": f"v{n}@acme.test"}]
        a_user(database, orgs[0], attributes={"emails": emails})
    run(database, lambda session: indexing.pending(session, registry()))
    forgotten(database)
    told = []

    def interrupted(done, total):
        told.append((done, total))
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(database, interrupted)
    assert not any(row.complete for row in rows(database, value_index) if row.type == "User")
    assert bring(database) == []
    assert len(rows(database, resource_value)) == 10
    assert all(row.complete for row in rows(database, value_index))
