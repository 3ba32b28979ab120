"""N73: limits of section 9 on ceremonies, kept by the database and counted by whom they concern."""

import pytest

from scimserver.storage.models import audit
from tests.signing_in import Browser, Site


@pytest.fixture
def ann(site):
    return site.person()


def _limited(reply, wait):
    assert (reply.status, reply.json) == (429, {"error": "rate_limited"})
    assert reply.headers["Retry-After"] == str(wait)


@pytest.mark.parametrize("kind", ["register", "signin", "reauth"])
def test_a_session_begins_ten_attempts_a_minute(site, ann, kind):
    browser = site.entered(ann)
    browser.hold(ann)
    path = f"/passkeys/{kind}/options"
    site.clock.advance(15)
    attempts = [browser.options(kind)[0] for _ in range(10)]
    _limited(browser.post_json(path), 45)
    other = site.visitor()
    other.address = browser.address
    assert other.post_json("/passkeys/signin/options").status == 200
    site.clock.advance(45)
    assert browser.post_json(path).status == 200
    assert len(set(attempts)) == 10


def test_one_start_too_many_leaves_the_last_attempt_open(site, ann):
    """What the refused start would have superseded is still good."""
    browser = site.visitor()
    browser.hold(ann)
    for _ in range(10):
        attempt, options = browser.options("signin")
    _limited(browser.post_json("/passkeys/signin/options"), 60)
    answer = browser.authenticator.get(options)
    assert browser.verify("signin", attempt, answer).status == 200


def test_an_address_begins_sixty_attempts_a_minute(site):
    first = site.visitor()
    for _ in range(6):
        browser = site.visitor()
        browser.address = first.address
        for _ in range(10):
            browser.options("signin")
    _limited(first.post_json("/passkeys/signin/options"), 60)
    assert site.visitor().post_json("/passkeys/signin/options").status == 200
    site.clock.advance(60)
    assert first.post_json("/passkeys/signin/options").status == 200


def test_an_ipv6_network_counts_as_one(site):
    """P71."""
    for number in range(6):
        browser = site.visitor(address=f"2001:db8:0:1::{number}")
        for _ in range(10):
            browser.options("signin")
    last = site.visitor(address="2001:db8:0:1:ffff::1")
    _limited(last.post_json("/passkeys/signin/options"), 60)
    assert site.visitor(address="2001:db8:0:2::1").options("signin")


def _fail(browser, kind):
    attempt, _ = browser.options(kind)
    return browser.verify(kind, attempt, {})


def test_an_address_fails_ten_sign_ins_in_five_minutes(site, ann):
    browser = site.visitor()
    browser.hold(ann)
    assert {_fail(browser, "signin").status for _ in range(10)} == {400}
    site.clock.advance(60)
    attempt, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    reply = browser.verify("signin", attempt, answer)
    _limited(reply, 240)
    assert site.audit(reply) == []
    site.clock.advance(239)
    _limited(browser.verify("signin", attempt, answer), 1)
    site.clock.advance(1)
    assert browser.verify("signin", attempt, answer).status == 200


def test_what_one_address_failed_is_nothing_to_another(site, ann):
    """P72: nobody can lock anybody out."""
    stranger, browser = site.visitor(), site.visitor()
    browser.hold(ann)
    for _ in range(10):
        _fail(stranger, "signin")
    assert browser.sign_in().status == 200


def test_an_address_fails_fifty_sign_ins_an_hour(site):
    browser = site.visitor()
    for _ in range(5):
        assert {_fail(browser, "signin").status for _ in range(10)} == {400}
        site.clock.advance(300)
    _limited(_fail(browser, "signin"), 3_600 - 5 * 300)
    site.clock.advance(3_600 - 5 * 300)
    browser.begin()
    assert _fail(browser, "signin").status == 400


def test_what_succeeds_is_not_counted(site, ann):
    browser = site.visitor()
    browser.hold(ann)
    for _ in range(12):
        assert browser.sign_in().status == 200


def test_a_person_fails_five_re_authentications_in_five_minutes(site, ann):
    """Wherever they are signed in."""
    browsers = [site.entered(ann) for _ in range(3)]
    browsers[0].hold(ann)
    for number in range(5):
        assert _fail(browsers[number % 2], "reauth").status == 400
    _limited(_fail(browsers[2], "reauth"), 300)
    bob = site.person(ann.org_id)
    other = site.entered(bob)
    other.hold(bob)
    assert _fail(other, "reauth").status == 400
    site.clock.advance(300)
    assert _fail(browsers[2], "reauth").status == 400


def test_a_person_fails_twenty_re_authentications_an_hour(site, ann):
    browser = site.entered(ann)
    browser.hold(ann)
    for _ in range(4):
        assert {_fail(browser, "reauth").status for _ in range(5)} == {400}
        site.clock.advance(300)
    _limited(_fail(browser, "reauth"), 3_600 - 4 * 300)


def test_refusals_of_one_address_do_not_fill_the_log(site):
    """P97: twenty an hour are kept, and all are refused."""
    browser = site.visitor()
    before = len(site.rows(audit))
    for _ in range(25):
        reply = browser.verify("signin", "A" * 22, {})
        assert (reply.status, reply.json) == (409, {"error": "restart"})
    assert len(site.rows(audit)) - before == 20


def test_limits_hold_across_processes(site):
    """P71: another application on the same database counts on."""
    browser = site.visitor()
    for _ in range(10):
        browser.options("signin")
    twin = Browser(Site(site.database), address=browser.address)
    twin.cookie, twin.csrf = browser.cookie, browser.csrf
    _limited(twin.post_json("/passkeys/signin/options"), 60)
