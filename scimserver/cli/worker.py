"""What a worker of ``scimserver serve`` loads: the application, from this process's environment."""

from multiprocessing.util import Finalize

from flask import Flask

from scimserver.app import create_app, drain
from scimserver.cli.housekeeping import Housekeeping
from scimserver.cli.main import worker_context
from scimserver.cli.postman import Postman
from scimserver.web import logs


def application() -> Flask:
    """Return the application to serve, and start what runs beside it."""
    context = worker_context()
    logs.configure(context.settings.log_level)
    app = create_app(context.settings)
    Housekeeping(context).start()
    Postman(context).start()
    # A worker that was forked leaves without running what atexit knows.
    Finalize(None, drain, args=(app,), exitpriority=0)
    return app
