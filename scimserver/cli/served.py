"""What each process of ``scimserver serve`` loads: the application, from its environment."""

from multiprocessing.util import Finalize

from flask import Flask

from scimserver.adapters.dns import prover
from scimserver.adapters.dns.prover import DnsProver
from scimserver.app import create_app, drain
from scimserver.cli.context import Context
from scimserver.cli.main import process_context
from scimserver.jobs import schedule
from scimserver.jobs.runner import Runner
from scimserver.web import logs

# What is not done by then is left to whoever comes next, when its lease ends.
LAST_PIECE_SECONDS = 5


def application() -> Flask:
    """Return the application to serve."""
    context = process_context()
    return _application(context, prover.from_settings(context.settings))


def application_with_jobs() -> Flask:
    """Return the application to serve, and start the jobs beside it."""
    context = process_context()
    settings, asked = context.settings, prover.from_settings(context.settings)
    app = _application(context, asked)
    runner = Runner(schedule.every(context.run, context.read, context.clock, settings, asked))
    runner.start()
    Finalize(None, _stop, args=(runner,), exitpriority=0)
    return app


def _application(context: Context, asked: DnsProver) -> Flask:
    logs.configure(context.settings.log_level)
    app = create_app(context.settings, database=context.opened, prover=asked)
    # A process that was forked leaves without running what atexit knows. Of this and the jobs, this
    # comes first: the server may be short of time, and it takes none.
    Finalize(None, drain, args=(app,), exitpriority=1)
    return app


def _stop(runner: Runner) -> None:
    runner.stop()
    runner.wait(LAST_PIECE_SECONDS)
