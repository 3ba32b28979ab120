"""Groups that know their commands by name and import one when it is asked for.

Listing organizations must not wait for what serves, nor serving for what reads files.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group of commands. ``lazy`` says for each name where it is ("module:name") and its help."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which they are met."""
        return [*super().list_commands(ctx), *self._lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  # The signature is click's.
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands without importing any."""
        rows = [
            (name, command.get_short_help_str(80))
            for name, command in sorted(self.commands.items())
        ]
        rows += [(name, about) for name, (_, about) in self._lazy.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
