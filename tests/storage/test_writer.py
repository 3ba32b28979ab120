"""Resources are written with everything kept beside them, and only what changed."""

import pytest

from scimserver.domain.errors import TakenError
from scimserver.scim.quirks import Profile
from scimserver.storage import reader, tripwire, writer
from scimserver.storage.errors import RaceLostError
from scimserver.storage.models import (
    external_id,
    global_value,
    membership,
    resource,
    resource_value,
    unique_value,
)
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

USER = registry().types["User"]
GROUP = registry().types["Group"]
MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def org(database):
    return an_organization(database)


@pytest.fixture
def idp(database, org):
    return a_connection(database, org)


def get(database, org, id, connection_id=None, kind=USER):
    with database.reading() as session:
        return reader.get(session, org, kind, id, connection_id)


def emails(*addresses, primary=None):
    return {
        "emails": [{"value": a, **({"primary": True} if a == primary else {})} for a in addresses]
    }


def test_a_resource_reads_back_as_it_was_written(database, org, idp):
    entry = a_user_entry("Ann@acme.test", external_id="X1", connection_id=idp)
    write(database, lambda s: writer.insert(s, org, entry))
    found = get(database, org, entry.id, idp)
    assert (found.id, found.version, found.document) == (entry.id, 1, entry.document)
    assert (found.external_id, found.active) == ("X1", True)
    assert (found.created_at, found.updated_at) == (NOW, NOW)


def test_an_external_id_is_its_connections_own(database, org, idp):
    other = a_connection(database, org)
    entry = a_user_entry(external_id="X1", connection_id=idp)
    write(database, lambda s: writer.insert(s, org, entry))
    assert get(database, org, entry.id, other).external_id is None
    assert get(database, org, entry.id, None).external_id is None


@pytest.mark.parametrize("what", ["another id", "another type", "another organization"])
def test_what_is_not_there_is_none(database, org, what):
    id = a_user(database, org)
    asked = {
        "another id": (org, USER, org),
        "another type": (org, GROUP, id),
        "another organization": (an_organization(database), USER, id),
    }[what]
    with database.reading() as session:
        assert reader.get(session, asked[0], asked[1], asked[2], None) is None


@pytest.mark.parametrize(
    ("first", "second", "attribute"),
    [
        (("ann", {}), ("ANN", {}), "userName"),
        (("a", emails("x@acme.test")), ("b", emails("X@acme.test")), "emails.value"),
        (
            ("a", emails("x@acme.test", "y@acme.test", primary="y@acme.test")),
            ("b", emails("y@acme.test")),
            "emails.value",
        ),
    ],
)
def test_a_value_in_use_is_refused_by_name(database, org, first, second, attribute):
    a_user(database, org, first[0], attributes=first[1])
    with pytest.raises(TakenError) as taken:
        a_user(database, org, second[0], attributes=second[1])
    assert taken.value.attribute == attribute
    assert len(rows(database, resource)) == 1


def test_secondary_addresses_may_be_shared(database, org):
    a_user(database, org, "a", attributes=emails("a@acme.test", "shared@acme.test"))
    a_user(database, org, "b", attributes=emails("b@acme.test", "shared@acme.test"))
    assert len(rows(database, resource)) == 2


def test_group_names_are_unique_unless_the_connection_says_otherwise(database, org):
    a_group(database, org, "Sales")
    with pytest.raises(TakenError, match="displayName"):
        a_group(database, org, "sales")
    a_group(database, org, "sales", profile=Profile(unique_group_names=False))


def test_an_external_id_in_use_is_refused(database, org, idp):
    a_user(database, org, external_id="X1", connection_id=idp)
    with pytest.raises(TakenError) as taken:
        a_user(database, org, external_id="X1", connection_id=idp)
    assert taken.value.attribute == "externalId"
    a_group(database, org, external_id="X1", connection_id=idp)
    a_user(database, org, external_id="x1", connection_id=idp)
    a_user(database, org, external_id="X1", connection_id=a_connection(database, org))


@pytest.mark.parametrize(
    "options", [{"profile": Profile(unique_external_ids=False)}, {"enforce_unique": False}]
)
def test_external_ids_repeat_where_they_may(database, org, idp, options):
    for _ in range(2):
        a_user(database, org, external_id="X1", connection_id=idp, **options)
    assert len(rows(database, external_id)) == 2


