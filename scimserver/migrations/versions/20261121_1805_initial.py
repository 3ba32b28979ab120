"""The first tables, and views for applications that read the database."""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types

revision = "20261121_1805"
down_revision = None
branch_labels = None
depends_on = None

# Applications may read these; the tables beneath may change. SQLite gets instants as ISO text.
_SQLITE_TIMES = """
    strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', updated_at / 1000000.0, 'unixepoch') AS updated_at"""

_SQLITE_USERS = """
CREATE VIEW users AS SELECT org_id, id, user_name, display_name, active,
    (SELECT e.value ->> 'value' FROM json_each(document, '$.emails') AS e
     ORDER BY coalesce(e.value ->> 'primary', 0) DESC, e.key LIMIT 1) AS email,
    document -> 'emails' AS emails, document, version,{times}
FROM resource WHERE type = 'User'"""

_POSTGRESQL_USERS = """
CREATE VIEW users AS SELECT org_id, id, user_name, display_name, active,
    (SELECT e ->> 'value'
     FROM jsonb_array_elements(document::jsonb -> 'emails') WITH ORDINALITY AS t (e, n)
     ORDER BY coalesce((e ->> 'primary')::boolean, false) DESC, n LIMIT 1) AS email,
    document::jsonb -> 'emails' AS emails, document::jsonb AS document, version,{times}
FROM resource WHERE type = 'User'"""

_TEAMS = """
CREATE VIEW teams AS SELECT org_id, id, display_name, version,{times}
FROM resource WHERE type = 'Group'"""

_TEAM_MEMBERS = """
CREATE VIEW team_members AS SELECT membership.org_id, membership.group_id AS team_id,
    membership.member_id, resource.type AS member_type, membership.role
FROM membership
JOIN resource ON resource.org_id = membership.org_id AND resource.id = membership.member_id"""

TABLES = (
    "organization",
    "claim",
    "domain_owner",
    "connection",
    "token",
    "token_digest",
    "rate_window",
    "resource",
    "external_id",
    "resource_value",
    "unique_value",
    "global_value",
    "membership",
    "audit",
    "receiver",
    "outbox",
    "provisioning_log",
)
VIEWS = ("users", "teams", "team_members")


def upgrade() -> None:
    _create_organizations()
    _create_connections()
    _create_resources()
    _create_values()
    _create_audit()
    _create_provisioning_log()
    _create_views()


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.get_bind().exec_driver_sql(f"DROP VIEW {name}")
    for name in reversed(TABLES):
        op.drop_table(name)


def _create_organizations() -> None:
    op.create_table(
        "organization",
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sandbox", types.Flag(), nullable=False),
        sa.Column("require_address", types.Flag(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sqlite_strict=True,
    )
    op.create_index("uq_organization_slug", "organization", ["slug"], unique=True)
    op.create_table(
        "claim",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("domain", types.key_text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("verified_at", types.Utc(), nullable=True),
        sa.Column("at_risk_since", types.Utc(), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_claim_org_id")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_claim")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_claim_live",
        "claim",
        ["org_id", "domain"],
        unique=True,
        sqlite_where=sa.text("state <> 'revoked'"),
        postgresql_where=sa.text("state <> 'revoked'"),
    )
    op.create_table(
        "domain_owner",
        sa.Column("domain", types.key_text(), nullable=False),
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("claim_id", types.Uid(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_owner")),
        sqlite_strict=True,
    )


def _create_connections() -> None:
    op.create_table(
        "connection",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("switches", types.Json(), nullable=False),
        sa.Column("rate_limit", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("disabled", types.Flag(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_connection_org_id")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_connection")),
        sqlite_strict=True,
    )
    op.create_table(
        "token",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("connection_id", types.Uid(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=False),
        sa.Column("revoked_at", types.Utc(), nullable=True),
        sa.Column("last_used_at", types.Utc(), nullable=True),
        sa.Column("last_used_address", sa.Text(), nullable=True),
        sa.Column("last_used_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "connection_id"],
            ["connection.org_id", "connection.id"],
            name=op.f("fk_token_org_id_connection_id"),
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_token")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_token_org_id_connection_id"), "token", ["org_id", "connection_id"], unique=False
    )
    op.create_table(
        "token_digest",
        sa.Column("digest", types.key_text(), nullable=False),
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("connection_id", types.Uid(), nullable=False),
        sa.Column("token_id", types.Uid(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_token_digest")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rate_window",
        sa.Column("key", types.key_text(), nullable=False),
        sa.Column("starts_at", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "starts_at", name=op.f("pk_rate_window")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_resources() -> None:
    op.create_table(
        "resource",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", types.Flag(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("folded", types.Json(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("updated_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_resource_org_id")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_resource")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_resource_org_id_type_id"), "resource", ["org_id", "type", "id"], unique=False
    )
    op.create_table(
        "external_id",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("connection_id", types.Uid(), nullable=False),
        sa.Column("resource_id", types.Uid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("value", types.key_text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "org_id", "resource_id", "connection_id", name=op.f("pk_external_id")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_external_id_value",
        "external_id",
        ["org_id", "type", "value", "connection_id", "slot"],
        unique=True,
    )


def _create_values() -> None:
    op.create_table(
        "resource_value",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("resource_id", types.Uid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", types.key_text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "org_id", "resource_id", "path", "ordinal", name=op.f("pk_resource_value")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_resource_value_org_id_type_path_key_resource_id"),
        "resource_value",
        ["org_id", "type", "path", "key", "resource_id"],
        unique=False,
    )
    op.create_table(
        "unique_value",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", types.key_text(), nullable=False),
        sa.Column("resource_id", types.Uid(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "type", "path", "key", name=op.f("pk_unique_value")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "global_value",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", types.key_text(), nullable=False),
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("resource_id", types.Uid(), nullable=False),
        sa.PrimaryKeyConstraint("path", "key", name=op.f("pk_global_value")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "membership",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("group_id", types.Uid(), nullable=False),
        sa.Column("member_id", types.Uid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "group_id"],
            ["resource.org_id", "resource.id"],
            name=op.f("fk_membership_org_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "member_id"],
            ["resource.org_id", "resource.id"],
            name=op.f("fk_membership_org_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("org_id", "group_id", "member_id", name=op.f("pk_membership")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_membership_org_id_member_id_group_id"),
        "membership",
        ["org_id", "member_id", "group_id"],
        unique=False,
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("changes", types.Json(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_audit")),
        sqlite_strict=True,
    )
    op.create_table(
        "receiver",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_receiver")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("receiver_id", types.Uid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", types.Json(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("due_at", types.Utc(), nullable=False),
        sa.Column("leased_until", types.Utc(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_outbox_org_id_due_at"), "outbox", ["org_id", "due_at"], unique=False)


def _create_provisioning_log() -> None:
    op.create_table(
        "provisioning_log",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("connection_id", types.Uid(), nullable=True),
        sa.Column("token_id", types.Uid(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("operation_index", sa.Integer(), nullable=True),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("attribute", sa.Text(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recommended_action", sa.Text(), nullable=True),
        sa.Column("changed", types.Json(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_provisioning_log")),
        sqlite_strict=True,
    )


def _create_views() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    times = _SQLITE_TIMES if is_sqlite else " created_at, updated_at"
    users = _SQLITE_USERS if is_sqlite else _POSTGRESQL_USERS
    # As the driver takes it: the percent signs and colons within are SQL's own.
    for view in (users, _TEAMS, _TEAM_MEMBERS):
        op.get_bind().exec_driver_sql(view.format(times=times))
