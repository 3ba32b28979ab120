"""A domain's way through the console, with a real name server: proved, lost, and done without."""

import http.client
import json
import re

import pytest
from playwright.sync_api import expect

from scimserver.adapters.dns import prover
from scimserver.services.domain_checks import DomainChecks
from tests.browser.live import live
from tests.conftest import ENGINES
from tests.dns.world import environment

SSO = "/console/organization/sso"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
HOUR = 3_600


@pytest.fixture
def site(database, knot):
    """A site that asks this name server and no other."""
    with live(database, **environment(knot)) as served:
        yield served


@pytest.fixture
def later(site):
    """Return a function that lets time go by, with what came due meanwhile done at its end."""
    with prover.from_settings(site.settings) as asking:
        checks = DomainChecks(site.run, site.run, site.clock, asking, site.settings)

        def pass_time(seconds):
            site.clock.advance(seconds)
            checks.due()

        yield pass_time


@pytest.fixture
def olga(site):
    return site.person(name="olga@acme.test")


def _ask(site, token, method, path, body):
    """Ask as an identity provider does; return the status and the answer."""
    connection = http.client.HTTPConnection(site.origin.removeprefix("http://"), timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    connection.request(method, f"/scim/v2{path}", json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text)


def _user(domain, name):
    return {"schemas": [USER], "userName": f"{name}@{domain}"}


def _sign_in(tab):
    tab.absent()
    tab.open("/signin")
    tab.asks()
    tab.answers_once("signin")
    tab.press("Sign in with a passkey")
    tab.shows("Before you go on")
    tab.follow("Not now, go on")
    tab.is_at("/console")


def _says(page, text):
    expect(page.locator("#verdict")).to_contain_text(text)


def _add(page, domain):
    page.get_by_role("link", name="Add domain").click()
    page.get_by_label("Domain").fill(domain)
    page.get_by_role("button", name="Add the domain").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(domain)


def _value(page, id):
    return page.locator(f"#{id}").text_content()


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_a_domain_is_proved_lost_and_done_without(site, knot, tab, olga, later):
    domain = knot.new_zone()
    token = site.cli("connection", "create", olga.org_slug, "idp")["token"]
    tab.take(site.passkey(olga))
    _sign_in(tab)
    page = tab.page
    tab.follow("Organization")
    tab.follow("Single sign-on")
    _add(page, domain)
    _says(page, "Waiting for the record")
    name, value = _value(page, "record-name"), _value(page, "record-value")
    status, _ = _ask(site, token, "POST", "/Users", _user(domain, "ann"))
    assert status == 400

    # The panel adds the domain to a name that has it already.
    knot.publish_txt(f"{name}.{domain}", value)
    tab.press("Verify")
    _says(page, "Your DNS panel added the domain twice.")
    knot.withdraw(f"{name}.{domain}")
    knot.publish_txt(name, value)
    site.clock.advance(10)
    tab.press("Verify")
    _says(page, "Your record is in place")
    status, ann = _ask(site, token, "POST", "/Users", _user(domain, "ann"))
    assert status == 201

    # The record goes; every page tells, and nothing else changes yet.
    knot.withdraw(name)
    for _ in range(60):
        later(HOUR)
    _sign_in(tab)
    alarm = page.locator(".banner")
    expect(alarm).to_contain_text(f"The record of {domain} is missing.")
    status, _ = _ask(site, token, "POST", "/Users", _user(domain, "bob"))
    assert status == 201
    alarm.get_by_role("link", name="See what to do").click()
    _says(page, "The record is missing At risk")

    # It does not come back: nobody new comes in, and who leaves is turned off all the same.
    for _ in range(7 * 24):
        later(HOUR)
    _sign_in(tab)
    expect(alarm).to_contain_text(f"The domain {domain} has lapsed")
    status, refusal = _ask(site, token, "POST", "/Users", _user(domain, "eve"))
    assert (status, refusal["scimType"]) == (400, "invalidValue")
    off = {"op": "replace", "path": "active", "value": False}
    body = {"schemas": [PATCH], "Operations": [off]}
    status, left = _ask(site, token, "PATCH", f"/Users/{ann['id']}", body)
    assert (status, left["active"]) == (200, False)

    # By its record it is the organization's again.
    knot.publish_txt(name, value)
    alarm.get_by_role("link", name="See what to do").click()
    _says(page, "Nobody new comes in Lapsed")
    tab.press("Verify")
    _says(page, "Your record is in place")
    expect(alarm).to_have_count(0)


def test_a_page_left_open_tells_what_a_look_found(site, knot, tab, olga, later):
    site.enter(tab.context, olga)
    tab.open(SSO)
    domain = knot.new_zone()
    _add(tab.page, domain)
    tab.press("Verify")
    _says(tab.page, "does not exist yet")
    tab.page.get_by_text("What the name servers said").click()
    tab.page.get_by_role("link", name="New code").focus()
    tab.evaluate("void (window.same = document.getElementById('verdict'))")
    knot.publish_txt(_value(tab.page, "record-name"), "something else")
    later(300)
    _says(tab.page, "it does not hold your code")
    # It is the same page still: what was unfolded is, and the keyboard is where it was.
    assert tab.evaluate("window.same === document.getElementById('verdict')")
    assert tab.evaluate("document.activeElement.textContent") == "New code"
    expect(tab.page.get_by_text("something else")).to_be_visible()


def test_a_page_left_open_does_not_ask_for_ever(site, knot, tab, olga):
    site.enter(tab.context, olga)
    page, asked = tab.page, []
    page.clock.install()
    tab.open(SSO)
    _add(page, knot.new_zone())
    tab.open(page.url.partition("?")[0] + "?left=2")
    page.on("request", lambda request: asked.append(request.url.partition("?left=")[2]))
    for left in ("1", "0"):
        expect(page.locator("#watch")).to_have_attribute("hx-get", re.compile(f"left={left}$"))
        page.clock.run_for(5_000)
    expect(page.locator("#watch")).to_have_count(0)
    page.clock.run_for(60_000)
    assert [*filter(None, asked)] == ["1", "0"]


def test_values_are_copied(site, knot, tab, olga):
    site.enter(tab.context, olga)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.origin)
    tab.open(SSO)
    _add(tab.page, knot.new_zone())
    for field, id in (("name", "host"), ("full name", "name"), ("value", "value")):
        tab.page.get_by_role("button", name=f"Copy the {field}", exact=True).first.click()
        expect(tab.page.locator("#copied")).to_have_text(f"Copied the {field}.")
        assert tab.evaluate("navigator.clipboard.readText()") == _value(tab.page, f"record-{id}")


def test_without_scripts_a_domain_is_proved_and_given_up(site, knot, new_context, olga):
    context = new_context(java_script_enabled=False)
    site.enter(context, olga)
    page, domain = context.new_page(), knot.new_zone()
    page.goto(site.origin + SSO)
    _add(page, domain)
    expect(page.get_by_role("button", name=re.compile("Copy"))).to_have_count(0)
    page.get_by_role("button", name="Verify").click()
    _says(page, "does not exist yet")
    knot.publish_txt(_value(page, "record-name"), _value(page, "record-value"))
    site.clock.advance(10)
    page.get_by_role("link", name="Single sign-on").first.click()
    page.get_by_role("button", name="Verify").click()
    expect(
        page.get_by_role("region", name="Domains").get_by_role("row", name=domain)
    ).to_contain_text("Verified")
    page.get_by_role("link", name=f"Info on {domain}").click()
    page.get_by_role("button", name="Make authoritative").click()
    _says(page, "Authoritative")
    page.get_by_role("link", name="Remove").click()
    page.get_by_label(f"Type {domain} to confirm").fill(domain)
    page.get_by_role("button", name="Remove the domain").click()
    expect(page.get_by_text("No domain yet")).to_be_visible()
