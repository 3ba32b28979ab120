"""``scimserver db``: migrations and backup."""

from pathlib import Path

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.lazy import LazyGroup
from scimserver.cli.progress import bar
from scimserver.storage import migrate
from scimserver.storage.backup import backup as copy


@click.group(
    "db",
    cls=LazyGroup,
    lazy={"upgrade": ("scimserver.cli.db_upgrade:command", "Bring the database up to date.")},
)
def group() -> None:
    """Migrate, check and back up the database."""


@group.command("check")
@json_option
@click.pass_obj
def check(context: Context) -> None:
    """Tell whether the database is in the revision this program needs.

    \b
    Example: scimserver db check && scimserver serve
    """
    context.output.item({"revision": migrate.check(context.database)})


@group.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def backup(context: Context, file: Path) -> None:
    """Copy the SQLite database to FILE while the server runs.

    Keep the secret key apart from it: a token is worth nothing without the key, nor a backup.

    \b
    Example: scimserver db backup /var/backups/scimserver.db
    """
    if not context.opened.is_sqlite:
        raise click.UsageError("This copies SQLite files. For PostgreSQL, use pg_dump.")
    with bar("Copying") as progress:
        size = copy(context.database, file, progress)
    context.output.item({"file": str(file), "bytes": size})
