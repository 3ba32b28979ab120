"""The front door and everybody's own account, through the real gate."""

import json
import re
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest

from scimserver.domain.roles import Role
from scimserver.services import sessions
from scimserver.services.passkeys import Hint
from scimserver.storage.models import audit, passkey, recovery_code
from scimserver.web.console.account import Account
from scimserver.web.console.hints import suggestion
from scimserver.web.render import Renderer
from scimserver.web.static_files import StaticFiles
from tests.factories import NOW as EARLIER
from tests.factories import a_passkey, rows, write
from tests.web.console.markup import Page
from tests.web.site import ORIGIN, Site

HOSTILE = """<b>x</b>'"><script>alert(1)</script>"""
KEY_OF_A_MAKER = "ee882879-721c-4913-9775-3dfcce97072a"


class AccountSite(Site):
    """The pages of the account behind the real gate."""

    has_mail = False

    def _mount(self, browser):
        pages = Renderer(StaticFiles())
        Account(browser._services, browser, pages, browser._party, has_mail=self.has_mail).mount(
            self.app
        )


class MailSite(AccountSite):
    """The same where mail can be sent."""

    has_mail = True


@pytest.fixture
def site(database):
    return AccountSite(database)


@pytest.fixture
def ann(site):
    return site.a_person(Role.OWNER)


@pytest.fixture
def browser(site, ann):
    return site.visitor().sign_in(ann)


def read(answer, status=200):
    """Return a page, which must be faultless."""
    assert answer.status_code == status
    page = Page(answer.text)
    assert page.faults == []
    return page


def a_key(site, person, **options):
    return a_passkey(site.database, person.org_id, person.user_id, **options)


def labels(site):
    return sorted(row.label for row in rows(site.database, passkey))


def a_code(site, person):
    row = {
        "org_id": person.org_id,
        "user_id": person.user_id,
        "mac": "a-mac",
        "set_id": person.user_id,
        "created_at": EARLIER,
    }
    write(site.database, lambda s: s.execute(recovery_code.insert(), row))


def test_the_sign_in_page_offers_autofill_and_always_the_button(site):
    page = read(site.visitor().get("/signin"))
    assert page.one("input", name="username")["autocomplete"] == "username webauthn"
    assert page.has("button", type="submit", id="use-passkey")
    assert page.one("form", id="signin")["data-next"] == ""
    assert "/recover" in page.links
    assert page.has("p", role="status", id="status")
    token = page.one("meta", name="csrf-token")["content"]
    assert token == site.sessions()[0].csrf


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/console/users?q=a", "/console/users?q=a"),
        ("https://evil.example/", ""),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        (HOSTILE, ""),
    ],
)
def test_the_sign_in_page_leads_to_paths_of_ours_alone(site, asked, led):
    page = read(site.visitor().get("/signin", query_string={"next": asked}))
    assert page.one("form", id="signin")["data-next"] == led


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.OWNER, "/console"),
        (Role.HELPDESK, "/console"),
        (Role.VIEWER, "/console"),
        (Role.MEMBER, "/account/passkeys"),
    ],
)
def test_everybody_is_led_to_where_they_belong(site, role, home):
    browser = site.visitor().sign_in(site.a_person(role))
    for path in ("/", "/signin"):
        assert browser.get(path).location == home
    assert browser.get("/signin?next=/account/sessions").location == "/account/sessions"
    assert browser.get("/account").location == "/account/passkeys"


def test_a_stranger_at_the_door_is_led_to_sign_in(site):
    answer = site.visitor().get("/")
    assert (answer.status_code, answer.location) == (303, "/signin?next=/")


def test_signing_out_ends_the_session(site, browser):
    answer = browser.post("/signout")
    assert answer.location == "/signin?done=signed-out"
    assert browser.secret is None
    assert site.sessions()[-1].ended_why == "signed_out"
    assert "signed out" in read(browser.get(answer.location)).text


def test_the_list_of_passkeys_says_what_is_known_of_each(site, ann, browser):
    a_key(site, ann, label="Laptop", aaguid=KEY_OF_A_MAKER, last_client="Firefox on Linux")
    a_key(site, ann, label="Key", backup_eligible=False, backed_up=False, suspect=True)
    a_key(site, ann, label="Old", rp_id="old.example", backed_up=False, added_by="shell")
    page = read(browser.get("/account/passkeys"))
    for words in ("Laptop", "Synced", "This device only", "Not synced yet", "Possibly copied"):
        assert words in page.text
    assert "Firefox on Linux" in page.text
    assert "For another address" in page.text
    assert "By a link from the server's command line" in page.text
    assert page.has("img", src=f"/account/passkey-icons/{KEY_OF_A_MAKER}/light")
    assert page.text.count("Used in this browser") == 3
    assert sum(1 for tag, at, _ in page.elements if "data-here" in at and "hidden" in at) == 3


