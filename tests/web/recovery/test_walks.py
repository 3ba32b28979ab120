"""Every door walked from end to end: open, register, sign in with the new passkey (P88)."""

import re

import pytest

from scimserver.services import audit, enrolment, organizations
from scimserver.services.enrolment import Way
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import enrol_link, notice
from tests.posting import delivered, mailed_code
from tests.signing_in import ORIGIN

ROOM = "/enrol/passkey"


def _register_and_sign_in(browser, person, *, replace=None):
    page = browser.get(ROOM)
    assert page.status == 200
    assert person.user_name in page.text
    reply = browser.register(replace=replace)
    assert reply.status == 200, reply.text
    assert reply.json["next"] == "/signin?next=/account/recovery-codes"
    # The room is closed: the new passkey has to show that it works (P86).
    assert browser.session is None
    browser.begin()
    assert browser.sign_in().status == 200
    assert browser.session.person.user_id == person.user_id


def _link(site, person, way=Way.ADMINISTRATOR, by=None):
    def work(session):
        actor = audit.operator(organizations.find(session, person.org_id))
        return enrolment.issue(
            session,
            actor,
            site.now,
            person,
            door=way,
            issued_by="Olga",
            lifetime=enrolment.DEFAULT_LIFETIME,
            origin=ORIGIN,
            by=by,
        )

    return site.run(work)


def _redeem(site, secret):
    browser = site.browser()
    assert browser.get("/enrol").status == 200
    reply = browser.post("/enrol", {"token": secret})
    assert (reply.status, reply.headers["Location"]) == (303, ROOM)
    assert browser.get(ROOM).status == 200
    return browser


@pytest.mark.parametrize("replace", [True, False])
def test_n87_with_codes(site, ann, codes_of, replace):
    lost = site.signed_in(ann)
    old = lost.authenticator.credentials.copy()
    code = codes_of(ann)[0]
    browser = site.browser()
    assert "Send me a code" in browser.get("/recover").text
    assert browser.post("/recover/mail", {"name": "ann@acme.test"}).status == 200
    mailed = mailed_code(site, "ann@acme.test")
    fields = {"name": "ann@acme.test", "code": code.lower(), "mailed": mailed}
    reply = browser.post("/recover", fields)
    assert (reply.status, reply.headers["Location"]) == (303, ROOM)
    _register_and_sign_in(browser, ann, replace=replace)
    assert lost.post_json("/passkeys/reauth/options").json == {"error": "restart"}
    assert lost.post_json("/passkeys/reauth/options").status == 401
    thief = site.visitor(authenticator=lost.authenticator)
    (credential,) = old.values()
    assert thief.sign_in(credential).status == (400 if replace else 200)
    # No code of the old set works any more; a new one can be made.
    page = browser.get("/account/recovery-codes")
    assert "No recovery codes" in page.text
    told = [letter.subject for letter in delivered(site).to("ann@acme.test")]
    assert "An account was recovered (Acme)" in told
    assert "A recovery code was used (Acme)" in told


def test_with_an_administrator_s_link(site, olga, ann):
    owner = site.signed_in(olga)
    page = owner.get(f"/console/users/{ann.user_id}/enrol-link")
    assert "Make a link" in page.text
    reply = owner.post(f"/console/users/{ann.user_id}/enrol-link", {"lifetime": "1440"})
    assert reply.status == 200, reply.text
    secret = re.search(rf"{ORIGIN}/enrol#([A-Za-z0-9_-]{{43}})", reply.text)[1]
    assert "<svg" in reply.text
    assert " style=" not in reply.text
    (letter,) = delivered(site).to("ann@acme.test")
    assert "ann@acme.test" in letter.body
    assert olga.display_name in letter.body
    browser = _redeem(site, secret)
    _register_and_sign_in(browser, ann)
    (row,) = site.rows(enrol_link)
    assert row.used_at == site.now
    assert [row.added_by for row in site.passkeys(ann)] == ["link"]
    codes = {row.code for row in site.rows(notice) if row.user_id == ann.user_id}
    assert codes >= {"enrol_link_created", "enrol_link_used"}


def test_with_a_link_from_the_shell(site):
    org = site.organization(slug="acme")
    root = site.person(org, "root@elsewhere.test", local_administrator=True)
    issued = _link(site, root, Way.SHELL)
    _register_and_sign_in(_redeem(site, issued.secret), root)
    assert [row.added_by for row in site.passkeys(root)] == ["shell"]
    signed_in = [row for row in site.rows(notice) if row.code == "local_admin_sign_in"]
    assert [row.audience for row in signed_in] == ["administrators"]


def test_with_an_invitation(site, olga):
    new = site.user(olga.org_id, "new@acme.test")
    site.account(new, role="helpdesk")
    new = site.again(new.org_id, new.user_id)
    _register_and_sign_in(_redeem(site, _link(site, new, Way.INVITE).secret), new)


