"""The bare loop: the rows of one creation, committed again and again by the driver alone."""

import sqlite3
import time
import uuid
from pathlib import Path
from typing import Any

from servers import Server


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [name for (name,) in rows]


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for name in _tables(connection)
    }


def rows_of_one_creation(
    path: Path, server: Server, body: dict[str, Any]
) -> list[tuple[str, list[str], list[Any]]]:
    """Create one user through the server; return the rows that mention it, each with its table."""
    identifier = server.create("/Users", body)
    found = []
    with sqlite3.connect(path) as connection:
        for table in _tables(connection):
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            anywhere = " OR ".join(f'instr("{column}", ?)' for column in columns)
            rows = connection.execute(
                f'SELECT * FROM "{table}" WHERE {anywhere}', [identifier] * len(columns)
            )
            found += [(table, columns, [*row]) for row in rows]
    connection.close()
    return found


def commits_per_second(
    path: Path,
    rows: list[tuple[str, list[str], list[Any]]],
    identifier: str,
    name: str,
    synchronous: str,
    seconds: float,
) -> float:
    """Insert these rows under new ids and names, a transaction at a time, and return the rate."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA cache_size=-16000")
    statements = []
    for table, columns, row in rows:
        places = ", ".join("?" * len(columns))
        own = columns.index("id") if "id" in columns and table != "resource" else None
        statements.append((f'INSERT INTO "{table}" VALUES ({places})', row, own))
    done, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        new_id, new_name = str(uuid.uuid4()), f"bare{uuid.uuid4().hex[:8]}{done}"
        connection.execute("BEGIN IMMEDIATE")
        for statement, row, own in statements:
            values = [
                value.replace(identifier, new_id).replace(name, new_name)
                if isinstance(value, str)
                else value
                for value in row
            ]
            if own is not None:
                values[own] = str(uuid.uuid4())
            connection.execute(statement, values)
        connection.execute("COMMIT")
        done += 1
    connection.close()
    return done / passed
