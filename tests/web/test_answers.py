"""What the gate answers: headers, refusals in words, and what is kept of them (N70, P97)."""

import pytest
from werkzeug.exceptions import NotFound

from scimserver.domain.errors import StaleVersionError, UnknownResourceError
from scimserver.domain.sign_in_errors import (
    LinkInvalidError,
    PasskeyRejectedError,
    RateLimitedError,
)
from scimserver.errors import ScimServerError
from scimserver.storage.errors import StorageUnavailableError
from scimserver.storage.models import audit
from scimserver.storage.session import Database
from scimserver.web.browser import Guard, Who, guard_of
from tests.factories import rows
from tests.web.site import ORIGIN, Site, error_of, session_of


def test_where_browsers_know_no_passkeys_sign_in_is_off(database):
    site = Site(database, origins=None, base_url="http://scim.acme.com")
    client = site.app.test_client()
    for path in ("/signin", "/account"):
        answer = client.get(path, base_url="http://scim.acme.com")
        assert answer.status_code == 503
        assert "SCIMSERVER_ORIGINS" in answer.text
    answer = client.post("/c/any", base_url="http://scim.acme.com", json={})
    assert error_of(answer) == (503, {"error": "sign_in_off"})
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
    assert error_of(word) == (status, body)
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
    assert error_of(answer) == (503, {"error": "database_unavailable"})
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
        "session": session_of(site, browser.secret).digest[:8],
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
