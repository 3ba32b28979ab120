"""Whether an organization forbids filters in URLs.

Runs beside the previous version, which writes rows without the column and so forbids nothing.
"""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types

revision = "20261121_2220"
down_revision = "20261121_2130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organization",
        sa.Column("forbid_get_filters", types.Flag(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("organization", "forbid_get_filters")
