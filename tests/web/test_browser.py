"""The gate in front of pages and ceremonies (P58 to P70; N60 to N68, N70, N72, N86)."""

import re
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from werkzeug.exceptions import NotFound

from scimserver.domain.errors import StaleVersionError, UnknownResourceError
from scimserver.domain.roles import Role
from scimserver.domain.sign_in_errors import (
    LinkInvalidError,
    PasskeyRejectedError,
    RateLimitedError,
)
from scimserver.domain.web_session import Kind
from scimserver.errors import ScimServerError
from scimserver.services import sessions
from scimserver.storage.errors import StorageUnavailableError
from scimserver.storage.models import audit
from scimserver.storage.session import Database
from scimserver.storage.transaction import run
from scimserver.web.browser import Guard, Who, guard_of
from tests.factories import rows
from tests.web.site import NOW, ORIGIN, VISIT, Site


@pytest.fixture
def site(database):
    return Site(database)


@pytest.fixture
def ann(site):
    return site.a_person()


@pytest.fixture
def browser(site):
    return site.visitor()


def _error(answer):
    return answer.status_code, answer.get_json()


def test_a_first_visit_opens_an_anonymous_session(site, browser):
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
    run(site.database, lambda s: sessions.sign_out(s, NOW, VISIT, _session(site, secret)))
    browser.get("/signin")
    assert browser.secret != secret
    assert {each.digest for each in site.sessions()} > {row.digest}


def _session(site, secret):
    with site.database.reading() as session:
        return sessions.read(session, secret, site.clock.now())


def test_signing_in_changes_id_and_token_and_the_old_ones_are_worth_nothing(site, browser, ann):
    browser.get("/signin")
    old, old_token = browser.secret, browser.token
    browser.sign_in(ann)
    assert browser.get("/account").status_code == 200
    assert _error(browser.post("/c/any", token=old_token, json={})) == (403, {"error": "csrf"})
    assert browser.post("/c/any", json={}).status_code == 200
    thief = site.visitor()
    thief.secret = old
    assert _error(thief.post("/c/any", token=old_token, json={})) == (401, {"error": "restart"})
    assert site.rejected() == ["csrf_token", "no_session"]


TOKENS = {
    "missing": (None, "csrf_missing"),
    "empty": ("", "csrf_token"),
    "wrong": ("x" * 43, "csrf_token"),
    "non-ascii": ("\u00e9" * 43, "csrf_token"),
    "long": ("x" * 5_000, "csrf_token"),
}


@pytest.mark.parametrize(("token", "cause"), TOKENS.values(), ids=TOKENS)
def test_a_change_without_the_session_s_token_is_refused(site, browser, ann, token, cause):
    browser.sign_in(ann)
    assert _error(browser.post("/c/account", token=token, json={})) == (403, {"error": "csrf"})
    assert browser.post("/account", token=token, data={"a": "b"}).status_code == 403
    if token is not None:
        answer = browser.post("/account", token=None, data={"a": "b", "csrf": token})
        assert answer.status_code == 403
    assert set(site.rejected()) == {cause}
    assert site.called == []


def test_the_token_of_another_session_is_refused(site, browser, ann):
    other = site.visitor()
    other.get("/signin")
    browser.sign_in(ann)
    assert browser.post("/c/account", token=other.token, json={}).status_code == 403
    assert browser.post("/account", token=None, data={"csrf": other.token}).status_code == 403


def test_a_ceremony_takes_the_token_from_the_header_alone(site, browser, ann):
    browser.sign_in(ann)
    assert browser.post("/c/account", token=None, data={"csrf": browser.token}).status_code == 403
    assert browser.post("/c/account", token=None, json={"csrf": browser.token}).status_code == 403


def test_a_form_is_handed_over_without_its_token(site, browser, ann):
    browser.sign_in(ann)
    data = {"csrf": browser.token, "name": "J\u00fcrgen", "role": ["a", "b"]}
    assert browser.post("/account/x?page=2", token=None, data=data).status_code == 200
    visitor, arguments = site.called[-1]
    assert visitor.form.to_dict(flat=False) == {"name": ["J\u00fcrgen"], "role": ["a", "b"]}
    assert visitor.query["page"] == "2"
    assert arguments == {"name": "x"}
    assert (visitor.person, visitor.me) == (ann, ann)
    assert visitor.now == NOW
    assert visitor.visit.session == visitor.session.digest
    # The header serves as well, for what a script posts.
    assert browser.post("/account", data={"name": "x"}).status_code == 200
    assert browser.post("/account").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:5000", ""])
