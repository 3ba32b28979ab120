"""``scimserver worker``: the jobs alone, where something else than ``serve`` answers requests."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from scimserver.adapters.dns import prover
from scimserver.cli.context import Context, json_option
from scimserver.jobs import schedule
from scimserver.jobs.runner import Runner
from scimserver.web import logs

_ENDING = (signal.SIGTERM, signal.SIGINT)


@click.command("worker")
@json_option
@click.pass_obj
def command(context: Context) -> None:
    """Do what is due until SIGTERM: send mail, check domains, tidy up.

    ``scimserver serve`` does this beside its requests. Run a worker where another server answers
    them, such as gunicorn. Any number may run; on SIGTERM the piece of work under way is finished,
    and a second one ends the process at once.

    \b
    Example: scimserver worker
    """
    logs.configure(context.settings.log_level)
    # Before anything is promised: a database that is away or behind ends the command.
    context.read(lambda _: None)
    settings = context.settings
    with prover.from_settings(settings) as asked:
        jobs = schedule.every(context.run, context.read, context.clock, settings, asked)
        names = [job.name for job in jobs]
        runner = Runner(jobs)
        with _stopped_by_signals(runner):
            # First, so that what the jobs say of themselves comes after it.
            context.output.item({"jobs": names}, [f"Working at {', '.join(names)} (Ctrl-C stops)."])
            runner.start()
            runner.wait()


@contextmanager
def _stopped_by_signals(runner: Runner) -> Iterator[None]:
    """Let the first signal to end stop the runner, and the second do what it always did."""
    before = {each: signal.getsignal(each) for each in _ENDING}

    def restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        restore()
        runner.stop()

    for each in _ENDING:
        signal.signal(each, stop)
    try:
        yield
    finally:
        restore()
