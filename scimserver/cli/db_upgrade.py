"""``scimserver db upgrade``, apart from its kin because it needs the door."""

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.output import note
from scimserver.cli.progress import bar
from scimserver.cli.schemas import every_schema
from scimserver.services import indexing
from scimserver.storage import migrate


@click.command("upgrade")
@json_option
@click.pass_obj
def command(context: Context) -> None:
    """Bring the database to what this program and its schemas need; safe to run again.

    Run it after an upgrade of the program, and after every change of the schemas folder: what a
    schema begins to index is indexed for the resources that are there.

    \b
    Example: scimserver db upgrade
    """
    bring_up_to_date(context)
    context.output.item({"revision": migrate.head()})


def bring_up_to_date(context: Context) -> None:
    """Migrate the database, and index what the schemas index and the database does not yet."""
    migrate.upgrade(context.opened)
    registry = every_schema(context)
    with bar("Indexing") as progress:
        left = indexing.bring_up_to_date(context.run, registry, context.clock, progress)
    for name, path in left:
        note(
            f"Warning: some values of {path} stand more than once, though each {name} should have "
            "its own. Filters find them all, but slowly. Change them and run 'scimserver db "
            "upgrade' again."
        )


def warn_of_slow_filters(context: Context) -> None:
    """Say which attributes have values without an index; filters read everything for them."""
    registry = every_schema(context)
    left = context.run(lambda session: indexing.pending(session, registry))
    if left:
        listed = ", ".join(f"{path} ({name})" for name, path in left)
        note(f"Warning: filters on {listed} are slow until 'scimserver db upgrade' has run.")
