"""Section 13 E on the ceremony routes: bodies, tokens and origins come before anything else."""

import json

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.services import domains
from scimserver.storage.models import ceremony
from tests.signing_in import ORIGIN

ROUTES = [
    f"{kind}/{step}" for kind in ("register", "signin", "reauth") for step in ("options", "verify")
]


@pytest.fixture
def ann(site):
    return site.person()


@pytest.fixture
def browser(site, ann):
    entered = site.entered(ann)
    entered.hold(ann)
    return entered


@pytest.fixture
def untouched(site, browser):
    """Fail the test if a request began or burnt an attempt of this browser."""
    attempt, _ = browser.options("signin")
    digest = browser.session.digest
    yield attempt
    rows = site.rows(ceremony, ceremony.c.session_digest == digest)
    assert [(row.id, row.ended_at) for row in rows] == [(attempt, None)]


BODIES = {
    "broken": b'{"ceremony":',
    "empty": b"",
    "array": b"[]",
    "text": b'"x"',
    "null": b"null",
    "invalid UTF-8": b'{"ceremony": "\xff"}',
    "deep": b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "long number": b'{"a": ' + b"9" * 5_000 + b"}",
    "not a number": b'{"a": NaN}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_json_object_is_refused(browser, untouched, body):
    """N60."""
    for route in ROUTES:
        reply = browser.post_json(f"/passkeys/{route}", body)
        assert (reply.status, reply.json) == (400, {"error": "bad_request"}), route


def test_a_body_beyond_64_kib_is_refused(browser, untouched):
    """N60."""
    body = json.dumps({"ceremony": "x" * 70_000}).encode()
    for route in ROUTES:
        reply = browser.post_json(f"/passkeys/{route}", body)
        assert (reply.status, reply.json) == (413, {"error": "too_large"}), route


@pytest.mark.parametrize(
    "type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "", None]
)
def test_a_body_of_another_type_is_refused(browser, untouched, type):
    """N60, P3."""
    for route in ROUTES:
        reply = browser.post_json(f"/passkeys/{route}", b"{}", headers={"Content-Type": type})
        assert (reply.status, reply.json) == (415, {"error": "bad_request"}), route


@pytest.mark.parametrize("kind", ["register", "signin", "reauth"])
def test_an_object_of_another_shape_is_refused(site, browser, kind):
    """N60."""
    for body in ({}, {"a": 1}, {"credential": {}}):
        reply = browser.post_json(f"/passkeys/{kind}/verify", body)
        assert (reply.status, reply.json) == (409, {"error": "restart"})
    attempt, _ = browser.options(kind)
    reply = browser.post_json(f"/passkeys/{kind}/verify", {"ceremony": attempt})
    assert (reply.status, reply.json) == (400, {"error": "passkey_rejected"})


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_ceremonies_are_posts(browser, untouched, method):
    """P1."""
    for route in ROUTES:
        assert browser.open(method, f"/passkeys/{route}").status == 405, route


TOKENS = {
    "missing": (None, "csrf_missing"),
    "wrong": ("x" * 43, "csrf_token"),
    "empty": ("", "csrf_token"),
}


@pytest.mark.parametrize(("token", "cause"), TOKENS.values(), ids=TOKENS.keys())
def test_a_request_without_the_sessions_token_is_refused(site, browser, untouched, token, cause):
    """N61."""
    for route in ROUTES:
        reply = browser.post_json(f"/passkeys/{route}", headers={"X-CSRF-Token": token})
        assert (reply.status, reply.json) == (403, {"error": "csrf"}), route
        assert [event[:2] for event in site.events(reply)] == [("session:reject", cause)]


def test_a_token_that_is_not_ascii_is_refused(browser, untouched):
    """N61."""
    for route in ROUTES:
        reply = browser.post_json(f"/passkeys/{route}", headers={"X-CSRF-Token": "\xe9" * 43})
        assert (reply.status, reply.json) == (403, {"error": "csrf"}), route


def test_the_token_of_another_session_is_refused(site, browser, untouched):
    """N61."""
    other = site.visitor()
    for route in ROUTES:
        reply = browser.post_json(f"/passkeys/{route}", headers={"X-CSRF-Token": other.csrf})
        assert (reply.status, reply.json) == (403, {"error": "csrf"}), route


SITES = {
    "foreign": ({"Origin": "https://evil.example"}, "csrf_origin"),
    "null": ({"Origin": "null"}, "csrf_origin"),
    "empty": ({"Origin": ""}, "csrf_origin"),
    "other port": ({"Origin": ORIGIN + ":444"}, "csrf_origin"),
    "other scheme": ({"Origin": ORIGIN.replace("https", "http")}, "csrf_origin"),
    "cross-site": ({"Sec-Fetch-Site": "cross-site"}, "csrf_site"),
    "same-site": ({"Sec-Fetch-Site": "same-site"}, "csrf_site"),
}


@pytest.mark.parametrize(("headers", "cause"), SITES.values(), ids=SITES.keys())
def test_a_request_from_another_site_is_refused(site, browser, untouched, headers, cause):
    """N62, N63."""
    for route in ROUTES:
        reply = browser.post_json(f"/passkeys/{route}", headers=headers)
        assert (reply.status, reply.json) == (403, {"error": "csrf"}), route
        assert [event[:2] for event in site.events(reply)] == [("session:reject", cause)]


def test_an_old_browser_that_says_neither_is_served(browser):
    reply = browser.post_json(
        "/passkeys/signin/options", headers={"Origin": None, "Sec-Fetch-Site": None}
    )
    assert reply.status == 200


def test_ceremony_answers_are_kept_by_nobody(site, browser):
    """N70, N66."""
    for route in ROUTES:
        assert browser.post_json(f"/passkeys/{route}").headers["Cache-Control"] == "no-store"
    (cookie,) = browser.reauth().cookies
    parts = [each.strip() for each in cookie.split(";")]
    assert parts[0].startswith("__Host-sid=")
    assert sorted(parts[1:]) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]


