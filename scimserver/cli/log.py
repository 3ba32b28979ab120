"""``scimserver log``: what came in and what was refused, and who changed what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.listing import cursor_option, limit_option, page
from scimserver.cli.lookup import of_organization
from scimserver.cli.output import moment
from scimserver.ids import LOWEST
from scimserver.jobs.housekeeping import Housekeeping
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

    def work(session: Session) -> list[Mapping[str, Any]]:
        org_id = of_organization(session, org).org_id
        rows = read_log(session, org_id, before=cursor, limit=limit + 1, refused=refused)
        return [dict(row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name.

    page(context, [_item(row) for row in context.read(work)], limit, COLUMNS)


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

    def work(session: Session) -> list[Mapping[str, Any]]:
        org_id = LOWEST if org is None else of_organization(session, org).org_id
        rows = read_audit(session, org_id, before=cursor, limit=limit + 1, event=event)
        return [dict(row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name.

    page(context, [_audited(row) for row in context.read(work)], limit, AUDIT_COLUMNS)


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
