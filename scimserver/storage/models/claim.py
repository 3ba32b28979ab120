"""Domain claims, and the one owner a domain can have."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text, text

from scimserver.storage.models.metadata import STRICT, metadata
from scimserver.storage.types import Uid, Utc, key_text

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
    PrimaryKeyConstraint("org_id", "id"),
    ForeignKeyConstraint(["org_id"], ["organization.id"]),
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
