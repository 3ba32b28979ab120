"""Durable counters: guesses counted across processes and restarts (I21)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select

from scimserver.storage.models import rate_window
from scimserver.storage.session import Session
from scimserver.storage.statement import upsert


def hit(session: Session, key: str, window_seconds: int, now: datetime, *, times: int = 1) -> int:
    """Count an event under a key, or several, and return how many its window now holds.

    ``key`` says nothing about whom it counts: a keyed hash. Windows stand side by side on the
    clock, so every process writes to the same row.
    """
    starts_at = window_start(window_seconds, now)
    statement = upsert(rate_window).values(key=key, starts_at=starts_at, hits=times)
    counted = statement.on_conflict_do_update(
        index_elements=["key", "starts_at"], set_={"hits": rate_window.c.hits + times}
    ).returning(rate_window.c.hits)
    hits: int = session.execute(counted).scalar_one()
    return hits


def count(session: Session, key: str, window_seconds: int, now: datetime) -> int:
    """Return how many events the present window of a key holds."""
    here = (rate_window.c.key == key, rate_window.c.starts_at == window_start(window_seconds, now))
    return session.execute(select(rate_window.c.hits).where(*here)).scalar() or 0


def recent(
    session: Session, key: str, window_seconds: int, windows: int, now: datetime
) -> dict[int, int]:
    """Return the events in each of a key's latest windows that has any, by when it began.

    Together they are one window that slides.
    """
    first = window_start(window_seconds, now) - (windows - 1) * window_seconds
    query = select(rate_window.c.starts_at, rate_window.c.hits).where(
        rate_window.c.key == key, rate_window.c.starts_at >= first
    )
    return {row.starts_at: row.hits for row in session.execute(query)}


def forget(session: Session, keys: Collection[str]) -> None:
    """Begin anew with what is counted under some keys."""
    session.execute(delete(rate_window).where(rate_window.c.key.in_(keys)))


def purge(session: Session, before: datetime, limit: int = 1_000) -> int:
    """Remove up to ``limit`` windows that began before an instant; how many there were."""
    old = (
        select(rate_window.c.key, rate_window.c.starts_at)
        .where(rate_window.c.starts_at < int(before.timestamp()))
        .limit(limit)
    )
    gone = session.execute(old).all()
    for row in gone:
        session.execute(
            delete(rate_window).where(
                rate_window.c.key == row.key, rate_window.c.starts_at == row.starts_at
            )
        )
    return len(gone)


def window_start(window_seconds: int, now: datetime) -> int:
    """Return when the window of an instant began, in seconds since 1970."""
    return int(now.timestamp()) // window_seconds * window_seconds
