"""Engines: how each dialect is opened, and what its connections are told first."""

import os
import sqlite3
from contextlib import suppress
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

SQLITE_MINIMUM = (3, 38)
_CONNECT_SECONDS = 5
# After so many uses PostgreSQL keeps a statement's plan, unless the address says otherwise.
_PREPARED_AFTER = 5


def open_engines(url: URL, synchronous: str) -> tuple[Engine, Engine]:
    """Return two engines for one address: one with transactions, one in autocommit.

    Neither keeps a connection: sessions are kept by the Database, and whatever else connects
    (migrations, tests) does so rarely.
    """
    make = _sqlite_engine if url.get_backend_name() == "sqlite" else _postgresql_engine
    return make(url, synchronous, {}), make(url, synchronous, {"isolation_level": "AUTOCOMMIT"})


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite_engine(url: URL, synchronous: str, options: dict[str, Any]) -> Engine:
    if sqlite3.sqlite_version_info < SQLITE_MINIMUM:
        message = f"SQLite {sqlite3.sqlite_version} is too old: 3.38 or later is needed"
        raise RuntimeError(message)
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"check_same_thread": False, "cached_statements": 128},
        **options,
    )

    @event.listens_for(engine, "do_connect")
    def opening(_dialect: Any, _record: Any, arguments: Any, _options: Any) -> None:
        _make_private(str(arguments[0]))

    @event.listens_for(engine, "connect")
    def opened(raw: Any, _record: Any) -> None:
        # The driver begins nothing by itself; otherwise a SAVEPOINT would commit on its release.
        raw.isolation_level = None
        for pragma in (
            "busy_timeout=5000",
            "journal_mode=WAL",
            # A creation touches some fifteen pages. Checkpoints at SQLite's 1,000 would come every
            # seventy writes, and each syncs twice and copies hot pages that change again at once.
            "wal_autocheckpoint=4000",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "cache_size=-16000",
        ):
            raw.execute(f"PRAGMA {pragma}")

    if not options:

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            write = connection.get_execution_options().get("write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _make_private(path: str) -> None:
    """Make a database file that is not there yet: its owner's alone, as people's data are in it.

    SQLite gives its journals the mode of the file. What cannot be made is SQLite's to refuse.
    """
    if path in ("", ":memory:") or path.startswith("file:"):
        return
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _postgresql_engine(url: URL, _synchronous: str, options: dict[str, Any]) -> Engine:
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    threshold = str(url.query.get("prepare_threshold", ""))
    url = url.difference_update_query(["prepare_threshold"])
    arguments: dict[str, Any] = {
        "prepare_threshold": int(threshold) if threshold.isdecimal() else None
    }
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = _CONNECT_SECONDS
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args=arguments,
        **options,
    )
    if not threshold:

        @event.listens_for(engine, "connect")
        def opened(raw: Any, _record: Any) -> None:
            if _is_direct(raw):
                raw.prepare_threshold = _PREPARED_AFTER

    return engine


def _is_direct(raw: Any) -> bool:
    """Return whether the process that answers is the one that greeted us.

    Behind a transaction pooler a prepared statement may be another session's. A pooler greets with
    a number it made up, to know its clients by when they cancel; whoever answers is a process.
    """
    (answering,) = raw.execute("SELECT pg_backend_pid()").fetchone()
    raw.rollback()
    return bool(answering == raw.info.backend_pid)
