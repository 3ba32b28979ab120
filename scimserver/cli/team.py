"""``scimserver team``: teams as they are stored."""

import click

from scimserver.cli.context import Context
from scimserver.cli.listing import paged, show


@click.group("team")
def group() -> None:
    """Show teams as they are stored."""


@group.command("list")
@paged
def list_(context: Context, org: str, cursor: str | None, limit: int) -> None:
    """List the teams of ORG in the order in which they came; JSON has their SCIM resources.

    \b
    Example: scimserver team list acme-inc --limit 20
    """
    show(context, org, "Group", cursor, limit, ("id", "displayName"))
