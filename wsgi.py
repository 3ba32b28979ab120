"""The application for any WSGI server: ``gunicorn wsgi:app``, ``flask --app wsgi run``."""

import atexit
import os

from scimserver.app import create_app, drain
from scimserver.config import Settings
from scimserver.secret_key import load_secret_key
from scimserver.web import logs

settings = load_secret_key(Settings.from_env(os.environ))  # noqa: TID251
logs.configure(settings.log_level)
app = create_app(settings)
atexit.register(drain, app)
