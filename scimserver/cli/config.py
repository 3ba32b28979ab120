"""``scimserver config``: what the settings are."""

import click

from scimserver.cli.context import Context, json_option
from scimserver.config import show as shown


@click.group("config")
def group() -> None:
    """Show the settings, all of them environment variables."""


@group.command("show")
@json_option
@click.pass_obj
def show(context: Context) -> None:
    """Show every setting, secrets masked.

    \b
    Example: SCIMSERVER_LOG_LEVEL=debug scimserver config show
    """
    context.output.item(shown(context.environment))
