"""``scimserver import`` and ``export``: users and teams from and to a file."""

import gc
import os
from contextlib import ExitStack
from pathlib import Path

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.errors import REFUSED
from scimserver.cli.lookup import through_connection
from scimserver.cli.output import note
from scimserver.cli.progress import bar
from scimserver.cli.schemas import schemas_of
from scimserver.scim.registry import Registry
from scimserver.services import quotas
from scimserver.services.export import Export
from scimserver.services.provisioning import Provisioning
from scimserver.services.transfer import Applied, Batch, Import
from scimserver.storage.session import Session
from scimserver.storage.statistics import refresh

BUFFER = 1024**2
# From so many new rows on, what the planner knew of the tables is wrong.
MANY = 1_000
BAR_STEP = 1_000
# A batch is some 100,000 objects, nearly all of them freed as soon as it is done. To look through
# them for cycles every 700 allocations costs an eighth of an import.
ALLOCATED = 200_000

connection_option = click.option(
    "--connection", help="Whose externalIds these are; the only connection there is if absent."
)


@click.command("import")
@click.argument("org")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@connection_option
@json_option
@click.pass_context
def import_(ctx: click.Context, org: str, file: Path, connection: str | None) -> None:
    """Read users and teams of ORG from FILE: JSON Lines, one SCIM resource a line.

    A line updates the resource with its id, userName or team's displayName, else it creates one.
    Members and managers may be named by the ids of the file. Refused lines are told with what to
    do about them, and the others still come in (exit code 3). When interrupted, run it again: it
    carries on where it was.

    \b
    Example: scimserver import acme-inc people.jsonl
    """
    context: Context = ctx.obj
    actor = context.read(lambda session: through_connection(session, org, connection))
    registry = schemas_of(context, org)
    reading = Import(file, actor, registry)
    if reading.mark.line:
        note(f"Carrying on after line {reading.mark.line}, where an earlier import stopped.")
    try:
        _bring(context, reading, registry)
    except BaseException:
        reading.close()
        raise
    mark = reading.mark
    if reading.lines.external_ids_left_out:
        note(
            f"The externalId of {reading.lines.external_ids_left_out} lines was left out: it "
            "belongs to a connection. Name one with --connection and import again."
        )
    reading.finish()
    if mark.created >= MANY:
        context.run(refresh)
    counts = {"created": mark.created, "updated": mark.updated, "refused": mark.refused}
    context.output.item(counts)
    if mark.refused:
        ctx.exit(REFUSED)


def _bring(context: Context, reading: Import, registry: Registry) -> None:
    """Take one batch after another through the door, a transaction each."""
    settings = context.settings
    # What was made at start stays; looking at it again for every few batches costs a tenth.
    gc.freeze()
    thresholds = gc.get_threshold()
    gc.set_threshold(ALLOCATED)
    with ExitStack() as later, bar("Importing") as progress:
        later.callback(gc.set_threshold, *thresholds)
        while (batch := reading.read()) is not None:

            def work(session: Session, batch: Batch = batch) -> Applied:
                door = Provisioning(
                    session,
                    registry,
                    context.clock,
                    test_suffixes=settings.extra_suffixes,
                    quotas=quotas.of_sandboxes(settings),
                )
                applied = reading.apply(session, door, batch)
                reading.read_ahead(batch)
                return applied

            applied = context.run(work)
            reading.keep(applied)
            for refusal in applied.refusals:
                note(f"line {refusal.line}: {refusal.text}")
            progress(reading.done, reading.lines.size)


@click.command("export")
@click.argument("org")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@connection_option
@json_option
@click.pass_obj
def export(context: Context, org: str, file: Path, connection: str | None) -> None:
    """Write users and teams of ORG to FILE, one SCIM resource a line, as import reads them.

    FILE takes its place when it is whole. Who can read it can read every user: it is its owner's.

    \b
    Example: scimserver export acme-inc people.jsonl
    """
    registry = schemas_of(context, org)
    part = file.with_name(file.name + ".part")

    def work(session: Session) -> int:
        actor = through_connection(session, org, connection)
        exporting = Export(session, actor, registry)
        total, count = exporting.total(), 0
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb", buffering=BUFFER) as out, bar("Exporting") as progress:
            for count, pieces in enumerate(exporting.lines(), 1):
                out.writelines(pieces)
                if not count % BAR_STEP:
                    progress(count, total)
        return count

    count = context.read(work)
    part.replace(file)
    context.output.item({"created": count, "updated": 0, "refused": 0, "file": str(file)})
