"""Prepared statements on PostgreSQL: where nothing stands in between, or as the address says."""

import socket
import threading
from contextlib import closing, contextmanager

import pytest

from scimserver.storage.session import Database

PREPARED = "SELECT count(*) FROM pg_prepared_statements"
KEY = b"K\x00\x00\x00\x0c"


def kept(url, **query):
    """Return how many statements the server keeps after ten uses of one."""
    database = Database(url.update_query_dict(query))
    with database.reading() as session:
        for _ in range(10):
            session.command("SELECT 1 + %(one)s", {"one": 1})
        ((count,),) = session.command(PREPARED).fetchall()
    database.dispose()
    return count


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 1), ({"prepare_threshold": "2"}, 1), ({"prepare_threshold": "off"}, 0)],
)
def test_plans_are_kept_unless_the_address_says_otherwise(empty_postgres_url, query, count):
    assert kept(empty_postgres_url, **query) == count


@pytest.mark.parametrize(("query", "count"), [({}, 0), ({"prepare_threshold": "2"}, 1)])
def test_behind_a_pooler_they_are_kept_only_where_the_address_says_so(
    empty_postgres_url, tmp_path, query, count
):
    with _pooler(empty_postgres_url, tmp_path) as url:
        assert kept(url, **query) == count


@contextmanager
def _pooler(url, folder):
    """Stand between client and server, and greet with a number of one's own as a pooler does."""
    place = folder / ".s.PGSQL.5432"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place))
    listener.listen()
    host, port = url.query.get("host") or url.host, url.port or 5432

    def serve():
        client, _ = listener.accept()
        if str(host).startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
        else:
            server = socket.create_connection((host, port))
        asking = threading.Thread(target=_pass, args=(client, server, lambda sent: sent))
        asking.start()
        _pass(server, client, _disguised)
        asking.join()
        client.close()
        server.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with closing(listener):
        yield url.set(host=None, port=None).update_query_dict({"host": str(folder)})
    thread.join()


def _pass(source, target, changed):
    while sent := source.recv(65_536):
        target.sendall(changed(sent))
    target.shutdown(socket.SHUT_WR)


def _disguised(sent):
    head, key, tail = sent.partition(KEY)
    return head + key + b"\x7f\xff\xff\xff" + tail[4:] if key else sent
