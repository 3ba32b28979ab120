"""What the database itself refuses, whoever writes: the last of the guards, broken on purpose."""

from contextlib import contextmanager

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from scimserver.ids import new_id, new_org_id
from scimserver.storage import tripwire
from scimserver.storage.models import (
    claim,
    domain_owner,
    external_id,
    global_value,
    membership,
    organization,
    resource,
    unique_value,
)
from tests.factories import NOW, a_connection, a_group, a_user, an_organization

DOMAIN = "acme.test"


@contextmanager
def writing(database):
    """A connection past every guard but the database's."""
    with database.writers.connect() as connection, tripwire.ticket(connection.info):
        yield connection


def refused(database, table, *rows):
    """Write rows, the last of which the database must not take."""
    with writing(database) as connection:
        for row in rows[:-1]:
            connection.execute(insert(table), row)
        with pytest.raises(IntegrityError):
            connection.execute(insert(table), rows[-1])


def a_claim(org, **columns):
    row = {
        "org_id": org,
        "id": new_id(),
        "domain": DOMAIN,
        "state": "verified",
        "method": "attested",
        "reason": "test",
        "created_at": NOW,
    }
    return {**row, **columns}


def test_a_domain_has_one_owner_over_all_organizations(database):
    rows = [
        {"domain": DOMAIN, "org_id": an_organization(database), "claim_id": new_id()}
        for _ in range(2)
    ]
    refused(database, domain_owner, *rows)


def test_an_organization_has_one_live_claim_of_a_domain_and_any_number_of_past_ones(database):
    org = an_organization(database)
    refused(database, claim, a_claim(org), a_claim(org, state="at_risk"))
    with writing(database) as connection, connection.begin():
        for state in ("revoked", "revoked", "verified"):
            connection.execute(insert(claim), a_claim(org, state=state))
    with database.reading() as session:
        assert len(session.execute(select(claim.c.id)).all()) == 3


def test_a_slug_belongs_to_one_organization(database):
    an_organization(database, slug="acme")
    row = {
        "id": new_org_id(),
        "slug": "acme",
        "name": "Other",
        "sandbox": False,
        "require_address": False,
        "created_at": NOW,
    }
    refused(database, organization, row)


@pytest.mark.parametrize("end", ["group_id", "member_id"])
def test_an_edge_has_two_ends_in_its_own_organization(database, end):
    org, other = an_organization(database), an_organization(database)
    sound = {"org_id": org, "group_id": a_group(database, org), "member_id": a_user(database, org)}
    refused(database, membership, {**sound, end: new_id()})
    refused(database, membership, {**sound, end: a_user(database, other)})
    refused(database, membership, sound, sound)


def test_a_unique_value_has_one_holder_in_an_organization_and_a_global_one_anywhere(database):
    orgs = [an_organization(database) for _ in range(2)]
    held = {"type": "User", "path": "userName", "key": "ann", "resource_id": new_id()}
    refused(
        database,
        unique_value,
        {"org_id": orgs[0], **held},
        {"org_id": orgs[0], **held, "resource_id": new_id()},
    )
    shared = {"path": "badge", "key": "7"}
    refused(
        database,
        global_value,
        *({**shared, "org_id": org, "resource_id": new_id()} for org in orgs),
    )


def test_an_external_id_names_one_resource_of_a_type_for_a_connection(database):
    org = an_organization(database)
    connection = a_connection(database, org)
    named = {"org_id": org, "connection_id": connection, "type": "User", "value": "e", "slot": ""}
    rows = [{**named, "resource_id": a_user(database, org)} for _ in range(2)]
    refused(database, external_id, *rows)


def test_a_resource_belongs_to_an_organization_that_exists(database):
    row = {
        "org_id": new_org_id(),
        "id": new_id(),
        "type": "User",
        "version": 1,
        "active": True,
        "document": "{}",
        "folded": {},
        "created_at": NOW,
        "updated_at": NOW,
    }
    refused(database, resource, row)
