"""Sessions of browsers, and what is bound to one: attempts at a ceremony, mailed codes.

Keyed by the digest of a session's id, since a visitor has no organization before sign-in.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, text

from scimserver.storage.models.metadata import STRICT, metadata
from scimserver.storage.types import Flag, Json, Uid, Utc, key_text

_OPEN = text("ended_at IS NULL")

web_session = Table(
    "web_session",
    metadata,
    Column("digest", key_text(), primary_key=True),
    Column("id", Uid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("org_id", Uid),
    Column("user_id", Uid),
    Column("method", Text),
    Column("opened_by", Uid),
    Column("csrf", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("auth_at", Utc),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("ended_at", Utc),
    Column("ended_why", Text),
    Index(None, "org_id", "user_id"),
    # Where the cleaning job begins.
    Index(None, "seen_at"),
    **STRICT,
)

ceremony = Table(
    "ceremony",
    metadata,
    Column("id", key_text(), primary_key=True),
    Column("session_digest", key_text(), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("org_id", Uid),
    Column("user_id", Uid),
    Column("challenge", LargeBinary, nullable=False),
    Column("allowed", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("ended_why", Text),
    Index(
        "uq_ceremony_open",
        "session_digest",
        "purpose",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index(None, "expires_at"),
    **STRICT,
)

mail_code = Table(
    "mail_code",
    metadata,
    Column("session_digest", key_text(), nullable=False),
    # Of the name that was typed; whether it is anybody's must not show.
    Column("name_mac", key_text(), nullable=False),
    Column("mac", Text, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used", Flag, nullable=False),
    PrimaryKeyConstraint("session_digest"),
    Index(None, "expires_at"),
    **STRICT,
)
