"""The schema goes up, down and up again, and is what the models say."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from scimserver.storage.errors import SchemaBehindError
from scimserver.storage.migrate import check, downgrade, head, revision, upgrade
from scimserver.storage.models import metadata
from scimserver.storage.session import Database


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