def test_a_person_without_passkeys_is_told_how_to_add_one(browser):
    page = read(browser.get("/account/passkeys"))
    assert "No passkey yet" in page.text
    assert "/account/passkeys/new" in page.links


def test_the_browser_is_told_which_passkeys_are_good(site, ann, browser):
    id = a_key(site, ann)
    a_key(site, ann, rp_id="old.example")
    (good,) = [row for row in rows(site.database, passkey) if row.id == id]
    told = read(browser.get("/account/passkeys")).one("div", id="known-passkeys")
    accepted, details = json.loads(told["data-accepted"]), json.loads(told["data-details"])
    sent = urlsafe_b64encode(good.credential_id).decode().rstrip("=")
    assert accepted["allAcceptedCredentialIds"] == [sent]
    assert accepted["rpId"] == details["rpId"] == "localhost"
    assert accepted["userId"] == details["userId"]
    assert details["name"].startswith(ann.user_name)


def test_who_may_not_have_a_passkey_cannot_add_one(site):
    member = site.a_person()
    page = read(site.visitor().sign_in(member).get("/account/passkeys"))
    assert "/account/passkeys/new" not in page.links
    assert "no passkey can be added" in page.text


@pytest.mark.parametrize(
    "path", ["/account/passkeys", "/account/sessions", "/account/passkeys/{id}/rename"]
)
def test_hostile_names_stay_text(site, ann, browser, path):
    id = a_key(site, ann, label=HOSTILE)
    answer = browser.get(path.format(id=id), headers={"User-Agent": HOSTILE})
    read(answer)
    assert "<script>alert" not in answer.text
    assert "<b>x" not in answer.text


def test_a_passkey_can_be_added_in_three_ways(browser):
    page = read(browser.get("/account/passkeys/new"))
    devices = [at["data-device"] for tag, at, _ in page.elements if "data-device" in at]
    assert devices == ["this-device", "security-key", ""]
    assert page.one("input", name="label")["maxlength"] == "80"


@pytest.mark.parametrize("path", ["new", "{id}/delete"])
def test_adding_and_deleting_need_a_fresh_sign_in(site, ann, browser, path):
    path = f"/account/passkeys/{path.format(id=a_key(site, ann))}"
    site.clock.move(seconds=601)
    page = read(browser.get(path), 403)
    assert page.one("form", id="repeat")["data-next"] == path
    browser.step_up()
    read(browser.get(path))


def test_a_passkey_gets_another_name(site, ann, browser):
    id = a_key(site, ann, label="Old")
    path = f"/account/passkeys/{id}/rename"
    assert read(browser.get(path)).one("input", name="label")["value"] == "Old"
    answer = browser.post(path, data={"label": " New \t name\u202e "})
    assert labels(site) == ["New name"]
    assert "new name" in read(browser.get(answer.location)).text
    assert "passkey:rename" in [row.event for row in rows(site.database, audit)]


@pytest.mark.parametrize("name", ["", "   ", "a" * 81, "Taken"])
def test_a_name_that_cannot_be_is_asked_for_again(site, ann, browser, name):
    a_key(site, ann, label="Taken")
    id = a_key(site, ann, label="Old")
    page = read(browser.post(f"/account/passkeys/{id}/rename", data={"label": name}), 400)
    field = page.one("input", name="label")
    assert (field["value"], field["aria-invalid"]) == (name, "true")
    assert labels(site) == ["Old", "Taken"]


def test_deleting_asks_first_and_says_what_will_happen(site, ann, browser):
    a_key(site, ann, label="Kept")
    id = a_key(site, ann, label="Lost")
    path = f"/account/passkeys/{id}/delete"
    page = read(browser.get(path))
    assert "no longer sign in with “Lost”" in page.text
    assert labels(site) == ["Kept", "Lost"]
    answer = browser.post(path)
    assert labels(site) == ["Kept"]
    assert "is deleted" in read(browser.get(answer.location)).text


def test_the_last_passkey_is_kept(site, ann, browser):
    id = a_key(site, ann, label="Only")
    path = f"/account/passkeys/{id}/delete"
    page = read(browser.get(path))
    assert not page.has("form", action=path)
    assert "your last passkey" in page.text
    read(browser.post(path, data={"last": "yes"}), 409)
    assert labels(site) == ["Only"]


def test_the_last_passkey_goes_where_codes_and_mail_help_and_it_is_confirmed(database):
    site = MailSite(database)
    ann = site.a_person(Role.OWNER)
    id, path = a_key(site, ann, label="Only"), "/account/passkeys/{}/delete"
    a_code(site, ann)
    browser = site.visitor().sign_in(ann)
    page = read(browser.get(path.format(id)))
    assert "your recovery code and a code sent to you by mail" in page.text
    read(browser.post(path.format(id)), 409)
    assert browser.post(path.format(id), data={"last": "yes"}).status_code == 303
    assert labels(site) == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("what", ["rename", "delete"])
