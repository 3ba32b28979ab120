"""People sign in: accounts, passkeys, sessions, recovery, notices and mail.

Runs beside the previous version, which knows none of these tables and writes organizations and
audit rows without the new columns.
"""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types

revision = "20261121_2355"
down_revision = "20261121_2220"
branch_labels = None
depends_on = None

TABLES = (
    "account",
    "passkey",
    "passkey_credential",
    "recovery_code",
    "enrol_link",
    "enrol_digest",
    "web_session",
    "ceremony",
    "mail_code",
    "notice",
    "mail",
)
COLUMNS = (
    ("organization", "suspended"),
    ("organization", "passkey_audience"),
    ("organization", "passkey_team"),
    ("organization", "sso_mode"),
    ("organization", "recovery_tested_at"),
    ("organization", "recovery_tested_by"),
    ("audit", "context"),
)


def upgrade() -> None:
    _create_accounts()
    _create_keys()
    _create_recovery()
    _create_sessions()
    _create_notices()
    _add_columns()


def downgrade() -> None:
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column)
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("user_id", types.Uid(), nullable=False),
        sa.Column("handle", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("local_administrator", types.Flag(), nullable=False),
        sa.Column("failed_recoveries", sa.Integer(), nullable=False),
        sa.Column("codes_disabled_at", types.Utc()),
        sa.Column("recovery_tested_at", types.Utc()),
        sa.Column("dismissed", types.Json(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["resource.org_id", "resource.id"],
            name=op.f("fk_account_org_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("org_id", "user_id", name=op.f("pk_account")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_account_local_administrator",
        "account",
        ["org_id", "user_id"],
        unique=False,
        sqlite_where=sa.text("local_administrator = 1"),
        postgresql_where=sa.text("local_administrator"),
    )


def _create_keys() -> None:
    op.create_table(
        "passkey_credential",
        sa.Column("rp_id", types.key_text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("user_id", types.Uid(), nullable=False),
        sa.Column("passkey_id", types.Uid(), nullable=False),
        sa.PrimaryKeyConstraint("rp_id", "credential_id", name=op.f("pk_passkey_credential")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passkey",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("user_id", types.Uid(), nullable=False),
        sa.Column("rp_id", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", types.whole(), nullable=False),
        sa.Column("backup_eligible", types.Flag(), nullable=False),
        sa.Column("backed_up", types.Flag(), nullable=False),
        sa.Column("aaguid", sa.Text(), nullable=False),
        sa.Column("transports", types.Json(), nullable=False),
        sa.Column("discoverable", types.Flag()),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("suspect", types.Flag(), server_default=sa.false(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("last_used_at", types.Utc()),
        sa.Column("last_client", sa.Text()),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["account.org_id", "account.user_id"],
            name=op.f("fk_passkey_org_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_passkey")),
        sqlite_strict=True,
    )
    op.create_index("uq_passkey_label", "passkey", ["org_id", "user_id", "label"], unique=True)


def _create_recovery() -> None:
    op.create_table(
        "enrol_digest",
        sa.Column("digest", types.key_text(), nullable=False),
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("link_id", types.Uid(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_enrol_digest")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "enrol_link",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("user_id", types.Uid(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=False),
        sa.Column("used_at", types.Utc()),
        sa.Column("ended_at", types.Utc()),
        sa.Column("ended_why", sa.Text()),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["account.org_id", "account.user_id"],
            name=op.f("fk_enrol_link_org_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_enrol_link")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_enrol_link_org_id_user_id"), "enrol_link", ["org_id", "user_id"], unique=False
    )
    op.create_table(
        "recovery_code",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("user_id", types.Uid(), nullable=False),
        sa.Column("mac", types.key_text(), nullable=False),
        sa.Column("set_id", types.Uid(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("used_at", types.Utc()),
        sa.Column("ended_at", types.Utc()),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["account.org_id", "account.user_id"],
            name=op.f("fk_recovery_code_org_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("org_id", "user_id", "mac", name=op.f("pk_recovery_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_sessions() -> None:
    op.create_table(
        "ceremony",
        sa.Column("id", types.key_text(), nullable=False),
        sa.Column("session_digest", types.key_text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("org_id", types.Uid()),
        sa.Column("user_id", types.Uid()),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("allowed", types.Json(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=False),
        sa.Column("ended_at", types.Utc()),
        sa.Column("ended_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremony")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_ceremony_expires_at"), "ceremony", ["expires_at"], unique=False)
    op.create_index(
        "uq_ceremony_open",
        "ceremony",
        ["session_digest", "purpose"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "mail_code",
        sa.Column("session_digest", types.key_text(), nullable=False),
        sa.Column("name_mac", types.key_text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("expires_at", types.Utc(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used", types.Flag(), nullable=False),
        sa.PrimaryKeyConstraint("session_digest", name=op.f("pk_mail_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_mail_code_expires_at"), "mail_code", ["expires_at"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("digest", types.key_text(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("org_id", types.Uid()),
        sa.Column("user_id", types.Uid()),
        sa.Column("method", sa.Text()),
        sa.Column("opened_by", types.Uid()),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("seen_at", types.Utc(), nullable=False),
        sa.Column("auth_at", types.Utc()),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("ended_at", types.Utc()),
        sa.Column("ended_why", sa.Text()),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_session")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_web_session_org_id_user_id"), "web_session", ["org_id", "user_id"], unique=False
    )
    op.create_index(op.f("ix_web_session_seen_at"), "web_session", ["seen_at"], unique=False)


def _create_notices() -> None:
    op.create_table(
        "mail",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", types.Utc(), nullable=False),
        sa.Column("due_at", types.Utc(), nullable=False),
        sa.Column("leased_until", types.Utc()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_mail")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_mail_org_id_due_at"), "mail", ["org_id", "due_at"], unique=False)
    op.create_table(
        "notice",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("id", types.Uid(), nullable=False),
        sa.Column("at", types.Utc(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("user_id", types.Uid()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("facts", types.Json(), nullable=False),
        sa.Column("dismissed_at", types.Utc()),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_notice")),
        sqlite_strict=True,
    )


def _add_columns() -> None:
    op.add_column(
        "organization",
        sa.Column("suspended", types.Flag(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "organization",
        sa.Column("passkey_audience", sa.Text(), server_default="administrators", nullable=False),
    )
    op.add_column("organization", sa.Column("passkey_team", types.Uid()))
    op.add_column(
        "organization", sa.Column("sso_mode", sa.Text(), server_default="off", nullable=False)
    )
    op.add_column("organization", sa.Column("recovery_tested_at", types.Utc()))
    op.add_column("organization", sa.Column("recovery_tested_by", types.Uid()))
    op.add_column("audit", sa.Column("context", types.Json()))
