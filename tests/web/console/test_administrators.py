"""Roles and local administrators: who is on the list, who may change it, and what it refuses."""

import pytest

from scimserver.domain.roles import Role
from scimserver.services import accounts
from tests.factories import a_passkey, a_user

HERE = "/console/organization/administrators"


def _person(acme, user_id):
    with acme.database.reading() as session:
        return accounts.person(session, acme.org_id, user_id)


def _local(acme, name="local@acme.test", **options):
    return acme.person(Role.OWNER, name, local_administrator=True, **options)


def test_the_list_says_who_is_ready_and_why_somebody_is_not(acme, owner):
    assert "No local administrator" in owner.get(HERE).text
    ready, half, none = (_local(acme, f"{name}@acme.test") for name in ("ready", "half", "none"))
    for person, count in ((ready, 2), (half, 1)):
        for _ in range(count):
            a_passkey(acme.database, acme.org_id, person.user_id)
    text = owner.get(HERE).text
    assert "ready@acme.test ready@acme.test Owner Ready" in text
    assert "Has one passkey, and needs a second one." in text
    assert "Has no passkey yet" in text
    assert f"/console/users/{none.user_id}" in owner.get(HERE).links


def test_an_owner_adds_somebody_new(acme, owner):
    given = {"address": "out@side.test", "name": "Out Side", "role": "administrator"}
    page = owner.post(f"{HERE}/new", given)
    id = page.location.removeprefix("/console/users/").partition("?")[0]
    made = _person(acme, id)
    assert (made.user_name, made.display_name, made.role) == (
        "out@side.test",
        "Out Side",
        Role.ADMINISTRATOR,
    )
    assert made.local_administrator
    assert "Make an enrolment link" in owner.get(page.location).text


def test_an_owner_adds_somebody_who_is_here(acme, owner):
    id = a_user(acme.database, acme.org_id, "ann@acme.test")
    page = owner.post(f"{HERE}/new", {"address": "ANN@acme.test", "role": "owner"})
    assert page.location.startswith(f"/console/users/{id}?")
    assert _person(acme, id).local_administrator


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"address": "", "role": "owner"}, "address"),
        ({"address": "no address@", "role": "owner"}, "address"),
        ({"address": "x@acme.test", "role": "member"}, "role"),
        ({"address": "x@acme.test"}, "role"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(acme, owner, given, field):
    page = owner.post(f"{HERE}/new", given, status=400)
    assert f"f-{field}-error" in page.described
    assert page.fields["address"]["value"] == given["address"]


def test_who_is_on_the_list_is_not_added_again(acme, owner):
    _local(acme)
    given = {"address": "local@acme.test", "role": "owner"}
    page = owner.post(f"{HERE}/new", given, status=400)
    assert "This user is a local administrator already." in page.text


def test_removing_says_what_will_happen_and_does_it(acme, owner):
    first, second = _local(acme, "a@acme.test"), _local(acme, "b@acme.test")
    page = owner.get(f"{HERE}/{first.user_id}/remove")
    assert "What will happen" in page.text
    assert ("post", f"{HERE}/{first.user_id}/remove") in page.forms
    assert owner.post(f"{HERE}/{first.user_id}/remove").location == f"{HERE}?done=local-removed"
    assert not _person(acme, first.user_id).local_administrator
    refused = owner.post(f"{HERE}/{second.user_id}/remove", status=400)
    assert "This is the last local administrator" in refused.text
    assert _person(acme, second.user_id).local_administrator


def test_buttons_are_there_for_whoever_may_press_them(acme):
    _local(acme)
    for role, shown in ((Role.OWNER, True), (Role.ADMINISTRATOR, False), (Role.VIEWER, False)):
        page = acme.browser(role).get(HERE)
        assert any(link.endswith("/remove") for link in page.links) == shown
        assert (f"{HERE}/new" in page.links) == shown


@pytest.mark.parametrize(
    ("mine", "offered"),
    [
        (Role.OWNER, {"owner", "administrator", "helpdesk", "viewer", "member"}),
        (Role.ADMINISTRATOR, {"helpdesk", "viewer", "member"}),
    ],
)
def test_a_role_is_given_within_ones_own_rank(acme, mine, offered):
    browser = acme.browser(mine)
    id = a_user(acme.database, acme.org_id)
    page = browser.get(f"/console/users/{id}/role")
    assert {word for word in Role if f'value="{word}"' in page.html} == offered
    assert browser.post(f"/console/users/{id}/role", {"role": "helpdesk"}).location.startswith(
        f"/console/users/{id}"
    )
    assert _person(acme, id).role is Role.HELPDESK


@pytest.mark.parametrize("role", [*Role, "king", ""])
def test_a_role_above_ones_own_is_refused(acme, role):
    browser = acme.browser(Role.ADMINISTRATOR)
    peer = acme.person(Role.ADMINISTRATOR)
    page = browser.post(f"/console/users/{peer.user_id}/role", {"role": role}, status=400)
    assert "You cannot change this role" in page.text
    assert _person(acme, peer.user_id).role is Role.ADMINISTRATOR


def test_nobody_changes_their_own_role(acme, owner):
    mine = f"/console/users/{owner.person.user_id}/role"
    assert "You cannot change this role" in owner.get(mine).text
    owner.post(mine, {"role": "viewer"}, status=400)


def test_a_local_administrator_keeps_a_role_of_that_rank(acme, owner):
    local = _local(acme)
    page = owner.get(f"/console/users/{local.user_id}/role")
    assert 'value="viewer"' not in page.html
    refused = owner.post(f"/console/users/{local.user_id}/role", {"role": "viewer"}, status=400)
    assert "A local administrator is an owner or an administrator." in refused.text
