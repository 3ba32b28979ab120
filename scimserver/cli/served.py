"""What each process of ``scimserver serve`` loads: the application, from its environment."""

from multiprocessing.util import Finalize

from flask import Flask

from scimserver.app import create_app, drain
from scimserver.cli.context import Context
from scimserver.cli.main import process_context
from scimserver.jobs import schedule
from scimserver.jobs.runner import Runner
from scimserver.web import logs

# What is not done by then is left to whoever comes next, when its lease ends.
LAST_PIECE_SECONDS = 2


def application() -> Flask:
    """Return the application to serve."""
    return _application(process_context())


def application_with_jobs() -> Flask:
    """Return the application to serve, and start the jobs beside it."""
    context = process_context()
    app = _application(context)
    runner = Runner(schedule.every(context.run, context.read, context.clock, context.settings))
    runner.start()
    # A process that was forked leaves without running what atexit knows.
    Finalize(None, _stop, args=(runner,), exitpriority=1)
    return app


def _application(context: Context) -> Flask:
    logs.configure(context.settings.log_level)
    app = create_app(context.settings, database=context.opened)
    Finalize(None, drain, args=(app,), exitpriority=0)
    return app


def _stop(runner: Runner) -> None:
    runner.stop()
    runner.wait(LAST_PIECE_SECONDS)
