"""Prepared statements on PostgreSQL: asked for in the address, and only there."""

import pytest

from scimserver.storage.session import Database

PREPARED = "SELECT count(*) FROM pg_prepared_statements"


@pytest.mark.parametrize(
    ("query", "kept"),
    [({}, 0), ({"prepare_threshold": "2"}, 1), ({"prepare_threshold": "off"}, 0)],
)
def test_plans_are_kept_only_where_the_address_says_so(empty_postgres_url, query, kept):
    database = Database(empty_postgres_url.update_query_dict(query))
    with database.reading() as session:
        for _ in range(5):
            session.command("SELECT 1 + %(one)s", {"one": 1})
        assert session.command(PREPARED).fetchall() == [(kept,)]
    database.dispose()