def test_the_passkey_of_somebody_else_is_not_found(site, browser, what, method):
    other = site.a_person(Role.OWNER)
    for id in (a_key(site, other), "nonsense", "a%00b"):
        answer = getattr(browser, method)(f"/account/passkeys/{id}/{what}", data={"label": "x"})
        assert answer.status_code in (400, 404)
    assert "x" not in labels(site)


def test_deleting_the_passkey_that_opened_the_session_leads_out(site, ann):
    a_key(site, ann)
    id = a_key(site, ann)
    browser = site.visitor()
    browser.get("/signin")
    browser._become(
        lambda s, now, visit, current: sessions.sign_in(s, now, visit, current, ann, "passkey", id)
    )
    answer = browser.post(f"/account/passkeys/{id}/delete")
    assert answer.location == "/signin?done=passkey-deleted"
    assert browser.get("/account/passkeys").location == "/signin?next=/account/passkeys"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_of_a_maker_is_served_by_us(browser, scheme):
    path = f"/account/passkey-icons/{KEY_OF_A_MAKER}/{scheme}"
    answer = browser.client.get(path, base_url=ORIGIN)
    assert answer.content_type.startswith("image/")
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; sandbox")


@pytest.mark.parametrize("path", [f"{KEY_OF_A_MAKER}/pink", "nobody/light", "nobody"])
def test_no_other_picture_is(browser, path):
    assert browser.get(f"/account/passkey-icons/{path}").status_code == 404


@pytest.mark.parametrize("hint", Hint)
def test_each_hint_has_its_words(hint):
    said = suggestion(hint)
    assert said.title
    assert said.href.startswith("/account/")


def test_after_sign_in_what_should_be_seen_to_is_suggested_until_it_is_dismissed(
    site, ann, browser
):
    a_key(site, ann)
    path = "/account/welcome?next=/console/users&device=other"
    page = read(browser.get(path))
    assert page.text.count("Do not remind me") == 3
    assert "/console/users" in page.links
    for hint in (Hint.ONLY_ONE, Hint.OTHER_DEVICE, Hint.NO_CODES):
        answer = browser.post(f"/account/hints/{hint}/dismiss", data={"next": path})
        assert answer.location == path
    assert browser.get(path).location == "/console/users"


def test_nobody_is_led_elsewhere_after_a_hint(site, ann, browser):
    a_key(site, ann)
    page = read(browser.get("/account/welcome?next=//evil.example"))
    assert "//evil.example" not in page.links
    answer = browser.post("/account/hints/no_codes/dismiss", data={"next": "//evil.example"})
    assert answer.location == "/"
    assert browser.post("/account/hints/none/dismiss").status_code == 404


def test_a_person_sees_and_ends_their_sessions(site, ann, browser):
    other = site.visitor().sign_in(ann)
    third = site.visitor().sign_in(ann)
    page = read(browser.get("/account/sessions"))
    assert page.text.count("This session") == 1
    actions = [at["action"] for tag, at, _ in page.elements if tag == "form"]
    ends = [each for each in actions if re.fullmatch(r"/account/sessions/[\w-]{36}/end", each)]
    assert len(ends) == 2
    first = browser.post(ends[0])
    assert "has ended" in read(browser.get(first.location)).text
    assert browser.post(ends[0]).status_code == 404
    live = [each.get("/account/sessions").status_code for each in (browser, other, third)]
    assert sorted(live) == [200, 200, 303]
    browser.post("/account/sessions/end-others")
    live = [each.get("/account/sessions").status_code for each in (browser, other, third)]
    assert live == [200, 303, 303]
    assert {row.ended_why for row in site.sessions() if row.ended_at} >= {"ended_by_person"}


def test_the_session_of_somebody_else_is_not_found(site, browser):
    stranger = site.visitor().sign_in(site.a_person())
    theirs = site.sessions()[-1].id
    assert browser.post(f"/account/sessions/{theirs}/end").status_code == 404
    assert stranger.get("/account/sessions").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/account",
        "/account/passkeys",
        "/account/passkeys/new",
        "/account/sessions",
        "/account/welcome",
        f"/account/passkey-icons/{KEY_OF_A_MAKER}/light",
    ],
)
def test_the_account_is_for_who_is_signed_in(site, ann, path):
    stranger = site.visitor()
    assert stranger.get(path).status_code == 303
    assert stranger.secret is None
    restricted = site.visitor().restrict(ann)
    assert restricted.get(path).status_code == 401


def test_an_idle_session_is_led_to_sign_in(site, browser):
    site.clock.move(seconds=timedelta(minutes=30).total_seconds())
    answer = browser.get("/account/sessions")
    assert answer.location == "/signin?next=/account/sessions"
