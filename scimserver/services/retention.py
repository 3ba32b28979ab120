"""Retention: rows of the provisioning log that are old enough go, a chunk a transaction (M10)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from scimserver.services.run import Run
from scimserver.storage import journal
from scimserver.storage.session import Session


def sweep(run: Run, org_ids: Iterable[str], now: datetime, days: int) -> int:
    """Delete what is older than ``days`` in each organization, and return how many rows that was.

    Each chunk is a short transaction, so that nobody who writes waits for long.
    """
    return sum(_sweep_one(run, org_id, now - timedelta(days=days)) for org_id in org_ids)


def _sweep_one(run: Run, org_id: str, older_than: datetime) -> int:
    def purge(session: Session) -> int:
        return journal.purge_log(session, org_id, older_than)

    total = 0
    while removed := run(purge):
        total += removed
    return total
