"""Whatever is sent to an address of the console, it is never our failure (P40)."""

import re
from urllib.parse import quote

import pytest

from scimserver.domain.roles import Role
from scimserver.web.browser import guard_of
from tests.factories import a_connection, a_group
from tests.signing_in import Site

FIELDS = (
    *("address", "after", "audience", "before", "code", "device", "done", "forbid_get_filters"),
    *("label", "last", "lifetime", "mailed", "name", "next", "organization", "plain", "profile"),
    *("q", "require_address", "role", "state", "status", "team", "token"),
)
TEXTS = {
    "nul": "a\0b",
    "a surrogate": "\ud800",
    "markup and wildcards": "<script>'\"--></title>{{7*7}}%s%_\\*()',;--../",
    "controls": "\x01\x1b[2J\x7f\u202e\u2066\ufeff\U0010ffff",
    "a large number": "9" * 5_000,
    "a cursor of another server": "eyJhIjoxfQ.AAAA",
    "an unknown id": "01a200df-a78c-7519-acb1-530fb6286fa8",
}
BODIES = {
    "a megabyte": (b"name=" + b"x" * 1_000_000, "application/x-www-form-urlencoded"),
    "many fields": (b"&".join([b"a=1"] * 5_000), "application/x-www-form-urlencoded"),
    "no text": (b"\xff\xfe%ff=%00&&==", "application/x-www-form-urlencoded"),
    "another type": (b"--x\r\n", "multipart/form-data; boundary=x"),
    "a type without sense": (b"x", "\t;;charset=\x7f"),
    "a charset nobody knows": (b"name=x", "application/x-www-form-urlencoded; charset=klingon"),
    "JSON": (b'{"a": 1}', "application/json"),
}


@pytest.fixture
def site(database):
    return Site(database)


@pytest.fixture
def browser(site):
    """The browser of an owner, who knows an id of each kind."""
    olga = site.person(role=Role.OWNER)
    browser = site.entered(olga)
    browser.ids = {
        "users": olga.user_id,
        "teams": a_group(site.database, olga.org_id),
        "connections": a_connection(site.database, olga.org_id),
    }
    return browser


def addresses(site, method, *, is_ceremony=None):
    """Return the templates of all addresses behind the gate that take a method."""
    return sorted(
        rule.rule
        for rule in site.app.url_map.iter_rules()
        if method in rule.methods
        and (guard := guard_of(site.app.view_functions[rule.endpoint])) is not None
        and (is_ceremony is None or guard.is_ceremony is is_ceremony)
    )


def filled(rule, value):
    return re.sub("<[^>]+>", quote(value, safe="", errors="surrogatepass"), rule)


def encoded(value):
    return quote(value, safe="", errors="surrogatepass")


def check(reply, asked):
    assert reply.status < 500, (asked, reply.text)
    assert "<script>'" not in reply.text, asked


def own(browser, rule):
    """Return an address with the id of something of the browser's own organization."""
    kind = next((kind for kind in browser.ids if f"/{kind}/" in rule), "users")
    return filled(rule, browser.ids[kind])


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_address_is_our_failure(site, browser, text):
    query = "&".join(f"{name}={encoded(text)}" for name in FIELDS)
    for rule in addresses(site, "GET"):
        check(browser.get(f"{own(browser, rule)}?{query}"), rule)
        if "<" in rule:
            check(browser.get(filled(rule, text)), rule)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_field_of_a_form_is_our_failure(site, browser, text):
    secret, token = browser.cookie, browser.csrf
    body = "&".join([f"csrf={encoded(token)}", *(f"{name}={encoded(text)}" for name in FIELDS)])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for rule in addresses(site, "POST", is_ceremony=False):
        if rule != "/signout":
            browser.cookie = secret
            check(browser.open("POST", own(browser, rule), data=body, headers=headers), rule)


@pytest.mark.parametrize("sent", BODIES.values(), ids=BODIES)
def test_no_body_is_our_failure(site, browser, sent):
    body, kind = sent
    headers = {"X-CSRF-Token": browser.csrf, "Content-Type": kind}
    for rule in addresses(site, "POST"):
        check(browser.open("POST", own(browser, rule), data=body, headers=headers), rule)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_cookie_is_our_failure(site, text):
    stranger = site.browser()
    headers = {"Cookie": f"__Host-sid={encoded(text)}; __Host-sid=\x80; ;=;"}
    for rule in ("/signin", "/account/passkeys", "/console/users/1", "/.well-known/webauthn"):
        check(stranger.get(rule, headers=headers), rule)
    for rule in ("/enrol", "/passkeys/signin/options", "/console/organization"):
        check(stranger.open("POST", rule, headers=headers), rule)
