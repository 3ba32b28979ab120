"""Sessions at the gate: cookies, limits, step-up and who reaches what (N64 to N68, N86)."""

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest

from scimserver.domain.roles import Role
from scimserver.domain.web_session import Kind
from scimserver.services import sessions
from scimserver.storage.transaction import run
from tests.web.site import NOW, ORIGIN, VISIT, error_of, session_of


def test_a_first_visit_opens_an_anonymoussession_of(site, browser):
    assert browser.get("/signin").status_code == 200
    (row,) = site.sessions()
    assert row.kind == "anonymous"
    assert sessions.digest_of(browser.secret) == row.digest
    assert browser.token == row.csrf
    browser.get("/signin")
    assert len(site.sessions()) == 1


@pytest.mark.parametrize("path", ["/any", "/account", "/new", "/codes", "/users"])
def test_no_other_page_opens_one(site, browser, path):
    answer = browser.get(f"{path}?a=b c&d=%26")
    assert answer.status_code == 303
    assert answer.location == f"/signin?next={path}%3Fa%3Db%2520c%26d%3D%2526"
    assert "Set-Cookie" not in answer.headers
    assert site.sessions() == []


def test_errors_and_unknown_addresses_open_none(site, browser):
    for path in ("/nowhere", "/signin"):
        browser.post(path, token="x")
    assert site.sessions() == []
    assert browser.secret is None


def _flags(answer):
    (header,) = answer.headers.getlist("Set-Cookie")
    (morsel,) = SimpleCookie(header).values()
    assert morsel.key == "__Host-sid"
    return {name: value for name, value in morsel.items() if value}


FLAGS = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/"}


def test_each_cookie_carries_its_flags_and_no_age(site, browser, ann):
    assert _flags(browser.get("/signin")) == FLAGS
    with site.app.test_request_context(base_url=ORIGIN):
        current = sessions.Opened("s" * 43, None)
        assert _flags(site.browser.keep(site.app.response_class(), current)) == FLAGS
        dropped = _flags(site.browser.drop(site.app.response_class()))
    assert {name: dropped[name] for name in FLAGS} == FLAGS
    assert dropped["max-age"] == "0"


@pytest.mark.parametrize(
    "planted",
    ["a" * 43, "x", "a" * 5_000, "%00" * 43, "\u00e9" * 43, '"quoted', "a b"],
    ids=["well-formed", "short", "long", "nul", "non-ascii", "quote", "blank"],
)
def test_a_planted_id_is_not_adopted(site, planted):
    client = site.app.test_client(use_cookies=False)
    header = {"Cookie": f"__Host-sid={planted}".encode().decode("latin-1")}
    answer = client.get("/signin", base_url=ORIGIN, headers=header)
    assert answer.status_code == 200
    (row,) = site.sessions()
    assert sessions.digest_of(planted) != row.digest
    assert _flags(answer) == FLAGS
    answer = client.get("/account", base_url=ORIGIN, headers=header)
    assert answer.status_code == 303


def test_an_ended_id_is_not_adopted(site, browser):
    browser.get("/signin")
    secret, (row,) = browser.secret, site.sessions()
    run(site.database, lambda s: sessions.sign_out(s, NOW, VISIT, session_of(site, secret)))
    browser.get("/signin")
    assert browser.secret != secret
    assert {each.digest for each in site.sessions()} > {row.digest}


def test_signing_in_changes_id_and_token_and_the_old_ones_are_worth_nothing(site, browser, ann):
    browser.get("/signin")
    old, old_token = browser.secret, browser.token
    browser.sign_in(ann)
    assert browser.get("/account").status_code == 200
    assert error_of(browser.post("/c/any", token=old_token, json={})) == (403, {"error": "csrf"})
    assert browser.post("/c/any", json={}).status_code == 200
    thief = site.visitor()
    thief.secret = old
    assert error_of(thief.post("/c/any", token=old_token, json={})) == (401, {"error": "restart"})
    assert site.rejected() == ["csrf_token", "no_session"]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.OWNER])
def test_n67_an_idle_session_ends(site, browser, role):
    browser.sign_in(site.a_person(role))
    idle = timedelta(minutes=30) if role is Role.OWNER else timedelta(hours=1)
    site.clock.move(seconds=idle.total_seconds())
    assert error_of(browser.post("/c/account", json={})) == (401, {"error": "restart"})
    assert browser.post("/account").status_code == 401
    assert browser.get("/account").status_code == 303


def test_n67_activity_keeps_a_session_up_to_its_absolute_limit(site, browser, ann):
    browser.sign_in(ann)
    for _ in range(47):
        site.clock.move(minutes=30)
        assert browser.post("/c/account", json={}).status_code == 200
    site.clock.move(minutes=30)
    assert error_of(browser.post("/c/account", json={})) == (401, {"error": "restart"})


