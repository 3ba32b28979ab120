"""Lists: pages by offset and by position, orders, totals, and what only rows can tell."""

from datetime import timedelta
from itertools import count, permutations

import pytest
from sqlalchemy import delete

from scimserver.scim.delta import EdgeDelta
from scimserver.scim.filter import bind, sort_attribute
from scimserver.scim.quirks import Profile
from scimserver.scim.readers import Notes
from scimserver.storage import edges, search, writer
from scimserver.storage.errors import QueryTooLongError
from scimserver.storage.models import resource, resource_value, unique_value
from scimserver.storage.search import Order, Search
from tests.factories import (
    NOW,
    a_connection,
    a_group,
    a_group_entry,
    a_user,
    a_user_entry,
    an_organization,
    registry,
    write,
)

USER, GROUP = registry().types["User"], registry().types["Group"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PLACES = {"User": "https://scim.test/Users/", "Group": "https://scim.test/Groups/"}


@pytest.fixture
def org(database):
    return an_organization(database)


def asked(text=None, *kinds, sort=None, descending=False, connection_id=None):
    kinds = kinds or (USER,)
    order = sort and Order(sort_attribute(sort, kinds, Notes(Profile())), descending)
    filters = bind(text, kinds, Profile()).nodes if text else {}
    return Search(kinds, filters, order, connection_id, PLACES)


def found(database, org, wanted, offset=0, limit=100):
    with database.snapshot() as session:
        rows = search.rows(session, org, wanted, offset=offset, limit=limit)
        if not offset and limit == 100:
            assert search.count(session, org, wanted) == len(rows)
        return rows


def ids(database, org, text, *kinds, **options):
    return [stored.id for stored in found(database, org, asked(text, *kinds, **options))]


def walked(database, org, wanted, size):
    """Walk forth to the end and back again; both ways must meet the same."""
    forth, back = [], []
    with database.snapshot() as session:
        position = None
        while page := search.rows_after(session, org, wanted, position, size):
            forth += [stored.id for stored, _ in page]
            position = page[-1][1]
        position = None
        while page := search.rows_after(session, org, wanted, position, size, backwards=True):
            back = [stored.id for stored, _ in page] + back
            position = page[0][1]
    assert forth == back
    return forth


def test_pages_follow_creation_and_carry_the_connections_names(database, org):
    idp, other = a_connection(database, org), a_connection(database, org)
    people = [a_user(database, org, external_id=f"X{n}", connection_id=idp) for n in range(5)]
    a_group(database, org)
    a_user(database, an_organization(database))
    assert ids(database, org, None) == people
    for offset in range(7):
        rows = found(database, org, asked(connection_id=idp), offset, 2)
        assert [row.id for row in rows] == people[offset : offset + 2]
        assert [row.external_id for row in rows] == [f"X{n}" for n in range(5)][offset : offset + 2]
    assert found(database, org, asked(connection_id=other))[0].external_id is None
    stored = found(database, org, asked())[0]
    assert (stored.type, stored.version, stored.active) == (USER, 1, True)
    assert (stored.created_at, stored.updated_at) == (NOW, NOW)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "{name}"',
        'emails eq "{name}"',
        'displayName eq "ANN"',
        'id eq "{id}"',
        'externalId eq "x1"',
        'userName eq "{name}" and externalId eq "x1"',
        'externalId sw "x"',
        'not (externalId eq "y" or userName ne "{name}")',
        'emails[type eq "work" and value eq "{name}"]',
        'emails.type eq "work" and displayName sw "an"',
        'meta.created eq "{now}"',
        'meta.lastModified gt "{now}"',
        'meta.version eq "W/\\"1\\"" and displayName pr',
        'meta.location eq "https://scim.test/Users/{id}"',
        'meta.location ew "{id}"',
        'meta.resourceType eq "User" and displayName co "N"',
        'id sw "{id}" and id co "-" and id ge "{id}"',
        'displayName eq "x" or externalId eq "x1"',
        "externalId pr",
    ],
)
def test_a_resource_is_found_by_what_its_columns_and_rows_say(database, org, text):
    idp = a_connection(database, org)
    one = a_user(
        database,
        org,
        "Ann@acme.test",
        external_id="x1",
        connection_id=idp,
        created_at=NOW + timedelta(seconds=1),
        updated_at=NOW + timedelta(seconds=2),
        attributes={
            "displayName": "Ann",
            "emails": [{"value": "Ann@acme.test", "type": "work"}, {"value": "b@acme.test"}],
        },
    )
    a_user(database, org, "bob@acme.test")
    now = (NOW + timedelta(seconds=1)).isoformat()
    text = text.format(name="ANN@Acme.test", id=one, now=now)
    assert ids(database, org, text, connection_id=idp) == [one]


