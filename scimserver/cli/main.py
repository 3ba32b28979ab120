"""scimserver <noun> <verb>: the program, its way to the database and its exit codes."""

import os
import sys
from collections.abc import MutableMapping, Sequence
from importlib import import_module

import click

from scimserver import __version__
from scimserver.cli.context import Context
from scimserver.cli.errors import FAILED, INTERRUPTED, exit_code
from scimserver.cli.output import note
from scimserver.clock import SystemClock
from scimserver.config import Settings, load_secret_key
from scimserver.errors import ScimServerError
from scimserver.storage import transaction

# Each command with where it is and what it is for. A module is imported when its command is run:
# listing organizations must not wait for the SCIM vocabulary, nor for the server.
COMMANDS = {
    "quickstart": ("scimserver.cli.quickstart:command", "Set up an example and serve it."),
    "serve": ("scimserver.cli.serve:command", "Serve SCIM over HTTP."),
    "db": ("scimserver.cli.db:group", "Migrate, check and back up the database."),
    "org": ("scimserver.cli.org:group", "Organizations: who is provisioned."),
    "domain": ("scimserver.cli.domain:group", "The domains an organization may provision."),
    "connection": (
        "scimserver.cli.connection:group",
        "Connections: one identity provider's link to one organization.",
    ),
    "token": ("scimserver.cli.token:group", "A connection's bearer tokens."),
    "user": ("scimserver.cli.user:group", "Users as they are stored."),
    "team": ("scimserver.cli.team:group", "Teams as they are stored."),
    "log": ("scimserver.cli.log:group", "The provisioning log: what came in, what was refused."),
    "import": ("scimserver.cli.transfer:import_", "Read users and teams from a file."),
    "export": ("scimserver.cli.transfer:export", "Write users and teams to a file."),
    "verify": ("scimserver.cli.verify:command", "Find stored rows that break a rule today."),
    "config": ("scimserver.cli.config:group", "The settings."),
}


class Program(click.Group):
    """The top of the command line: knows every command by name, loads the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scimserver")
def program() -> None:
    """Provision users and teams by SCIM 2.0, within verified domains only.

    Start here: scimserver quickstart
    """


def run(arguments: Sequence[str], environ: MutableMapping[str, str]) -> int:
    """Run the program and return its exit code; nothing but the exit code tells of a failure."""
    context = Context(environ, Settings.from_env, SystemClock(), transaction.run)
    try:
        code = program.main(
            args=list(arguments), prog_name="scimserver", standalone_mode=False, obj=context
        )
    except click.ClickException as misuse:
        misuse.show()
        return misuse.exit_code
    except ScimServerError as failure:
        note(f"Error: {failure.detail}")
        if failure.recommended_action and failure.recommended_action not in failure.detail:
            note(failure.recommended_action)
        return exit_code(failure)
    except (click.Abort, KeyboardInterrupt):
        note("Interrupted.")
        return INTERRUPTED
    except OSError as failure:
        note(f"Error: {failure}")
        return FAILED
    finally:
        context.close()
    return code if isinstance(code, int) else 0


def settings() -> Settings:
    """Return the settings of this process, for the server's workers."""
    return load_secret_key(Settings.from_env(os.environ))  # noqa: TID251  # One of the two places.


def main() -> None:
    """Run the program as a process."""
    sys.exit(run(sys.argv[1:], os.environ))  # noqa: TID251  # The other one is wsgi.py.
