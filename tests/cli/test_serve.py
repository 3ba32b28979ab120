"""scimserver serve and quickstart, as processes of their own."""

import contextlib
import http.client
import json
import logging
import os
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from scimserver.cli import serve, served

KEY = "0123456789abcdef0123456789abcdef"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def a_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(folder, *words, **variables):
    """A process of the program; it is asked to end, and ends, when the block does."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "scimserver", *map(str, words)],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def ask(port, method, path, token="", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    connection.request(method, path, body=json.dumps(body) if body else None, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text.decode()


def until_up(port):
    for _ in range(300):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return ask(port, "GET", "/healthz")
        threading.Event().wait(0.1)
    raise AssertionError("the server did not come up")


def test_quickstart_makes_everything_and_carries_on(tmp_path):
    port = a_port()
    base = f"http://127.0.0.1:{port}/scim/v2"
    with running(tmp_path, "quickstart", "--port", port) as process:
        lines = [process.stdout.readline() for _ in range(12)]
        until_up(port)
        curls = [shlex.split(line) for line in lines if line.startswith("curl")]
        answers = [
            ask(port, "POST", "/scim/v2/Users", bearer(words), json.loads(words[-1]))
            for words in curls
        ]
    assert base in lines[0]
    assert f"http://localhost:{port}/enrol#" in lines[3]
    assert [status for status, _ in answers] == [201, 400]
    assert "Verify the domain" in answers[1][1]
    assert stat.S_IMODE((tmp_path / "scimserver.key").stat().st_mode) == 0o600
    assert (tmp_path / "scimserver.db").exists()
    with running(tmp_path, "quickstart", "--port", port) as process:
        again = [process.stdout.readline() for _ in range(4)]
        until_up(port)
        status, listed = ask(port, "GET", "/scim/v2/Users", bearer(curls[0]))
    assert "shown this once" in lines[1]
    assert "shown at the first run" in again[1]
    assert "scimserver token rotate" in again[2]
    # The user of the first run, and the owner whom the link lets in.
    assert (status, json.loads(listed)["totalResults"]) == (200, 2)


def bearer(words):
    return next(word for word in words if word.startswith("Authorization")).split()[-1]


@sqlite_only
def test_a_request_under_way_is_answered_after_sigterm(environ, cli, tmp_path, database_url):
    cli("org", "create", "Lab", "--sandbox")
    token = cli("connection", "create", "lab", "idp", "--json").json["token"]
    port, answers = a_port(), []
    with running(tmp_path, "serve", "--port", port, "--json", **environ) as process:
        told = json.loads(process.stdout.readline())
        until_up(port)
        # Whoever holds the write lock keeps a creation waiting for as long as we like.
        holder = sqlite3.connect(database_url.database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        body = {"schemas": [USER], "userName": "ann@example.com"}
        asking = threading.Thread(
            target=lambda: answers.append(ask(port, "POST", "/scim/v2/Users", token, body))
        )
        asking.start()
        threading.Event().wait(0.7)
        process.send_signal(signal.SIGTERM)
        threading.Event().wait(0.7)
        assert answers == []
        holder.execute("ROLLBACK")
        holder.close()
        asking.join(timeout=20)
        assert process.wait(timeout=20) == 0
    assert told["address"] == f"http://127.0.0.1:{port}"
    assert told["scim_base_url"] == "https://scim.example.com/scim/v2"
    assert [status for status, _ in answers] == [201]


def test_what_was_counted_is_written_at_sigterm(environ, cli, tmp_path):
    cli("org", "create", "Lab", "--sandbox")
    made = cli("connection", "create", "lab", "idp", "--json").json
    port = a_port()
    with running(tmp_path, "serve", "--port", port, "--workers", 2, **environ) as process:
        until_up(port)
        for name in "abcdef":
            body = {"schemas": [USER], "userName": name, "active": "True"}
            assert ask(port, "POST", "/scim/v2/Users", made["token"], body)[0] == 201
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    [counted] = cli("connection", "show", made["id"], "--json").json["quirks"]
    assert (counted["quirk"], counted["hits"]) == ("string-boolean", 6)


def raw(port, text):
    """Send bytes as they are; return the status, the media type and the body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(text)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        return answer.status, answer.getheader("Content-Type"), answer.read()


GET = b"GET /scim/v2/Users%s HTTP/1.1\r\nHost: x\r\n%s\r\n"
POST = b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n{}"
REFUSED_BY_THE_SERVER = {
    "version": (b"GET /scim/v2/Users HTTP/9.9\r\nHost: x\r\n\r\n", 400),
    "space in the URL": (GET % (b"?filter=a b", b""), 400),
    "quote in the query": (GET % (b'?filter="a"', b""), 400),
    "header without colon": (GET % (b"", b"nonsense\r\n"), 400),
    "header folded": (GET % (b"", b"X-A: a\r\n b\r\n"), 400),
    "length is a word": (POST % b"Content-Length: two", 400),
    "length is negative": (POST % b"Content-Length: -1", 400),
    "two lengths": (POST % b"Content-Length: 2\r\nContent-Length: 3", 400),
    "unknown encoding": (POST % b"Transfer-Encoding: gzip", 400),
    "URL of 66,000 bytes": (GET % (b"?a=" + b"a" * 66_000, b""), 414),
    "101 headers": (GET % (b"", b"".join(b"X-%d: a\r\n" % i for i in range(100))), 431),
}
REFUSED_BY_US = {
    "URL of 40,000 bytes": (
        b"GET /scim/v2/" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        414,
    ),
    "unknown method": (b"FROB /scim/v2/Users HTTP/1.1\r\nHost: x\r\n\r\n", 401),
    "no host": (b"GET /scim/v2/Users HTTP/1.1\r\n\r\n", 401),
    "long header": (GET % (b"", b"X-A: %s\r\n" % (b"a" * 300_000)), 401),
    "wrong percent-encoding": (GET % (b"?filter=%zz%ff", b""), 401),
    "body too large": (POST % b"Content-Length: 100000000", 401),
}


