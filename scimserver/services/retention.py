"""Retention: what is old enough goes, a chunk a transaction, in each organization (M10)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from scimserver.services import causes
from scimserver.services.run import GoesOn, Run, to_the_end
from scimserver.storage import journal, notices
from scimserver.storage.session import Session

PUT_AWAY = timedelta(days=30)
"""How long a notice is kept when it was put away. It also keeps the same from being told again, so
none goes earlier, however short the retention."""


def sweep(
    run: Run,
    org_ids: Iterable[str],
    now: datetime,
    days: int,
    goes_on: GoesOn = to_the_end,
) -> int:
    """Delete what is older than ``days`` of each provisioning log; how many rows that was.

    Each chunk is a short transaction, so that nobody who writes waits for long.
    """
    before = now - timedelta(days=days)

    def purge(session: Session, org_id: str) -> int:
        return journal.purge_log(session, org_id, before)

    return sum(_to_the_last(run, org_id, purge, goes_on) for org_id in org_ids)


def sweep_errors(
    run: Run,
    org_ids: Iterable[str],
    now: datetime,
    days: int,
    goes_on: GoesOn = to_the_end,
) -> int:
    """Delete provisioning errors that nothing was counted for in ``days``; how many (G11).

    Their refusals have left the log by then.
    """
    before = now - timedelta(days=days)

    def purge(session: Session, org_id: str) -> int:
        return causes.purge(session, org_id, before)

    return sum(_to_the_last(run, org_id, purge, goes_on) for org_id in org_ids)


def sweep_notices(
    run: Run,
    org_ids: Iterable[str],
    now: datetime,
    days: int,
    goes_on: GoesOn = to_the_end,
) -> int:
    """Delete notices older than ``days``, and those put away a month ago; how many."""
    told_before = now - max(timedelta(days=days), PUT_AWAY)

    def purge(session: Session, org_id: str) -> int:
        return notices.purge(session, org_id, told_before, now - PUT_AWAY)

    return sum(_to_the_last(run, org_id, purge, goes_on) for org_id in org_ids)


def _to_the_last(
    run: Run, org_id: str, purge: Callable[[Session, str], int], goes_on: GoesOn
) -> int:
    total = 0
    while goes_on() and (removed := run(lambda session: purge(session, org_id))):
        total += removed
    return total