@pytest.mark.parametrize(
    "text",
    [
        'id eq "nonsense"',
        'externalId eq "x1"',
        'meta.location eq "https://evil.test/Users/1"',
        'meta.version eq "W/\\"99999999999999\\""',
        'meta.resourceType eq "Group"',
        f'{ENTERPRISE}:manager eq "nobody"',
        f"{ENTERPRISE}:manager.displayName pr",
        f"{ENTERPRISE}:manager.$ref pr",
        'userName eq "x" and userName eq "y"',
        "groups pr",
        'groups.type eq "direct"',
    ],
)  # fmt: skip
def test_what_nobody_has_finds_nobody(database, org, text):
    idp = a_connection(database, org)
    a_user(database, org, external_id="x1", connection_id=idp)
    assert ids(database, org, text) == []
    assert len(ids(database, org, f"not ({text})")) == 1


def test_a_manager_is_found_by_reference_and_by_name(database, org):
    boss = a_user(database, org, attributes={"displayName": "Big Boss"})
    held = {ENTERPRISE: {"manager": {"value": boss}}}
    report = a_user(database, org, attributes=held)
    a_user(database, org, attributes={ENTERPRISE: {"manager": {"value": "not-a-uuid"}}})
    for text in (
        f'manager eq "{boss}"',
        f'manager.value sw "{boss}"',
        'manager.displayName eq "big boss"',
        "manager.displayName pr",
        f'manager.$ref eq "https://scim.test/Users/{boss}"',
        f'manager.$ref ew "{boss}"',
        "manager.$ref pr",
    ):  # fmt: skip
        assert ids(database, org, text) == [report], text
    assert len(ids(database, org, "manager pr")) == 2


def test_members_and_groups_are_found_through_edges(database, org):
    ann, bob, eve = (
        a_user(database, org, attributes={"displayName": name} if name != "bob" else {})
        for name in ("ann", "bob", "eve")
    )
    inner = a_group(database, org, "Inner", members=[ann])
    outer = a_group(database, org, "Outer", members=[inner, bob])
    a_group(database, org, "Empty")
    cases = {
        (f'members eq "{ann}"', GROUP): [inner],
        (f'members[value eq "{inner}" and type eq "group"]', GROUP): [outer],
        ('members.type eq "Group"', GROUP): [outer],
        ('members.display eq "ANN"', GROUP): [inner],
        (f'members.$ref eq "https://scim.test/Users/{bob}"', GROUP): [outer],
        ("members pr", GROUP): [inner, outer],
        ('not (members pr) and displayName eq "empty"', GROUP): None,
        (f'id eq "{outer}" and members eq "{bob}"', GROUP): [outer],
        ('members.display pr and members.value pr and members.type ne "group"', GROUP): [inner],
        ("members[not (display pr)]", GROUP): [outer],
        (f'groups eq "{outer}"', USER): [ann, bob],
        (f'groups[value eq "{outer}" and type eq "direct"]', USER): [bob],
        (f'groups[value eq "{outer}" and type eq "indirect"]', USER): [ann],
        ('groups.type eq "indirect"', USER): [ann],
        ('groups.display sw "inn"', USER): [ann],
        ('groups[not (type eq "direct")]', USER): [ann],
        (f'groups.$ref eq "https://scim.test/Groups/{inner}"', USER): [ann],
        ("groups pr", USER): [ann, bob],
        ("not (groups pr)", USER): [eve],
    }  # fmt: skip
    for (text, kind), expected in cases.items():
        if expected is None:
            assert len(ids(database, org, text, kind)) == 1
        else:
            assert ids(database, org, text, kind) == expected, text