def test_a_foreign_origin_is_refused(site, browser, ann, origin):
    browser.sign_in(ann)
    answer = browser.post("/c/account", json={}, headers={"Origin": origin})
    assert _error(answer) == (403, {"error": "csrf"})
    assert browser.post("/account", headers={"Origin": origin}).status_code == 403
    assert site.rejected() == ["csrf_origin", "csrf_origin"]


@pytest.mark.parametrize("where", ["cross-site", "same-site", "else"])
def test_a_foreign_site_is_refused(site, browser, ann, where):
    browser.sign_in(ann)
    answer = browser.post("/c/account", json={}, headers={"Sec-Fetch-Site": where})
    assert _error(answer) == (403, {"error": "csrf"})
    assert site.rejected() == ["csrf_site"]
    assert browser.get("/account", headers={"Sec-Fetch-Site": where}).status_code == 200


@pytest.mark.parametrize("where", ["same-origin", "none"])
def test_our_own_pages_may_change_things(site, browser, ann, where):
    browser.sign_in(ann)
    headers = {"Sec-Fetch-Site": where, "Origin": ORIGIN}
    assert browser.post("/c/account", json={}, headers=headers).status_code == 200


def test_a_body_is_not_read_before_site_and_token_are_known(site, browser, ann):
    browser.sign_in(ann)

    class Unread:
        def tell(self):
            return 0

        def seek(self, *_place):
            return 0

        def read(self, *_size):
            pytest.fail("the body was read")

    options = {"input_stream": Unread(), "content_length": 10, "content_type": "application/json"}
    for headers in ({"Origin": "https://evil.example"}, {"X-CSRF-Token": "wrong"}):
        assert browser.post("/c/account", headers=headers, **options).status_code == 403
    form = {**options, "content_type": "application/x-www-form-urlencoded"}
    assert browser.post("/account", token="wrong", **form).status_code == 403
    assert site.visitor().post("/account", token="x", **form).status_code == 401


BODIES = {
    "form": ({"data": {"a": "b"}}, 415),
    "nothing": ({}, 415),
    "text": ({"data": "{}", "content_type": "text/plain"}, 415),
    "broken": ({"data": "{"}, 400),
    "empty": ({"data": ""}, 400),
    "array": ({"data": "[]"}, 400),
    "number": ({"data": "1"}, 400),
    "null": ({"data": "null"}, 400),
    "invalid UTF-8": ({"data": b'{"a":"\xff"}'}, 400),
    "deep": ({"data": "[" * 30_000 + "]" * 30_000}, 400),
    "deep object": ({"data": '{"a":' * 30 + "1" + "}" * 30}, 400),
    "long number": ({"data": '{"a":' + "1" * 5_000 + "}"}, 400),
    "twice": ({"data": '{"a":1,"a":2}'}, 400),
    "70 KB": ({"data": '{"a":"' + "x" * 70_000 + '"}'}, 413),
}
WORDS = {400: "bad_request", 413: "too_large", 415: "bad_request"}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_a_ceremony_takes_one_json_object(site, browser, ann, body, status):
    browser.sign_in(ann)
    if "data" in body and isinstance(body["data"], str | bytes):
        body = {"content_type": "application/json", **body}
    assert _error(browser.post("/c/account", **body)) == (status, {"error": WORDS[status]})
    assert site.called == []


@pytest.mark.parametrize(
    ("path", "type", "size", "status"),
    [
        ("/c/account", "application/json", 70_000, 413),
        ("/c/account", "application/json", 65_536 - len('{"a":""}') + 1, 413),
        ("/c/account", "application/json", 65_536 - len('{"a":""}'), 200),
        ("/account", "application/x-www-form-urlencoded", 10, 400),
    ],
)
def test_a_body_of_unknown_length_is_measured(site, browser, ann, path, type, size, status):
    browser.sign_in(ann)
    answer = browser.post(
        path,
        headers={"Transfer-Encoding": "chunked"},
        data=b'{"a":"' + b"x" * size + b'"}',
        content_type=type,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert answer.status_code == status


def test_characters_no_database_keeps_are_replaced(site, browser, ann):
    browser.sign_in(ann)
    raw = rb'{"ceremony":"\u0000","label":["a\ud800b"],"\u0000":{"n":1}}'
    answer = browser.post("/c/account", data=raw, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200
    _, body = site.called[-1]
    assert body == {"ceremony": "\ufffd", "label": ["a\ufffdb"], "\ufffd": {"n": 1}}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"name": "a\0b"}}, 400),
        ({"data": {"a\0b": "name"}}, 400),
        ({"data": "name=x", "content_type": "text/plain"}, 415),
        ({"json": {"name": "x"}}, 415),
        ({"data": {"name": "x" * 300_000}}, 413),
        ({"data": b"name=%ff%fe", "content_type": "application/x-www-form-urlencoded"}, 200),
    ],
    ids=["nul in a value", "nul in a name", "text", "json", "300 KB", "invalid UTF-8"],
)
def test_a_form_holds_nothing_a_database_could_not_be_asked_for(site, browser, ann, sent, status):
    browser.sign_in(ann)
    assert browser.post("/account", **sent).status_code == status