@sqlite_only
def test_only_what_the_guide_names_is_refused_without_an_error_body(environ, tmp_path):
    """F1: the operating guide says what never reaches the application"""
    port = a_port()
    with running(tmp_path, "serve", "--port", port, **environ):
        until_up(port)
        theirs = {name: raw(port, text) for name, (text, _) in REFUSED_BY_THE_SERVER.items()}
        ours = {name: raw(port, text) for name, (text, _) in REFUSED_BY_US.items()}
    assert theirs == {n: (status, None, b"") for n, (_, status) in REFUSED_BY_THE_SERVER.items()}
    for name, (status, media_type, body) in ours.items():
        assert (name, status, media_type) == (name, REFUSED_BY_US[name][1], "application/scim+json")
        assert json.loads(body)["status"] == str(status)


@sqlite_only
def test_several_workers_on_sqlite_are_served_with_a_warning(environ, tmp_path):
    path, port = tmp_path / "new.db", a_port()
    new = {**environ, "SCIMSERVER_DATABASE_URL": f"sqlite:///{path}"}
    with running(tmp_path, "serve", "--port", port, "--workers", 2, **new) as process:
        assert "PostgreSQL" in process.stderr.readline()
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        assert until_up(port)[0] == 200
        while "Started worker-2" not in process.stderr.readline():
            pass


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_one_scrape_tells_of_every_worker(environ, tmp_path):
    port, asked = a_port(), 40
    with running(tmp_path, "serve", "--port", port, "--workers", 2, **environ):
        until_up(port)
        # Each request has a connection of its own, and so any of the workers may get it.
        for _ in range(asked):
            assert ask(port, "GET", "/scim/v2/Users")[0] == 401
        assert {refused(port) for _ in range(20)} == {asked}


def refused(port):
    text = ask(port, "GET", "/metrics")[1]
    (line,) = [each for each in text.splitlines() if each.startswith("scimserver_refusals_total")]
    return float(line.split()[-1])


def test_a_database_behind_is_not_served(tmp_path, empty_postgres_url):
    url = empty_postgres_url.render_as_string(hide_password=False)
    variables = {"SCIMSERVER_DATABASE_URL": url, "SCIMSERVER_SECRET_KEY": KEY}
    with running(tmp_path, "serve", "--port", a_port(), **variables) as process:
        assert process.wait(timeout=30) == 5
        assert "scimserver db upgrade" in process.stderr.read()


def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with running(tmp_path, "quickstart", "--port", port) as process:
            assert process.wait(timeout=30) == 1
            assert f"port {port}" in process.stderr.read()


def test_without_a_key_nothing_else_starts(tmp_path):
    for words in (("serve",), ("org", "list"), ("db", "upgrade")):
        with running(tmp_path, *words) as process:
            assert process.wait(timeout=30) == 2
            assert "quickstart" in process.stderr.read()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def process(environ, own_log, monkeypatch):
    """A process of the server that has loaded nothing yet; when it ends, it runs what is listed."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    ends = []
    monkeypatch.setattr(
        served, "Finalize", lambda _, end, *, args, **__: ends.append(partial(end, *args))
    )
    yield ends
    while ends:
        ends.pop()()


JOBS = {"mail", "domains", "retention", "tidying", "reminding", "sandboxes"}


def jobs_at_work():
    return {each.name for each in threading.enumerate()} & JOBS


@sqlite_only
def test_a_process_writes_what_libraries_say_as_lines_of_json(process, capsys):
    served.application()
    logging.getLogger("a.library").warning("it rains")
    assert json.loads(capsys.readouterr().out)["event"] == "it rains"


@sqlite_only
def test_jobs_run_beside_the_requests_and_end_with_their_process(process):
    served.application_with_jobs()
    assert jobs_at_work() == JOBS
    while process:
        process.pop()()
    assert jobs_at_work() == set()


@sqlite_only
def test_a_process_without_jobs_starts_none(process):
    served.application()
    assert jobs_at_work() == set()


@sqlite_only
def test_a_server_can_leave_the_jobs_to_a_worker(cli, monkeypatch):
    loaded = []

    class Recorded(serve.Server):
        def __init__(self, target, **_):
            loaded.append(target)

        def on_startup(self, _):
            pass

        def serve(self):
            pass

    monkeypatch.setattr(serve, "Server", Recorded)
    assert cli("serve", "--port", a_port()).code == 0
    assert cli("serve", "--port", a_port(), "--no-jobs").code == 0
    names = [target.partition(":")[2] for target in loaded]
    assert [getattr(served, name) for name in names] == [
        served.application_with_jobs,
        served.application,
    ]


@sqlite_only
def test_a_server_whose_origins_do_not_fit_does_not_start(environ, tmp_path):
    environ |= {"SCIMSERVER_ORIGINS": "https://id.acme.com", "SCIMSERVER_RP_ID": "other.com"}
    with running(tmp_path, "serve", "--port", a_port(), **environ) as process:
        assert process.wait(timeout=30) == 2
        assert "SCIMSERVER_RP_ID" in process.stderr.read()