def test_an_update_writes_only_the_values_that_differ(database, org, idp, statements):
    entry = a_user_entry(
        "ann", attributes=emails("a@acme.test"), external_id="X", connection_id=idp
    )
    write(database, lambda s: writer.insert(s, org, entry))
    before = get(database, org, entry.id, idp)
    after = a_user_entry(
        "ann",
        id=entry.id,
        version=2,
        attributes={**emails("a@acme.test"), "title": "Dr"},
        external_id="X",
        connection_id=idp,
    )
    with statements(database) as seen:
        write(database, lambda s: writer.update(s, org, before, after))
    assert [s.split()[0] for s in seen if s.split()[0] not in {"BEGIN", "COMMIT"}] == ["UPDATE"]
    found = get(database, org, entry.id, idp)
    assert (found.version, found.document) == (2, after.document)


def test_an_update_moves_values_and_frees_the_old_ones(database, org, idp):
    entry = a_user_entry("ann", external_id="X", connection_id=idp)
    write(database, lambda s: writer.insert(s, org, entry))
    before = get(database, org, entry.id, idp)
    after = a_user_entry("bob", id=entry.id, version=2, external_id="Y", connection_id=idp)
    write(database, lambda s: writer.update(s, org, before, after))
    assert get(database, org, entry.id, idp).external_id == "Y"
    a_user(database, org, "ann", external_id="X", connection_id=idp)
    with pytest.raises(TakenError, match="userName"):
        a_user(database, org, "Bob")


def test_an_address_changes_places_without_conflict_with_itself(database, org):
    id = a_user(database, org, "ann", attributes=emails("a@acme.test", "b@acme.test"))
    after = a_user_entry(
        "ann",
        id=id,
        version=2,
        attributes=emails("a@acme.test", "b@acme.test", primary="b@acme.test"),
    )
    write(database, lambda s: writer.update(s, org, get(database, org, id), after))
    found = {(r.path, r.key) for r in rows(database, unique_value)}
    assert found == {("userName", "ann"), ("emails.value", "b@acme.test")}
    indexed = [(r.ordinal, r.key) for r in rows(database, resource_value) if "email" in r.path]
    assert indexed == [(0, "a@acme.test")]


def test_an_update_of_an_older_version_loses(database, org):
    id = a_user(database, org, "ann")
    before = get(database, org, id)
    for name in ("bob", "cid"):
        after = a_user_entry(name, id=id, version=2)
        if name == "bob":
            write(database, lambda s, after=after: writer.update(s, org, before, after))
    with database.session() as session, tripwire.ticket(session.info), pytest.raises(RaceLostError):
        writer.update(session, org, before, after)
    assert "bob" in get(database, org, id).document


def test_a_bump_adds_one_to_the_version(database, org):
    id = a_group(database, org)
    later = NOW.replace(year=2027)
    assert write(database, lambda s: writer.bump(s, org, id, later)) == 2
    found = get(database, org, id, kind=GROUP)
    assert (found.version, found.created_at, found.updated_at) == (2, NOW, later)
    with database.session() as session, tripwire.ticket(session.info), pytest.raises(RaceLostError):
        writer.bump(session, org, org, later)


def test_a_delete_leaves_nothing_and_bumps_the_groups_that_lose(database, org, idp):
    ann = a_user(
        database,
        org,
        "ann",
        attributes=emails("a@acme.test", "b@acme.test"),
        external_id="X",
        connection_id=idp,
    )
    inner = a_group(database, org, "Inner", members=[ann])
    outer = a_group(database, org, "Outer", members=[inner])
    bob = a_user(database, org, "bob")
    other = a_group(database, org, "Other", members=[bob])
    later = NOW.replace(year=2027)
    write(database, lambda s: writer.delete(s, org, get(database, org, ann), later))
    found = get(database, org, inner, kind=GROUP)
    assert (found.version, found.updated_at) == (2, later)
    assert get(database, org, other, kind=GROUP).version == 1
    write(database, lambda s: writer.delete(s, org, get(database, org, inner, kind=GROUP), later))
    assert get(database, org, outer, kind=GROUP).version == 2
    assert [r.member_id for r in rows(database, membership)] == [bob]
    assert {r.resource_id for r in rows(database, unique_value)} == {bob, outer, other}
    assert {r.resource_id for r in rows(database, resource_value)} <= {bob, outer, other}
    assert rows(database, external_id) == []
    a_user(database, org, "ann", external_id="X", connection_id=idp)


