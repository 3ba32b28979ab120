"""scimserver <noun> <verb>: the program, its way to the database and its exit codes."""

import os
import sys
from collections.abc import MutableMapping, Sequence

import click

from scimserver import __version__
from scimserver.cli.context import Context
from scimserver.cli.errors import FAILED, INTERRUPTED, exit_code
from scimserver.cli.lazy import LazyGroup
from scimserver.cli.output import note
from scimserver.clock import SystemClock
from scimserver.config import Settings
from scimserver.errors import ScimServerError
from scimserver.storage import transaction

COMMANDS = {
    "quickstart": ("scimserver.cli.quickstart:command", "Set up an example and serve it."),
    "serve": ("scimserver.cli.serve:command", "Serve SCIM over HTTP."),
    "worker": ("scimserver.cli.worker:command", "Do what is due: mail, checks, tidying up."),
    "db": ("scimserver.cli.db:group", "Migrate, check and back up the database."),
    "org": ("scimserver.cli.org:group", "Organizations: who is provisioned."),
    "domain": ("scimserver.cli.domain:group", "The domains an organization may provision."),
    "connection": (
        "scimserver.cli.connection:group",
        "Connections: one identity provider's link to one organization.",
    ),
    "token": ("scimserver.cli.token:group", "A connection's bearer tokens."),
    "admin": ("scimserver.cli.admin:group", "Local administrators: who signs in without SSO."),
    "user": ("scimserver.cli.user:group", "Users: listed, deactivated, activated."),
    "team": ("scimserver.cli.team:group", "Teams as they are stored."),
    "error": (
        "scimserver.cli.error:group",
        "Provisioning errors: what was refused, once for each cause, and who sees to it.",
    ),
    "log": ("scimserver.cli.log:group", "The provisioning log: what came in, what was refused."),
    "import": ("scimserver.cli.transfer:import_", "Read users and teams from a file."),
    "export": ("scimserver.cli.transfer:export", "Write users and teams to a file."),
    "verify": ("scimserver.cli.verify:command", "Find stored rows that break a rule today."),
    "doctor": ("scimserver.cli.doctor:command", "Find what would lock people out."),
    "config": ("scimserver.cli.config:group", "The settings."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scimserver")
def program() -> None:
    """Provision users and teams by SCIM 2.0, within verified domains only.

    Start here: scimserver quickstart
    """


def run(arguments: Sequence[str], environ: MutableMapping[str, str]) -> int:
    """Run the program and return its exit code; nothing but the exit code tells of a failure."""
    context = _context(environ)
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


def process_context() -> Context:
    """Return the context of this process, for what the server loads in each."""
    return _context(os.environ)  # noqa: TID251  # One of the two places.


def _context(environ: MutableMapping[str, str]) -> Context:
    return Context(environ, Settings.from_env, SystemClock(), transaction.run)


def main() -> None:
    """Run the program as a process."""
    sys.exit(run(sys.argv[1:], os.environ))  # noqa: TID251  # The other one is wsgi.py.