def test_use_is_noted_once_a_minute(site, browser, ann):
    browser.sign_in(ann)

    def seen():
        return site.sessions()[-1].seen_at - NOW

    for seconds, noted in ((59, 0), (1, 60), (59, 60), (60, 179)):
        site.clock.move(seconds=seconds)
        browser.get("/account")
        assert seen() == timedelta(seconds=noted)


@pytest.mark.parametrize(("path", "limit"), [("/c/new", 600), ("/c/codes", 30)])
def test_a_ceremony_asks_for_a_fresh_step_up(site, browser, ann, path, limit):
    browser.sign_in(ann)
    site.clock.move(seconds=limit)
    assert browser.post(path, json={}).status_code == 200
    site.clock.move(seconds=1)
    assert error_of(browser.post(path, json={})) == (403, {"error": "reauth"})
    browser.step_up()
    assert browser.post(path, json={}).status_code == 200


@pytest.mark.parametrize(("path", "limit"), [("/new", 600), ("/codes", 30)])
def test_a_page_asks_for_the_passkey_and_then_goes_on(site, browser, ann, path, limit):
    browser.sign_in(ann)
    site.clock.move(seconds=limit + 1)
    answer = browser.get(f"{path}?a=1")
    assert answer.status_code == 403
    assert f'data-next="{path}?a=1"' in answer.text
    site.called.clear()
    answer = browser.post(
        path,
        data={"name": "<Ann>"},
        headers={"Referer": f"{ORIGIN}/account?tab=2", "Origin": ORIGIN},
    )
    assert answer.status_code == 403
    assert f'action="{path}"' in answer.text
    assert 'name="name" value="&lt;Ann&gt;"' in answer.text
    assert 'href="/account?tab=2"' in answer.text
    assert site.called == []
    browser.step_up()
    assert browser.post(path, data={"name": "<Ann>"}).status_code == 200


def test_the_way_back_is_never_to_another_site(site, browser, ann):
    browser.sign_in(ann)
    site.clock.move(seconds=601)
    for referer in (
        "https://evil.example/x",
        "https://localhost:5000.evil.example/x",
        "https://localhost:5000//evil.example/x",
        "junk",
        "",
    ):
        answer = browser.post("/new", headers={"Referer": referer})
        assert answer.status_code == 403
        assert "evil" not in answer.text
        assert 'href="/account/passkeys"' in answer.text


def test_a_step_up_does_not_slide(site, browser, ann):
    browser.sign_in(ann)
    for _ in range(10):
        site.clock.move(seconds=60)
        assert browser.get("/new").status_code == 200
    site.clock.move(seconds=60)
    assert browser.get("/new").status_code == 403


def test_a_restricted_session_reaches_its_own_views_alone(site, browser, ann):
    browser.restrict(ann)
    site.clock.move(seconds=599)
    assert browser.get("/new").status_code == 200
    assert browser.post("/c/new", json={}).status_code == 200
    for path in ("/any", "/account", "/codes", "/users"):
        assert browser.get(path).status_code == 401
        assert browser.post(path).status_code == 401
    assert browser.post("/signin").status_code == 401
    for path in ("/c/any", "/c/account", "/c/codes"):
        assert error_of(browser.post(path, json={})) == (401, {"error": "sign_in"})
    assert {visitor.session.kind for visitor, _ in site.called[:1]} == {Kind.RESTRICTED}
    site.clock.move(seconds=1)
    assert error_of(browser.post("/c/new", json={})) == (401, {"error": "restart"})


def test_leaving_a_restricted_session_for_the_sign_in_page_ends_it(site, browser, ann):
    browser.restrict(ann)
    restricted = browser.secret
    assert browser.get("/signin").status_code == 200
    assert browser.secret != restricted
    assert session_of(site, restricted) is None


def test_nobody_signed_in_is_told_so(site, browser):
    browser.get("/signin")
    assert error_of(browser.post("/c/account", json={})) == (401, {"error": "sign_in"})
    assert browser.post("/account").status_code == 401
    assert browser.get("/account").location == "/signin?next=/account"
    assert browser.get("/any").status_code == 200
    assert browser.post("/c/any", json={}).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_a_page_asks_for_a_permission(site, browser, role):
    browser.sign_in(site.a_person(role))
    allowed = role in (Role.OWNER, Role.ADMINISTRATOR)
    assert browser.get("/users").status_code == (200 if allowed else 403)
    assert browser.post("/users").status_code == (200 if allowed else 403)
