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
from scimserver.storage import accounts, edges, tripwire, writer
from scimserver.storage.folded import folded
from scimserver.storage.models import (
    account,
    connection,
    organization,
    passkey,
    passkey_credential,
    provisioning_error,
)
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


def an_error(database: Database, org_id, **options):
    """Add a cause of refusals and return its id."""
    number = next(_numbers)
    row = {
        "org_id": org_id,
        "id": new_id(),
        "cause": f"cause-{number}",
        "subject": f"subject-{number}",
        "state": "open",
        "hits": 1,
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "source": "scim",
        "operation": "POST",
        "resource_type": "User",
        "external_id": f"e-{number}",
        "attribute": "emails[0].value",
        "domain": "evil.com",
        "category": "policy",
        "code": "domain_not_verified",
        "reason": "a reason",
        "recommended_action": "an action",
        "retryable": False,
        "request_id": f"request-{number}",
    }
    run(database, lambda s: s.execute(provisioning_error.insert(), row | options))
    return (row | options)["id"]


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


def an_account(database: Database, org_id, user_id, *, role="member", local_administrator=False):
    """Give a user an account, past the services."""
    row = {
        "org_id": org_id,
        "user_id": user_id,
        "handle": user_id.encode() + b"." * 28,
        "role": role,
        "local_administrator": local_administrator,
        "failed_recoveries": 0,
        "dismissed": [],
        "created_at": NOW,
    }
    run(database, lambda session: session.execute(account.insert(), row))


def a_person(database: Database, org_id, name=None, *, role="owner", **options):
    """Add a user who has an account, past the door, and return the person."""
    is_local = options.pop("local_administrator", False)
    user_id = a_user(database, org_id, name, **options)
    an_account(database, org_id, user_id, role=role, local_administrator=is_local)
    with database.reading() as session:
        return accounts.person(session, org_id, user_id)


def a_passkey(database: Database, org_id, user_id, *, rp_id="localhost", **options):
    """Store a passkey that nobody can sign in with, and return its id."""
    id = new_id()
    credential_id = options.pop("credential_id", id.encode())
    row = {
        "org_id": org_id,
        "id": id,
        "user_id": user_id,
        "rp_id": rp_id,
        "credential_id": credential_id,
        "public_key": b"key",
        "sign_count": 0,
        "backup_eligible": True,
        "backed_up": True,
        "aaguid": "00000000-0000-0000-0000-000000000000",
        "transports": ["internal"],
        "discoverable": True,
        "label": f"Passkey {next(_numbers)}",
        "suspect": False,
        "added_by": "self",
        "created_at": NOW,
        **options,
    }
    found_by = {
        "rp_id": rp_id,
        "credential_id": credential_id,
        "org_id": org_id,
        "user_id": user_id,
        "passkey_id": id,
    }

    def work(session):
        session.execute(passkey.insert(), row)
        session.execute(passkey_credential.insert(), found_by)

    run(database, work)
    return id