def test_an_address_holds_no_nul(site, browser, ann):
    browser.sign_in(ann)
    for path in ("/account?a=%00", "/account/a%00b"):
        assert browser.get(path).status_code == 400
    assert browser.get("/account?a=%ff%fe").status_code == 200


@pytest.mark.parametrize("role", [Role.MEMBER, Role.OWNER])
def test_an_idle_session_ends(site, browser, role):
    browser.sign_in(site.a_person(role))
    idle = timedelta(minutes=30) if role is Role.OWNER else timedelta(hours=1)
    site.clock.move(seconds=idle.total_seconds())
    assert _error(browser.post("/c/account", json={})) == (401, {"error": "restart"})
    assert browser.post("/account").status_code == 401
    assert browser.get("/account").status_code == 303


def test_activity_keeps_a_session_up_to_its_absolute_limit(site, browser, ann):
    browser.sign_in(ann)
    for _ in range(47):
        site.clock.move(minutes=30)
        assert browser.post("/c/account", json={}).status_code == 200
    site.clock.move(minutes=30)
    assert _error(browser.post("/c/account", json={})) == (401, {"error": "restart"})


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
    assert _error(browser.post(path, json={})) == (403, {"error": "reauth"})
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
    for referer in ("https://evil.example/x", "https://localhost:5000.evil.example/x", "junk", ""):
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
        assert _error(browser.post(path, json={})) == (401, {"error": "sign_in"})
    assert {visitor.session.kind for visitor, _ in site.called[:1]} == {Kind.RESTRICTED}
    site.clock.move(seconds=1)
    assert _error(browser.post("/c/new", json={})) == (401, {"error": "restart"})


def test_leaving_a_restricted_session_for_the_sign_in_page_ends_it(site, browser, ann):
    browser.restrict(ann)
    restricted = browser.secret
    assert browser.get("/signin").status_code == 200
    assert browser.secret != restricted
    assert _session(site, restricted) is None


def test_nobody_signed_in_is_told_so(site, browser):
    browser.get("/signin")
    assert _error(browser.post("/c/account", json={})) == (401, {"error": "sign_in"})
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


def test_a_foreign_host_is_refused(site, browser, ann):
    browser.sign_in(ann)
    for host in (
        "evil.example",
        "localhost",
        "localhost:5001",
        "localhost:5000.evil.example",
        "evil.example:5000",
        "localhost:junk",
        "[",
    ):
        header = {"Host": host, "Cookie": f"__Host-sid={browser.secret}"}
        client = site.app.test_client(use_cookies=False)
        answer = client.get("/account", base_url=ORIGIN, headers=header)
        assert answer.status_code == 400, host
        assert "evil" not in answer.text
        answer = client.post("/c/account", base_url=ORIGIN, headers=header, json={})
        assert answer.status_code == 400, host
    answer = browser.get("/account", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 200
    assert site.called


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]"])
def test_a_loopback_address_leads_to_the_origin(database, address):
    browser = Site(database, origins="http://localhost:8000").visitor()
    base = f"http://{address}:8000"
    answer = browser.get("/account?a=%26", base_url=base)
    assert (answer.status_code, answer.location) == (302, "http://localhost:8000/account?a=%26")
    assert browser.post("/c/any", base_url=base, json={}).status_code == 400
    assert browser.get("/account", base_url=f"http://{address}:8001").status_code == 400


def test_related_origins_are_ours_as_well(database):
    related = "https://id.acme.de"
    site = Site(database, origins="https://id.acme.com", related_origins=related)
    client = site.app.test_client()
    token = re.fullmatch(r"token (\S+)\.", client.get("/signin", base_url=related).text)[1]
    headers = {"Origin": related, "X-CSRF-Token": token}
    answer = client.post("/c/any", base_url=related, json={}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"]


def test_where_browsers_know_no_passkeys_sign_in_is_off(database):
    site = Site(database, origins=None, base_url="http://scim.acme.com")
    client = site.app.test_client()
    for path in ("/signin", "/account"):
        answer = client.get(path, base_url="http://scim.acme.com")
        assert answer.status_code == 503
        assert "SCIMSERVER_ORIGINS" in answer.text
    answer = client.post("/c/any", base_url="http://scim.acme.com", json={})
    assert _error(answer) == (503, {"error": "sign_in_off"})
    assert site.sessions() == []


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}


