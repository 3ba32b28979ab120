"""Indexes for what is asked often: which checks are due anywhere, and who answers for identity.

Runs beside the previous version, which asks neither.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0355"
down_revision = "20261122_0320"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_claim_due", table_name="claim")
    op.create_index("ix_claim_due", "claim", ["next_check_at", "org_id"], unique=False)
    op.create_index(
        "ix_account_identity_owner",
        "account",
        ["org_id", "user_id"],
        unique=False,
        sqlite_where=sa.text("identity_owner = 1"),
        postgresql_where=sa.text("identity_owner"),
    )


def downgrade() -> None:
    op.drop_index("ix_account_identity_owner", table_name="account")
    op.drop_index("ix_claim_due", table_name="claim")
    op.create_index("ix_claim_due", "claim", ["org_id", "next_check_at"], unique=False)
