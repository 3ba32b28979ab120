"""Where a visitor is: at the socket, or what as many proxies say as are trusted (P69, N72)."""

import pytest

from scimserver.storage.models import web_session
from tests.signing_in import Site

HOPS = {"nobody trusted": 0, "one trusted": 1, "two trusted": 2}
FORWARDED = "203.0.113.9, 198.51.100.7"
SEEN = {0: "10.1.1.1", 1: "198.51.100.7", 2: "203.0.113.9"}


def a_browser(database, hops):
    site = Site(database, SCIMSERVER_TRUSTED_PROXIES=str(hops))
    return site.browser(address="10.1.1.1")


@pytest.mark.parametrize("hops", HOPS.values(), ids=HOPS)
def test_the_address_is_what_the_trusted_proxies_say(database, hops):
    browser = a_browser(database, hops)
    assert browser.get("/signin", headers={"X-Forwarded-For": FORWARDED}).status == 200
    (row,) = browser.site.rows(web_session)
    assert row.address == SEEN[hops]


@pytest.mark.parametrize(
    "said", ["", "unknown", "x" * 3_000, "1.2.3.4:80", "[::1]", "::ffff:1.2.3.4"]
)
def test_what_is_no_address_is_not_our_failure(database, said):
    browser = a_browser(database, 1)
    headers = {"X-Forwarded-For": said}
    assert browser.get("/signin", headers=headers).status == 200
    assert browser.post_json("/passkeys/signin/options", headers=headers).status == 200
    assert browser.post("/enrol", {"token": "no secret"}, headers=headers).status == 410


@pytest.mark.parametrize("hops", HOPS.values(), ids=HOPS)
def test_n72_a_foreign_host_is_refused_or_not_believed(database, hops):
    browser = a_browser(database, hops)
    headers = {"X-Forwarded-Host": "evil.example, evil.example"}
    reply = browser.get("/signin", headers=headers)
    assert reply.status == (400 if hops else 200)
    assert "evil" not in reply.text
    assert browser.get("/signin", headers={"Host": "evil.example"}).status == 400
