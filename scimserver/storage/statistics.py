"""What the planner knows of the tables, brought up to date after many rows came at once."""

from scimserver.storage.session import Session
from scimserver.storage.tripwire import GUARDED

_ANALYZE = f"ANALYZE {', '.join(sorted(GUARDED))}"


def refresh(session: Session) -> None:
    """Let PostgreSQL look at the tables now; its own daemon comes a minute later.

    SQLite chooses well by its indexes alone, and there this does nothing.
    """
    if not session.is_sqlite:
        session.command(_ANALYZE)
