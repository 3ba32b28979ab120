"""``/recover``: the same answer for everybody, limits, and what is said without mail."""

import re

import pytest

from scimserver.storage.models import mail, organization
from tests.posting import delivered, mailed_code

NAMES = [
    "ann@acme.test", "nobody@acme.test", "off@acme.test", "", "  ", "a" * 400, "\u0130@x",
    "\x00", "\U0001f600", "a'b\"c<d>",
]  # fmt: skip


def _texts(reply, name):
    """Return a page without what differs by visitor: the token, and the name they typed."""
    text = re.sub(r'(content|value)="[\w-]{43}"', "", reply.text)
    return text.replace(name, "") if name.strip() else text


@pytest.fixture
def off(site, ann, turn_off):
    return turn_off(site.person(ann.org_id, "off@acme.test"))


def test_p75_the_answers_tell_nothing_of_whether_a_name_is_somebody_s(site, ann, off):
    answers = []
    for name in ("ann@acme.test", "nobody@acme.test", "off@acme.test"):
        browser = site.browser()
        browser.get("/recover")
        asked = browser.post("/recover/mail", {"name": name})
        fields = {"name": name, "code": "2" * 24, "mailed": "0" * 8}
        tried = browser.post("/recover", fields)
        assert (asked.status, tried.status) == (200, 400)
        answers.append((_texts(asked, name), _texts(tried, name)))
    assert len(set(answers)) == 1
    assert len(site.rows(mail)) == 3
    assert [letter.recipient for letter in delivered(site).kept] == ["ann@acme.test"]


def test_a_wrong_code_is_refused_on_the_page_and_the_next_one_may_be_right(site, ann, codes_of):
    code = codes_of(ann)[0]
    browser = site.browser()
    browser.get("/recover")
    browser.post("/recover/mail", {"name": ann.user_name})
    mailed = mailed_code(site, ann.user_name)
    fields = {"name": ann.user_name, "code": "no", "mailed": mailed}
    reply = browser.post("/recover", fields)
    assert reply.status == 400
    assert "That did not work" in reply.text
    assert 'role="alert"' in reply.text
    assert site.events(reply)[0][:2] == ("recovery_code:reject", "code_unknown")
    assert browser.post("/recover", fields | {"code": code}).status == 303


def test_who_it_is_is_typed_once_and_carried_over(site, ann):
    """The second step holds what was typed in the first, and may have another code sent."""
    site.organization(slug="globex")
    browser = site.browser()
    first = browser.get("/recover").text
    assert first.count('name="name"') == 1
    assert 'name="code"' not in first
    named = {"organization": "acme", "name": "Ann@acme.test"}
    for reply in (
        browser.post("/recover/mail", named),
        browser.post("/recover", named | {"code": "no", "mailed": "0"}),
    ):
        assert (reply.text.count('name="name"'), reply.text.count('name="organization"')) == (1, 1)
        assert 'value="acme"' in reply.text
        assert 'value="Ann@acme.test"' in reply.text
        assert 'name="mailed"' in reply.text
        assert 'formaction="/recover/mail" formnovalidate' in reply.text
    assert "is on its way" not in reply.text


def test_who_has_both_codes_goes_to_the_second_step(site, ann):
    browser = site.browser()
    assert "/recover?step=codes" in browser.get("/recover").text
    page = browser.get("/recover?step=codes").text
    assert 'name="mailed"' in page
    assert "is on its way" not in page


@pytest.mark.parametrize("name", ["", "   "])
def test_a_name_is_asked_for(site, name):
    browser = site.browser()
    browser.get("/recover")
    reply = browser.post("/recover/mail", {"name": name})
    assert reply.status == 400
    assert "Enter your user name." in reply.text
    assert site.rows(mail) == []


@pytest.mark.parametrize("path", ["/recover", "/recover/mail"])
def test_p40_nothing_typed_is_our_failure(site, ann, path):
    for name in NAMES:
        browser = site.browser()
        browser.get("/recover")
        for fields in ({}, {"name": name, "organization": name, "code": name, "mailed": name}):
            assert browser.post(path, fields).status in (200, 400), name
        site.clock.advance(3_600)


def test_n73_recovery_is_limited_by_name_and_by_address(site, ann):
    fields = {"name": ann.user_name, "code": "2" * 24, "mailed": "0" * 8}
    for _ in range(5):
        browser = site.browser()
        browser.get("/recover")
        assert browser.post("/recover", fields).status == 400
    other = site.browser()
    other.get("/recover")
    spelled = {"name": " ANN@acme.test", "organization": "ACME"}
    reply = other.post("/recover", fields | spelled)
    assert reply.status == 429
    assert 0 < int(reply.headers["Retry-After"]) <= 300
    for number in range(10):
        assert other.post("/recover", fields | {"name": f"n{number}"}).status == 400
    assert other.post("/recover", fields | {"name": "n"}).status == 429
    third = site.browser()
    third.get("/recover")
    assert third.post("/recover", fields | {"name": "n"}).status == 400
    site.clock.advance(300)
    assert third.post("/recover", fields).status == 400


def test_n73_mails_are_limited_by_name_and_by_address(site, ann):
    browser = site.browser()
    browser.get("/recover")
    for _ in range(3):
        assert browser.post("/recover/mail", {"name": ann.user_name}).status == 200
    reply = browser.post("/recover/mail", {"name": ann.user_name})
    assert reply.status == 429
    assert len(site.rows(mail)) == 3
    for number in range(7):
        assert browser.post("/recover/mail", {"name": f"n{number}"}).status == 200
    assert browser.post("/recover/mail", {"name": "n"}).status == 429
    site.clock.advance(3_600)
    browser.get("/recover")
    assert browser.post("/recover/mail", {"name": ann.user_name}).status == 200


def test_where_several_organizations_live_one_is_named(site, ann, codes_of):
    browser = site.browser()
    assert "Organization" not in browser.get("/recover").text
    namesake = site.person(site.organization(slug="globex"), ann.user_name)
    code = codes_of(namesake)[0]
    page = browser.get("/recover?organization=globex&name=ann%40acme.test")
    assert 'value="globex"' in page.text
    named = {"organization": "GLOBEX", "name": ann.user_name}
    browser.post("/recover/mail", named)
    mailed = mailed_code(site, ann.user_name)
    assert browser.post("/recover", named | {"code": code, "mailed": mailed}).status == 303
    assert browser.session.person.org_id == namesake.org_id


def test_without_mail_the_page_says_which_way_is_closed(closed):
    person = closed.person(closed.organization(slug="acme"), "ann@acme.test")
    browser = closed.browser()
    page = browser.get("/recover")
    assert page.status == 200
    assert "Recovery by codes is closed" in page.text
    assert "<form" not in page.text
    for path in ("/recover", "/recover/mail"):
        reply = browser.post(path, {"name": person.user_name})
        assert reply.status == 400
        assert "Recovery by codes is closed" in reply.text
    assert closed.rows(mail) == []


def test_who_is_shut_out_meanwhile_does_not_come_in(site, ann, codes_of):
    code = codes_of(ann)[0]
    browser = site.browser()
    browser.get("/recover")
    browser.post("/recover/mail", {"name": ann.user_name})
    mailed = mailed_code(site, ann.user_name)
    site.change(organization, organization.c.id == ann.org_id, suspended=True)
    fields = {"name": ann.user_name, "code": code, "mailed": mailed}
    reply = browser.post("/recover", fields)
    assert reply.status == 400
    assert site.events(reply)[0][:2] == ("recovery_code:reject", "organization_inactive")