def test_a_cycle_of_groups_ends(database, org):
    ann = a_user(database, org)
    one = a_group(database, org, "One", members=[ann])
    two = a_group(database, org, "Two", members=[one])
    three = a_group(database, org, "Three", members=[two])
    write(database, lambda s: _add(s, org, one, three))
    assert ids(database, org, f'groups[value eq "{three}" and type eq "indirect"]') == [ann]
    assert ids(database, org, f'groups eq "{three}"') == [ann]


def _add(session, org, group, member):
    edges.apply(session, org, group, EdgeDelta(added=(member,)))


def test_the_root_asks_every_type_at_once(database, org):
    user = a_user(database, org, attributes={"displayName": "Sales"})
    group = a_group(database, org, "sales")
    both = (USER, GROUP)
    assert ids(database, org, None, *both) == [user, group]
    assert ids(database, org, 'displayName eq "SALES"', *both) == [user, group]
    assert ids(database, org, 'meta.resourceType eq "Group"', *both) == [group]
    assert ids(database, org, 'userName ne "x"', *both) == [user, group]
    assert ids(database, org, "userName pr", *both) == [user]
    for sort in ("displayName", "meta.resourceType", "meta.location", "userName", "id"):
        wanted = asked(None, *both, sort=sort)
        assert len(found(database, org, wanted)) == 2
        assert sorted(walked(database, org, wanted, 1)) == sorted([user, group])
    assert [s.type for s in found(database, org, asked(None, *both, sort="displayName"))] == [
        USER,
        GROUP,
    ]


def people(database, org):
    """Add users whose sort keys are unset, equal, and in neither order of creation."""
    numbers = count()
    for title, first in permutations(["b", "A", None, "\U0001f600", "\ue000", "é"], 2):
        number = next(numbers)
        held = {"active": number % 3 == 0, "emails": []}
        if number % 5:
            held["emails"] = [{"value": f"{number % 7}@x.test"}]
        if number % 2 and held["emails"]:
            held["emails"].append({"value": f"{9 - number % 4}@x.test", "primary": True})
        held |= {"title": title, "name": first and {"familyName": first}}
        held = {name: value for name, value in held.items() if value not in (None, [])}
        moment = NOW + timedelta(microseconds=number % 4)
        entry = a_user_entry(
            attributes=held,
            created_at=moment,
            updated_at=moment,
            profile=Profile(unique_emails=False),
        )
        write(database, lambda s, e=entry: writer.insert(s, org, e))
        yield entry


def _primary(held):
    entries = held.get("emails", [])
    return next((e["value"] for e in entries if e.get("primary")), entries and entries[0]["value"])


KEYS = {
    "title": lambda e: e.resource.attributes.get("title", "").lower(),
    "name.familyName": lambda e: (
        e.resource.attributes.get("name", {}).get("familyName", "").lower()
    ),
    "emails": lambda e: _primary(e.resource.attributes),
    "active": lambda e: str(e.resource.attributes["active"]),
    "meta.created": lambda e: str(e.created_at),
    "meta.lastModified": lambda e: str(e.updated_at),
    "meta.version": lambda _: "1",
    "id": lambda e: e.id,
    "schemas": lambda _: "x",
    "externalId": lambda _: None,
}


def test_names_of_others_and_of_connections_have_an_order(database, org):
    idp = a_connection(database, org)
    made = [
        a_user(database, org, external_id=x, connection_id=idp, attributes={"displayName": name})
        for x, name in (("2", "b"), ("1", "c"), (None, "a"))
    ]
    wanted = asked(sort="externalId", connection_id=idp)
    assert walked(database, org, wanted, 1) == [made[1], made[0], made[2]]
    made = [
        a_user(database, org, attributes={ENTERPRISE: {"manager": {"value": boss}}})
        for boss in made
    ]
    wanted = asked("manager pr", sort="manager.displayName")
    assert [s.id for s in found(database, org, wanted)] == [made[2], made[0], made[1]]
    assert walked(database, org, wanted, 2) == [made[2], made[0], made[1]]


