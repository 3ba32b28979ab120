"""What Alembic runs: our metadata on the connection that ``storage.migrate`` hands over."""

from typing import Any, Literal

from alembic import context

from scimserver.storage.models import metadata
from scimserver.storage.types import Flag, Json, Uid, Utc


def _render(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Name our own column types in generated revisions; everything else is Alembic's to name."""
    if kind == "type" and isinstance(item, (Flag, Json, Uid, Utc)):
        return f"types.{type(item).__name__}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
    transactional_ddl=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
