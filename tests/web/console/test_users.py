"""/console/users and /console/users/<id>: found, leafed through, turned off and on."""

import re

import pytest

from scimserver.domain.roles import Role
from scimserver.services import accounts, audit, domains, sessions
from scimserver.services.browsing import PAGE
from scimserver.storage import organizations, writer
from scimserver.storage.journal import read_log
from scimserver.web.console.views import users
from tests.factories import a_group, a_passkey, a_user, a_user_entry, write

HERE = "/console/users"


def _listed(page):
    return re.findall(r'<th class="whole" scope="row"><a href="[^"]+">([^<]*)</a>', page.html)


def _many(acme, count):
    entries = [
        a_user_entry(f"user{number:05}@acme.test", attributes={"displayName": f"N{number:05}"})
        for number in range(count)
    ]
    write(acme.database, lambda session: writer.insert_many(session, acme.org_id, entries))


@pytest.fixture
def people(acme):
    """Three users, found in different ways."""
    for name, attributes in (
        ("ada@acme.test", {"displayName": "Ada Lovelace", "emails": [{"value": "al@acme.test"}]}),
        ("grace@acme.test", {"name": {"givenName": "Grace", "familyName": "Hopper"}}),
        ("gone@acme.test", {"displayName": "Ada Gone", "active": False}),
    ):
        a_user(acme.database, acme.org_id, name, attributes=attributes)


def test_the_newest_come_first(owner, people):
    assert _listed(owner.get(HERE)) == [
        "Ada Gone",
        "Grace Hopper",
        "Ada Lovelace",
        "owner@acme.test",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ada", ["Ada Gone", "Ada Lovelace"]),
        ("q=ADA+l", ["Ada Lovelace"]),
        ("q=al@", ["Ada Lovelace"]),
        ("q=grace@", ["Grace Hopper"]),
        ("q=hopp", ["Grace Hopper"]),
        ("q=ovelac", ["Ada Lovelace"]),
        ("q=ada&state=active", ["Ada Lovelace"]),
        ("state=inactive", ["Ada Gone"]),
        ("q=nobody", []),
        ("q=%22%29+or+%28userName+pr", []),
        ("q=%5C", []),
        ("q=%25", []),
        ("q=" + "x" * 9000, []),
        ("state=nonsense&q=grace", ["Grace Hopper"]),
    ],
)
def test_users_are_found(owner, people, query, found):
    page = owner.get(f"{HERE}?{query}")
    assert _listed(page) == found
    assert ("Nobody found" in page.text) == (not found)


def test_a_search_that_takes_too_long_says_what_to_type(acme, owner, people, monkeypatch):
    def too_long(*_args, **_options):
        raise users.QueryTooLongError("The query took longer than 10 seconds.")

    monkeypatch.setattr(users.browsing, "leaf", too_long)
    assert "Type the beginning of a name" in owner.get(f"{HERE}?q=ovelac").text


def test_an_organization_without_users_is_told_how_they_come_in(acme, owner, people, monkeypatch):
    leaf = users.Leaf([], None, None)
    monkeypatch.setattr(users.browsing, "leaf", lambda *_args, **_options: leaf)
    page = owner.get(HERE)
    assert "your identity provider sends whoever is assigned" in page.text
    assert "/console/connections" in page.links


def test_a_long_list_is_leafed_through_in_both_directions(acme, owner):
    _many(acme, 2 * PAGE)
    seen, page = [], owner.get(HERE)
    while True:
        seen += _listed(page)
        (older,) = re.findall(r'rel="next" href="([^"]+)"', page.html) or [None]
        if older is None:
            break
        page = owner.get(older.replace("&amp;", "&"))
    assert seen == [f"N{number:05}" for number in reversed(range(2 * PAGE))] + ["owner@acme.test"]
    (newer,) = re.findall(r'rel="prev" href="([^"]+)"', page.html)
    back = owner.get(newer.replace("&amp;", "&"))
    assert _listed(back) == [f"N{number:05}" for number in reversed(range(PAGE))]
    first = owner.get(re.findall(r'rel="prev" href="([^"]+)"', back.html)[0])
    assert _listed(first)[0] == f"N{2 * PAGE - 1:05}"
    assert 'rel="prev"' not in first.html


def test_a_search_is_kept_while_leafing(acme, owner):
    _many(acme, PAGE + 5)
    page = owner.get(f"{HERE}?q=0000&state=active")
    assert "These have it somewhere within" in page.text
    assert len(_listed(page)) == 10
    page = owner.get(f"{HERE}?q=user&state=active")
    (older,) = re.findall(r'rel="next" href="([^"]+)"', page.html)
    assert older.startswith(f"{HERE}?q=user&amp;state=active&amp;older=")
    assert len(_listed(owner.get(older.replace("&amp;", "&")))) == 5


