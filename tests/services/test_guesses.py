"""Failed authentication is counted by address and by token prefix."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scimserver.services import guesses, tokens
from scimserver.storage.models import rate_window
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, 1, 40, tzinfo=UTC)
PEPPER = b"p" * 32


def _count(database, header, address="192.0.2.1", now=NOW, times=1):
    def work(session):
        return [guesses.count_failure(session, PEPPER, header, address, now) for _ in range(times)]

    return run(database, work)


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer"])
def test_a_request_without_a_token_guesses_nothing(database, header):
    assert set(_count(database, header, times=200)) == {0}
    with database.reading() as session:
        assert session.execute(select(rate_window)).all() == []


def test_an_address_may_fail_a_hundred_times_in_five_minutes(database):
    waits = _count(database, "Bearer junk", times=102)
    assert waits == [0] * 100 + [200] * 2
    assert _count(database, "Bearer junk", "192.0.2.2") == [0]
    assert _count(database, "Bearer junk", now=NOW + timedelta(seconds=199.5)) == [1]
    assert _count(database, "Bearer junk", now=NOW + timedelta(seconds=200)) == [0]


def test_a_prefix_may_fail_twenty_times_wherever_it_comes_from(database):
    header = f"Bearer {tokens.generate()}"
    for number in range(20):
        assert _count(database, header, f"192.0.2.{number}") == [0]
    assert _count(database, header, "198.51.100.1") == [200]
    assert _count(database, f"Bearer {tokens.generate()}", "198.51.100.2") == [0]


def test_what_is_counted_is_not_readable(database):
    secret = tokens.generate()
    _count(database, f"Bearer {secret}")
    with database.reading() as session:
        keys = [row.key for row in session.execute(select(rate_window))]
    assert len(keys) == 2
    assert not any("192" in key or secret[:10] in key for key in keys)
    assert all(len(key) == 64 for key in keys)


def test_old_counts_do_not_pile_up(database):
    def fill(session, now):
        for number in range(600):
            guesses.count_failure(session, PEPPER, "Bearer junk", f"10.0.{number}", now)

    run(database, lambda s: fill(s, NOW))
    run(database, lambda s: fill(s, NOW + timedelta(days=3)))
    with database.reading() as session:
        kept = session.execute(select(rate_window.c.starts_at)).scalars().all()
    assert len(kept) == 600
    assert min(kept) > NOW.timestamp()


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_ipv6_address_counts_by_its_network(address, place):
    assert guesses.network(address) == place
