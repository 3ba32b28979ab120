"""What the planner knows of the tables, brought up to date after many rows came at once."""

from scimserver.storage.models.resource import (
    external_id,
    membership,
    resource,
    resource_value,
    unique_value,
)
from scimserver.storage.session import Session

_GROWN = (resource, external_id, resource_value, unique_value, membership)
_ANALYZE = f"ANALYZE {', '.join(table.name for table in _GROWN)}"


def refresh(session: Session) -> None:
    """Let PostgreSQL look at the tables now; its own daemon comes a minute later.

    SQLite chooses well by its indexes alone, and there this does nothing.
    """
    if not session.is_sqlite:
        session.command(_ANALYZE)
