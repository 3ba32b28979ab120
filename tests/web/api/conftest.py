"""The management API of a server with one organization, and a program that may do everything."""

import shutil

import pytest

from scimserver.storage.session import Database
from tests.web.api.server import Server


@pytest.fixture
def server(database):
    return Server(database)


@pytest.fixture
def acme(server):
    return server.program(server.organization())


@pytest.fixture(scope="module")
def quiet(sqlite_template, tmp_path_factory):
    """A server on SQLite that the tests of a module share: they change nothing others could see."""
    path = tmp_path_factory.mktemp("api") / "test.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}", synchronous="OFF")
    yield Server(database)
    database.dispose()
