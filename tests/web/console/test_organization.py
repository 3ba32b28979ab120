"""/console/organization and its tabs: the organization, domains, who may use passkeys."""

import pytest

from scimserver.domain.roles import Role
from scimserver.scim.quirks import Profile
from scimserver.services import audit, domains
from scimserver.storage import organizations
from scimserver.storage.models import audit as table
from tests.factories import a_group, rows
from tests.web.console.test_escaping import HOSTILE

HERE = "/console/organization"


def _stored(acme):
    with acme.database.reading() as session:
        return organizations.get(session, acme.org_id)


def test_an_owner_changes_the_organization(acme, owner):
    assert "Acme" in owner.get(HERE).html
    page = owner.post(HERE, {"name": " Acme Inc ", "require_address": "yes"})
    assert page.location == f"{HERE}?done=saved"
    found = _stored(acme)
    assert (found.name, found.require_address, found.forbid_get_filters) == (
        "Acme Inc",
        True,
        False,
    )
    assert "Saved." in owner.get(page.location).text


@pytest.mark.parametrize("name", ["", "   ", "a" * 201, "a\tb"])
def test_a_name_that_is_none_is_told_beside_its_field(acme, owner, name):
    page = owner.post(HERE, {"name": name, "forbid_get_filters": "yes"}, status=400)
    assert page.fields["name"]["aria-invalid"] == "true"
    assert "Give a printable name of 1 to 200 characters." in page.text
    assert "checked" in page.fields["forbid_get_filters"]
    assert _stored(acme).name == "Acme"


def test_who_may_not_change_it_reads_it(acme):
    page = acme.browser(Role.VIEWER).get(HERE)
    assert page.fields == {}
    assert "Name Acme" in page.text
    assert acme.org_id in page.text


def test_an_unknown_word_says_nothing(owner):
    assert "role=" in owner.get(f"{HERE}?done=%3Cb%3Eyou+are+hacked%3C/b%3E").html
    assert "hacked" not in owner.get(f"{HERE}?done=hacked").text


def test_an_attested_domain_is_marked_as_such(acme, owner):
    assert "No domain yet" in owner.get(f"{HERE}/sso").text

    def attest(session):
        actor = audit.operator(organizations.get(session, acme.org_id))
        suffixes = frozenset({"test"})
        now = acme.clock.now()
        domains.attest(
            session, actor, now, "acme.test", reason="contract 7", extra_suffixes=suffixes
        )

    acme.run(attest)
    page = owner.get(f"{HERE}/sso")
    assert "acme.test Verified Attested by the operator" in page.text
    assert "contract 7" in page.text


def test_single_sign_on_is_not_offered_where_there_is_none(owner):
    page = owner.get(f"{HERE}/sso")
    assert "Single sign-on connections are not available in this version." in page.text
    assert "Local administrators who are ready Missing" in page.text
    # No mode of it is offered.
    assert "Single sign-on Off" in page.text
    assert (page.forms[1:], page.fields) == ([], {})


@pytest.mark.parametrize("audience", ["administrators", "everyone"])
def test_who_may_use_passkeys_is_chosen(acme, owner, audience):
    page = owner.post(f"{HERE}/passkeys", {"audience": audience, "team": "ignored"})
    assert page.location == f"{HERE}/passkeys?done=saved"
    assert _stored(acme).passkey_audience == audience
    chosen = owner.get(f"{HERE}/passkeys")
    assert f'value="{audience}" checked' in chosen.html


def test_a_team_is_chosen_by_its_name_in_any_case(acme, owner):
    team = a_group(acme.database, acme.org_id, HOSTILE)
    owner.post(f"{HERE}/passkeys", {"audience": "team", "team": HOSTILE.upper()})
    assert (_stored(acme).passkey_audience, _stored(acme).passkey_team) == ("team", team)
    page = owner.get(f"{HERE}/passkeys")
    assert page.fields["team"]["value"] == HOSTILE


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"audience": "team", "team": ""}, "team", "Give the name of the team."),
        ({"audience": "team", "team": "None"}, "team", "No team has this name."),
        ({"audience": "team", "team": "Twins"}, "team", "Several teams have this name."),
        ({"audience": "nobody"}, "audience", "Choose one of the three."),
        ({}, "audience", "Choose one of the three."),
    ],
)
def test_a_choice_that_is_none_is_told_beside_it(acme, owner, sent, field, said):
    for _ in range(2):
        twin = Profile(unique_group_names=False)
        a_group(acme.database, acme.org_id, "Twins", profile=twin)
    page = owner.post(f"{HERE}/passkeys", sent, status=400)
    assert said in page.text
    assert f"f-{field}-error" in page.described
    assert _stored(acme).passkey_audience == "administrators"


def test_who_may_not_choose_reads_the_choice(acme):
    page = acme.browser(Role.VIEWER).get(f"{HERE}/passkeys")
    assert page.fields == {}
    assert "People with a role in this console" in page.text


def test_a_refused_change_leaves_no_audit_row(acme, owner):
    before = len(rows(acme.database, table))
    owner.post(HERE, {"name": ""}, status=400)
    assert len(rows(acme.database, table)) == before
