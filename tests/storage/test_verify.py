"""Stored rows that do not fit together are found."""

import pytest
from sqlalchemy import delete, update

from scimserver.storage import verify
from scimserver.storage.models import resource_value, unique_value
from tests.factories import a_group, a_user, an_organization, registry, write

KINDS = [registry().types["User"], registry().types["Group"]]
EMAILS = {"emails": [{"value": "a@acme.test"}, {"value": "b@acme.test"}]}


def found(database, org):
    with database.snapshot() as session:
        return [flaw.problem for flaw in verify.flaws(session, org, KINDS)]


@pytest.fixture
def org(database):
    org = an_organization(database)
    ann = a_user(database, org, "ann", attributes=EMAILS)
    a_group(database, org, "G", members=[ann])
    return org


def test_what_the_writer_wrote_has_no_flaws(database, org):
    assert found(database, org) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (delete(resource_value), "emails.value: in the document, but not indexed"),
        (
            delete(unique_value).where(unique_value.c.path == "userName"),
            "userName: in the document, but not indexed",
        ),
        (
            update(resource_value).values(key="other"),
            "emails.value: indexed, but not in the document",
        ),
    ],
)
def test_values_that_differ_from_the_document_are_flaws(database, org, statement, problem):
    write(database, lambda session: session.execute(statement))
    assert problem in found(database, org)
