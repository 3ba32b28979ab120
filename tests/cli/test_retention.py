"""``log purge`` removes old rows of the provisioning log in every organization, no young ones."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from scimserver.clock import SystemClock
from scimserver.storage import journal
from scimserver.storage.journal import LogRow
from scimserver.storage.models import provisioning_log
from scimserver.storage.transaction import run
from tests.factories import an_organization


@pytest.fixture
def logged(database):
    """Two organizations with rows of 200, 91, 89 and 0 days ago."""
    now = SystemClock().now()
    org_ids = [an_organization(database), an_organization(database)]

    def work(session):
        for org_id in org_ids:
            for days in (200, 91, 89, 0):
                journal.log_request(session, org_id, a_row(now - timedelta(days=days)))

    run(database, work)
    return org_ids


def a_row(at):
    return LogRow(at=at, method="POST", endpoint="/Users", outcome="refused", status=400)


def ages(database, org_id):
    with database.reading() as session:
        rows = session.execute(
            sa.select(provisioning_log.c.at).where(provisioning_log.c.org_id == org_id)
        ).scalars()
        return sorted((SystemClock().now() - at).days for at in rows)


def test_a_command_removes_what_is_older_than_the_retention(cli, database, logged):
    assert cli("log", "purge", "--json").json == {"removed": 4}
    for org_id in logged:
        assert ages(database, org_id) == [0, 89]
    assert cli("log", "purge", "--json").json == {"removed": 0}


def test_the_retention_is_a_setting(cli, database, logged):
    assert cli("log", "purge", "--json", SCIMSERVER_LOG_RETENTION_DAYS="365").json == {"removed": 0}
