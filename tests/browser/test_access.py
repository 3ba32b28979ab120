"""Who was let in is let out at once, and the pages need no script but for the passkey itself."""

import http.client
import json

import pytest
from playwright.sync_api import expect

from tests.conftest import ENGINES

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def ask(site, token, method, path, body):
    """Ask as an identity provider does."""
    connection = http.client.HTTPConnection(site.origin.removeprefix("http://"), timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    connection.request(method, f"/scim/v2{path}", json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status < 300, text
    return json.loads(text)


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_deactivation_by_the_identity_provider_ends_an_open_page(site, tab):
    org_id = site.cli("org", "create", "Acme")["id"]
    site.cli("domain", "attest", "acme", "acme.test", "--reason", "test")
    token = site.cli("connection", "create", "acme", "idp")["token"]
    body = {"schemas": [USER], "userName": "bob@acme.test"}
    made = ask(site, token, "POST", "/Users", body)
    bob = site.again(org_id, made["id"])
    tab.take(site.passkey(bob))
    site.enter(tab.context, site.again(org_id, made["id"]))
    tab.open("/account/passkeys")
    tab.shows("Passkeys")
    change = {"op": "replace", "path": "active", "value": False}
    body = {"schemas": [PATCH], "Operations": [change]}
    ask(site, token, "PATCH", f"/Users/{made['id']}", body)
    tab.absent()
    tab.page.get_by_role("link", name="Sessions").click()
    tab.is_at("/signin")
    tab.asks()
    tab.answers_once("signin")
    tab.press("Sign in with a passkey")
    tab.tells("That passkey was not accepted. Try again, or use another one.")


@pytest.fixture
def plain(site, new_context):
    """A page without scripts, and an owner signed in."""
    ann = site.person(name="ann@acme.test")
    site.user(ann.org_id, "bob@acme.test")
    context = new_context(java_script_enabled=False)
    site.enter(context, ann)
    return context.new_page()


def test_without_scripts_pages_lead_to_each_other(site, plain):
    plain.goto(f"{site.origin}/console")
    for name in ("Users", "Teams", "Connections", "Log", "Organization"):
        plain.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        expect(plain.get_by_role("heading", level=1)).to_contain_text(name)


def test_without_scripts_forms_work(site, plain):
    plain.goto(f"{site.origin}/console/organization")
    plain.get_by_label("Name").fill("Acme & Daughters")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_label("Name")).to_have_value("Acme & Daughters")
    plain.goto(f"{site.origin}/console/users")
    plain.get_by_role("searchbox").fill("bob@")
    plain.get_by_role("searchbox").press("Enter")
    plain.get_by_role("link", name="bob@acme.test").click()
    plain.get_by_role("link", name="Deactivate").click()
    plain.get_by_role("button", name="Deactivate").click()
    expect(plain.get_by_text("Deactivated", exact=True).first).to_be_visible()


def test_without_scripts_one_signs_out(site, plain):
    plain.goto(f"{site.origin}/console")
    plain.locator("summary").first.click()
    plain.get_by_role("button", name="Sign out").click()
    expect(plain.get_by_text("You are signed out.")).to_be_visible()


@pytest.mark.parametrize("path", ["/account/passkeys/new", "/signin", "/enrol"])
def test_without_scripts_the_ceremonies_say_that_they_need_them(site, plain, path):
    if path != "/account/passkeys/new":
        plain.context.clear_cookies()
    page = plain.goto(site.origin + path)
    # Chromium shows it where a person has turned scripts off, and not where a debugger has.
    assert '<noscript><p class="wrong">A passkey needs JavaScript.' in page.text()
    for button in plain.locator("main button").all():
        expect(button).to_be_disabled()


def test_an_address_of_the_machine_leads_to_the_one_passkeys_work_at(site, tab):
    tab.open(site.origin.replace("localhost", "127.0.0.1") + "/signin?next=/account/sessions")
    expect(tab.page).to_have_url(f"{site.origin}/signin?next=/account/sessions")
