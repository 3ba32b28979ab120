"""The postman sends what waits, by the way that is set; what a dead one took, another sends."""

import email
import email.policy
import threading

import pytest

from scimserver.adapters import mail as adapter
from scimserver.config import SettingsError
from scimserver.ids import new_id
from scimserver.jobs.postman import Postman
from scimserver.services.outgoing import LEASE
from scimserver.storage import mails
from scimserver.storage.mails import Mail
from scimserver.storage.models import mail
from tests.factories import an_organization, rows
from tests.jobs.desk import Desk, Killed, rounds
from tests.posting import Letters


@pytest.fixture
def desk(database, tmp_path):
    return Desk(database, SCIMSERVER_MAIL=f"file://{tmp_path}/mail")


def queue(desk, *recipients):
    org = an_organization(desk.database)
    new = [Mail(org, new_id(), each, "Subject", "Body", desk.clock.now()) for each in recipients]
    desk.run(lambda session: mails.add(session, org, new))


def postman(desk, mailer, monkeypatch):
    """A postman whose relay is the test's."""
    monkeypatch.setattr(adapter, "from_settings", lambda _: mailer)
    return Postman(*desk.given)


def test_what_waits_leaves_by_the_way_that_is_set(desk, database, tmp_path):
    queue(desk, "ann@acme.test")
    assert Postman(*desk.given).deliver() == 1
    assert rows(database, mail) == []
    (path,) = (tmp_path / "mail").glob("*.eml")
    read = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert (read["To"], read.get_content().strip()) == ("ann@acme.test", "Body")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_without_mail_what_waits_goes_and_nobody_is_told_that_it_was_sent(database):
    desk = Desk(database)
    queue(desk, "ann@acme.test")
    assert Postman(*desk.given).deliver() == 0
    assert rows(database, mail) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_mail_that_is_configured_by_halves_starts_no_job(database):
    desk = Desk(database, SCIMSERVER_MAIL="smtp://relay.acme.test")
    with pytest.raises(SettingsError, match="SCIMSERVER_MAIL_FROM"):
        Postman(*desk.given)


def test_a_stop_leaves_the_rest_to_whoever_comes_next(desk, database, monkeypatch):
    queue(desk, "ann@acme.test", "bob@acme.test", "cid@acme.test")
    letters = Letters()
    assert postman(desk, letters, monkeypatch).deliver(lambda: not letters.kept) == 1
    assert [row.leased_until for row in rows(database, mail)] == [None, None]
    assert postman(desk, letters, monkeypatch).deliver() == 2


def test_what_a_killed_runner_had_taken_another_takes_over_when_the_lease_ends(
    desk, database, monkeypatch
):
    class Deadly(Letters):
        def send(self, letter):
            super().send(letter)
            raise Killed

    died = []
    monkeypatch.setattr(threading, "excepthook", lambda told: died.append(told.exc_type))
    queue(desk, "ann@acme.test")
    deadly, letters = Deadly(), Letters()
    assert rounds(2, postman(desk, deadly, monkeypatch).deliver) == [None]
    assert died == [Killed]
    other = postman(desk, letters, monkeypatch).deliver
    desk.clock.advance(LEASE.total_seconds() - 1)
    assert rounds(2, other) == [0, 0]
    desk.clock.advance(1)
    assert rounds(2, other) == [1, 0]
    # Twice on the wire, once for whoever compares ids.
    assert [each.id for each in deadly.kept] == [each.id for each in letters.kept]
    assert rows(database, mail) == []
