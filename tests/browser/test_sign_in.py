"""Signing in with a passkey: by the button, by autofill, interrupted, falsified, and out again."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from scimserver.storage.models import ceremony
from tests.conftest import ENGINES

BUTTON = "Sign in with a passkey"
RESTART = "That took too long or was interrupted. Please try again."
REJECTED = "That passkey was not accepted. Try again, or use another one."
LAPSE = 300


@pytest.fixture
def ann(site):
    """An owner with two passkeys, the second of which is not at hand."""
    person = site.person()
    site.passkey(person)
    return person


@pytest.fixture
def passkey(site, ann):
    return site.passkey(ann)


@pytest.fixture
def waiting(tab, passkey):
    """The sign-in page, with the passkey at hand and nobody at the authenticator."""
    tab.take(passkey)
    tab.absent()
    tab.open("/signin")
    tab.asks()
    return tab


def is_signed_in(tab):
    """Wait for the page of somebody who has no recovery codes yet, and go on from it."""
    tab.shows("Before you go on")
    tab.follow("Not now, go on")
    tab.is_at("/console")


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_the_button_signs_in(waiting):
    waiting.present()
    waiting.press(BUTTON)
    is_signed_in(waiting)


def test_autofill_signs_in_on_a_page_nobody_has_touched(tab, passkey):
    tab.take(passkey)
    tab.open("/signin")
    is_signed_in(tab)


def test_a_page_asked_for_before_is_where_sign_in_leads(waiting, ann):
    waiting.open("/account/sessions")
    waiting.is_at("/signin")
    waiting.asks()
    waiting.present()
    waiting.press(BUTTON)
    waiting.follow("Not now, go on")
    waiting.shows("Sessions")


def test_n13_a_prompt_open_for_too_long_is_offered_again(site, waiting):
    waiting.answers_once("signin", lambda: site.clock.advance(LAPSE + 1))
    waiting.press(BUTTON)
    waiting.tells(RESTART)
    # On load, for the button, and for autofill again.
    waiting.asks(3)
    waiting.present()
    waiting.press(BUTTON)
    is_signed_in(waiting)


def test_n14_a_page_reloaded_under_an_open_prompt_begins_anew(site, waiting):
    with waiting.page.expect_response("**/passkeys/signin/options") as begun:
        waiting.press(BUTTON)
    waiting.tells("Waiting for your passkey …")
    stale = begun.value.json()["ceremony"]
    waiting.page.reload()
    waiting.asks()
    answer = waiting.evaluate(
        f"""(async () => {{
          const token = document.querySelector('meta[name="csrf-token"]').content;
          const answer = await fetch("/passkeys/signin/verify", {{
            method: "POST",
            headers: {{"Content-Type": "application/json", "X-CSRF-Token": token}},
            body: JSON.stringify({{ceremony: "{stale}", credential: {{}}}}),
          }});
          return [answer.status, await answer.json()];
        }})()"""
    )
    assert answer == [409, {"error": "restart"}]
    with site.database.reading() as session:
        ended = session.execute(select(ceremony.c.ended_why).where(ceremony.c.id == stale)).scalar()
    assert ended == "superseded"
    waiting.present()
    waiting.press(BUTTON)
    is_signed_in(waiting)


def test_a_second_tab_interrupts_the_first_which_recovers(site, waiting, new_tab, passkey):
    held = []

    def hold(route):
        held.append(route)

    waiting.page.route("**/passkeys/signin/verify", hold, times=1)
    waiting.present()
    with waiting.page.expect_request("**/passkeys/signin/verify"):
        waiting.press(BUTTON)
    waiting.absent()
    second = new_tab(waiting.context)
    second.take(passkey)
    second.absent()
    second.open("/signin")
    second.asks()
    waiting.page.bring_to_front()
    held[0].continue_()
    waiting.tells(RESTART)
    # On load, for the button, and for autofill again.
    waiting.asks(3)
    waiting.present()
    waiting.press(BUTTON)
    is_signed_in(waiting)
    # The token of the second tab's page ended with the session it was of.
    second.open("/account/sessions")
    second.shows("Sessions")


@pytest.mark.parametrize("bit", ["isBogusSignature", "isBadUV", "isBadUP"])
def test_n59_a_falsified_answer_is_refused_and_told(site, waiting, ann, bit):
    before = site.state(ann.org_id)
    waiting.lie(**{bit: True})
    waiting.answers_once("signin")
    with waiting.page.expect_response("**/passkeys/signin/verify") as refused:
        waiting.press(BUTTON)
    assert (refused.value.status, refused.value.json()) == (400, {"error": "passkey_rejected"})
    waiting.tells(REJECTED)
    waiting.is_at("/signin")
    assert site.state(ann.org_id) == before
    assert len(waiting.held) == 1


def test_n49_a_deleted_passkey_is_forgotten_by_the_authenticator(site, ann, new_tab, new_context):
    # Deleted in one browser, while another still offers it.
    mine, known = new_tab(), site.passkey(ann)
    mine.take(known)
    site.enter(mine.context, ann)
    mine.open("/account/passkeys")
    mine.page.get_by_role("link", name="Delete").last.click()
    mine.press("Delete the passkey")
    mine.is_at("/account/passkeys")
    other = new_tab(new_context())
    other.take(known)
    other.absent()
    other.open("/signin")
    other.asks()
    other.answers_once("signin")
    with other.page.expect_response("**/passkeys/signin/verify") as refused:
        other.press(BUTTON)
    told = {"error": "passkey_rejected", "unknownCredential": True}
    assert (refused.value.status, refused.value.json()) == (400, told)
    other.tells(REJECTED)
    assert other.held == set()


def test_a_challenge_about_to_lapse_is_renewed(tab, passkey):
    """P50"""
    tab.take(passkey)
    tab.absent()
    tab.page.clock.install()
    tab.open("/signin")
    tab.asks()
    with tab.page.expect_response("**/passkeys/signin/options"):
        tab.page.clock.fast_forward((LAPSE - 30) * 1000)


def test_signing_out_ends_the_session(site, tab, ann):
    site.enter(tab.context, ann)
    tab.open("/account/sessions")
    tab.page.locator("header").get_by_role("button", name="Sign out").click()
    expect(tab.page.get_by_text("You are signed out.")).to_be_visible()
    tab.open("/account/sessions")
    tab.is_at("/signin")
