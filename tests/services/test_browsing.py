"""Lists without a total, leafed through in both directions, on both databases."""

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.domain.errors import PermissionDeniedError
from scimserver.ids import new_id
from scimserver.services import browsing
from tests.factories import a_group, a_user, an_organization, registry

USER = registry().types["User"]
SCOPES = frozenset({"scim.users.read"})


@pytest.fixture
def acme(database):
    """An organization with seven users, beside one with another."""
    org_id = an_organization(database)
    ids = [a_user(database, org_id, f"u{number}@acme.test") for number in range(7)]
    a_user(database, an_organization(database), "u9@acme.test")
    a_group(database, org_id)
    return Actor(org_id=org_id, door=Door.CONSOLE, id="user:x", scopes=SCOPES), ids


def _leaf(database, actor, text=None, **place):
    with database.reading() as session:
        found = browsing.leaf(session, actor, USER, text, count=3, **place)
    return [stored.id for stored in found.found], found.newer, found.older


def test_the_newest_come_first_and_the_last_page_ends_the_list(acme, database):
    actor, ids = acme
    down = ids[::-1]
    assert _leaf(database, actor) == (down[:3], None, down[2])
    assert _leaf(database, actor, older=down[2]) == (down[3:6], down[3], down[5])
    assert _leaf(database, actor, older=down[5]) == (down[6:], down[6], None)


def test_the_way_back_leads_over_the_same_pages(acme, database):
    actor, ids = acme
    down = ids[::-1]
    assert _leaf(database, actor, newer=down[6]) == (down[3:6], down[3], down[5])
    assert _leaf(database, actor, newer=down[3]) == (down[:3], None, down[2])
    assert _leaf(database, actor, newer=down[1]) == (down[:1], None, down[0])


@pytest.mark.parametrize("place", [{"older": "x"}, {"newer": "x"}, {"older": ""}, {"newer": "'"}])
def test_what_is_no_id_begins_anew(acme, database, place):
    actor, ids = acme
    assert _leaf(database, actor, **place)[0] == ids[::-1][:3]


def test_beyond_either_end_there_is_nothing(acme, database):
    actor, ids = acme
    assert _leaf(database, actor, newer=new_id()) == ([], None, None)
    assert _leaf(database, actor, older=ids[0]) == ([], None, None)


def test_a_filter_is_asked_on_every_page(acme, database):
    actor, ids = acme
    text = f"userName sw {browsing.quoted('u1')} or userName sw {browsing.quoted('u5')}"
    assert _leaf(database, actor, text) == ([ids[5], ids[1]], None, None)
    assert _leaf(database, actor, text, older=ids[5])[0] == [ids[1]]


@pytest.mark.parametrize("text", ['"', "\\", '") or (userName pr', "ü\n\t", "💥"])
def test_a_text_cannot_leave_its_quotes(acme, database, text):
    actor, _ids = acme
    assert _leaf(database, actor, f"userName sw {browsing.quoted(text)}")[0] == []


def test_counting_ends_where_nobody_cares_any_more(acme, database, monkeypatch):
    actor, _ids = acme
    with database.reading() as session:
        assert browsing.size(session, actor, USER) == 7
        assert browsing.size(session, actor, USER, 'userName eq "u1@acme.test"') == 1
        assert browsing.size(session, actor, USER, "not (id pr)") == 0
        monkeypatch.setattr(browsing, "MOST", 3)
        assert browsing.size(session, actor, USER) == 4


def test_who_may_not_read_leafs_through_nothing(acme, database):
    actor, _ids = acme
    blind = Actor(org_id=actor.org_id, door=Door.CONSOLE, id="user:x", scopes=frozenset())
    with database.reading() as session, pytest.raises(PermissionDeniedError):
        browsing.leaf(session, blind, USER)
