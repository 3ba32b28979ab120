"""A person's passkeys: a second one, one the device has already, names, and which must stay."""

import pytest
from playwright.sync_api import expect

from tests.browser.tab import SECURITY_KEY


@pytest.fixture
def ann(site):
    return site.person()


@pytest.fixture
def mine(site, tab, ann):
    """A tab in which an owner with one passkey is signed in, the passkey at hand."""
    tab.take(site.passkey(ann))
    site.enter(tab.context, ann)
    return tab


def rows(tab):
    return tab.page.get_by_role("table", name="Your passkeys").locator("tbody tr")


def used_here(tab):
    return rows(tab).filter(has=tab.page.locator("[data-here]:visible"))


def add(tab, button, label=""):
    tab.open("/account/passkeys/new")
    tab.page.get_by_label("Name").fill(label)
    tab.press(button)


def test_a_second_passkey_on_a_security_key(site, mine, ann):
    mine.plug_in(SECURITY_KEY)
    add(mine, "Use a security key", "Key ring")
    mine.shows("Passkeys")
    expect(rows(mine)).to_have_count(2)
    expect(rows(mine).filter(has_text="Key ring")).to_contain_text("This device only")
    expect(used_here(mine)).to_contain_text("Key ring")
    assert len(site.passkeys(ann)) == 2


def test_a_device_that_has_a_passkey_is_not_given_another(site, mine, ann):
    add(mine, "Use this device")
    mine.tells("This device already has a passkey for you.")
    assert len(site.passkeys(ann)) == 1


def test_adding_one_long_after_sign_in_asks_for_the_passkey_first(site, mine, ann):
    site.clock.advance(601)
    mine.plug_in(SECURITY_KEY)
    mine.open("/account/passkeys/new")
    mine.shows("Is it still you?")
    mine.press("Continue with your passkey")
    mine.shows("Add a passkey")
    # The ceremony asks again by itself where the page was open for too long.
    site.clock.advance(601)
    mine.press("Use a security key")
    mine.shows("Passkeys")
    assert len(site.passkeys(ann)) == 2


def test_a_passkey_is_renamed(mine):
    mine.open("/account/passkeys")
    mine.page.get_by_role("link", name="Rename").click()
    mine.page.get_by_label("Name").fill("<b>Büro & Co</b>")
    mine.press("Save")
    expect(rows(mine)).to_contain_text("<b>Büro & Co</b>")


def test_the_last_passkey_stays(site, mine, ann):
    mine.open("/account/passkeys")
    mine.page.get_by_role("link", name="Delete").click()
    expect(mine.page.get_by_text("This is your last passkey")).to_be_visible()
    expect(mine.page.get_by_role("button", name="Delete the passkey")).to_have_count(0)
    assert len(site.passkeys(ann)) == 1


def test_a_local_administrator_keeps_two(site, tab):
    ann = site.person(local_administrator=True)
    for _ in range(3):
        site.passkey(ann)
    site.enter(tab.context, ann)
    tab.open("/account/passkeys")
    tab.page.get_by_role("link", name="Delete").first.click()
    tab.press("Delete the passkey")
    expect(rows(tab)).to_have_count(2)
    tab.page.get_by_role("link", name="Delete").first.click()
    expect(tab.page.get_by_text("you keep at least two passkeys")).to_be_visible()
    assert len(site.passkeys(ann)) == 2


def test_deleting_the_passkey_of_this_session_ends_it(site, new_tab, ann):
    site.passkey(ann)
    tab = new_tab()
    tab.take(site.passkey(ann))
    tab.open("/signin")
    tab.follow("Not now, go on")
    tab.open("/account/passkeys")
    # The one that is at hand is the one that was used here.
    used_here(tab).get_by_role("link", name="Delete").click()
    expect(tab.page.get_by_text("this one included")).to_be_visible()
    tab.absent()
    tab.press("Delete the passkey")
    tab.is_at("/signin")
    expect(tab.page.get_by_text("The passkey is deleted")).to_be_visible()
