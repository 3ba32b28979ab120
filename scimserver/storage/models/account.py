"""Who may sign in and how: accounts, their passkeys, recovery codes and enrolment links."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from scimserver.storage.models.metadata import NARROW, STRICT, metadata
from scimserver.storage.types import Flag, Json, Uid, Utc, key_text, whole

_ABOVE_MEMBERS = text("role <> 'member'")

# A user without an account is a member who never began to sign in.
account = Table(
    "account",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("user_id", Uid, nullable=False),
    Column("handle", LargeBinary, nullable=False),
    Column("role", Text, nullable=False),
    Column("local_administrator", Flag, nullable=False),
    Column("failed_recoveries", Integer, nullable=False),
    Column("codes_disabled_at", Utc),
    Column("recovery_tested_at", Utc),
    Column("dismissed", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    # Answers for identity: told of everything that happens to domains and sign-in (G1).
    Column("identity_owner", Flag, nullable=False, server_default=false()),
    PrimaryKeyConstraint("org_id", "user_id"),
    ForeignKeyConstraint(["org_id", "user_id"], ["resource.org_id", "resource.id"]),
    # Asked with each change of a user, and nearly always empty.
    Index(
        "ix_account_local_administrator",
        "org_id",
        "user_id",
        sqlite_where=text("local_administrator = 1"),
        postgresql_where=text("local_administrator"),
    ),
    Index(
        "ix_account_identity_owner",
        "org_id",
        "user_id",
        sqlite_where=text("identity_owner = 1"),
        postgresql_where=text("identity_owner"),
    ),
    # Everyone may have an account; few have a say.
    Index(
        "ix_account_role",
        "org_id",
        "user_id",
        sqlite_where=_ABOVE_MEMBERS,
        postgresql_where=_ABOVE_MEMBERS,
    ),
    **STRICT,
)

passkey = Table(
    "passkey",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("user_id", Uid, nullable=False),
    Column("rp_id", Text, nullable=False),
    Column("credential_id", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", whole(), nullable=False),
    Column("backup_eligible", Flag, nullable=False),
    Column("backed_up", Flag, nullable=False),
    Column("aaguid", Text, nullable=False),
    Column("transports", Json, nullable=False),
    Column("discoverable", Flag),
    Column("label", Text, nullable=False),
    Column("suspect", Flag, nullable=False, server_default=false()),
    Column("added_by", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("last_used_at", Utc),
    Column("last_client", Text),
    PrimaryKeyConstraint("org_id", "id"),
    ForeignKeyConstraint(["org_id", "user_id"], ["account.org_id", "account.user_id"]),
    Index("uq_passkey_label", "org_id", "user_id", "label", unique=True),
    **STRICT,
)

# Global: an assertion names its credential and nothing else, and no credential belongs to two.
passkey_credential = Table(
    "passkey_credential",
    metadata,
    Column("rp_id", key_text(), nullable=False),
    Column("credential_id", LargeBinary, nullable=False),
    Column("org_id", Uid, nullable=False),
    Column("user_id", Uid, nullable=False),
    Column("passkey_id", Uid, nullable=False),
    PrimaryKeyConstraint("rp_id", "credential_id"),
    **NARROW,
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("user_id", Uid, nullable=False),
    Column("mac", key_text(), nullable=False),
    Column("set_id", Uid, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("used_at", Utc),
    Column("ended_at", Utc),
    PrimaryKeyConstraint("org_id", "user_id", "mac"),
    ForeignKeyConstraint(["org_id", "user_id"], ["account.org_id", "account.user_id"]),
    **NARROW,
)

enrol_link = Table(
    "enrol_link",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("user_id", Uid, nullable=False),
    Column("door", Text, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    Column("ended_at", Utc),
    Column("ended_why", Text),
    PrimaryKeyConstraint("org_id", "id"),
    ForeignKeyConstraint(["org_id", "user_id"], ["account.org_id", "account.user_id"]),
    Index(None, "org_id", "user_id"),
    **STRICT,
)

# Global, as token_digest is: the bearer of a link is not known yet.
enrol_digest = Table(
    "enrol_digest",
    metadata,
    Column("digest", key_text(), primary_key=True),
    Column("org_id", Uid, nullable=False),
    Column("link_id", Uid, nullable=False),
    **NARROW,
)
