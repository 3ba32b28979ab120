"""Hot statements give and take what Core statements do."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, select

from scimserver.ids import new_id
from scimserver.storage.models import connection, organization, provisioning_log, receiver
from scimserver.storage.statement import Among, Chosen, Hot, Rows
from scimserver.storage.transaction import run
from tests.factories import NOW, a_connection, an_organization, rows


def test_values_come_back_in_their_types(database):
    org = an_organization(database, sandbox=True)
    id = a_connection(database, org, unique_emails="off")
    statement = Hot(
        select(
            connection.c.id, connection.c.switches, connection.c.disabled, connection.c.created_at
        )
        .where(connection.c.org_id == bindparam("org"))
        .limit(5)
    )
    with database.reading() as session:
        found = session.run(statement, {"org": org})
        assert found == [(id, {"unique_emails": "off"}, False, NOW)]
        assert found[0][3].tzinfo is UTC
        assert session.execute(statement.statement, {"org": org}).all() == found


def test_a_list_is_one_parameter(database):
    ids = [an_organization(database) for _ in range(3)]
    statement = Hot(select(organization.c.id).where(Among(organization.c.id, "ids")))
    with database.reading() as session:
        assert {row[0] for row in session.run(statement, {"ids": ids[:2]})} == set(ids[:2])
        assert session.run(statement, {"ids": []}) == []


def test_what_a_query_chooses_is_found_whatever_the_planner_believes(database):
    ids = [an_organization(database) for _ in range(3)]
    linked = [a_connection(database, org) for org in ids[:2] for _ in range(2)]
    chosen = select(connection.c.org_id).where(Among(connection.c.id, "ids"))
    statement = Hot(
        select(organization.c.id)
        .where(Chosen(organization.c.id, chosen))
        .order_by(organization.c.id)
        .limit(bindparam("limit"))
    )
    with database.reading() as session:
        asked = {"ids": linked, "limit": 5}
        assert session.run(statement, asked) == [(id,) for id in sorted(ids[:2])]
        assert session.run(statement, {"ids": [], "limit": 5}) == []
        prepared = statement.on(session.dialect)
        if not session.is_sqlite:
            plan = session.command("EXPLAIN " + prepared.sql, prepared.arguments(asked)).fetchall()
            assert any("InitPlan" in line for (line,) in plan), plan
            assert not any("Join" in line or "Nested Loop" in line for (line,) in plan), plan


@pytest.mark.parametrize("number", [0, 1, 3])
def test_rows_that_are_there_are_passed_over(database, number):
    org = an_organization(database)
    moment = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    new = [(org, new_id(), f"r{i}", moment) for i in range(number)]
    statement = Rows(receiver)
    assert run(database, lambda s: s.insert(statement, new)) == number
    more = [*new, (org, new_id(), "another", moment)]
    assert run(database, lambda s: s.insert(statement, more)) == 1
    found = rows(database, receiver)
    assert {row.name for row in found} == {row[2] for row in more}
    assert {row.created_at for row in found} == {moment}


def test_rows_take_json_and_nothing(database):
    org = an_organization(database)
    row = {"org_id": org, "id": new_id(), "at": NOW, "changed": ["a", {"b": 'ä"\\'}], "status": 1}
    columns = [row.get(c.name, None if c.nullable else "x") for c in provisioning_log.columns]
    run(database, lambda s: s.insert(Rows(provisioning_log), [tuple(columns)] * 2))
    (found,) = rows(database, provisioning_log)
    assert found.changed == row["changed"]
    assert found.body is None


def test_a_statement_for_each_of_many(database):
    org = an_organization(database)
    statement = Hot(receiver.insert())
    many = [{"org_id": org, "id": new_id(), "name": "r", "created_at": NOW} for _ in range(3)]
    assert run(database, lambda s: s.write_many(statement, many)) == 3
    assert run(database, lambda s: s.write_many(statement, [])) == 0
    assert len(rows(database, receiver)) == 3


def test_what_is_no_clause_cannot_be_hot(database):
    with database.reading() as session, pytest.raises(TypeError):
        session.run(Hot("SELECT 1"), {})
