"""What has an index is looked up in it, on both engines, among a thousand and more."""

import pytest
from sqlalchemy import text as sql

from scimserver.scim.filter import bind
from scimserver.scim.quirks import Profile
from scimserver.storage import search, writer
from scimserver.storage.filters import FilterContext, where
from scimserver.storage.models import resource
from scimserver.storage.search import Search
from tests.factories import a_connection, a_user_entry, an_organization, registry, write

USER, GROUP = registry().types["User"], registry().types["Group"]
SIZE = 3_000


@pytest.fixture
def crowd(database):
    org = an_organization(database)
    idp = a_connection(database, org)
    entries = [
        a_user_entry(
            f"u{n}@acme.test",
            external_id=f"x{n}",
            connection_id=idp,
            attributes={
                "displayName": f"Name {n}",
                "emails": [{"value": f"u{n}@acme.test"}, {"value": f"second{n}@acme.test"}],
            },
        )
        for n in range(SIZE)
    ]
    write(database, lambda s: writer.insert_many(s, org, entries))
    with database.reading() as session:
        session.execute(sql("ANALYZE"))
    return org, idp


def plan(database, org, idp, text, kind):
    """Return the engine's plan for a filter, as text."""
    with database.snapshot() as session:
        context = FilterContext(org, idp, session.is_sqlite)
        node = bind(text, [kind], Profile()).nodes[kind.name]
        statement = (
            resource.select()
            .where(resource.c.org_id == org, resource.c.type == kind.name)
            .where(where(node, kind, context))
        )
        compiled = statement.compile(session.connection)
        explain = "EXPLAIN QUERY PLAN " if session.is_sqlite else "EXPLAIN "
        values = compiled.params
        arguments = values
        if session.is_sqlite:
            arguments = tuple(values[name] for name in compiled.positiontup)
        rows = session.connection.exec_driver_sql(explain + str(compiled), arguments)
        return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "u7@acme.test"',
        'emails eq "second7@acme.test"',
        'displayName eq "name 7"',
        'externalId eq "x7"',
        'emails.value sw "second77"',
        'displayName eq "name 7" and title eq "x"',
        'emails[value eq "second7@acme.test" and not (primary eq true)]',
        'manager eq "x"',
        'emails eq "second7@acme.test" or userName eq "u8@acme.test"',
    ],
)
def test_an_indexed_term_never_scans_the_resources(database, crowd, text):
    org, idp = crowd
    found = plan(database, org, idp, text, USER)
    assert "SCAN resource" not in found, found
    assert "Seq Scan on resource" not in found, found


def test_a_member_is_found_by_its_edges(database, crowd):
    org, idp = crowd
    found = plan(database, org, idp, 'members eq "01a1fff0-6d43-71b4-9b21-ddb0b9ed5cad"', GROUP)
    assert "ix_membership_org_id_member_id_group_id" in found or "Seq Scan on membership" in found


@pytest.mark.parametrize("text", ['userName eq "{}"', 'emails eq "{}"', 'externalId eq "{}"'])
def test_one_value_among_many_is_one(database, crowd, text):
    org, idp = crowd
    value = "x9" if "external" in text else "u9@acme.test"
    wanted = Search((USER,), bind(text.format(value), [USER], Profile()).nodes, None, idp)
    with database.reading() as session:
        rows = search.rows(session, org, wanted, offset=0, limit=10)
        assert search.count(session, org, wanted) == len(rows) == 1
        assert search.rows(session, org, wanted, offset=1, limit=10) == []
