"""One's own codes and the test of recovery, through their pages."""

import re

import pytest

from scimserver.storage.models import account, notice, organization, recovery_code

HOME = "/account/recovery-codes"
CODE = re.compile(r"<code>((?:\w{4}-){5}\w{4})</code>")


def _made(browser):
    reply = browser.post(HOME)
    assert reply.status == 200, reply.text
    return CODE.findall(reply.text)


def test_codes_are_shown_once_and_one_is_typed_back(site, ann):
    browser = site.signed_in(ann)
    assert "No recovery codes" in browser.get(HOME).text
    codes = _made(browser)
    assert len(codes) == 10
    page = browser.get(HOME)
    assert "10 of 10" in page.text
    assert not any(code in page.text for code in codes)
    reply = browser.post(f"{HOME}/confirm", {"code": codes[0]})
    assert (reply.status, reply.headers["Location"]) == (303, f"{HOME}?done=kept")
    page = browser.get(f"{HOME}?done=kept")
    assert "9 of 10" in page.text
    assert "you have kept your codes" in page.text
    reply = browser.post(f"{HOME}/confirm", {"code": codes[0]})
    assert reply.status == 400
    assert "none of your codes" in reply.text
    assert len(_made(browser)) == 10
    assert "10 of 10" in browser.get(HOME).text
    ended = [row for row in site.rows(recovery_code) if row.ended_at is not None]
    assert len(ended) == 9


def test_n68_making_codes_needs_a_step_up_of_30_seconds(site, ann):
    browser = site.signed_in(ann)
    site.clock.advance(31)
    reply = browser.post(HOME)
    assert reply.status == 403
    assert site.rows(recovery_code) == []
    assert browser.reauth().status == 200
    assert len(_made(browser)) == 10
    site.clock.advance(600)
    assert browser.post(f"{HOME}/confirm", {"code": "x"}).status == 400


def test_where_codes_open_nothing_the_page_says_so(closed):
    ann = closed.person(closed.organization(), "ann@acme.test")
    browser = closed.signed_in(ann)
    assert "recovery by codes is closed" in browser.get(HOME).text
    assert len(_made(browser)) == 10
    page = browser.get("/console/recovery-test")
    assert "recovery by codes is closed" in page.text
    assert browser.post("/console/recovery-test", {"code": "x"}).status == 400


def test_disabled_codes_are_told(site, ann):
    browser = site.signed_in(ann)
    _made(browser)
    site.change(account, account.c.user_id == ann.user_id, codes_disabled_at=site.now)
    page = browser.get(HOME)
    assert "disabled after too many failed attempts" in page.text
    assert "No recovery codes" in page.text


def test_somebody_without_an_address_is_told_that_codes_need_one(site, olga):
    carl = site.person(olga.org_id, "carl", role="administrator")
    browser = site.signed_in(carl)
    assert "no mail address" in browser.get(HOME).text
    assert "no mail address" in browser.get("/console/recovery-test").text
    _made(browser)
    assert browser.post("/console/recovery-test", {"code": "x"}).status == 400


def test_p88_recovery_is_tested_by_burning_a_code(site, ann):
    browser = site.signed_in(ann)
    assert "Make recovery codes" in browser.get("/console/recovery-test").text
    codes = _made(browser)
    page = browser.get("/console/recovery-test")
    assert "never" in page.text
    reply = browser.post("/console/recovery-test", {"code": "nonsense"})
    assert reply.status == 400
    assert "would not have let you in" in reply.text
    reply = browser.post("/console/recovery-test", {"code": codes[1].lower()})
    assert reply.headers["Location"] == "/console/recovery-test?done=tested"
    page = browser.get("/console/recovery-test?done=tested")
    assert "Recovery works" in page.text
    assert ann.display_name in page.text
    (row,) = site.rows(organization, organization.c.id == ann.org_id)
    assert (row.recovery_tested_at, row.recovery_tested_by) == (site.now, ann.user_id)
    told = [row for row in site.rows(notice) if row.code == "recovery_tested"]
    assert [row.audience for row in told] == ["administrators"]
    browser.post("/console/recovery-test", {"code": codes[1]})
    assert "9 are left" in browser.get("/console/recovery-test").text


@pytest.mark.parametrize("role", ["member", "viewer", "helpdesk"])
def test_only_who_runs_the_organization_tests_its_recovery(site, olga, role):
    person = site.person(olga.org_id, f"{role}@acme.test", role=role)
    site.change(organization, organization.c.id == olga.org_id, passkey_audience="everyone")
    browser = site.signed_in(person)
    assert browser.get("/console/recovery-test").status == 403
    assert browser.post("/console/recovery-test", {"code": "x"}).status == 403


@pytest.mark.parametrize("path", [HOME, "/console/recovery-test"])
def test_the_pages_lead_a_stranger_to_sign_in(site, olga, path):
    reply = site.browser().get(path)
    assert (reply.status, reply.headers["Location"]) == (303, f"/signin?next={path}")


def test_nothing_of_it_is_kept_by_a_browser_or_refers_to_a_style(site, ann):
    browser = site.signed_in(ann)
    for reply in (browser.get(HOME), browser.post(HOME), browser.get("/console/recovery-test")):
        assert reply.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*src=)|\son\w+=", reply.text)
