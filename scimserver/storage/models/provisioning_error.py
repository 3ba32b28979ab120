"""Causes for which writes were refused: one row each, however often they come (M11, G11)."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, text

from scimserver.storage.models.metadata import STRICT, metadata
from scimserver.storage.types import Flag, Uid, Utc, key_text, whole

_UNRESOLVED = text("state <> 'resolved'")

# Without a foreign key: a refusal may be told while its organization is being erased.
provisioning_error = Table(
    "provisioning_error",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    # A digest of source, connection, code, resource and path: what makes two refusals one cause.
    Column("cause", key_text(), nullable=False),
    # A digest of the resource alone, by which a later success resolves what had been refused.
    Column("subject", key_text(), nullable=False),
    Column("state", Text, nullable=False),
    Column("hits", whole(), nullable=False),
    Column("first_seen_at", Utc, nullable=False),
    Column("last_seen_at", Utc, nullable=False),
    # When whoever answers for identity was told of it; of several told at once, all of them.
    Column("told_at", Utc),
    # Who acknowledged it, by their id; None where nobody has.
    Column("acknowledged_by", Uid),
    Column("source", Text, nullable=False),
    Column("connection_id", Uid),
    Column("token_id", Uid),
    Column("operation", Text, nullable=False),
    Column("resource_type", Text),
    Column("resource_id", Text),
    Column("external_id", Text),
    Column("attribute", Text),
    Column("domain", Text),
    Column("category", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recommended_action", Text),
    Column("retryable", Flag, nullable=False),
    Column("request_id", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("uq_provisioning_error_cause", "org_id", "cause", unique=True),
    # A success asks by its subject, and nearly always finds nothing.
    Index(
        "ix_provisioning_error_subject",
        "org_id",
        "subject",
        sqlite_where=_UNRESOLVED,
        postgresql_where=_UNRESOLVED,
    ),
    **STRICT,
)
