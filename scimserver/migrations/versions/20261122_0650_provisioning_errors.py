"""Causes of refusals and what follows from them, sandboxes that close, tokens of users.

Runs beside the previous version, which counts no causes, pauses nothing and binds no token.
"""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types

revision = "20261122_0650"
down_revision = "20261122_0355"
branch_labels = None
depends_on = None

_ORGANIZATION = (
    ("error_notices", sa.Text),
    ("pause_after", sa.Integer),
    ("errors_told_at", types.Utc),
    ("expires_at", types.Utc),
)


def upgrade() -> None:
    _create_errors()
    for name, kind in _ORGANIZATION:
        op.add_column("organization", sa.Column(name, kind()))
    _add_to_connections()


def downgrade() -> None:
    op.drop_index("ix_token_user", table_name="token")
    op.drop_column("token", "user_id")
    op.drop_column("connection", "paused_at")
    op.drop_column("connection", "has_errors")
    for name, _ in reversed(_ORGANIZATION):
        op.drop_column("organization", name)
    op.drop_table("provisioning_error")


def _create_errors() -> None:
    op.create_table(
        "provisioning_error",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("cause", types.key_text(), nullable=False),
        sa.Column("subject", types.key_text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hits", types.whole(), nullable=False),
        sa.Column("first_seen_at", types.Utc(), nullable=False),
        sa.Column("last_seen_at", types.Utc(), nullable=False),
        sa.Column("told_at", types.Utc()),
        sa.Column("acknowledged_by", types.Uid()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("connection_id", types.Uid()),
        sa.Column("token_id", types.Uid()),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text()),
        sa.Column("resource_id", sa.Text()),
        sa.Column("external_id", sa.Text()),
        sa.Column("attribute", sa.Text()),
        sa.Column("domain", sa.Text()),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recommended_action", sa.Text()),
        sa.Column("retryable", types.Flag(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_provisioning_error")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_provisioning_error_cause", "provisioning_error", ["org_id", "cause"], unique=True
    )
    unresolved = sa.text("state <> 'resolved'")
    op.create_index(
        "ix_provisioning_error_subject",
        "provisioning_error",
        ["org_id", "subject"],
        unique=False,
        sqlite_where=unresolved,
        postgresql_where=unresolved,
    )


def _add_to_connections() -> None:
    op.add_column(
        "connection",
        sa.Column("has_errors", types.Flag(), nullable=False, server_default=sa.false()),
    )
    op.add_column("connection", sa.Column("paused_at", types.Utc()))
    op.add_column("token", sa.Column("user_id", types.Uid()))
    bound = sa.text("user_id is not null")
    op.create_index(
        "ix_token_user",
        "token",
        ["org_id", "user_id"],
        unique=False,
        sqlite_where=bound,
        postgresql_where=bound,
    )
