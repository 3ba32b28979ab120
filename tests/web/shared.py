"""Sites that many tests share, one an engine: each test keeps to an organization of its own.

A database of its own costs a test 0.2 s on PostgreSQL, more than most tests take.
"""

import shutil
import uuid
from contextlib import contextmanager

from sqlalchemy import make_url

from scimserver.storage.session import Database
from tests import databases
from tests.signing_in import Site


@contextmanager
def on_sqlite(folder, template, **environment):
    """Yield a site on a copy of the template's file."""
    path = folder / "site.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}", synchronous="OFF")
    yield Site(database, **environment)
    database.dispose()


@contextmanager
def on_postgresql(server, template, **environment):
    """Yield a site on a copy of the template's database."""
    name = f"site_{uuid.uuid4().hex}"
    databases.create(server, name, template)
    database = Database(make_url(server).set(database=name))
    yield Site(database, **environment)
    database.dispose()
    databases.drop(server, name)
