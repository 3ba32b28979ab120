"""Durable counters: windows side by side, shared by all who count."""

import threading
from datetime import UTC, datetime, timedelta

from scimserver.storage import rates
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _hit(database, key="k", now=NOW):
    return run(database, lambda s: rates.hit(s, key, 60, now))


def test_hits_count_up_within_a_window_and_by_key(database):
    assert [_hit(database) for _ in range(3)] == [1, 2, 3]
    assert _hit(database, "other") == 1
    assert _hit(database, now=NOW + timedelta(seconds=59)) == 4
    assert _hit(database, now=NOW + timedelta(seconds=60)) == 1
    assert _hit(database) == 5


def test_threads_lose_no_hit(database):
    threads = [
        threading.Thread(target=lambda: [_hit(database) for _ in range(10)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert _hit(database) == 41


def test_old_windows_are_purged_in_chunks(database):
    for minute in range(5):
        _hit(database, now=NOW + timedelta(minutes=minute))
    before = NOW + timedelta(minutes=3)
    gone = [run(database, lambda s: rates.purge(s, before, 2)) for _ in range(3)]
    assert gone == [2, 1, 0]
    assert _hit(database, now=before) == 2
    assert _hit(database) == 1


def test_the_latest_windows_together_slide(database):
    def recent(now):
        with database.reading() as session:
            return rates.recent(session, "k", 60, 3, now)

    start = int(NOW.timestamp())
    for minute in (0, 0, 1, 2):
        _hit(database, now=NOW + timedelta(minutes=minute))
    _hit(database, "other")
    assert recent(NOW + timedelta(minutes=2)) == {start: 2, start + 60: 1, start + 120: 1}
    assert recent(NOW + timedelta(minutes=3)) == {start + 60: 1, start + 120: 1}
    assert recent(NOW + timedelta(minutes=9)) == {}
