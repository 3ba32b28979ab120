"""What people must be told: notices shown in the console, and mail that waits to leave."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from scimserver.storage.models.metadata import STRICT, metadata
from scimserver.storage.types import Json, Uid, Utc

notice = Table(
    "notice",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("at", Utc, nullable=False),
    Column("audience", Text, nullable=False),
    Column("user_id", Uid),
    Column("code", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Column("dismissed_at", Utc),
    PrimaryKeyConstraint("org_id", "id"),
    **STRICT,
)

mail = Table(
    "mail",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("leased_until", Utc),
    Column("attempts", Integer, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index(None, "org_id", "due_at"),
    **STRICT,
)
