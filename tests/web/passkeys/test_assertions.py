"""Section 13 D: whose passkey it is, whether it may let anybody in, and what its counter says."""

import pytest
from sqlalchemy import update

from scimserver.ids import LOWEST
from scimserver.storage import passkeys
from scimserver.storage.models import (
    account,
    ceremony,
    notice,
    organization,
    passkey,
    passkey_credential,
    resource,
)
from tests.authenticator import BE, BS, UP, UV, b64u
from tests.factories import write
from tests.signing_in import ORIGIN


@pytest.fixture
def ann(site):
    return site.person()


@pytest.fixture
def browser(site, ann):
    """A visitor whose authenticator has a passkey of Ann's."""
    visitor = site.visitor()
    visitor.held = visitor.hold(ann)
    return visitor


def test_a_passkey_signs_in(site, ann, browser):
    """N65 as well: the session and its token are new."""
    old, token = browser.cookie, browser.csrf
    site.clock.advance(5)
    reply = browser.sign_in()
    assert reply.status == 200
    assert browser.cookie != old
    assert browser.csrf != token
    current = browser.session
    (stored,) = site.passkeys(ann)
    assert (current.kind, current.person, current.auth_at) == ("user", ann, site.now)
    assert (current.method, current.opened_by) == ("passkey", stored.id)
    assert (stored.sign_count, stored.last_used_at) == (1, site.now)
    assert (stored.last_client, stored.suspect) == ("Firefox on Linux", False)
    assert [event for event, *_ in site.events(reply)] == ["session:create"]


def test_an_answer_has_what_the_page_needs(site, ann, browser):
    """P6, P53."""
    site.organization()
    reply = browser.sign_in()
    handle = b64u(ann.handle)
    assert reply.json == {
        "csrf": browser.session.csrf,
        "accepted": {
            "rpId": "id.acme.test",
            "userId": handle,
            "allAcceptedCredentialIds": [b64u(browser.held.id)],
        },
        "details": {
            "rpId": "id.acme.test",
            "userId": handle,
            "name": f"{ann.user_name} ({ann.org_slug})",
            "displayName": ann.display_name,
        },
        "hints": ["only_one", "no_codes"],
        "next": "/console",
    }
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.cookies[0].startswith("__Host-sid=")


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/account/sessions?all=1", "/account/sessions?all=1"),
        ("/", "/"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("/\\evil.example/", None),
        ("/\t/evil.example/", None),
        ("javascript:alert(1)", None),
        ("account", None),
        ("", None),
        (5, None),
        (["/"], None),
        (None, None),
    ],
    ids=repr,
)
def test_only_a_path_of_our_own_is_led_to(browser, wanted, led):
    """P6."""
    attempt, options = browser.options("signin")
    reply = browser.verify("signin", attempt, browser.authenticator.get(options), next=wanted)
    assert (reply.status, reply.json["next"]) == (200, led or "/console")


def test_a_member_is_led_to_their_own_page(site):
    org_id = site.organization(passkey_audience="everyone")
    bob = site.person(org_id, role="member")
    browser = site.visitor()
    browser.hold(bob)
    assert browser.sign_in().json["next"] == "/account/passkeys"


def test_signing_in_again_ends_the_session_before(site, ann, browser):
    browser.sign_in()
    first = browser.session.digest
    assert browser.sign_in().status == 200
    assert (
        [digest for digest, _ in site.state(ann.org_id)[2]] == [browser.session.digest] != [first]
    )


def test_a_changed_backup_eligibility_is_refused(ann, browser, refusals):
    """N24."""
    reply = browser.sign_in(flags=UP | UV)
    refusals(ann).rejected(reply, "backup_eligibility_changed")


def test_whether_a_passkey_is_synced_follows_each_use(site, ann, browser):
    """P31."""
    assert browser.sign_in(flags=UP | UV | BE).status == 200
    assert [each.backed_up for each in site.passkeys(ann)] == [False]
    assert browser.sign_in(flags=UP | UV | BE | BS).status == 200
    assert [each.backed_up for each in site.passkeys(ann)] == [True]


def test_a_signature_over_other_client_data_is_refused(ann, browser, refusals):
    """N46."""
    attempt, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    other = browser.authenticator.get(options, client={"more": 1})
    answer["response"]["clientDataJSON"] = other["response"]["clientDataJSON"]
    refusals(ann).rejected(browser.verify("signin", attempt, answer), "signature_invalid")


UNKNOWN = {"told": {"unknownCredential": True}}