def test_every_order_is_total_and_walks_both_ways(database, org):
    entries = list(people(database, org))
    for sort, key in KEYS.items():
        with_value = [e for e in entries if key(e)]
        without = [e.id for e in entries if not key(e)]
        for descending in (False, True):
            ordered = sorted(sorted(with_value, key=lambda e: e.id), key=key)
            if descending:
                ordered = sorted(sorted(with_value, key=lambda e: e.id), key=key, reverse=True)
            expected = [e.id for e in ordered]
            expected = (
                [*sorted(without), *expected] if descending else [*expected, *sorted(without)]
            )
            wanted = asked(sort=sort, descending=descending)
            assert [s.id for s in found(database, org, wanted)] == expected, (sort, descending)
            assert walked(database, org, wanted, 4) == expected, (sort, descending)


def test_a_walk_without_order_meets_everyone_once(database, org):
    everyone = [a_user(database, org) for _ in range(7)]
    for size in (1, 3, 7, 10):
        assert walked(database, org, asked(), size) == everyone
    with database.snapshot() as session:
        assert [len(part) for part in search.stream(session, org, asked(), 3)] == [3, 3, 1]
        nobody = asked('meta.created co "x"')
        assert list(search.stream(session, org, nobody)) == []
        assert search.count(session, org, nobody) == 0
        assert search.rows(session, org, nobody, offset=0, limit=1) == []


def test_long_keys_are_cut_in_positions_but_none_is_lost(database, org):
    made = [a_group(database, org, "x" * 70 + str(n % 3)) for n in (0,)]
    made += [a_group(database, org, "x" * 70 + f"{9 - n}") for n in range(5)]
    wanted = asked(None, GROUP, sort="displayName")
    assert sorted(walked(database, org, wanted, 2)) == sorted(made)
    with database.snapshot() as session:
        position = search.rows_after(session, org, wanted, None, 1)[0][1]
    assert len(position.key) == 64


def test_a_position_holds_when_its_row_is_gone(database, org):
    ids_ = [a_group(database, org, name) for name in "abcd"]
    wanted = asked(None, GROUP, sort="displayName")
    with database.snapshot() as session:
        position = search.rows_after(session, org, wanted, None, 2)[-1][1]

    def remove(session):
        for table, column in (
            (unique_value, unique_value.c.resource_id),
            (resource_value, resource_value.c.resource_id),
            (resource, resource.c.id),
        ):
            session.execute(delete(table).where(column == ids_[1]))

    write(database, remove)
    with database.snapshot() as session:
        rest = search.rows_after(session, org, wanted, position, 10)
    assert [stored.id for stored, _ in rest] == ids_[2:]


def test_a_query_that_takes_too_long_is_stopped(database, org):
    entries = [a_group_entry(f"g{n}") for n in range(300)]
    write(database, lambda s: writer.insert_many(s, org, entries))
    text = " or ".join(f'meta.location co "{n}zz"' for n in range(200))
    wanted = asked(text, GROUP, sort="displayName")

    def ask(session):
        with search.time_limit(session, 0.001):
            for _ in range(1000):
                search.rows(session, org, wanted, offset=0, limit=10)

    with database.snapshot() as session, pytest.raises(QueryTooLongError):
        ask(session)
    with database.snapshot() as session, search.time_limit(session, 10):
        assert len(search.rows(session, org, asked(None, GROUP), offset=0, limit=10)) == 10


def test_long_filters_are_not_kept_compiled(database, org):
    def compiled(terms):
        text = " or ".join(f'title co "{number}"' for number in range(terms))
        asked = Search((USER,), bind(text, [USER], Profile()).nodes)
        with database.reading() as session:
            search.rows(session, org, asked, offset=0, limit=10)
            assert search.count(session, org, asked) == 0
            return len(session.connection.engine._compiled_cache)

    before = compiled(1)
    assert compiled(search.KEPT_TERMS) == before + 2
    assert compiled(search.KEPT_TERMS + 1) == before + 2
