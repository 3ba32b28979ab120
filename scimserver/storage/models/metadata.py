"""The metadata all tables share, with names for constraints on every engine alike."""

from typing import Any

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Typed columns are checked by SQLite too. Narrow tables are their own primary-key tree.
STRICT: dict[str, Any] = {"sqlite_strict": True}
NARROW: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
