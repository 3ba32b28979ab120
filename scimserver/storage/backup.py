"""A copy of the embedded database while it is in use, by SQLite's own online backup."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from scimserver.storage.session import Database

PAGES = 1_000


def backup(database: Database, target: Path, progress: Callable[[int, int], None]) -> int:
    """Write a consistent copy to ``target`` and return its size in bytes.

    The copy takes its place when it is whole, so an interrupted backup leaves the last one alone.
    ``progress`` is told how many pages are done, and of how many.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    # Users' addresses are in it: from its first byte it is its owner's alone.
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(str(database.url.database))) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        source.backup(
            copy,
            pages=PAGES,
            progress=lambda _status, remaining, total: progress(total - remaining, total),
        )
        copy.execute("PRAGMA journal_mode=DELETE")
    part.replace(target)
    return target.stat().st_size
