"""An index of the few accounts that are more than members.

Runs beside the previous version, which asks less often.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0035"
down_revision = "20261122_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    above = sa.text("role <> 'member'")
    op.create_index(
        "ix_account_role",
        "account",
        ["org_id", "user_id"],
        unique=False,
        sqlite_where=above,
        postgresql_where=above,
    )


def downgrade() -> None:
    op.drop_index("ix_account_role", table_name="account")
