"""${message}.

It must run beside the previous version: add now, remove in a later release. One DDL statement
each; an index on a table that may be large is a revision of its own.
"""

import sqlalchemy as sa
from alembic import op

from scimserver.storage import types
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