def test_an_unknown_passkey_is_said_to_be_unknown(site, ann, browser, refusals):
    """N48."""
    attempt, options = browser.options("signin")
    unknown = {"id": b64u(bytes(32)), "rawId": b64u(bytes(32))}
    answer = browser.authenticator.get(options, top=unknown)
    reply = browser.verify("signin", attempt, answer)
    refusals(ann).rejected(reply, "credential_unknown", **UNKNOWN)
    assert site.events(reply)[0][2] == LOWEST


def test_a_deleted_passkey_is_said_to_be_unknown(site, ann, browser, refusals):
    """N49."""
    site.signed_in(ann)
    (old, _) = site.passkeys(ann)
    site.run(lambda s: _remove(s, old))
    reply = browser.sign_in()
    refusals(ann).rejected(reply, "credential_unknown", **UNKNOWN)


def _remove(session, old):
    passkeys.remove(session, old.org_id, old)


def test_a_passkey_deleted_meanwhile_is_unknown_at_re_authentication(site, ann, refusals):
    """N49."""
    browser = site.entered(ann)
    held = browser.hold(ann)
    attempt, options = browser.options("reauth")
    (old,) = site.passkeys(ann)
    site.run(lambda s: _remove(s, old))
    answer = browser.authenticator.get(options, held)
    reply = browser.verify("reauth", attempt, answer)
    refusals(ann).rejected(reply, "credential_unknown", **UNKNOWN)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same organization", "another"])
def test_another_persons_passkey_does_not_re_authenticate(site, ann, refusals, elsewhere):
    """N50. The log is that of whoever is signed in."""
    bob = site.person(None if elsewhere else ann.org_id)
    browser = site.entered(ann)
    browser.hold(ann)
    bobs = browser.hold(bob)
    reply = browser.reauth(bobs)
    refusals(ann).rejected(reply, "credential_not_in_allow_list")
    assert [org_id for _, _, org_id, _ in site.events(reply)] == [ann.org_id]


def test_the_allow_list_alone_does_not_let_another_person_step_up(site, ann, refusals):
    """P30: the second wall, where the list is wrong."""
    bob = site.person(ann.org_id)
    browser = site.entered(ann)
    browser.hold(ann)
    bobs = browser.hold(bob)
    attempt, options = browser.options("reauth")
    site.change(ceremony, ceremony.c.id == attempt, allowed=[b64u(bobs.id)])
    reply = browser.verify("reauth", attempt, browser.authenticator.get(options, bobs))
    refusals(ann).rejected(reply, "credential_of_another_person")


@pytest.mark.parametrize(
    ("handle", "cause"),
    [
        (None, "user_handle_missing"),
        (b64u(bytes(64)), "user_handle_mismatch"),
        ("", "user_handle_mismatch"),
        (5, "user_handle_malformed"),
        ("a$b=", "user_handle_malformed"),
    ],
    ids=["missing", "foreign", "empty", "number", "bad base64"],
)
def test_the_user_handle_is_that_of_the_owner(ann, browser, refusals, handle, cause):
    """N51."""
    refusals(ann).rejected(browser.sign_in(resp={"userHandle": handle}), cause)


def test_a_user_handle_of_null_is_none(ann, browser, refusals):
    """N51."""
    attempt, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    answer["response"]["userHandle"] = None
    refusals(ann).rejected(browser.verify("signin", attempt, answer), "user_handle_missing")


def test_the_user_handle_of_another_real_person_is_refused(site, ann, browser, refusals):
    """N51."""
    bob = site.person(ann.org_id)
    handle = b64u(bob.handle)
    refusals(ann).rejected(browser.sign_in(resp={"userHandle": handle}), "user_handle_mismatch")


def test_re_authentication_needs_no_user_handle_but_a_right_one(site, ann, refusals):
    """P29."""
    browser = site.entered(ann)
    browser.hold(ann)
    foreign = {"userHandle": b64u(bytes(64))}
    refusals(ann).rejected(browser.reauth(resp=foreign), "user_handle_mismatch")
    assert browser.reauth(resp={"userHandle": None}).status == 200