def test_n80_a_link_used_twice_opens_nothing(site, ann):
    issued = _link(site, ann)
    _register_and_sign_in(_redeem(site, issued.secret), ann)
    assert _refused(site, issued.secret) == "link_used"


def test_n81_an_expired_link_opens_nothing(site, ann):
    issued = _link(site, ann)
    site.clock.advance(3_600)
    assert _refused(site, issued.secret) == "link_expired"


def _refused(site, secret):
    browser = site.browser()
    browser.get("/enrol")
    reply = browser.post("/enrol", {"token": secret})
    assert reply.status == 410
    assert "This link opens nothing" in reply.text
    (event,) = site.events(reply)
    assert event[0] == "enrol_link:reject"
    return event[1]


def test_n82_a_superseded_or_withdrawn_link_opens_nothing_not_even_for_a_room_it_opened(
    site, olga, ann
):
    first = _link(site, ann)
    early = _redeem(site, first.secret)
    ceremony, options = early.options("register")
    second = _link(site, ann)
    assert _refused(site, first.secret) == "link_superseded"
    reply = early.verify("register", ceremony, early.authenticator.create(options))
    assert (reply.status, reply.json) == (410, {"error": "link_invalid"})
    assert site.passkeys(ann) == []
    room = _redeem(site, second.secret)
    owner = site.signed_in(olga)
    gone = owner.post(f"/console/users/{ann.user_id}/enrol-link/revoke")
    assert (gone.status, gone.headers["Location"]) == (303, f"/console/users/{ann.user_id}")
    assert _refused(site, second.secret) == "link_revoked"
    reply = room.register()
    assert (reply.status, reply.json) == (410, {"error": "link_invalid"})
    assert site.passkeys(ann) == []


def test_n83_opening_the_page_uses_nothing_up(site, ann):
    issued = _link(site, ann)
    for _ in range(5):
        browser = site.browser()
        page = browser.get("/enrol")
        assert page.status == 200
        assert issued.secret not in page.text
    (row,) = site.rows(enrol_link)
    assert (row.used_at, row.ended_at) == (None, None)
    assert not [each for each in site.rows(audit_table) if each.event == "enrol_link:redeem"]
    _register_and_sign_in(_redeem(site, issued.secret), ann)


def test_n85_a_ceremony_that_was_abandoned_leaves_the_link_good(site, ann):
    issued = _link(site, ann)
    abandoned = _redeem(site, issued.secret)
    abandoned.options("register")
    # The same browser again, and another one: both are let in until one of them is done.
    assert abandoned.get("/enrol").status == 200
    reply = abandoned.post("/enrol", {"token": issued.secret})
    assert reply.status == 303
    other = _redeem(site, issued.secret)
    _register_and_sign_in(other, ann)
    reply = abandoned.post_json("/passkeys/register/options")
    assert (reply.status, reply.json) == (401, {"error": "restart"})
    assert len(site.passkeys(ann)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/account/recovery-codes",
        "/recover",
        "/console/recovery-test",
        "/account/recovery-codes/confirm",
        "/console/users/x/enrol-link",
    ],
)
def test_n86_the_small_room_leads_nowhere_else(site, ann, path):
    browser = _redeem(site, _link(site, ann).secret)
    reply = browser.post(path, {"code": "x"})
    assert reply.status == 401
    assert "not signed in" in reply.text
    reply = browser.post_json("/passkeys/signin/options")
    assert (reply.status, reply.json) == (401, {"error": "sign_in"})
    site.clock.advance(600)
    assert browser.post_json("/passkeys/register/options").status == 401


def test_the_room_asks_for_the_old_passkey_where_there_is_one(site, ann):
    first = _redeem(site, _link(site, ann).secret)
    assert "lost or stolen" not in first.get(ROOM).text
    _register_and_sign_in(first, ann)
    assert "lost or stolen" in _redeem(site, _link(site, ann).secret).get(ROOM).text


def test_who_is_signed_in_adds_a_passkey_where_those_are_listed(site, ann):
    reply = site.signed_in(ann).get(ROOM)
    assert (reply.status, reply.headers["Location"]) == (303, "/account/passkeys/new")


@pytest.mark.parametrize("token", ["", "x", "\u00e9" * 43, "A" * 43, "A" * 10_000])
def test_what_is_no_secret_opens_nothing(site, ann, token):
    assert _refused(site, token) in ("link_malformed", "link_unknown")


def test_n73_bad_links_are_limited_by_address(site, ann):
    issued = _link(site, ann)
    browser = site.browser()
    browser.get("/enrol")
    for _ in range(20):
        assert browser.post("/enrol", {"token": "x"}).status == 410
    reply = browser.post("/enrol", {"token": issued.secret})
    assert reply.status == 429
    assert 0 < int(reply.headers["Retry-After"]) <= 3_600
    _redeem(site, issued.secret)
    site.clock.advance(3_600 - 1)
    browser.get("/enrol")
    site.clock.advance(1)
    browser.get("/enrol")
    assert browser.post("/enrol", {"token": "x"}).status == 410
