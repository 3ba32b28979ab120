"""The command line as a program is run: words in, exit code and two streams out."""

import json
import logging
from dataclasses import dataclass

import pytest

from scimserver.cli.main import run

KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON object on standard output."""
        assert self.code in (0, 3), self.err
        assert len(self.out.splitlines()) == 1
        return json.loads(self.out)


@pytest.fixture
def environ(database_url):
    """The variables of a server on a migrated, empty database."""
    return {
        "SCIMSERVER_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "SCIMSERVER_SECRET_KEY": KEY,
        "SCIMSERVER_BASE_URL": "https://scim.example.com",
    }


@pytest.fixture
def cli(environ, capfd):
    """Run a command in this process."""

    def call(*words, **variables):
        capfd.readouterr()
        code = run([str(word) for word in words], {**environ, **variables})
        return Answer(code, *capfd.readouterr())

    return call


@pytest.fixture
def own_log(monkeypatch):
    """Let a command set the log up for its whole process, and undo it."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", [])
    yield
    root.setLevel(level)
