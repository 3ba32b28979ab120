"""A serving process sends what waits, by the way the settings name, and outlives a failure."""

import email
import email.policy
from datetime import timedelta

import pytest

from scimserver.cli import postman
from scimserver.cli.context import Context
from scimserver.cli.housekeeping import Housekeeping
from scimserver.clock import SystemClock
from scimserver.config import Settings
from scimserver.ids import new_id
from scimserver.storage import mails
from scimserver.storage.mails import Mail
from scimserver.storage.models import mail, notice, organization
from scimserver.storage.transaction import run
from tests.factories import an_organization, rows


@pytest.fixture
def context(environ, tmp_path):
    environ["SCIMSERVER_MAIL"] = f"file://{tmp_path}/mail"
    made = Context(environ, Settings.from_env, SystemClock(), run)
    yield made
    made.close()


def test_what_waits_leaves_by_the_way_that_is_set(context, database, tmp_path):
    org, now = an_organization(database), context.clock.now()
    letter = Mail(org, new_id(), "ann@acme.test", "Subject", "Body", now)
    run(database, lambda s: mails.add(s, org, [letter]))
    assert postman.Postman(context).deliver() == 1
    assert rows(database, mail) == []
    (path,) = (tmp_path / "mail").glob("*.eml")
    read = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert (read["To"], read.get_content().strip()) == ("ann@acme.test", "Body")


def test_the_thread_runs_on_and_survives_a_database_that_is_away(monkeypatch, capsys):
    done = []

    class Impatient(postman.Postman):
        def deliver(self):
            done.append(1)
            if len(done) == 3:
                raise SystemExit
            raise postman.StorageError("away")

    monkeypatch.setattr(postman, "INTERVAL_SECONDS", 0)
    with pytest.raises(SystemExit):
        Impatient(None)._run()
    assert "Mail was not sent: away" in capsys.readouterr().err


def test_housekeeping_reminds_each_organization_of_its_test(context, database):
    tested, untested = an_organization(database), an_organization(database)
    now = context.clock.now()
    old = now - timedelta(days=80)
    change = organization.update().where(organization.c.id == tested)
    run(database, lambda s: s.execute(change.values(recovery_tested_at=old)))
    chores = Housekeeping(context)
    assert [chores.remind(), chores.remind()] == [1, 0]
    assert [row.org_id for row in rows(database, notice)] == [tested]
    assert untested not in {row.org_id for row in rows(database, notice)}