@pytest.mark.parametrize(
    ("stored", "sent", "is_accepted"),
    [(5, 6, True), (0, 0, True), (0, 1, True), (5, 5, False), (5, 4, False), (5, 0, False)],
)
def test_a_counter_that_does_not_go_up_marks_the_passkey(
    site, ann, browser, stored, sent, is_accepted
):
    """N52."""
    site.change(passkey, passkey.c.org_id == ann.org_id, sign_count=stored)
    reply = browser.sign_in(count=sent)
    (left,) = site.passkeys(ann)
    if is_accepted:
        assert (reply.status, left.sign_count, left.suspect) == (200, sent, False)
        return
    assert (reply.status, reply.json) == (400, {"error": "passkey_rejected"})
    assert (left.sign_count, left.suspect, left.last_used_at) == (stored, True, None)
    assert site.state(ann.org_id)[2] == []
    assert [event[:2] for event in site.events(reply)] == [
        ("passkey:suspect", None),
        ("passkey:reject", "sign_count_regressed"),
    ]
    told = site.rows(notice, notice.c.org_id == ann.org_id)
    assert sorted((row.code, row.audience) for row in told) == [
        ("passkey_suspect", "administrators"),
        ("passkey_suspect", "person"),
    ]


def test_a_suspect_passkey_whose_counter_goes_up_signs_in_and_stays_marked(site, ann, browser):
    assert browser.sign_in(count=5).status == 200
    assert browser.sign_in(count=5).status == 400
    assert browser.sign_in(count=6).status == 200
    assert [(each.sign_count, each.suspect) for each in site.passkeys(ann)] == [(6, True)]


def test_an_operator_may_let_suspect_passkeys_in(own_site):
    """P32: the setting decides what follows, not whether it is marked."""
    site = own_site(SCIMSERVER_SIGN_COUNT="flag")
    ann = site.person()
    browser = site.visitor()
    browser.hold(ann)
    assert browser.sign_in(count=5).status == 200
    assert browser.sign_in(count=4).status == 200
    assert browser.reauth(count=4).status == 200
    (left,) = site.passkeys(ann)
    assert (left.sign_count, left.suspect, left.last_used_at) == (5, True, site.now)


def test_a_counter_that_does_not_go_up_is_refused_at_re_authentication(site, ann):
    """N52."""
    browser = site.entered(ann)
    browser.hold(ann, count=5)
    before = browser.session.digest
    reply = browser.reauth(count=5)
    assert (reply.status, reply.json) == (400, {"error": "passkey_rejected"})
    assert browser.session.digest == before
    assert [each.suspect for each in site.passkeys(ann)] == [True]


def test_a_forged_response_raises_no_alarm(site, ann, browser, refusals):
    """N53."""
    site.change(passkey, passkey.c.org_id == ann.org_id, sign_count=5)
    refusals(ann).rejected(browser.sign_in(count=1, sig=b"x" * 70), "signature_invalid")


def _shut_out(site, ann, what):
    if what == "user_deactivated":
        off = update(resource).where(resource.c.id == ann.user_id).values(active=False)
        write(site.database, lambda s: s.execute(off))
    else:
        site.change(organization, organization.c.id == ann.org_id, suspended=True)


@pytest.mark.parametrize("cause", ["user_deactivated", "organization_inactive"])
def test_whoever_is_shut_out_is_refused_like_any_other(site, ann, browser, refusals, cause):
    """N54. A forged response does not learn of it either."""
    _shut_out(site, ann, cause)
    reply = browser.sign_in()
    refusals(ann).rejected(reply, cause)
    assert [org_id for _, _, org_id, _ in site.events(reply)] == [ann.org_id]
    assert site.audit(reply)[0].actor == f"user:{ann.user_id}"
    forged = browser.sign_in(sig=b"x")
    refusals(ann).rejected(forged, "signature_invalid")
    assert site.audit(forged)[0].actor == "anonymous"


def test_nobody_signs_in_to_a_sandbox(site, refusals):
    """M22."""
    ann = site.person(site.organization(sandbox=True))
    browser = site.visitor()
    browser.hold(ann)
    refusals(ann).rejected(browser.sign_in(), "organization_sandbox")


@pytest.mark.parametrize(
    ("audience", "role", "is_let_in"),
    [
        ("administrators", "member", False),
        ("administrators", "viewer", True),
        ("everyone", "member", True),
        ("team", "member", False),
    ],
)
def test_the_organization_says_whose_passkeys_let_in(site, refusals, audience, role, is_let_in):
    ann = site.person(site.organization(passkey_audience=audience), role=role)
    browser = site.visitor()
    browser.hold(ann)
    reply = browser.sign_in()
    if is_let_in:
        assert reply.status == 200
    else:
        refusals(ann).rejected(reply, "passkeys_not_allowed")


