"""Members come, go and are replaced at a cost of what changes, and the counts are the truth."""

import pytest

from scimserver.ids import new_id
from scimserver.scim.delta import EdgeDelta
from scimserver.scim.filter import bind_entry
from scimserver.scim.quirks import Profile
from scimserver.scim.readers import Notes
from scimserver.scim.vocabulary import parse_filter
from scimserver.storage import edges, tripwire
from scimserver.storage.errors import RaceLostError
from scimserver.storage.models import membership, resource
from tests.factories import a_group, a_user, an_organization, registry, rows, write


@pytest.fixture
def org(database):
    return an_organization(database)


def apply(database, org, group, **delta):
    return write(database, lambda s: edges.apply(s, org, group, EdgeDelta(**delta)))


def members(database, group):
    return {r.member_id for r in rows(database, membership) if r.group_id == group}


def test_members_come_and_go_and_only_changes_are_told(database, org):
    a, b, c = (a_user(database, org) for _ in range(3))
    group = a_group(database, org, members=[a])
    done = apply(database, org, group, added=(b, a, c))
    assert (done.added, done.removed) == ((b, c), ())
    done = apply(database, org, group, removed=frozenset({a, new_id()}), added=(b,))
    assert (done.added, done.removed) == ((), (a,))
    assert members(database, group) == {b, c}


def test_what_is_removed_and_added_again_has_not_changed(database, org):
    a = a_user(database, org)
    group = a_group(database, org, members=[a])
    done = apply(database, org, group, removed=frozenset({a}), added=(a,))
    assert (done.added, done.removed) == ((), ())
    assert members(database, group) == {a}


def test_thousands_are_written_in_chunks(database, org, statements):
    users = [a_user(database, org)]
    write(database, lambda s: _many(s, org, users))
    group = a_group(database, org)
    with statements(database) as seen:
        done = apply(database, org, group, added=tuple(users))
    assert len(done.added) == len(users) == 2501
    assert len([s for s in seen if s.startswith("INSERT")]) == 3
    with statements(database) as seen:
        done = apply(database, org, group, removed=frozenset(users[1:]))
    assert len(done.removed) == 2500
    assert len([s for s in seen if s.startswith("DELETE")]) == 3


def _many(session, org, users):
    """Copy the row of a user: edges need nothing but rows to point to."""
    (row,) = [r for r in session.execute(resource.select()) if r.id == users[0]]
    users.extend(new_id() for _ in range(2500))
    session.execute(resource.insert(), [{**row._mapping, "id": id} for id in users[1:]])


def test_one_more_member_costs_one_statement(database, org, statements):
    users = [a_user(database, org) for _ in range(5)]
    group = a_group(database, org, members=users[:4])
    with statements(database) as seen:
        apply(database, org, group, added=(users[4],))
    assert [s.split()[0] for s in seen] == ["BEGIN", "INSERT", "COMMIT"]


def test_who_is_not_here_is_passed_over(database, org):
    elsewhere = a_user(database, an_organization(database))
    group = a_group(database, org)
    done = apply(database, org, group, added=(elsewhere, new_id()))
    assert done.added == ()
    assert rows(database, membership) == []


def test_a_group_that_has_gone_is_a_lost_race(database, org):
    user = a_user(database, org)
    with (
        database.session() as session,
        tripwire.ticket(session.info),
        pytest.raises(RaceLostError),
    ):
        edges.apply(session, org, new_id(), EdgeDelta(added=(user,)))


def test_groups_may_hold_each_other(database, org):
    first = a_group(database, org)
    second = a_group(database, org, members=[first])
    assert apply(database, org, first, added=(second,)).added == (second,)


@pytest.mark.parametrize(
    ("text", "left"),
    [('type eq "User"', {"inner"}), ('display sw "an"', {"bob", "inner"}), ("value pr", set())],
)
def test_members_that_match_a_filter_are_removed(database, org, text, left):
    ids = {name: a_user(database, org, attributes={"displayName": name}) for name in ("ann", "bob")}
    ids["inner"] = a_group(database, org, "Inner")
    group = a_group(database, org, members=list(ids.values()))
    kind = registry().types["Group"]
    node = bind_entry(kind.edge, parse_filter(text), Notes(Profile()))
    delta = EdgeDelta(removed_where=(node,))
    done = write(database, lambda s: edges.apply(s, org, group, delta, kind.edge_types))
    gone = {id for name, id in ids.items() if name not in left}
    assert set(done.removed) == gone
    assert members(database, group) == set(ids.values()) - gone