def test_a_delete_of_an_older_version_loses(database, org):
    id = a_group(database, org)
    before = get(database, org, id, kind=GROUP)
    write(database, lambda s: writer.bump(s, org, id, NOW))
    with database.session() as session, tripwire.ticket(session.info), pytest.raises(RaceLostError):
        writer.delete(session, org, before, NOW)


def test_referrers_are_found_by_index(database, org):
    boss = a_user(database, org, "boss")
    ann = a_user(database, org, "ann", attributes={MANAGER: {"manager": {"value": boss}}})
    with database.reading() as session:
        found = reader.referrers(session, org, registry().types.values(), boss)
    assert found == [("User", ann)]


def test_many_are_written_together_and_rivals_left_out(database, org, idp):
    a_user(database, org, "taken", external_id="T", connection_id=idp)
    entries = [
        a_user_entry("a", connection_id=idp, external_id="A"),
        a_user_entry("A", connection_id=idp),
        a_user_entry("taken", connection_id=idp, attributes=emails("free@acme.test")),
        a_user_entry("b", connection_id=idp, external_id="T"),
        a_user_entry("c", connection_id=idp, attributes=emails("free@acme.test")),
    ]
    refused = write(database, lambda s: writer.insert_many(s, org, entries))
    told = {entries.index(e): refused[e.id].attribute for e in entries if e.id in refused}
    assert told == {1: "userName", 2: "userName", 3: "externalId"}
    names = {r.user_name for r in rows(database, resource)}
    assert names == {"taken", "a", "c"}
    held = {(r.path, r.key) for r in rows(database, unique_value)}
    assert ("emails.value", "free@acme.test") in held
    assert ("userName", "b") not in held


def test_many_without_rivals_cost_a_statement_a_table(database, org, statements):
    entries = [a_user_entry() for _ in range(50)]
    with statements(database) as seen:
        assert write(database, lambda s: writer.insert_many(s, org, entries)) == {}
    inserts = {s.split()[2] for s in seen if s.startswith("INSERT")}
    assert inserts == {"unique_value", "resource"}
    if not database.is_sqlite:
        assert len([s for s in seen if s.startswith("INSERT")]) == 2


def test_a_resource_is_found_by_a_value_it_alone_holds(database, org, idp):
    bob = a_user(database, org, "Bob", external_id="X", connection_id=idp)
    with database.reading() as session:
        found = reader.find_unique(session, org, USER, "userName", "bob", idp)
        assert (found.id, found.external_id) == (bob, "X")
        assert reader.find_unique(session, org, USER, "userName", "Bob", idp) is None


def test_erasing_leaves_other_organizations_alone(database, org):
    other = an_organization(database)
    for each in (org, other):
        ann = a_user(database, each, "ann", attributes=emails("a@acme.test", "b@acme.test"))
        a_group(database, each, "G", members=[ann])
    write(database, lambda s: writer.erase(s, org))
    for table in (resource, membership, unique_value, resource_value):
        assert {r.org_id for r in rows(database, table)} == {other}
    assert rows(database, global_value) == []


def test_long_names_fit_the_index(database, org):
    name = "".join(chr(0x10000 + i * 7) for i in range(512))
    id = a_user(database, org, name)
    with pytest.raises(TakenError):
        a_user(database, org, name)
    assert get(database, org, id) is not None


def test_a_group_without_unique_names_is_found_by_name(database, org):
    id = a_group(database, org, "Sales", profile=Profile(unique_group_names=False))
    assert [r.key for r in rows(database, unique_value)] == []
    before = get(database, org, id, kind=GROUP)
    after = a_group_entry("Sales 2", id=id, version=2)
    write(database, lambda s: writer.update(s, org, before, after))
    assert [r.key for r in rows(database, unique_value)] == ["sales 2"]
    assert rows(database, resource_value) == []
