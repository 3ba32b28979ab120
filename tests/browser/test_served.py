"""The program as it is run: ``scimserver serve``, an invitation, and somebody signs in."""

import json
import os
import re
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.arch.source import ROOT
from tests.browser.tab import Tab


def a_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def port():
    return a_port()


@pytest.fixture
def environ(database_url, port):
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SCIMSERVER_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "SCIMSERVER_SECRET_KEY": "a-secret-key-of-the-tests-0123456789abcdef",
        "SCIMSERVER_ORIGINS": f"http://localhost:{port}",
    }


@pytest.fixture
def program(environ, tmp_path):
    """Run a command as a process and return the object it prints."""

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", "scimserver", *words, "--json"],
            cwd=tmp_path,
            env=environ,
            check=True,
            capture_output=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    return run


@pytest.fixture
def served(environ, tmp_path, port):
    """A process that serves; it is asked to end, and ends, after the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scimserver", "serve", "--port", str(port), "--json"],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["address"] == f"http://127.0.0.1:{port}"
    yield f"http://localhost:{port}"
    process.terminate()
    process.communicate(timeout=30)


def test_a_first_owner_comes_in(program, served, new_context):
    program("org", "create", "Acme")
    link = program("admin", "invite", "acme", "ann@acme.com")["url"]
    tab = Tab(new_context(), served)
    # As somebody types it who knows the machine's address only.
    tab.open(link.replace("localhost", "127.0.0.1"))
    expect(tab.page).to_have_url(f"{served}/enrol")
    tab.press("Continue")
    tab.shows("Make your passkey")
    tab.press("Use this device")
    tab.shows("Before you go on")
    tab.open("/console")
    tab.shows("Acme")
    expect(tab.page.get_by_text(re.compile("ann@acme.com")).first).to_be_visible()
    assert tab.complaints == []
