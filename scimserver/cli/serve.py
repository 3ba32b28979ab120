"""``scimserver serve``: granian in front of the application."""

import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from time import sleep
from typing import Any

import click
from granian.constants import Interfaces
from granian.server import Server

from scimserver.cli.context import Context, json_option
from scimserver.cli.db_upgrade import bring_up_to_date, warn_of_slow_filters
from scimserver.cli.output import note
from scimserver.web import relying_party

DRAIN_SECONDS = 10
LISTEN_QUEUE = 64
_POLL_SECONDS = 0.05
_WITH_JOBS, _ALONE = "application_with_jobs", "application"
_BASE_URL = "SCIMSERVER_BASE_URL"
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_LOGGING: dict[str, Any] = {
    "handlers": {
        "console": {
            "formatter": "generic",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
        }
    },
    "loggers": {"_granian": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}

host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen at."
)
port_option = click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port."
)


@click.command("serve")
@host_option
@port_option
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1), help="Processes that serve."
)
@click.option(
    "--jobs/--no-jobs", default=True, help="Whether mail, checks of domains and tidying run beside."
)
@json_option
@click.pass_obj
def command(context: Context, host: str, port: int, workers: int, jobs: bool) -> None:
    """Serve SCIM over HTTP until SIGTERM, which lets requests under way finish.

    An embedded database is migrated first; for PostgreSQL, run 'scimserver db upgrade'. With
    --no-jobs, a 'scimserver worker' must run somewhere.

    \b
    Example: scimserver serve --host 0.0.0.0 --port 8000 --workers 4
    """
    settle_address(context, host, port)
    if context.settings.is_sqlite:
        bring_up_to_date(context)
    else:
        warn_of_slow_filters(context)
    if workers > 1 and context.settings.is_sqlite:
        note(
            f"Warning: SQLite has one writer at a time, so {workers} workers help reads only. "
            "Use PostgreSQL where writes must scale."
        )
    told = {"address": address(host, port)}
    start(context, host, port, workers, told, application=_WITH_JOBS if jobs else _ALONE)


def settle_address(context: Context, host: str, port: int) -> None:
    """Make the public address the one we listen at, unless the environment has said it."""
    if not context.environ.get(_BASE_URL):
        context.environ[_BASE_URL] = address(host, port)


def address(host: str, port: int) -> str:
    """Return the address a client on this machine reaches the server at."""
    host = _local(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _local(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  # Compared, not bound.


def start(
    context: Context,
    host: str,
    port: int,
    workers: int,
    told: Mapping[str, Any],
    lines: Sequence[str] = (),
    *,
    application: str = _WITH_JOBS,
) -> None:
    """Serve until told to stop. ``told`` and ``lines`` are printed once the port is ours."""
    # Each worker would fail at it, and be started again for ever.
    relying_party.from_settings(context.settings)
    base, at = f"{context.settings.base_url}/scim/v2", address(host, port)
    is_sqlite = context.settings.is_sqlite
    context.close()
    _check_free(host, port)
    server = Server(
        f"scimserver.cli.served:{application}",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=workers,
        # One thread a process where the database has one writer: a second would queue for it, and
        # cost a fifth of all requests (docs/decisions/0025).
        blocking_threads=1 if is_sqlite else 4,
        backpressure=LISTEN_QUEUE,
        # Without it a SIGTERM while workers start would hang the process for ever.
        workers_kill_timeout=DRAIN_SECONDS,
        respawn_failed_workers=True,
        log_dictconfig=_LOGGING,
    )

    def announce() -> None:
        context.output.item(
            {**told, "scim_base_url": base}, [*lines, f"Serving {base} at {at} (Ctrl-C stops)."]
        )

    # The hook comes before the workers do, and whoever reads the address asks at once.
    server.on_startup(
        Thread(target=_when_reachable, args=(host, port, announce), daemon=True).start
    )
    with tempfile.TemporaryDirectory(prefix="scimserver-metrics-") as folder:
        # Each worker counts for itself; through these files one page tells of them all.
        if workers > 1:
            context.environ[_METRICS_FOLDER] = folder
        server.serve()


def _when_reachable(host: str, port: int, announce: Callable[[], None]) -> None:
    """Announce the server once it takes connections."""
    while True:
        try:
            socket.create_connection((_local(host), port), timeout=_POLL_SECONDS).close()
        except OSError:
            sleep(_POLL_SECONDS)
        else:
            break
    announce()


def _check_free(host: str, port: int) -> None:
    """Raise OSError when someone else listens; workers share the port and would not notice."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            message = f"cannot listen at {host}, port {port}: {failure.strerror}"
            raise OSError(message) from failure
