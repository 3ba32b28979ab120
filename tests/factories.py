"""Helpers that put rows where a test needs them, by the writers the program itself uses."""

from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

from scimserver.ids import new_id, new_org_id
from scimserver.scim.delta import EdgeDelta
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import Registry, load
from scimserver.scim.resource import Resource, document
from scimserver.storage import edges, tripwire, writer
from scimserver.storage.folded import folded
from scimserver.storage.models import connection, organization
from scimserver.storage.session import Database
from scimserver.storage.transaction import run
from scimserver.storage.writer import Entry

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
_numbers = count(1)


@cache
def registry() -> Registry:
    """The schemas the program ships with."""
    return load(Path(__file__).parent.parent / "schemas")


def an_organization(database: Database, *, sandbox=False, require_address=False, slug=None):
    """Add an organization and return its id."""
    id = new_org_id()
    row = {
        "id": id,
        "slug": slug or f"org-{next(_numbers)}",
        "name": "Acme",
        "sandbox": sandbox,
        "require_address": require_address,
        "created_at": NOW,
    }
    run(database, lambda session: session.execute(organization.insert(), row))
    return id


def a_connection(database: Database, org_id, *, profile="generic", **switches):
    """Add a connection and return its id."""
    id = new_id()
    row = {
        "org_id": org_id,
        "id": id,
        "name": "IdP",
        "profile": profile,
        "switches": switches,
        "rate_limit": 0,
        "scopes": "scim",
        "disabled": False,
        "created_at": NOW,
    }
    run(database, lambda session: session.execute(connection.insert(), row))
    return id


def an_entry(kind, attributes, *, external_id=None, connection_id=None, version=1, **options):
    """Build the row of a resource; ``options`` are an Entry's other fields."""
    resource = Resource(registry().types[kind], attributes, external_id)
    id = options.pop("id", None) or new_id()
    return Entry(
        id=id,
        resource=resource,
        document=document(resource, id),
        folded=folded(resource),
        version=version,
        connection_id=connection_id,
        profile=options.pop("profile", Profile()),
        created_at=options.pop("created_at", NOW),
        updated_at=options.pop("updated_at", NOW),
        **options,
    )


def a_user_entry(name=None, **options):
    """Build the row of a user; ``attributes`` are beside userName."""
    name = name or f"user{next(_numbers)}@acme.test"
    attributes = {"userName": name, "active": True, **options.pop("attributes", {})}
    return an_entry("User", attributes, **options)


def a_group_entry(name=None, **options):
    """Build the row of a group; ``attributes`` are beside displayName."""
    name = name or f"Group {next(_numbers)}"
    return an_entry("Group", {"displayName": name, **options.pop("attributes", {})}, **options)


def write(database: Database, work):
    """Run storage writes in a transaction of their own, with the ticket they need."""

    def ticketed(session):
        with tripwire.ticket(session.info):
            return work(session)

    return run(database, ticketed)


def a_user(database: Database, org_id, name=None, **options):
    """Add a user past the door, and return its id."""
    entry = a_user_entry(name, **options)
    write(database, lambda session: writer.insert(session, org_id, entry))
    return entry.id


def a_group(database: Database, org_id, name=None, *, members=(), **options):
    """Add a group past the door, and return its id."""
    entry = a_group_entry(name, **options)

    def work(session):
        writer.insert(session, org_id, entry)
        edges.apply(session, org_id, entry.id, EdgeDelta(added=tuple(members)))

    write(database, work)
    return entry.id


def rows(database: Database, table):
    """Return every row of a table."""
    with database.reading() as session:
        return session.execute(table.select()).all()
