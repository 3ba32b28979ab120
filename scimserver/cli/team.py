"""``scimserver team``: teams as they are stored."""

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.listing import cursor_option, limit_option, show


@click.group("team")
def group() -> None:
    """Show teams as they are stored."""


@group.command("list")
@click.argument("org")
@cursor_option
@limit_option
@json_option
@click.pass_obj
def list_(context: Context, org: str, cursor: str | None, limit: int) -> None:
    """List the teams of ORG in the order in which they came; JSON has their SCIM resources.

    \b
    Example: scimserver team list acme-inc --limit 20
    """
    show(context, org, "Group", cursor, limit, ("id", "displayName"))
