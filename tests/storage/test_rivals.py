"""Many resources want values at once: the earlier of two rivals wins, in few statements."""

import pytest

from scimserver.ids import new_id
from scimserver.storage import rivals
from scimserver.storage.errors import WriteContentionError
from scimserver.storage.models import external_id, global_value, unique_value
from scimserver.storage.rivals import Wanted
from scimserver.storage.values import Value
from tests.factories import a_connection, a_user, an_organization, rows, write


@pytest.fixture
def org(database):
    return an_organization(database)


@pytest.fixture
def idp(database, org):
    return a_connection(database, org)


def badge(key):
    return Value("badge", 0, key, unique=True, shared=True)


def name(key):
    return Value("userName", 0, key, unique=True, shared=False)


def called(org, idp, name, slot=""):
    id = new_id()
    return Wanted("User", id, (), [(org, idp, id, "User", name, slot)])


def hold(database, org, *wanted):
    """Hold what is wanted; return the attribute each is refused for, None where it is not."""
    refused = write(database, lambda session: rivals.hold(session, org, wanted))
    return [refused[each.id].attribute if each.id in refused else None for each in wanted]


def test_what_the_loser_of_a_list_wanted_is_free_for_those_after_it(database, org):
    wanted = [
        Wanted("User", new_id(), [name("a")], ()),
        Wanted("User", new_id(), [name("b"), name("a")], ()),
        Wanted("User", new_id(), [name("b"), name("b")], ()),
        Wanted("User", new_id(), [Value("nickName", 0, "a", unique=False, shared=False)], ()),
        Wanted("Group", new_id(), [name("a")], ()),
    ]
    assert hold(database, org, *wanted) == [None, "userName", None, None, None]
    held = {(row.type, row.key): row.resource_id for row in rows(database, unique_value)}
    assert held == {
        ("User", "a"): wanted[0].id,
        ("User", "b"): wanted[2].id,
        ("Group", "a"): wanted[4].id,
    }


def test_a_global_value_is_held_against_every_organization(database, org):
    other = an_organization(database)
    assert hold(database, other, Wanted("User", new_id(), [badge("7")], ())) == [None]
    wanted = [Wanted("User", new_id(), [name(key), badge(key)], ()) for key in ("6", "7", "8")]
    assert hold(database, org, *wanted) == [None, "badge", None]
    assert {row.key for row in rows(database, global_value)} == {"6", "7", "8"}
    assert "7" not in {row.key for row in rows(database, unique_value) if row.org_id == org}


def test_an_external_id_is_held_in_its_connection_unless_it_may_repeat(database, org, idp):
    other = a_connection(database, org)
    assert hold(database, org, called(org, idp, "X")) == [None]
    wanted = [
        called(org, idp, "Y"),
        called(org, idp, "X"),
        called(org, other, "X"),
        called(org, idp, "X", slot="its own"),
    ]
    assert hold(database, org, *wanted) == [None, "externalId", None, None]
    assert len(rows(database, external_id)) == 4


def test_many_conflicts_cost_no_more_savepoints_than_one(database, org, statements):
    for number in range(60):
        a_user(database, org, f"u{number}")

    def cost(taken):
        names = [f"u{n}" if n < taken else f"new{taken}-{n}" for n in range(60)]
        wanted = [Wanted("User", new_id(), [name(each)], ()) for each in names]
        with statements(database) as seen:
            assert hold(database, org, *wanted).count("userName") == taken
        if not database.is_sqlite:
            # Savepoint, insertion and end; undone, also the look-up; then once more.
            assert len(seen) <= 10
        return sum(sql.startswith("SAVEPOINT") for sql in seen)

    assert [cost(0), cost(1), cost(40), cost(60)] == [1, 2, 2, 1]


def test_what_no_look_up_explains_is_a_lost_race(database, org, idp):
    id = a_user(database, org, connection_id=idp, external_id="X")
    again = Wanted("User", id, (), [(org, idp, id, "User", "Y", "")])
    with pytest.raises(WriteContentionError):
        write(database, lambda session: rivals.hold(session, org, [again]))


def test_nothing_is_held_for_nobody(database, org, statements):
    with statements(database) as seen:
        assert hold(database, org) == []
    assert not [s for s in seen if "SAVEPOINT" in s]
