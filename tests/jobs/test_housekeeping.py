"""Housekeeping deletes what is over, a chunk a transaction, and reminds each organization once."""

from datetime import timedelta

import pytest

from scimserver.domain.provisioning_error import Notices
from scimserver.ids import new_id
from scimserver.jobs.housekeeping import Housekeeping
from scimserver.services import error_digest, retention
from scimserver.storage import journal, notices, rates
from scimserver.storage.journal import LogRow
from scimserver.storage.models import notice, organization, provisioning_log, rate_window
from scimserver.storage.notices import ADMINISTRATORS, Notice
from scimserver.storage.transaction import run
from tests.factories import an_organization, rows
from tests.jobs.desk import Desk
from tests.refusing import Idp
from tests.signing_in import Site, at_once


@pytest.fixture
def desk(database):
    return Desk(database)


@pytest.fixture
def logged(desk, database):
    """Two organizations with rows of 200, 91, 89 and 0 days ago."""
    org_ids = [an_organization(database), an_organization(database)]

    def work(session):
        for org_id in org_ids:
            for days in (200, 91, 89, 0):
                at = desk.clock.now() - timedelta(days=days)
                row = LogRow(at=at, method="POST", endpoint="/Users", outcome="refused", status=400)
                journal.log_request(session, org_id, row)

    run(database, work)
    return org_ids


@pytest.fixture
def one_row_a_chunk(monkeypatch):
    purge = journal.purge_log
    monkeypatch.setattr(
        retention.journal, "purge_log", lambda session, org, before: purge(session, org, before, 1)
    )


def ages(desk, org_id):
    kept = [row.at for row in rows(desk.database, provisioning_log) if row.org_id == org_id]
    return sorted((desk.clock.now() - at).days for at in kept)


def test_what_is_older_than_the_retention_goes_in_every_organization(desk, logged):
    house = Housekeeping(*desk.given)
    assert [house.sweep(), house.sweep()] == [4, 0]
    assert [ages(desk, org_id) for org_id in logged] == [[0, 89]] * 2


def test_the_retention_is_a_setting(database, logged):
    desk = Desk(database, SCIMSERVER_LOG_RETENTION_DAYS="365")
    assert Housekeeping(*desk.given).sweep() == 0


def test_a_sweep_takes_as_many_transactions_as_it_has_chunks(desk, logged, one_row_a_chunk):
    calls = []

    def counted(work):
        calls.append(1)
        return desk.run(work)

    assert Housekeeping(counted, *desk.given[1:]).sweep() == 4
    # Each organization is asked for errors as well.
    assert len(calls) == 8


def test_a_stop_ends_a_sweep_after_the_chunk(desk, logged, one_row_a_chunk):
    asked = iter([True, True, *[False] * 4])
    assert Housekeeping(*desk.given).sweep(lambda: next(asked)) == 2


@pytest.fixture
def idp(database):
    site = Site(database)
    org_id = site.organization()
    site.person(org_id, "olga@acme.test")
    return Idp(site, org_id)


def test_errors_go_when_their_last_refusal_has_left_the_log(desk, idp):
    idp.refuse("ann", at=desk.clock.now() - timedelta(days=91))
    idp.refuse("bob", at=desk.clock.now() - timedelta(days=91))
    idp.refuse("bob", at=desk.clock.now() - timedelta(days=89))
    house = Housekeeping(*desk.given)
    assert [house.sweep(), house.sweep()] == [1, 0]
    assert idp.connection.has_errors
    desk.clock.advance(2 * 86_400)
    assert house.sweep() == 1
    assert (idp.errors(), idp.connection.has_errors) == ([], False)


def test_errors_are_told_of_once_a_day_by_whichever_worker_comes_first(desk, idp):
    idp.decide(Notices.DAILY)
    idp.refuse("ann")
    house = Housekeeping(*desk.given)
    assert sorted(at_once(lambda _number: house.remind(), 2)) == [0, 1]
    assert len(idp.told(error_digest.CODE)) == 1
    idp.refuse("bob")
    assert house.remind() == 0
    desk.clock.advance(86_400)
    idp.site.clock.at = desk.clock.at
    idp.refuse("carl")
    assert house.remind() == 1


