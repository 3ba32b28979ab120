"""/console/organization/sso/owners: who answers for domains and sign-in (G1)."""

import pytest

from scimserver.domain.roles import Role
from tests.conftest import ENGINES
from tests.factories import a_user, an_organization

SSO = "/console/organization/sso"
HERE = f"{SSO}/owners"


@pytest.fixture
def engine_name(request):
    """SQLite, but where a test asks for both: what differs between them is tested elsewhere."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def ann(acme):
    return acme.person(Role.ADMINISTRATOR, "ann@acme.test")


def _name(browser, person):
    browser.post(HERE, {"user": person.user_name})


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_people_are_named_and_shown(acme, owner, ann):
    bob = a_user(acme.database, acme.org_id, "bob@acme.test")
    page = owner.get(HERE)
    assert "Nobody is named" in page.text
    assert 'value="ann@acme.test"' in page.html
    # Whoever has no role is not suggested, and may be named all the same.
    assert "bob@acme.test" not in page.html
    for name in ("ann@acme.test", "BOB@acme.test"):
        assert owner.post(HERE, {"user": name}).location == f"{HERE}?done=owner-added"
    page = owner.get(HERE)
    assert {f"/console/users/{bob}", f"/console/users/{ann.user_id}"} <= set(page.links)
    assert 'value="ann@acme.test"' not in page.html
    assert f"/console/users/{bob}" in owner.get(SSO).links


@pytest.mark.parametrize("name", ["", "nobody@acme.test", "eve@other.test"])
def test_only_users_of_the_organization_are_named(acme, owner, name):
    a_user(acme.database, an_organization(acme.database), "eve@other.test")
    page = owner.post(HERE, {"user": name}, status=400)
    assert "No user has this name." in page.text
    assert page.fields["user"]["aria-invalid"] == "true"
    assert page.fields["user"]["value"] == name


def test_nobody_who_is_turned_off_is_named(acme, owner):
    a_user(acme.database, acme.org_id, "gone@acme.test", attributes={"active": False})
    page = owner.post(HERE, {"user": "gone@acme.test"}, status=400)
    assert "A user who is turned off cannot answer for identity." in page.text


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_the_last_one_hands_over(acme, owner, ann):
    _name(owner, ann)
    remove = f"{HERE}/{ann.user_id}/remove"
    page = owner.get(remove)
    assert "This is the only identity owner: say who takes over." in page.text
    for name, said in (
        ("", "Name a successor first."),
        ("nobody", "No user has this name."),
        ("gone@acme.test", "turned off"),
    ):
        if said == "turned off":
            a_user(acme.database, acme.org_id, name, attributes={"active": False})
        page = owner.post(remove, {"successor": name}, status=400)
        assert said in page.text
        assert page.fields["successor"]["aria-invalid"] == "true"
    done = owner.post(remove, {"successor": owner.person.user_name})
    assert done.location == f"{HERE}?done=owner-removed"
    page = owner.get(HERE)
    assert f"{HERE}/{owner.person.user_id}/remove" in page.links
    assert remove not in page.links


def test_one_of_several_simply_goes(owner, ann):
    _name(owner, ann)
    _name(owner, owner.person)
    page = owner.get(f"{HERE}/{ann.user_id}/remove")
    assert page.fields == {}
    owner.post(f"{HERE}/{ann.user_id}/remove")
    assert f"{HERE}/{ann.user_id}/remove" not in owner.get(HERE).links
    # Whoever is none is not taken off.
    owner.get(f"{HERE}/{ann.user_id}/remove", 404)
    owner.post(f"{HERE}/{ann.user_id}/remove", status=404)


def test_an_address_stands_beside_them(owner):
    assert "Contact No address" in owner.get(SSO).text
    owner.post(f"{HERE}/contact", {"contact": " identity@Acme.com "})
    assert "Contact identity@acme.com" in owner.get(SSO).text
    page = owner.post(f"{HERE}/contact", {"contact": "no address"}, status=400)
    assert page.fields["contact"]["aria-invalid"] == "true"
    assert page.fields["contact"]["value"] == "no address"
    owner.post(f"{HERE}/contact", {}, status=400)
    assert "Contact identity@acme.com" in owner.get(SSO).text
    owner.post(f"{HERE}/contact", {"contact": ""})
    assert "Contact No address" in owner.get(SSO).text


def test_readiness_asks_for_them(owner, ann):
    assert "Identity owners Missing" in owner.get(SSO).text
    _name(owner, ann)
    owner.post(f"{HERE}/contact", {"contact": "identity@acme.com"})
    assert "Identity owners Met" in owner.get(SSO).text
