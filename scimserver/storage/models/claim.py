"""Domain claims, and the one owner a domain can have."""

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

from scimserver.storage.models.metadata import STRICT, metadata
from scimserver.storage.types import Flag, Json, Uid, Utc, key_text

_LIVE = text("state <> 'revoked'")

claim = Table(
    "claim",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("domain", key_text(), nullable=False),
    Column("state", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", Utc, nullable=False),
    Column("verified_at", Utc),
    Column("at_risk_since", Utc),
    # What the record must hold (D10), and what it might still hold for a day (D13).
    Column("token", Text),
    Column("token_issued_at", Utc),
    Column("previous_token", Text),
    Column("previous_until", Utc),
    Column("authoritative", Flag, nullable=False, server_default=false()),
    Column("contested", Flag, nullable=False, server_default=false()),
    Column("expires_at", Utc),
    Column("grace_ends_at", Utc),
    Column("transfer_after", Utc),
    # How long DNS has been saying no, or nothing (D25).
    Column("negatives", Integer, nullable=False, server_default="0"),
    Column("negative_since", Utc),
    Column("transient_since", Utc),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("checks", Integer, nullable=False, server_default="0"),
    Column("last_checked_at", Utc),
    Column("last_check", Json),
    # A claim is its own job: due, and leased by whoever checks it.
    Column("next_check_at", Utc),
    Column("leased_until", Utc),
    PrimaryKeyConstraint("org_id", "id"),
    ForeignKeyConstraint(["org_id"], ["organization.id"]),
    # The time comes first: every few seconds somebody asks which organizations have work.
    Index("ix_claim_due", "next_check_at", "org_id"),
    Index(
        "uq_claim_authoritative",
        "org_id",
        unique=True,
        sqlite_where=text("authoritative = 1"),
        postgresql_where=text("authoritative"),
    ),
    Index(
        "uq_claim_live", "org_id", "domain", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    ),
    **STRICT,
)

# A partial unique index over all organizations would say the same, but cannot be distributed.
domain_owner = Table(
    "domain_owner",
    metadata,
    Column("domain", key_text(), primary_key=True),
    Column("org_id", Uid, nullable=False),
    Column("claim_id", Uid, nullable=False),
    **STRICT,
)