def test_counts_of_tries_go_two_days_after_they_were_over(desk):
    desk.run(lambda session: rates.hit(session, "k", 60, desk.clock.now()))
    house = Housekeeping(*desk.given)
    desk.clock.advance(47 * 3_600)
    assert house.tidy() == 0
    desk.clock.advance(2 * 3_600)
    assert house.tidy(lambda: False) == 0
    assert [len(rows(desk.database, rate_window)), house.tidy(), house.tidy()] == [1, 1, 0]


def a_notice(org_id, desk, days):
    at = desk.clock.now() - timedelta(days=days)
    return Notice(org_id, new_id(), at, ADMINISTRATORS, None, f"{days}", {})


@pytest.fixture
def told(desk, database):
    """Two organizations with notices: told how many days ago, and put away how many."""
    org_ids = [an_organization(database), an_organization(database)]

    def ago(days):
        return desk.clock.now() - timedelta(days=days)

    def work(session):
        for org_id in org_ids:
            for at, dismissed in ((200, None), (91, 1), (89, None), (60, 31), (60, 29), (31, 31)):
                new = a_notice(org_id, desk, at)
                notices.add(session, org_id, new)
                if dismissed is not None:
                    away = notice.update().where(notice.c.id == new.id)
                    session.execute(away.values(dismissed_at=ago(dismissed)))

    run(database, work)
    return org_ids


def left(desk, org_id):
    return sorted(int(row.code) for row in rows(desk.database, notice) if row.org_id == org_id)


def test_old_notices_go_and_those_put_away_a_month_ago(desk, told):
    house = Housekeeping(*desk.given)
    assert [house.tidy(), house.tidy()] == [8, 0]
    assert [left(desk, org_id) for org_id in told] == [[60, 89]] * 2


def test_notices_stay_a_month_however_short_the_retention(database, told):
    desk = Desk(database, SCIMSERVER_LOG_RETENTION_DAYS="1")
    desk.run(lambda session: notices.add(session, told[0], a_notice(told[0], desk, days=29)))
    assert Housekeeping(*desk.given).tidy() == 12
    assert left(desk, told[0]) == [29]


def test_notices_go_a_chunk_a_transaction(desk, told, monkeypatch):
    purge = notices.purge
    monkeypatch.setattr(
        retention.notices, "purge", lambda session, *given: purge(session, *given, limit=3)
    )
    asked = iter([True, True, True, False, False])
    assert Housekeeping(*desk.given).tidy(lambda: next(asked)) == 3
    assert Housekeeping(*desk.given).tidy() == 5


def test_each_organization_is_reminded_of_its_test_once(desk, database):
    tested, untested = an_organization(database), an_organization(database)
    old = desk.clock.now() - timedelta(days=80)
    change = organization.update().where(organization.c.id == tested)
    desk.run(lambda session: session.execute(change.values(recovery_tested_at=old)))
    house = Housekeeping(*desk.given)
    assert [house.remind(lambda: False), house.remind(), house.remind()] == [0, 1, 0]
    assert [row.org_id for row in rows(database, notice)] == [tested]
    assert untested not in {row.org_id for row in rows(database, notice)}


def test_a_sandbox_that_has_no_end_gets_one_at_the_first_look(desk):
    """M24: from that look on, so none is closed already."""
    box, acme = an_organization(desk.database, sandbox=True), an_organization(desk.database)
    house = Housekeeping(*desk.given)
    assert house.date(lambda: False) == 0
    assert [house.date(), house.date()] == [1, 0]
    ends = {row.id: row.expires_at for row in rows(desk.database, organization)}
    assert ends == {box: desk.clock.now() + timedelta(days=30), acme: None}
