"""Migrations from the program itself: Alembic over the package's own revisions, no ini file."""

import time
from collections.abc import Callable
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from scimserver.storage.errors import SchemaBehindError, translated
from scimserver.storage.session import Database

_TRIES = 5
_PAUSE = 0.2


def config() -> Config:
    """Return Alembic's configuration; the revisions are found inside the package."""
    settings = Config()
    settings.set_main_option("script_location", "scimserver:migrations")
    settings.set_main_option("path_separator", "os")
    settings.set_main_option(
        "file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    return settings


@cache
def head() -> str:
    """Return the newest revision this program knows."""
    newest = ScriptDirectory.from_config(config()).get_current_head()
    if newest is None:
        message = "the package holds no migrations"
        raise RuntimeError(message)
    return newest


def revision(database: Database) -> str | None:
    """Return the revision the database is in, None before the first."""
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as failure:
        raise translated(failure) from failure


def check(database: Database) -> str:
    """Return the database's revision, or raise SchemaBehindError when it is not the newest."""
    found = revision(database)
    if found != head():
        raise SchemaBehindError(found, head())
    return head()


def upgrade(database: Database, target: str = "head") -> str:
    """Bring the database to ``target`` and return its revision; nothing happens when it is there.

    Each revision is one transaction, so a failure leaves the schema as the last one made it.
    """
    wanted = head() if target == "head" else target
    for last in (False,) * _TRIES + (True,):
        if revision(database) == wanted:
            break
        try:
            _run(database, wanted, command.upgrade)
        except DBAPIError as failure:
            # Two processes may start on one empty database. The loser of a revision fails on a
            # table that exists, while the winner goes on to the next: look again a little later.
            if last:
                raise translated(failure) from failure
            time.sleep(_PAUSE)
    return wanted


def downgrade(database: Database, target: str) -> None:
    """Take the database back to ``target``; ``base`` is an empty one."""
    _run(database, target, command.downgrade)


def _run(database: Database, target: str, action: Callable[[Config, str], None]) -> None:
    settings = config()
    with database.writers.connect() as connection:
        settings.attributes["connection"] = connection
        action(settings, target)
