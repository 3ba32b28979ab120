"""What happened: the audit log, the provisioning log, and the outbox with its receivers."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from scimserver.storage.models.metadata import STRICT, metadata
from scimserver.storage.types import Json, Uid, Utc

_CHANGED = text("event <> 'user:create' and event <> 'group:create'")

audit = Table(
    "audit",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("at", Utc, nullable=False),
    Column("door", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("changes", Json, nullable=False),
    Column("request_id", Text, nullable=False),
    # Of what happens in a browser: session, address, user agent, and the code of a refusal.
    Column("context", Json),
    PrimaryKeyConstraint("org_id", "id"),
    # The history of one user among a million, who cost nothing here when they came in.
    Index(
        "ix_audit_subject",
        "org_id",
        "subject_id",
        "id",
        sqlite_where=_CHANGED,
        postgresql_where=_CHANGED,
    ),
    **STRICT,
)

_REFUSED = text("outcome = 'refused'")

provisioning_log = Table(
    "provisioning_log",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("at", Utc, nullable=False),
    Column("connection_id", Uid),
    Column("token_id", Uid),
    Column("user_agent", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("operation_index", Integer),
    Column("resource_type", Text),
    Column("resource_id", Text),
    Column("external_id", Text),
    Column("outcome", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("code", Text),
    Column("attribute", Text),
    Column("domain", Text),
    Column("reason", Text),
    Column("recommended_action", Text),
    Column("changed", Json, nullable=False),
    Column("body", Text),
    Column("request_id", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    # What people look for, and nearly nothing of what there is.
    Index(
        "ix_provisioning_log_refused",
        "org_id",
        "id",
        sqlite_where=_REFUSED,
        postgresql_where=_REFUSED,
    ),
    **STRICT,
)

receiver = Table(
    "receiver",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    **STRICT,
)

outbox = Table(
    "outbox",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("receiver_id", Uid, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("leased_until", Utc),
    Column("attempts", Integer, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index(None, "org_id", "due_at"),
    **STRICT,
)
