"""Clients that hang up in the middle of a long answer: what it was read with is given back."""

import contextlib
import socket
import struct
import threading

from scimserver.ids import new_id
from scimserver.storage.models import membership, organization, resource
from scimserver.storage.statement import Rows
from tests.cli.test_serve import a_port, ask, running, until_up
from tests.factories import NOW, write

MEMBERS = 40_000
ATTEMPTS = 6


def a_large_group(database):
    """Write a group of so many members that its answer fills every buffer on the way."""
    group = new_id()

    def work(session):
        (org,) = session.execute(organization.select()).one()[:1]
        ids = [new_id() for _ in range(MEMBERS)]
        rows = [row(org, "Group", group), *(row(org, "User", id) for id in ids)]
        session.insert(Rows(resource), rows)
        session.insert(Rows(membership), [(org, group, id, None) for id in ids])

    write(database, work)
    return group


def row(org, kind, id):
    document = f'{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:{kind}"],"id":"{id}"}}'
    return (org, id, kind, 1, True, None, "name", document, {}, NOW, NOW)


def hang_up(port, path, token):
    """Ask, read the beginning of the answer, and reset the connection."""
    with contextlib.closing(socket.socket()) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.connect(("127.0.0.1", port))
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        line.sendall(head.encode())
        assert line.recv(1_024).startswith(b"HTTP/1.1 200")


def test_a_client_that_hangs_up_leaves_its_session_to_others(environ, cli, database, tmp_path):
    cli("org", "create", "Lab", "--sandbox")
    token = cli("connection", "create", "lab", "idp", "--json").json["token"]
    path = f"/scim/v2/Groups/{a_large_group(database)}"
    port = a_port()
    # With one connection to the database, a single one that is kept stops everything.
    with running(tmp_path, "serve", "--port", port, SCIMSERVER_POOL_SIZE="1", **environ):
        until_up(port)
        for _ in range(ATTEMPTS):
            hang_up(port, path, token)
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(ask(port, "GET", f"{path}?attributes=id", token)[0])
        )
        asking.start()
        asking.join(20)
        assert answers == [200]
        status, whole = ask(port, "GET", path, token)
    assert (status, whole.count('"$ref"')) == (200, MEMBERS)
