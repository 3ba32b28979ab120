"""The scratch file of an import: how far it came, and which resource each of the file's ids became.

It stands beside the imported file, so that a million ids need no memory and an interrupted import
carries on. Losing it in a power cut costs nothing but time: the file is then read from its start,
and lines that are in the database already match what they made.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from scimserver.storage.errors import StorageUnavailableError

_TABLES = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mapping (file_id TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS later (
  stage INTEGER NOT NULL, position INTEGER NOT NULL, line INTEGER NOT NULL,
  file_id TEXT, id TEXT, effect TEXT, PRIMARY KEY (stage, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ix_later_file_id ON later (file_id) WHERE file_id IS NOT NULL;
"""
_CHUNK = 500


@dataclass(slots=True)
class Mark:
    """How far an import came: the stage, the place in it, and what became of the lines so far."""

    stage: int = 0
    position: int = 0
    line: int = 0
    created: int = 0
    updated: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Later:
    """A line that waits for a later stage. ``id`` and ``effect`` say what it became already."""

    stage: int
    position: int
    line: int
    file_id: str | None
    id: str | None = None
    effect: str | None = None


class Scratch:
    """One import's scratch file. ``identity`` names file, organization and connection.

    A scratch file of another identity is begun anew.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self.path = path
        try:
            self._raw = sqlite3.connect(path, isolation_level=None)
        except sqlite3.Error as failure:
            raise _unusable(path, failure) from failure
        try:
            self._prepare(identity)
        except sqlite3.Error as failure:
            self._raw.close()
            raise _unusable(path, failure) from failure
        self.mark = self._read_mark()

    def _prepare(self, identity: str) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-16000"):
            self._raw.execute(f"PRAGMA {pragma}")
        self._raw.executescript(_TABLES)
        found = self._raw.execute("SELECT value FROM state WHERE name = 'identity'").fetchone()
        if found is None or found[0] != identity:
            self._begin(identity)

    def _begin(self, identity: str) -> None:
        for table in ("state", "mapping", "later"):
            self._raw.execute(f"DELETE FROM {table}")  # noqa: S608  # Names of our own.
        self._raw.execute("INSERT INTO state VALUES ('identity', ?)", (identity,))

    def _read_mark(self) -> Mark:
        rows = dict(self._raw.execute("SELECT name, value FROM state WHERE name <> 'identity'"))
        return Mark(**rows)

    def keep(self, mark: Mark, mapping: Iterable[tuple[str, str]], later: Iterable[Later]) -> None:
        """Remember a batch that the database has committed."""
        self._raw.execute("BEGIN")
        self._raw.executemany("INSERT OR REPLACE INTO mapping VALUES (?, ?)", mapping)
        self._raw.executemany(
            "INSERT OR REPLACE INTO later VALUES (?, ?, ?, ?, ?, ?)", map(astuple, later)
        )
        state = [(name, getattr(mark, name)) for name in Mark.__slots__]
        self._raw.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state)
        self._raw.execute("COMMIT")
        self.mark = mark

    def resolve(self, file_ids: Sequence[str]) -> dict[str, str]:
        """Return the resources that ids of the file became."""
        rows = self._among("SELECT file_id, id FROM mapping WHERE file_id IN", file_ids)
        return {row[0]: row[1] for row in rows}

    def waiting(self, file_ids: Sequence[str], stage: int, position: int) -> set[str]:
        """Return those ids of the file whose lines wait for a stage, from a place on."""
        select = (
            f"SELECT file_id FROM later WHERE stage = {stage:d} AND position >= {position:d}"  # noqa: S608
            " AND file_id IN"
        )
        return {row[0] for row in self._among(select, file_ids)}

    def later(self, stage: int, after: int, limit: int) -> list[Later]:
        """Return the next lines that wait for a stage, in the order of the file."""
        rows = self._raw.execute(
            "SELECT stage, position, line, file_id, id, effect FROM later"
            " WHERE stage = ? AND position > ? ORDER BY position LIMIT ?",
            (stage, after, limit),
        )
        return [Later(*row) for row in rows]

    def _among(self, select: str, values: Sequence[str]) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            rows += self._raw.execute(f"{select} ({','.join('?' * len(chunk))})", tuple(chunk))
        return rows

    def close(self) -> None:
        """Close the file and keep it, for an import that carries on later."""
        self._raw.close()

    def discard(self) -> None:
        """Close and remove the file: the import is done."""
        self._raw.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def _unusable(path: Path, failure: sqlite3.Error) -> StorageUnavailableError:
    return StorageUnavailableError(
        f"{path} cannot be used ({failure}): an import keeps its progress beside its file. "
        "Remove it, or move the file to a folder that can be written."
    )