def test_who_must_use_single_sign_on_is_told_so_after_the_signature(site, refusals):
    """P34."""
    ann = site.person(site.organization(sso_mode="enforced"))
    browser = site.visitor()
    browser.hold(ann)
    refusals(ann).rejected(browser.sign_in(sig=b"x"), "signature_invalid")
    reply = browser.sign_in()
    refusals(ann).rejected(reply, "sso_required", status=403, error="sso_required")
    assert len(site.passkeys(ann)) == 1


def test_a_local_administrator_comes_in_past_single_sign_on_and_it_is_told(site):
    """P90."""
    ann = site.person(site.organization(sso_mode="enforced"), local_administrator=True)
    browser = site.visitor()
    browser.hold(ann)
    reply = browser.sign_in()
    assert reply.status == 200
    assert [event for event, *_ in site.events(reply)] == ["session:create"]
    (told,) = site.rows(notice, notice.c.org_id == ann.org_id)
    assert (told.code, told.audience) == ("local_admin_sign_in_past_sso", "administrators")


def test_a_step_up_makes_the_sign_in_fresh_again(site, ann):
    browser = site.entered(ann)
    browser.hold(ann)
    before = browser.session
    site.clock.advance(900)
    reply = browser.reauth()
    assert reply.status == 200
    after = browser.session
    assert (after.auth_at, after.created_at) == (site.now, before.created_at)
    assert after.digest != before.digest
    assert reply.json["csrf"] == after.csrf != before.csrf
    assert reply.json["accepted"]["userId"] == b64u(ann.handle)
    assert [event for event, *_ in site.events(reply)] == ["session:step_up"]


def test_re_authentication_names_the_persons_own_passkeys(site, ann):
    browser = site.entered(ann)
    held = browser.hold(ann)
    _, options = browser.options("reauth")
    assert options == {
        "rpId": "id.acme.test",
        "challenge": options["challenge"],
        "timeout": 300_000,
        "userVerification": "required",
        "allowCredentials": [
            {"id": b64u(held.id), "type": "public-key", "transports": ["hybrid", "internal"]}
        ],
    }


def test_who_has_no_passkey_cannot_re_authenticate_by_one(site, ann, refusals):
    """An empty list would let the browser offer every passkey it has."""
    browser = site.entered(ann)
    refusals(ann).rejected(browser.post_json("/passkeys/reauth/options"), "no_passkey")


def test_a_passkey_of_another_rp_id_is_not_found(site, ann, browser, refusals):
    """P41."""
    for table in (passkey, passkey_credential):
        site.change(table, table.c.org_id == ann.org_id, rp_id="old.acme.test")
    refusals(ann).rejected(browser.sign_in(), "credential_unknown", **UNKNOWN)


def test_a_hint_depends_on_what_there_is(site, ann, browser):
    """P47."""
    assert browser.sign_in().json["hints"] == ["only_one", "no_codes"]
    cross = browser.sign_in(top={"authenticatorAttachment": "cross-platform"})
    assert cross.json["hints"] == ["only_one", "other_device", "no_codes"]
    browser.hold(ann)
    assert browser.sign_in(browser.held).json["hints"] == ["no_codes"]
    site.change(passkey, passkey.c.org_id == ann.org_id, backup_eligible=False, backed_up=False)
    bound = browser.sign_in(browser.held, flags=UP | UV)
    assert bound.json["hints"] == ["one_device", "no_codes"]
    site.change(account, account.c.user_id == ann.user_id, dismissed=["no_codes", "one_device"])
    assert browser.sign_in(browser.held, flags=UP | UV).json["hints"] == []


def test_every_origin_of_ours_is_accepted(own_site):
    related = "https://acme.example"
    site = own_site(SCIMSERVER_ORIGINS=f"{ORIGIN},{related}", SCIMSERVER_RELATED_ORIGINS=related)
    ann = site.person()
    browser = site.visitor()
    browser.hold(ann)
    assert browser.sign_in(client={"origin": related}).status == 200


def test_an_event_keeps_where_it_came_from_and_no_secret(site, ann, browser):
    """P96."""
    attempt, options = browser.options("signin")
    answer = browser.authenticator.get(options, sig=b"x" * 70)
    reply = browser.verify("signin", attempt, answer)
    (row,) = site.audit(reply)
    assert row.context == {
        "session": browser.session.digest[:8],
        "address": browser.address,
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
        "code": "signature_invalid",
    }
    kept = str(row)
    for secret in (options["challenge"], browser.cookie, browser.csrf, browser.session.digest):
        assert secret not in kept
