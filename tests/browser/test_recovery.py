"""The ways in for who has no passkey: an invitation, saved codes, a link of an administrator's,
one from the shell. Each is walked to the end: open, register, sign in (P88)."""

import email
import re
from email.policy import default

import pytest
from playwright.sync_api import expect

from tests.conftest import ENGINES

both_engines = pytest.mark.parametrize("engine_name", ENGINES, indirect=True)


@pytest.fixture
def post(tmp_path):
    """The folder that mail goes to."""
    return tmp_path / "post"


@pytest.fixture
def settings(post):
    return {"SCIMSERVER_MAIL": f"file://{post}"}


@pytest.fixture
def ann(site):
    name = "ann@acme.test"
    return site.person(name=name, attributes={"emails": [{"value": name, "primary": True}]})


def make_passkey(tab):
    """In the small room: make a passkey, and sign in with it."""
    tab.shows("Make your passkey")
    tab.press("Use this device")
    # The page that follows is armed, and the new passkey is at hand.
    tab.shows("Before you go on")
    tab.follow("Not now, go on")
    tab.shows("Recovery codes")


def walk(tab, link):
    """Open an enrolment link, and do what it is for."""
    tab.open(link)
    tab.is_at("/enrol")
    assert "#" not in tab.page.url
    tab.press("Continue")
    make_passkey(tab)


@both_engines
def test_an_invitation_leads_to_a_passkey_and_in(site, tab):
    site.cli("org", "create", "Acme")
    link = site.cli("admin", "invite", "acme", "ann@acme.test")["url"]
    walk(tab, link)
    tab.open("/console")
    tab.shows("Acme")


def test_a_link_opened_by_a_scanner_or_given_up_halfway_stays_good(site, new_tab, new_context):
    site.cli("org", "create", "Acme")
    link = site.cli("admin", "invite", "acme", "ann@acme.test")["url"]
    given_up = new_tab()
    for _ in range(2):
        given_up.open("/healthz")
        given_up.open(link)
    given_up.press("Continue")
    given_up.shows("Make your passkey")
    walk(new_tab(new_context()), link)
    late = new_tab(new_context())
    late.open(link)
    late.press("Continue")
    late.shows("This link opens nothing")


def codes_of(tab):
    """Make recovery codes, and prove that they are kept with the last of them."""
    tab.open("/account/recovery-codes")
    tab.press("Make recovery codes")
    shown = tab.page.locator("#kept li")
    expect(shown).to_have_count(10)
    codes = [each.strip() for each in shown.all_inner_texts()]
    tab.page.get_by_label("One of the codes").fill(codes[-1].lower().replace("-", " "))
    tab.press("I have kept them")
    expect(tab.page.get_by_text("Good: you have kept your codes.")).to_be_visible()
    return codes


def mailed_code(site, post):
    """Return the code in the last letter."""
    known = set(post.glob("*.eml"))
    site.deliver()
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=default)
        for path in set(post.glob("*.eml")) - known
    ]
    found = {code for each in letters for code in re.findall(r"\b\d{8}\b", each.get_content())}
    (code,) = found
    return code


@both_engines
def test_a_saved_code_and_a_mailed_one_lead_back_in(site, ann, new_tab, new_context, post):
    old = new_tab()
    lost = site.passkey(ann)
    old.take(lost)
    site.enter(old.context, ann)
    codes = codes_of(old)
    site.deliver()
    new = new_tab(new_context())
    new.open("/recover")
    new.page.locator("#f-name").fill("Ann@acme.test")
    new.press("Send me a code")
    expect(new.page.get_by_text("is on its way to its mail address")).to_be_visible()
    new.page.get_by_label("Saved recovery code").fill(codes[0])
    new.page.get_by_label("Code from the mail").fill(mailed_code(site, post))
    new.press("Go on")
    new.shows("Make your passkey")
    new.page.get_by_label("Yes", exact=True).check()
    make_passkey(new)
    # Whoever found the old device is out, and cannot come in again (N87).
    old.absent()
    old.open("/account/passkeys")
    old.is_at("/signin")
    old.asks()
    assert len(site.passkeys(ann)) == 1
    old.answers_once("signin")
    old.press("Sign in with a passkey")
    old.tells("That passkey was not accepted. Try again, or use another one.")


def test_wrong_codes_lead_nowhere(site, ann, tab):
    tab.open("/recover")
    tab.page.locator("#f-name").fill(ann.user_name)
    tab.press("Send me a code")
    tab.page.get_by_label("Saved recovery code").fill("2345-6789-ABCD-EFGH-JKMN-PQRS")
    tab.page.get_by_label("Code from the mail").fill("12345678")
    tab.press("Go on")
    expect(tab.page.get_by_role("alert")).to_contain_text("That did not work.")
    tab.is_at("/recover")


def test_a_link_of_an_administrators_leads_in(site, ann, new_tab, new_context):
    bob = site.person(ann.org_id, "bob@acme.test", role="administrator")
    owner = new_tab()
    site.enter(owner.context, ann)
    owner.open(f"/console/users/{bob.user_id}/enrol-link")
    owner.press("Make a link")
    expect(owner.page.locator("svg.qr")).to_be_visible()
    link = owner.page.locator("#kept").inner_text().strip()
    walk(new_tab(new_context()), link)
    (made,) = site.passkeys(bob)
    assert made.added_by == "link"


def test_a_link_from_the_shell_leads_in(site, new_tab, new_context):
    site.cli("org", "create", "Acme")
    walk(new_tab(), site.cli("admin", "invite", "acme", "ann@acme.test")["url"])
    again = site.cli("admin", "recover", "acme", "ann@acme.test")["url"]
    walk(new_tab(new_context()), again)
    (ann,) = site.cli("admin", "list", "acme")["items"]
    assert (ann["passkeys"], ann["ready"]) == (2, True)


def test_a_restricted_session_reaches_nothing_else(site, ann, tab):
    site.confine(tab.context, ann)
    tab.open("/enrol/passkey")
    tab.shows("Make your passkey")
    tab.open("/account/passkeys")
    tab.shows("You are not signed in")
