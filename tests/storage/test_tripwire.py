"""A write to the tables of resources needs a ticket, however it is spelled."""

import pytest
from sqlalchemy import delete, insert, select, update

from scimserver.storage import tripwire
from scimserver.storage.errors import TripwireError
from scimserver.storage.models import metadata, organization
from scimserver.storage.statement import Hot, Rows
from tests.factories import NOW, a_user, an_organization

GUARDED = sorted(tripwire.GUARDED)


@pytest.mark.parametrize("name", GUARDED)
def test_core_statements_are_refused(database, name):
    table = metadata.tables[name]
    with database.session() as session:
        copy = insert(table).from_select(list(table.c), select(table))
        for statement in (copy, delete(table), update(table).values(org_id="x")):
            with pytest.raises(TripwireError, match=name):
                session.execute(statement)
            with database.engine.connect() as connection, pytest.raises(TripwireError, match=name):
                connection.execute(statement)


@pytest.mark.parametrize("name", GUARDED)
def test_hot_statements_are_refused(database, name):
    table = metadata.tables[name]
    with database.session() as session:
        with pytest.raises(TripwireError):
            session.write(Hot(delete(table)), {})
        with pytest.raises(TripwireError):
            session.write_many(Hot(delete(table)), [{}])
        with pytest.raises(TripwireError):
            session.run(Hot(delete(table).returning(table.c.org_id)), {})
        with pytest.raises(TripwireError):
            session.insert(Rows(table), [tuple(table.c)])


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO resource (id) VALUES (1)",
        "insert or ignore into membership values (1)",
        'UPDATE "resource" SET active = 1',
        "WITH x AS (SELECT 1) DELETE FROM unique_value",
        "REPLACE INTO external_id VALUES (1)",
    ],
)
def test_text_is_read_too(database, sql):
    with database.engine.connect() as connection, pytest.raises(TripwireError):
        connection.exec_driver_sql(sql)


def test_reading_and_other_tables_need_no_ticket(database):
    an_organization(database)
    with database.reading() as session:
        for table in metadata.tables.values():
            session.execute(table.select())
        session.execute(update(organization).values(created_at=NOW))


def test_a_ticket_ends_with_its_block(database):
    org = an_organization(database)
    a_user(database, org)
    with database.session() as session:
        with tripwire.ticket(session.info), tripwire.ticket(session.info):
            pass
        with pytest.raises(TripwireError):
            session.execute(delete(metadata.tables["resource"]))