@pytest.mark.parametrize("place", ["older=x", "newer=x", "older=%27", "newer=", "within=yes"])
def test_an_address_somebody_typed_begins_anew(owner, people, place):
    assert len(_listed(owner.get(f"{HERE}?{place}"))) == 4


def test_a_user_is_shown_with_all_there_is(acme, owner):
    id = a_user(
        acme.database,
        acme.org_id,
        "ann@acme.test",
        attributes={
            "displayName": "Ann",
            "title": "Engineer",
            "emails": [{"value": "a@acme.test"}],
        },
    )
    group = a_group(acme.database, acme.org_id, "Builders", members=[id])
    page = owner.get(f"{HERE}/{id}")
    for shown in ("Title Engineer", "Emails a@acme.test", "Builders", "No passkey yet"):
        assert shown in page.text or shown == "No passkey yet"
    assert f"/console/teams/{group}" in page.links
    assert "&#34;userName&#34;: &#34;ann@acme.test&#34;" in page.html
    assert "&#34;location&#34;: &#34;https://localhost:5000/scim/v2/Users/" in page.html


def test_what_somebody_signs_in_with_is_counted(acme, owner):
    ann = acme.signed_in(acme.person(Role.VIEWER, "ann@acme.test")).person
    a_passkey(acme.database, acme.org_id, ann.user_id, label="Ann's phone")
    page = owner.get(f"{HERE}/{ann.user_id}")
    assert "Ann's phone Last used never" in page.text
    assert "1 session is open" in page.text


def test_turning_somebody_off_says_what_ends_and_ends_it(acme, owner):
    browser = acme.browser(Role.VIEWER, name="ann@acme.test")
    ann = browser.person
    a_passkey(acme.database, acme.org_id, ann.user_id)
    page = owner.get(f"{HERE}/{ann.user_id}/deactivate")
    assert "1 open session ends at once." in page.text
    assert "1 passkey opens nothing any more." in page.text
    done = owner.post(f"{HERE}/{ann.user_id}/deactivate")
    assert done.location == f"{HERE}/{ann.user_id}?done=deactivated"
    assert "The user is deactivated." in owner.get(done.location).text
    assert browser.get("/console", 303).location.startswith("/signin")
    with acme.database.reading() as session:
        assert not accounts.person(session, acme.org_id, ann.user_id).active
        assert sessions.every(session, acme.org_id, ann.user_id, acme.clock.now()) == []


def test_turning_somebody_on_judges_their_addresses_anew(acme, owner):
    id = a_user(acme.database, acme.org_id, "ann@acme.test", attributes={"active": False})
    page = owner.post(f"{HERE}/{id}/activate", status=400)
    assert "is not a verified domain of this organization" in page.text
    with acme.database.reading() as session:
        (entry,) = read_log(session, acme.org_id, refused=True)
    assert (entry.code, entry.method, entry.domain) == (
        "domain_not_verified",
        "CONSOLE",
        "acme.test",
    )

    def attest(session):
        actor = audit.operator(organizations.get(session, acme.org_id))
        now, suffixes = acme.clock.now(), frozenset({"test"})
        domains.attest(session, actor, now, "acme.test", reason="r", extra_suffixes=suffixes)

    acme.run(attest)
    assert owner.post(f"{HERE}/{id}/activate").location == f"{HERE}/{id}?done=activated"


def test_nobody_turns_themselves_off(acme, owner):
    mine = f"{HERE}/{owner.person.user_id}"
    assert f"{mine}/deactivate" not in owner.get(mine).links
    page = owner.post(f"{mine}/deactivate", status=400)
    assert "Nobody turns themselves off." in page.text


@pytest.mark.parametrize("theirs", [Role.ADMINISTRATOR, Role.OWNER])
def test_nobody_turns_off_whom_they_do_not_rank_above(acme, theirs):
    browser, other = acme.browser(Role.ADMINISTRATOR), acme.person(theirs)
    assert f"{HERE}/{other.user_id}/deactivate" not in browser.get(f"{HERE}/{other.user_id}").links
    page = browser.post(f"{HERE}/{other.user_id}/deactivate", status=400)
    assert "somebody who ranks above that person" in page.text


def test_the_last_local_administrator_is_not_turned_off(acme, owner):
    local = acme.person(Role.OWNER, "local@acme.test", local_administrator=True)
    page = owner.post(f"{HERE}/{local.user_id}/deactivate", status=400)
    assert "This is the last local administrator" in page.text


def test_a_large_organization_costs_no_more_statements(acme, owner, statements):
    def asked(path):
        with statements(acme.database) as seen:
            owner.get(path)
        return len([text for text in seen if text.lstrip().upper().startswith("SELECT")])

    owner.get(HERE)
    before = {path: asked(path) for path in (HERE, f"{HERE}?q=owner", "/console")}
    _many(acme, 10_000)
    after = {path: asked(path) for path in before}
    assert after == before
    assert max(after.values()) <= 18