def test_options_of_sign_in_tell_nothing_of_anybody(site):
    """N71: they are the same whoever visits, and whatever is sent along."""
    known = site.person(site.organization(sso_mode="enforced"))
    off = site.user(known.org_id, attributes={"active": False})
    told = []
    for name in (known.user_name, off.user_name, "nobody@acme.test", None):
        reply = site.visitor().post_json(
            "/passkeys/signin/options", {"username": name} if name else None
        )
        options = reply.json["publicKey"]
        assert (len(options.pop("challenge")), len(reply.json.pop("ceremony"))) == (43, 22)
        told.append((reply.status, reply.json, reply.headers["Content-Length"]))
    browser = site.entered(known)
    reply = browser.post_json("/passkeys/signin/options")
    reply.json.pop("ceremony")
    reply.json["publicKey"].pop("challenge")
    told.append((reply.status, reply.json, reply.headers["Content-Length"]))
    assert told == [told[0]] * 5
    assert told[0][1]["publicKey"] == {
        "rpId": "id.acme.test",
        "timeout": 300_000,
        "userVerification": "required",
        "allowCredentials": [],
    }


def test_p74_the_sign_in_page_knows_no_name_and_no_domain(site):
    """Nobody is led anywhere by what they are called: there is no such step in this version."""
    org = site.organization(sso_mode="enforced")
    known = site.person(org, "ann@p74.example.com").user_name
    actor = Actor(org, Door.CLI, "operator")
    site.run(lambda s: domains.attest(s, actor, site.now, "p74.example.com", reason="test"))
    told = set()
    for name in ("", known, "nobody@p74.example.com", "eve@elsewhere.example", "p74.example.com"):
        browser = site.browser()
        for reply in (
            browser.get(f"/signin?username={name}&login_hint={name}"),
            browser.post("/signin", {"username": name}),
        ):
            text = reply.text.replace(browser.csrf, "")
            told.add((reply.status, text, reply.headers.get("Location")))
    assert sorted(status for status, _, _ in told) == [200, 405]


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_a_forged_host_changes_nothing(site, browser, header):
    """N72."""
    reply = browser.post_json("/passkeys/signin/options", headers={header: "evil.example"})
    if header == "Host":
        assert reply.status == 400
    else:
        assert reply.json["publicKey"]["rpId"] == "id.acme.test"
