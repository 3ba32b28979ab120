"""Claims proved by DNS: their codes, their checks, and who answers for identity.

Runs beside the previous version, which writes claims without these columns: attested ones.
"""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types

revision = "20261122_0320"
down_revision = "20261122_0055"
branch_labels = None
depends_on = None

_NULLABLE = (
    ("token", sa.Text),
    ("token_issued_at", types.Utc),
    ("previous_token", sa.Text),
    ("previous_until", types.Utc),
    ("expires_at", types.Utc),
    ("grace_ends_at", types.Utc),
    ("transfer_after", types.Utc),
    ("negative_since", types.Utc),
    ("transient_since", types.Utc),
    ("last_checked_at", types.Utc),
    ("last_check", types.Json),
    ("next_check_at", types.Utc),
    ("leased_until", types.Utc),
)
_FLAGS = ("authoritative", "contested")
_COUNTS = ("negatives", "reminders", "checks")


def upgrade() -> None:
    for name, kind in _NULLABLE:
        op.add_column("claim", sa.Column(name, kind()))
    for name in _FLAGS:
        op.add_column(
            "claim", sa.Column(name, types.Flag(), nullable=False, server_default=sa.false())
        )
    for name in _COUNTS:
        op.add_column("claim", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("organization", sa.Column("identity_contact", sa.Text()))
    op.add_column(
        "account",
        sa.Column("identity_owner", types.Flag(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_claim_due", "claim", ["org_id", "next_check_at"], unique=False)
    op.create_index(
        "uq_claim_authoritative",
        "claim",
        ["org_id"],
        unique=True,
        sqlite_where=sa.text("authoritative = 1"),
        postgresql_where=sa.text("authoritative"),
    )


def downgrade() -> None:
    op.drop_index("uq_claim_authoritative", table_name="claim")
    op.drop_index("ix_claim_due", table_name="claim")
    op.drop_column("account", "identity_owner")
    op.drop_column("organization", "identity_contact")
    for name in (*_COUNTS, *_FLAGS):
        op.drop_column("claim", name)
    for name, _ in reversed(_NULLABLE):
        op.drop_column("claim", name)
