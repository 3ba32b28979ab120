"""scimserver worker: the jobs in a process of their own, until it is told to end."""

import json
import os
import signal
import threading

import pytest

from scimserver.cli import worker
from scimserver.ids import new_id
from scimserver.jobs.runner import Job
from scimserver.storage import mails
from scimserver.storage.mails import Mail
from scimserver.storage.models import mail
from scimserver.storage.transaction import run
from tests.cli.test_serve import KEY, running
from tests.factories import NOW, an_organization, rows

sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def queue(database):
    org = an_organization(database)
    letter = Mail(org, new_id(), "ann@acme.test", "Subject", "Body", NOW)
    run(database, lambda session: mails.add(session, org, [letter]))


def logged(line):
    """The words of a line of the log."""
    return json.loads(line)["event"]


def test_mail_that_waits_leaves_and_sigterm_ends_the_worker(environ, database, tmp_path):
    queue(database)
    environ["SCIMSERVER_MAIL"] = f"file://{tmp_path}/mail"
    with running(tmp_path, "worker", "--json", **environ) as process:
        assert "mail" in json.loads(process.stdout.readline())["jobs"]
        assert logged(process.stdout.readline()) == "mail: 1 sent"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
    assert rows(database, mail) == []


@sqlite_only
def test_a_worker_tells_people_what_it_works_at(environ, tmp_path):
    with running(tmp_path, "worker", **environ) as process:
        assert process.stdout.readline().startswith("Working at mail, ")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


@sqlite_only
def test_the_first_signal_waits_for_the_piece_under_way(cli, own_log, monkeypatch):
    finished, kept = threading.Event(), signal.getsignal(signal.SIGTERM)

    def work(goes_on):
        os.kill(os.getpid(), signal.SIGTERM)
        while goes_on():
            pass
        finished.set()
        return 1

    monkeypatch.setattr(worker.schedule, "every", lambda *_: (Job("slow", 0, work, "done"),))
    answer = cli("worker", "--json")
    assert (answer.code, finished.is_set()) == (0, True)
    told, done = answer.out.splitlines()
    assert (json.loads(told), logged(done)) == ({"jobs": ["slow"]}, "slow: 1 done")
    # A second one would have met what was there before.
    assert signal.getsignal(signal.SIGTERM) is kept


def test_a_database_that_is_behind_has_no_worker(tmp_path, empty_postgres_url):
    url = empty_postgres_url.render_as_string(hide_password=False)
    variables = {"SCIMSERVER_DATABASE_URL": url, "SCIMSERVER_SECRET_KEY": KEY}
    with running(tmp_path, "worker", **variables) as process:
        assert process.wait(timeout=30) == 5
        assert "scimserver db upgrade" in process.stderr.read()


@sqlite_only
def test_mail_that_is_configured_by_halves_has_no_worker(cli, own_log):
    answer = cli("worker", SCIMSERVER_MAIL="smtp://relay.acme.test")
    assert (answer.code, answer.out) == (2, "")
    assert "SCIMSERVER_MAIL_FROM" in answer.err
