"""Edges are read in bounded pieces, and groups are found through groups."""

import pytest

from scimserver.scim.delta import EdgeDelta
from scimserver.storage import edges, members, writer
from scimserver.storage.members import GroupOf, Member
from tests.factories import a_group, a_user, a_user_entry, an_organization, write


@pytest.fixture
def org(database):
    return an_organization(database)


def read(database, function, *args):
    with database.snapshot() as session:
        found = function(session, *args)
        return found if isinstance(found, list | dict | int | set) else list(found)


def test_members_come_in_pages_by_id(database, org):
    ann = a_user(database, org, "ann@acme.test", attributes={"displayName": "Ann"})
    bob = a_user(database, org, "bob@acme.test")
    inner = a_group(database, org, "Inner")
    group = a_group(database, org, members=[inner, bob, ann])
    first = read(database, members.page, org, group, None, 2)
    assert first == [Member(ann, "User", "Ann"), Member(bob, "User", None)]
    assert read(database, members.page, org, group, bob, 2) == [Member(inner, "Group", "Inner")]
    assert read(database, members.page, org, group, inner, 2) == []
    assert read(database, members.page, org, inner, None, 2) == []


def test_a_large_group_is_streamed_and_counted_within_bounds(database, org):
    entries = [a_user_entry(f"u{n:04}@acme.test") for n in range(2_500)]
    write(database, lambda s: writer.insert_many(s, org, entries))
    everyone = [entry.id for entry in entries]
    group = a_group(database, org, members=everyone)
    parts = read(database, members.stream, org, group)
    assert [len(part) for part in parts] == [1_000, 1_000, 500]
    assert [member.value for part in parts for member in part] == sorted(everyone)
    assert read(database, members.member_ids, org, group) == sorted(everyone)
    assert read(database, members.count, org, group, 5_000) == 2_500
    assert read(database, members.count, org, group, 11) == 11
    assert len(read(database, members.kinds_of, org, everyone)) == 2_500
    assert read(database, members.present, org, group, [everyone[0], group, "x"]) == {everyone[0]}


def test_groups_are_found_through_groups_and_around_cycles(database, org):
    ann, bob = a_user(database, org), a_user(database, org)
    one = a_group(database, org, "One", members=[ann])
    two = a_group(database, org, "Two", members=[one, bob])
    three = a_group(database, org, "Three", members=[two, ann])
    write(database, lambda s: edges.apply(s, org, one, EdgeDelta(added=(three,))))
    found = read(database, members.groups_of, org, [ann, bob, one])
    assert found[ann] == [
        GroupOf(one, "One", direct=True),
        GroupOf(two, "Two", direct=False),
        GroupOf(three, "Three", direct=True),
    ]
    assert [(each.value, each.direct) for each in found[bob]] == [
        (one, False),
        (two, True),
        (three, False),
    ]
    assert [each.value for each in found[one]] == [two, three]
    assert read(database, members.groups_of, org, []) == {}


def test_kinds_are_known_of_what_is_here(database, org):
    ann = a_user(database, org, attributes={"displayName": "Ann"})
    foreign = a_user(database, an_organization(database))
    asked = [ann, foreign, "not-an-id", ann.upper()]
    assert read(database, members.kinds_of, org, asked) == {ann: ("User", "Ann")}


def test_members_of_several_groups_come_in_the_order_asked(database, org, statements):
    people = [a_user(database, org) for _ in range(3)]
    two = a_group(database, org, "Two", members=people[:2])
    none = a_group(database, org, "None")
    three = a_group(database, org, "Three", members=people)
    gone = "01a1ffed-ca92-776f-a289-4a31b4dcbdc1"
    asked = [three, none, gone, two]
    counted = read(database, members.sizes, org, asked)
    assert list(counted.items()) == [(three, 3), (none, 0), (gone, 0), (two, 2)]
    with statements(database) as seen:
        found = [list(parts) for parts in read(database, members.each, org, counted)]
    everyone = [Member(id, "User", None) for id in sorted(people)]
    assert found == [[everyone], [[]], [[]], [[each for each in everyone if each[0] in people[:2]]]]
    assert len([sql for sql in seen if "SELECT" in sql]) == 1


def test_large_groups_are_read_alone_and_small_ones_in_bounded_batches(database, org, monkeypatch):
    monkeypatch.setattr(members, "_CHUNK", 2)
    monkeypatch.setattr(members, "_TOGETHER", 4)
    people = [a_user(database, org) for _ in range(5)]
    wanted = [2, 2, 1, 5, 0, 2, 3, 1]
    groups = [a_group(database, org, f"{i}", members=people[:n]) for i, n in enumerate(wanted)]
    counted = read(database, members.sizes, org, groups)
    assert list(counted.values()) == [2, 2, 1, 3, 0, 2, 3, 1]
    with database.snapshot() as session:
        found = [list(parts) for parts in members.each(session, org, counted)]
    assert [sum(len(part) for part in parts) for parts in found] == wanted
    assert [len(part) for part in found[3]] == [2, 2, 1]
