"""What every command is given: settings, a database, and the way to answer."""

from collections.abc import Callable, Mapping, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from scimserver.cli.output import Output
from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.secret_key import load_secret_key
from scimserver.storage import migrate
from scimserver.storage.errors import SchemaBehindError
from scimserver.storage.session import Database, Session

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])


class Transact(Protocol):
    """Runs work against a database in one transaction, committed at its end."""

    def __call__(self, database: Database, work: Callable[[Session], T]) -> T:
        """Return what the work returns."""


class Context:
    """One run of the program. Settings are read and the database opened on first use only."""

    def __init__(
        self,
        environ: MutableMapping[str, str],
        settings: Callable[[Mapping[str, str]], Settings],
        clock: Clock,
        run: Transact,
    ) -> None:
        self.environ = environ
        self.clock = clock
        self.output = Output()
        self._settings = settings
        self._run = run

    @property
    def environment(self) -> Settings:
        """The settings as the environment has them, with or without a secret key."""
        return self._settings(self.environ)

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the secret key of the key file where the environment has none."""
        return load_secret_key(self.environment)

    @cached_property
    def opened(self) -> Database:
        """The database as it stands, migrated or not."""
        settings = self.settings
        return Database(
            settings.database_url,
            synchronous=settings.sqlite_synchronous,
            pool_size=settings.pool_size,
        )

    @cached_property
    def database(self) -> Database:
        """The database, in the revision this program knows; anything else is refused."""
        if self.opened.is_sqlite and not is_there(self.opened):
            raise SchemaBehindError(None, migrate.head())
        migrate.check(self.opened)
        return self.opened

    def run(self, work: Callable[[Session], T]) -> T:
        """Run work in one transaction and commit it; it may run more than once."""
        return self._run(self.database, work)

    def read(self, work: Callable[[Session], T]) -> T:
        """Run work that only reads, on one state of the database."""
        with self.database.snapshot() as session:
            return work(session)

    def close(self) -> None:
        """Close what was opened."""
        if "opened" in self.__dict__:
            self.opened.dispose()


def is_there(database: Database) -> bool:
    """Return whether a SQLite file exists; opening it would make an empty one."""
    return bool(database.url.database) and Path(str(database.url.database)).exists()


def _switch_to_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.find_object(Context).output.is_json = True  # type: ignore[union-attr]


json_option = click.option(
    "--json",
    is_flag=True,
    expose_value=False,
    callback=_switch_to_json,
    help="Answer with one JSON object on standard output.",
)
