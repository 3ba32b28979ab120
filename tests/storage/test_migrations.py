"""The schema goes up, down and up again, and is what the models say."""

import json
import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from scimserver.storage.errors import SchemaBehindError
from scimserver.storage.migrate import check, downgrade, head, revision, upgrade
from scimserver.storage.models import metadata
from scimserver.storage.session import Database
from tests.factories import a_group, a_user, an_organization, rows


@pytest.fixture
def empty(request, engine_name, tmp_path):
    url = (
        f"sqlite:///{tmp_path / 'empty.db'}"
        if engine_name == "sqlite"
        else request.getfixturevalue("empty_postgres_url")
    )
    database = Database(url)
    yield database
    database.dispose()


def tables(database):
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_an_empty_database_goes_up_down_and_up(empty):
    assert revision(empty) is None
    with pytest.raises(SchemaBehindError, match="none"):
        check(empty)
    assert upgrade(empty) == head()
    assert tables(empty) == set(metadata.tables)
    downgrade(empty, "base")
    assert tables(empty) == set()
    assert revision(empty) is None
    upgrade(empty)
    assert check(empty) == head()


def test_an_upgrade_of_a_current_database_changes_nothing(database):
    assert upgrade(database) == head()
    assert tables(database) == set(metadata.tables)


def test_the_models_have_not_drifted_from_the_migrations(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_database_with_data_goes_down_and_up(database):
    org = an_organization(database)
    a_group(database, org, members=[a_user(database, org)])
    downgrade(database, "base")
    assert tables(database) == set()
    upgrade(database)
    assert rows(database, metadata.tables["resource"]) == []


def test_two_processes_may_start_on_an_empty_database(empty):
    children = [
        multiprocessing.get_context("fork").Process(target=upgrade, args=(empty,)) for _ in range(2)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(30)
    assert [child.exitcode for child in children] == [0, 0]
    assert check(empty) == head()


def test_applications_read_users_and_teams_through_views(database):
    org = an_organization(database)
    emails = [{"value": "a@acme.test"}, {"value": "b@acme.test", "primary": True}]
    ann = a_user(database, org, "ann", attributes={"displayName": "Ann", "emails": emails})
    a_user(database, org, "bob")
    team = a_group(database, org, "Team", members=[ann])
    with database.engine.connect() as connection:
        query = connection.exec_driver_sql
        users = query("SELECT user_name, display_name, email, active FROM users ORDER BY id").all()
        assert users == [("ann", "Ann", "b@acme.test", True), ("bob", None, None, True)]
        ((kept,),) = query("SELECT emails FROM users WHERE user_name = 'ann'").all()
        assert (json.loads(kept) if isinstance(kept, str) else kept) == emails
        ((name, at),) = query("SELECT display_name, created_at FROM teams").all()
        assert (name, str(at)[:10]) == ("Team", "2026-11-21")
        found = query("SELECT team_id, member_id, member_type FROM team_members").all()
        assert [tuple(map(str, row)) for row in found] == [(team, ann, "User")]
