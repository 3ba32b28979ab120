"""What a worker of ``scimserver serve`` loads: the application, from this process's environment."""

from flask import Flask

from scimserver.app import create_app
from scimserver.cli.main import settings


def application() -> Flask:
    """Return the application to serve."""
    return create_app(settings())
