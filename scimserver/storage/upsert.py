"""INSERT … ON CONFLICT, which both engines spell alike and SQLAlchemy keeps per dialect."""

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from scimserver.storage.session import Session


def insert(session: Session, table: Table) -> Insert:
    """Return an INSERT that can be given an ON CONFLICT clause, for the session's engine."""
    if session.is_sqlite:
        # The two classes share no ancestor with these methods, though they have the same ones.
        return sqlite_insert(table)  # type: ignore[return-value]
    return postgresql_insert(table)
