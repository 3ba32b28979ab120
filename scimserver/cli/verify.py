"""``scimserver verify``: which stored rows break a rule today."""

from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.errors import REFUSED
from scimserver.cli.output import table
from scimserver.cli.schemas import every_schema
from scimserver.services import organizations, quotas
from scimserver.services.verification import Finding, verify
from scimserver.storage.session import Session


@click.command("verify")
@click.argument("org", required=False)
@click.option("--exit-code", is_flag=True, help="End with 3 when there is one, for scripts.")
@json_option
@click.pass_context
def command(ctx: click.Context, org: str | None, exit_code: bool) -> None:
    """Find stored rows that break a rule today, in ORG or everywhere. Nothing is changed.

    A domain that lapsed leaves its users in place; here they are found. So are those a restored
    backup brought back.

    \b
    Example: scimserver verify acme-inc
    """
    context: Context = ctx.obj
    settings = context.settings
    registry = every_schema(context)

    def work(session: Session) -> list[dict[str, Any]]:
        asked = [organizations.find(session, org)] if org else organizations.every(session)
        return [
            _item(finding)
            for each in asked
            for finding in verify(
                session,
                each,
                registry,
                settings.extra_suffixes,
                settings.min_local_admins,
                quotas.of_sandboxes(settings),
            )
        ]

    found = context.read(work)
    context.output.item(
        {"violations": found}, table(found) if found else ["Nothing breaks a rule."]
    )
    if found and exit_code:
        ctx.exit(REFUSED)


def _item(finding: Finding) -> dict[str, Any]:
    return {
        "organization": finding.organization.slug,
        "type": finding.type,
        "id": finding.violation.id,
        "rule": finding.violation.rule,
        "detail": finding.violation.detail,
    }
