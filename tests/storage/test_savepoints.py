"""A savepoint is undone alone, and with everything around it (without this, Bulk is a lie)."""

from contextlib import suppress

import pytest
from sqlalchemy.exc import DBAPIError

from scimserver.storage.models import receiver
from scimserver.storage.transaction import run
from tests.factories import NOW, rows


class UndoneError(Exception):
    """What a test raises to leave a block."""


def put(session, name):
    row = {"org_id": str(name) * 8 + "-0000-4000-8000-000000000000", "id": ID, "name": str(name)}
    session.execute(receiver.insert(), {**row, "created_at": NOW})


ID = "00000000-0000-4000-8000-000000000000"


def names(database):
    return {row.name for row in rows(database, receiver)}


def test_a_failed_savepoint_is_undone_alone(database):
    def work(session):
        put(session, 1)
        with suppress(UndoneError), session.savepoint():
            put(session, 2)
            raise UndoneError
        with session.savepoint():
            put(session, 3)

    run(database, work)
    assert names(database) == {"1", "3"}


def test_what_surrounds_a_released_savepoint_undoes_it(database):
    def work(session):
        with session.savepoint():
            put(session, 1)
        raise UndoneError

    with pytest.raises(UndoneError):
        run(database, work)
    assert names(database) == set()


def test_savepoints_nest(database):
    def work(session):
        with session.savepoint():
            put(session, 1)
            with suppress(UndoneError), session.savepoint():
                put(session, 2)
                with session.savepoint():
                    put(session, 3)
                raise UndoneError
            put(session, 4)

    run(database, work)
    assert names(database) == {"1", "4"}


def test_a_statement_that_fails_leaves_the_transaction_usable(database):
    def work(session):
        put(session, 1)
        with pytest.raises(DBAPIError), session.savepoint():
            put(session, 1)
        put(session, 2)

    run(database, work)
    assert names(database) == {"1", "2"}


def test_a_transaction_the_engine_gave_up_tells_its_first_failure(database):
    def work(session):
        with session.savepoint():
            session.command("ROLLBACK")
            raise UndoneError

    with pytest.raises(UndoneError):
        run(database, work)
