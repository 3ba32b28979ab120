"""Asking for single sign-on: refused, with each condition named that is not met (G4, P93)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from scimserver.domain.roles import Role
from scimserver.storage import organizations
from scimserver.storage.models import audit, mail, notice, organization
from tests.factories import rows
from tests.ready import met

SSO = "/console/organization/sso"
MODE = f"{SSO}/mode"
CONNECTION = "A connection for single sign-on"
TOO_FEW, UNTESTED = "Local administrators who are ready", "Recovery was tested"
CASES = {
    "fewer than two local administrators are ready": ({"administrators": 1}, {TOO_FEW}),
    "recovery was never tested": ({"tested_days_ago": None}, {UNTESTED}),
    "it was tested too long ago": ({"tested_days_ago": 91}, {UNTESTED}),
    "both": ({"administrators": 0, "tested_days_ago": 91}, {TOO_FEW, UNTESTED}),
    "everything else is met": ({}, set()),
}


def _named(page):
    """Return which conditions the alert of a page names."""
    (alert,) = re.findall(r'<div role="alert" id="unmet">(.*?)</ul>', page.html, re.DOTALL)
    return set(re.findall(r"<strong>(.*?)[.]</strong>", alert))


def _mode(acme):
    with acme.database.reading() as session:
        return organizations.get(session, acme.org_id).sso_mode


def _events(acme):
    return [row for row in rows(acme.database, audit) if row.event.startswith("sso:")]


@pytest.mark.parametrize(("lacking", "named"), CASES.values(), ids=CASES)
def test_n89_enforcing_it_is_refused_and_what_is_missing_is_named(acme, owner, lacking, named):
    met(acme.database, acme.org_id, acme.clock.now(), **lacking)
    page = owner.post(MODE, {"mode": "enforced"}, status=409)
    assert _named(page) == named | {CONNECTION}
    assert "cannot be “Enforced”. Nothing was changed." in page.text
    assert "Single sign-on cannot be configured in this version." in page.text
    assert _mode(acme) == "off"


def test_n89_a_new_organization_is_told_of_every_condition(acme, owner):
    page = owner.post(MODE, {"mode": "enforced"}, status=409)
    assert len(_named(page)) >= 6
    assert "Local administrators who are ready: 0; needed: 2." in page.text
    assert "Recovery was never tested." in page.text


@pytest.mark.parametrize("mode", ["pilot", "optional"])
def test_some_people_need_less_and_the_connection_all_the_same(acme, owner, mode):
    page = owner.post(MODE, {"mode": mode}, status=409)
    assert _named(page) == {CONNECTION, "Identity owners", "A verified domain"}
    met(acme.database, acme.org_id, acme.clock.now(), administrators=0, tested_days_ago=None)
    assert _named(owner.post(MODE, {"mode": mode}, status=409)) == {CONNECTION}
    assert _mode(acme) == "off"


def test_a_refusal_is_written_down_and_told_once_a_day(acme):
    ann = acme.browser(Role.ADMINISTRATOR, name="ann@acme.test")
    for _ in range(3):
        ann.post(MODE, {"mode": "enforced"}, status=409)
    refused = _events(acme)
    assert {row.event for row in refused} == {"sso:enforce_refused"}
    assert len(refused) == 3
    (change,) = refused[0].changes
    assert change["path"] == "unmet"
    assert {"sso_connection", "local_admins", "recovery_tested"} <= set(change["after"])
    assert refused[0].actor == f"user:{ann.person.user_id}"
    assert refused[0].context["code"] == "not_ready"
    (told,) = rows(acme.database, notice)
    assert (told.code, told.facts["mode"]) == ("sso_refused", "enforced")
    # It is no reason to write to anybody.
    assert rows(acme.database, mail) == []
    ann.post(MODE, {"mode": "pilot"}, status=409)
    acme.clock.move(days=1, seconds=1)
    ann.sign_in()
    ann.post(MODE, {"mode": "enforced"}, status=409)
    assert len(rows(acme.database, notice)) == 3
    assert "Enforcing single sign-on refused" in ann.get("/console/log/audit").text


def test_off_is_what_it_stays(acme, owner):
    assert owner.post(MODE, {"mode": "off"}).location == f"{SSO}?done=saved"
    assert _events(acme) == []
    assert _mode(acme) == "off"


def test_off_is_granted_whatever_it_was(acme, owner):
    """No version sets another mode yet; a database may come from one that did."""
    here = organization.c.id == acme.org_id
    acme.run(lambda s: s.execute(update(organization).where(here).values(sso_mode="pilot")))
    page = owner.get(SSO)
    assert "Single sign-on Pilot" in page.text
    assert ("post", MODE) in page.forms
    assert ("post", MODE) not in acme.browser(Role.VIEWER).get(SSO).forms
    assert owner.post(MODE, {"mode": "off"}).location == f"{SSO}?done=saved"
    assert _mode(acme) == "off"
    (row,) = [each for each in rows(acme.database, audit) if each.event == "organization:update"]
    assert row.changes == [{"path": "ssoMode", "before": "pilot", "after": "off"}]


@pytest.mark.parametrize("sent", [{}, {"mode": ""}, {"mode": "on"}, {"mode": "ENFORCED"}])
def test_a_word_that_is_no_mode_changes_nothing(acme, owner, sent):
    owner.post(MODE, sent, status=400)
    assert _events(acme) == []


def test_whoever_asks_shows_their_passkey_first(acme, owner):
    acme.clock.at += timedelta(seconds=601)
    assert "Is it still you?" in owner.post(MODE, {"mode": "enforced"}, status=403).text
    assert _events(acme) == []