def test_every_answer_carries_the_headers(site, browser, ann):
    anonymous = site.visitor()
    answers = [
        anonymous.get("/signin"),
        anonymous.get("/account"),
        anonymous.post("/c/any", token=None, json={}),
        anonymous.get("/nowhere"),
        anonymous.client.delete("/account", base_url=ORIGIN),
    ]
    browser.sign_in(ann)
    answers += [browser.get("/account"), browser.post("/c/account", json={})]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 303, 403, 404, 405, 200, 200]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_there_is_no_hsts_on_plain_localhost(database):
    origin = "http://localhost:8000"
    answer = Site(database, origins=origin).visitor().get("/signin", base_url=origin)
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


REFUSALS = {
    "link": (LinkInvalidError("link_used"), 410, {"error": "link_invalid"}),
    "rejected": (PasskeyRejectedError("x", status=409), 409, {"error": "passkey_rejected"}),
    "unknown": (
        PasskeyRejectedError("x", unknown_credential=True),
        400,
        {"error": "passkey_rejected", "unknownCredential": True},
    ),
    "limited": (RateLimitedError("x", 7), 429, {"error": "rate_limited"}),
    "missing": (UnknownResourceError("User", "1"), 404, {"error": "unknown_resource"}),
    "stale": (StaleVersionError(), 412, {"error": "stale_version"}),
    "away": (StorageUnavailableError("away"), 503, {"error": "database_unavailable"}),
    "not found": (NotFound(), 404, {"error": "bad_request"}),
    "bug": (ZeroDivisionError("secret"), 500, {"error": "internal"}),
    "our bug": (ScimServerError("secret"), 500, {"error": "internal"}),
}


@pytest.mark.parametrize(("refusal", "status", "body"), REFUSALS.values(), ids=REFUSALS)
def test_what_a_view_raises_becomes_a_page_or_one_word(site, browser, refusal, status, body):
    browser.get("/signin")
    site.refusal = refusal
    page, word = browser.post("/raise"), browser.post("/c/raise", json={})
    assert _error(word) == (status, body)
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert "secret" not in page.text
    waits = {429: "7", 503: "5"}.get(status)
    assert page.headers.get("Retry-After") == word.headers.get("Retry-After") == waits
    assert (page.headers["X-Request-Id"] in page.text) == (status == 500)


def test_a_database_that_is_away_is_said_so(capsys):
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    browser = Site(database).visitor()
    browser.secret = "s" * 43
    answer = browser.get("/account")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    answer = browser.post("/c/any", json={})
    assert _error(answer) == (503, {"error": "database_unavailable"})
    database.dispose()


def test_an_incident_leaves_its_trace_in_our_own_log(site, browser, capfdbinary):
    browser.get("/signin")
    site.refusal = ZeroDivisionError("the cause")
    answer = browser.post("/raise")
    line = capfdbinary.readouterr().out.decode()
    assert "the cause" in line
    assert answer.headers["X-Request-Id"] in line


def test_refusals_are_written_down_but_no_stranger_floods_the_log(site, browser, ann):
    browser.sign_in(ann)
    for _ in range(30):
        assert browser.post("/c/account", token="wrong", json={}).status_code == 403
    events = [row for row in rows(site.database, audit) if row.event == "session:reject"]
    assert len(events) == 20
    assert {row.org_id for row in events} == {ann.org_id}
    assert {row.actor for row in events} == {f"user:{ann.user_id}"}
    assert events[0].context == {
        "session": _session(site, browser.secret).digest[:8],
        "address": "127.0.0.1",
        "userAgent": events[0].context["userAgent"],
        "code": "csrf_token",
    }
    elsewhere = {"REMOTE_ADDR": "192.0.2.200"}
    browser.post("/c/account", token="wrong", json={}, environ_overrides=elsewhere)
    assert len(site.rejected()) == 21
    site.clock.move(minutes=60)
    browser.post("/c/account", token="wrong", json={})
    assert len(site.rejected()) == 22


def test_nobody_fills_the_table_of_sessions(site):
    statuses = [site.visitor().get("/signin").status_code for _ in range(50)]
    assert statuses == 40 * [200] + 10 * [429]
    assert len(site.sessions()) == 40
    site.clock.move(seconds=1)
    assert site.visitor().get("/signin").status_code == 200


def test_a_view_says_what_it_asks_for(site):
    views = site.app.view_functions
    assert guard_of(views["/codes"]) == Guard(Who.SIGNED_IN, None, 30)
    assert guard_of(views["/users"]) == Guard(Who.SIGNED_IN, "users edit", None)
    assert guard_of(views["/c/new"]) == Guard(
        Who.RESTRICTED_OR_SIGNED_IN, None, 600, is_ceremony=True
    )
    assert guard_of(len) is None
