"""``scimserver log``: what came in and what was refused, and who changed what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.listing import cursor_option, limit_option, page
from scimserver.cli.lookup import of_organization
from scimserver.cli.output import moment
from scimserver.jobs.housekeeping import Housekeeping
from scimserver.services.audit import NOBODY
from scimserver.storage.journal import read_audit, read_log
from scimserver.storage.session import Session

COLUMNS = ("at", "method", "endpoint", "status", "code", "reason", "recommended_action")
AUDIT_COLUMNS = ("at", "event", "actor", "subject_id", "code", "address")


@click.group("log")
def group() -> None:
    """Show what came in, what was refused and what to do about it, and who changed what."""


@group.command("show")
@click.argument("org")
@click.option("--refused", is_flag=True, help="Only what was refused.")
@cursor_option
@limit_option
@json_option
@click.pass_obj
def show(context: Context, org: str, refused: bool, cursor: str | None, limit: int) -> None:
    """Show the provisioning log of ORG, the newest row first.

    \b
    Example: scimserver log show acme-inc --refused
    """

    def work(session: Session) -> tuple[list[Mapping[str, Any]], bool]:
        actor = of_organization(session, org)
        rows = read_log(session, actor.org_id, before=cursor, limit=limit + 1, refused=refused)
        return [dict(row._mapping) for row in rows], actor.sandbox  # noqa: SLF001  # A public name.

    rows, sandbox = context.read(work)
    _marked(context, [_item(row) for row in rows], limit, COLUMNS, sandbox=sandbox)


@group.command("audit")
@click.argument("org", required=False)
@click.option("--event", help="Only one kind, such as session:reject.")
@cursor_option
@limit_option
@json_option
@click.pass_obj
def audit(
    context: Context, org: str | None, event: str | None, cursor: str | None, limit: int
) -> None:
    """Show the audit log of ORG, the newest row first.

    Without ORG it is what belongs to no organization: refusals of visitors of whom nobody could
    tell whose they are.

    \b
    Examples: scimserver log audit acme-inc
              scimserver log audit --event passkey:reject --limit 20
    """

    def work(session: Session) -> tuple[list[Mapping[str, Any]], bool]:
        actor = NOBODY if org is None else of_organization(session, org)
        rows = read_audit(session, actor.org_id, before=cursor, limit=limit + 1, event=event)
        return [dict(row._mapping) for row in rows], actor.sandbox  # noqa: SLF001  # A public name.

    rows, sandbox = context.read(work)
    _marked(context, [_audited(row) for row in rows], limit, AUDIT_COLUMNS, sandbox=sandbox)


@group.command("purge")
@json_option
@click.pass_obj
def purge(context: Context) -> None:
    """Delete rows older than SCIMSERVER_LOG_RETENTION_DAYS, in every organization.

    ``scimserver serve`` and ``scimserver worker`` do this by themselves about once an hour.

    \b
    Example: scimserver log purge
    """
    house = Housekeeping(context.run, context.read, context.clock, context.settings)
    removed = house.sweep()
    context.output.item({"removed": removed}, [f"{removed} rows removed."])


def _marked(
    context: Context,
    items: Sequence[dict[str, Any]],
    limit: int,
    columns: Sequence[str],
    *,
    sandbox: bool,
) -> None:
    """Print a page of a log; that of a sandbox says so in each row, or above the table (M24)."""
    if sandbox and not context.output.is_json:
        click.echo("This organization is a sandbox.\n")
    page(context, [{**item, "sandbox": sandbox} for item in items], limit, columns)


def _audited(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an audit row with what a browser's request adds: whence, and why it was refused."""
    seen = row["context"] or {}
    return {
        **_item({name: row[name] for name in row if name != "context"}),
        "code": seen.get("code"),
        "address": seen.get("address"),
        "session": seen.get("session"),
        "user_agent": seen.get("userAgent"),
    }


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    # SQLAlchemy's names are no plain strings, which is what the writer of JSON takes.
    return {
        str(name): moment(value) if isinstance(value, datetime) else value
        for name, value in row.items()
        if name != "org_id"
    }
