"""How often each connection took each tolerance.

Runs beside the previous version, which knows nothing of the table.
"""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types

revision = "20261122_0010"
down_revision = "20261121_2355"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quirk_count",
        sa.Column("org_id", types.Uid(), nullable=False),
        sa.Column("connection_id", types.Uid(), nullable=False),
        sa.Column("quirk", types.key_text(), nullable=False),
        sa.Column("hits", types.whole(), nullable=False),
        sa.Column("last_at", types.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "connection_id", "quirk", name=op.f("pk_quirk_count")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("quirk_count")
