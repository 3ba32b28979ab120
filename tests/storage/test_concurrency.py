"""Many writers at once: nothing is lost, and a race has exactly one winner."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from scimserver.domain.errors import TakenError
from scimserver.scim.delta import EdgeDelta
from scimserver.scim.resource import parse
from scimserver.storage import edges, reader, tripwire, writer
from scimserver.storage.errors import RaceLostError
from scimserver.storage.models import external_id, membership, resource, unique_value
from scimserver.storage.transaction import run
from tests.factories import (
    NOW,
    a_connection,
    a_group,
    a_group_entry,
    a_user,
    a_user_entry,
    an_organization,
    registry,
    rows,
    write,
)

THREADS = 6
USER = registry().types["User"]
GROUP = registry().types["Group"]


@pytest.fixture
def org(database):
    return an_organization(database)


def title_of(stored):
    return parse(stored.type, stored.document)["title"]


def at_once(work):
    """Run ``work(number)`` in several threads that start together; the results, in order."""
    barrier = Barrier(THREADS)

    def started(number):
        barrier.wait()
        try:
            return work(number)
        except TakenError as taken:
            return taken

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(started, range(THREADS)))


def test_members_added_at_once_all_stay(database, org):
    users = [a_user(database, org) for _ in range(THREADS * 4)]
    group = a_group(database, org)

    def add(number):
        for user in [users[0], *users[number::THREADS]]:

            def work(session, user=user):
                done = edges.apply(session, org, group, EdgeDelta(added=(user,)))
                return writer.bump(session, org, group, NOW) if done.added else None

            write(database, work)

    at_once(add)
    assert {row.member_id for row in rows(database, membership)} == set(users)
    (version,) = [row.version for row in rows(database, resource) if row.id == group]
    assert version == 1 + len(users)


@pytest.mark.parametrize("build", [a_user_entry, a_group_entry])
def test_of_racing_creations_one_wins(database, org, build):
    def create(_number):
        write(database, lambda s: writer.insert(s, org, build("Same")))
        return "won"

    results = at_once(create)
    assert results.count("won") == 1
    assert sum(isinstance(each, TakenError) for each in results) == THREADS - 1
    assert len(rows(database, resource)) == len(rows(database, unique_value)) == 1


def test_of_racing_external_ids_one_wins(database, org):
    idp = a_connection(database, org)

    def create(_number):
        entry = a_user_entry(external_id="X", connection_id=idp)
        write(database, lambda s: writer.insert(s, org, entry))
        return "won"

    assert at_once(create).count("won") == 1
    assert len(rows(database, resource)) == len(rows(database, external_id)) == 1


def test_of_racing_batches_each_value_has_one_holder(database, org):
    def create(_number):
        entries = [a_user_entry(f"user{i}") for i in range(20)]
        return len(entries) - len(write(database, lambda s: writer.insert_many(s, org, entries)))

    assert sum(at_once(create)) == 20
    assert len(rows(database, resource)) == len(rows(database, unique_value)) == 20


def test_racing_updates_lose_nothing(database, org):
    id = a_user(database, org, "ann", attributes={"title": "0"})

    def append(number):
        def work(session):
            before = reader.get(session, org, USER, id, None)
            title = title_of(before) + str(number)
            after = a_user_entry(
                "ann", id=id, version=before.version + 1, attributes={"title": title}
            )
            writer.update(session, org, before, after)

        for _ in range(3):
            write(database, work)

    at_once(append)
    with database.reading() as session:
        found = reader.get(session, org, USER, id, None)
    assert sorted(title_of(found)) == sorted("0" + "012345" * 3)
    assert found.version == 1 + 3 * THREADS


def test_a_member_deleted_while_it_is_added_leaves_no_edge(database, org):
    for _ in range(5):
        user, group = a_user(database, org), a_group(database, org)

        def race(number, user=user, group=group):
            def work(session):
                if number:
                    done = edges.apply(session, org, group, EdgeDelta(added=(user,)))
                    return done.added and writer.bump(session, org, group, NOW)
                before = reader.get(session, org, USER, user, None)
                return writer.delete(session, org, before, NOW)

            write(database, work)

        at_once(race)
        assert rows(database, membership) == []


def test_an_update_of_what_was_deleted_is_a_lost_race(database, org):
    id = a_group(database, org)
    with database.reading() as session:
        before = reader.get(session, org, GROUP, id, None)
    write(database, lambda s: writer.delete(s, org, before, NOW))

    def late(session):
        with tripwire.ticket(session.info), pytest.raises(RaceLostError):
            writer.update(session, org, before, a_group_entry(id=id, version=2))

    run(database, late)


def test_readers_do_not_wait_for_a_writer(database, org):
    id = a_group(database, org)

    def work(session):
        writer.bump(session, org, id, NOW)
        with database.reading() as other:
            return reader.get(other, org, GROUP, id, None).version

    assert write(database, work) == 1


def test_a_snapshot_does_not_move(database, org):
    id = a_group(database, org)
    with database.snapshot() as session:
        seen = [reader.get(session, org, GROUP, id, None).version]
        write(database, lambda s: writer.bump(s, org, id, NOW))
        seen.append(reader.get(session, org, GROUP, id, None).version)
    with database.reading() as session:
        seen.append(reader.get(session, org, GROUP, id, None).version)
    assert seen == [1, 1, 2]
