"""Which indexed attributes have a row for each of their stored values.

Runs beside the previous version, which knows nothing of the table.
"""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types

revision = "20261121_2130"
down_revision = "20261121_1805"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "value_index",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("complete", types.Flag(), nullable=False),
        sa.PrimaryKeyConstraint("type", "path", name=op.f("pk_value_index")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("value_index")
