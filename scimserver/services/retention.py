"""Retention: rows of the provisioning log that are old enough go, a chunk a transaction (M10)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from scimserver.services.run import GoesOn, Run, to_the_end
from scimserver.storage import journal
from scimserver.storage.session import Session


def sweep(
    run: Run,
    org_ids: Iterable[str],
    now: datetime,
    days: int,
    goes_on: GoesOn = to_the_end,
) -> int:
    """Delete what is older than ``days`` in each organization, and return how many rows that was.

    Each chunk is a short transaction, so that nobody who writes waits for long.
    """
    before = now - timedelta(days=days)
    return sum(_sweep_one(run, org_id, before, goes_on) for org_id in org_ids)


def _sweep_one(run: Run, org_id: str, older_than: datetime, goes_on: GoesOn) -> int:
    def purge(session: Session) -> int:
        return journal.purge_log(session, org_id, older_than)

    total = 0
    while goes_on() and (removed := run(purge)):
        total += removed
    return total
