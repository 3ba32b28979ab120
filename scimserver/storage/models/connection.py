"""Connections, their tokens, the directory that finds a token by digest, and durable counters."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from scimserver.storage.models.metadata import NARROW, STRICT, metadata
from scimserver.storage.types import Flag, Json, Uid, Utc, key_text, whole

_BOUND = text("user_id is not null")

connection = Table(
    "connection",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("name", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("switches", Json, nullable=False),
    Column("rate_limit", Integer, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("disabled", Flag, nullable=False),
    Column("created_at", Utc, nullable=False),
    # Whether a cause of refusals is unresolved: successes look for what they resolve only then.
    Column("has_errors", Flag, nullable=False, server_default=false()),
    # Since when its writes pause after too many refusals (G12).
    Column("paused_at", Utc),
    PrimaryKeyConstraint("org_id", "id"),
    ForeignKeyConstraint(["org_id"], ["organization.id"]),
    **STRICT,
)

token = Table(
    "token",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("connection_id", Uid, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    Column("last_used_at", Utc),
    Column("last_used_address", Text),
    Column("last_used_agent", Text),
    # The user a token is bound to, who reaches themselves at /Me and nobody else (H2).
    Column("user_id", Uid),
    PrimaryKeyConstraint("org_id", "id"),
    ForeignKeyConstraint(["org_id", "connection_id"], ["connection.org_id", "connection.id"]),
    Index(None, "org_id", "connection_id"),
    Index(
        "ix_token_user",
        "org_id",
        "user_id",
        sqlite_where=_BOUND,
        postgresql_where=_BOUND,
    ),
    **STRICT,
)

# Global, without foreign keys: it is asked before the organization is known.
token_digest = Table(
    "token_digest",
    metadata,
    Column("digest", key_text(), primary_key=True),
    Column("org_id", Uid, nullable=False),
    Column("connection_id", Uid, nullable=False),
    Column("token_id", Uid, nullable=False),
    **NARROW,
)

# Without a foreign key: counts come late, and with one those that come while an organization is
# being erased would fail the erasure. ``quirk_counts.add`` looks before it writes.
quirk_count = Table(
    "quirk_count",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("connection_id", Uid, nullable=False),
    Column("quirk", key_text(), nullable=False),
    Column("hits", whole(), nullable=False),
    Column("last_at", Utc, nullable=False),
    PrimaryKeyConstraint("org_id", "connection_id", "quirk"),
    **NARROW,
)

rate_window = Table(
    "rate_window",
    metadata,
    Column("key", key_text(), nullable=False),
    Column("starts_at", Integer, nullable=False),
    Column("hits", Integer, nullable=False),
    PrimaryKeyConstraint("key", "starts_at"),
    **NARROW,
)
