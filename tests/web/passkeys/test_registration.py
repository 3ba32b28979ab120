"""A passkey is made: by whom, with what name, once in the world, and what a link adds to it."""

from datetime import timedelta

import pytest

from scimserver.services import audit, enrolment
from scimserver.storage import organizations
from scimserver.storage.models import (
    account,
    enrol_link,
    notice,
    organization,
    passkey,
    web_session,
)
from tests.authenticator import b64u, unb64u
from tests.signing_in import ORIGIN, at_once


@pytest.fixture
def ann(site):
    return site.person(name=None)


@pytest.fixture
def browser(site, ann):
    return site.entered(ann)


def _labels(site, person):
    return [each.label for each in site.passkeys(person)]


def test_a_passkey_is_stored_with_what_is_known_of_it(site, ann, browser):
    """P41, P45, P98."""
    reply = browser.register()
    assert reply.status == 200
    (made,) = browser.authenticator.credentials.values()
    (stored,) = site.passkeys(ann)
    assert reply.json == {
        "passkey": stored.id,
        "label": "Firefox on Linux",
        "accepted": {
            "rpId": "id.acme.test",
            "userId": b64u(ann.handle),
            "allAcceptedCredentialIds": [b64u(made.id)],
        },
    }
    assert (stored.credential_id, stored.rp_id, stored.added_by) == (
        made.id,
        "id.acme.test",
        "self",
    )
    assert (stored.sign_count, stored.backup_eligible, stored.backed_up) == (0, True, True)
    assert (stored.transports, stored.discoverable) == (["hybrid", "internal"], True)
    assert (stored.created_at, stored.last_used_at, stored.suspect) == (site.now, None, False)
    (row,) = site.audit(reply)
    assert (row.event, row.actor, row.subject_id) == (
        "passkey:create",
        f"user:{ann.user_id}",
        stored.id,
    )
    kept = {each["path"]: each["after"] for each in row.changes}
    assert kept["credentialId"] == b64u(made.id)
    assert kept["aaguid"] == stored.aaguid
    told = site.rows(notice, notice.c.org_id == ann.org_id)
    assert [(each.code, each.user_id) for each in told] == [("passkey_created", ann.user_id)]


def test_a_new_passkey_signs_in(site, ann, browser):
    browser.register()
    assert browser.sign_in().status == 200
    assert browser.session.person == ann


def test_options_name_the_person_and_every_passkey_of_theirs(site, ann, browser):
    """P7, P17, P19."""
    site.organization()
    held = browser.hold(ann)
    _, options = browser.options("register")
    assert options["rp"] == {"id": "id.acme.test", "name": "scimserver"}
    assert options["user"] == {
        "id": b64u(ann.handle),
        "name": f"{ann.user_name} ({ann.org_slug})",
        "displayName": ann.display_name,
    }
    assert [each["id"] for each in options["excludeCredentials"]] == [b64u(held.id)]
    assert options["extensions"] == {"credProps": True}
    assert "hints" not in options


def test_where_there_is_one_organization_its_name_is_not_told(own_site):
    """P7. A sandbox beside it confuses nobody, since nobody signs in to it."""
    site = own_site()
    ann = site.person()
    site.organization(sandbox=True)
    browser = site.entered(ann)
    assert browser.options("register")[1]["user"]["name"] == ann.user_name
    site.organization()
    assert browser.options("register")[1]["user"]["name"] == f"{ann.user_name} ({ann.org_slug})"


@pytest.mark.parametrize(
    ("device", "attachment", "hint"),
    [
        ("this-device", "platform", "client-device"),
        ("security-key", "cross-platform", "security-key"),
    ],
)
def test_a_device_can_be_asked_for(browser, device, attachment, hint):
    """P20."""
    _, options = browser.options("register", device=device)
    assert options["authenticatorSelection"]["authenticatorAttachment"] == attachment
    assert options["hints"] == [hint]


@pytest.mark.parametrize("device", ["", "phone", 5, [], {}, True], ids=repr)
def test_a_device_nobody_knows_is_refused(browser, device):
    reply = browser.post_json("/passkeys/register/options", {"device": device})
    assert (reply.status, reply.json) == (400, {"error": "bad_request"})


def test_somebody_without_an_account_gets_one(site):
    """P17: 64 random bytes, that say nothing of whom they stand for."""
    bob = site.user(site.organization(passkey_audience="everyone"))
    browser = site.entered(bob)
    ids = {browser.options("register")[1]["user"]["id"] for _ in range(2)}
    (row,) = site.rows(account, account.c.user_id == bob.user_id)
    assert ids == {b64u(row.handle)}
    assert len(unb64u(ids.pop())) == 64
    assert browser.register().status == 200
    assert browser.sign_in().status == 200


LABELS = {
    "plain": ("Blue key", "Blue key"),
    "trimmed": ("  Blue \t key\n", "Blue key"),
    "nul": ("Blue\0key", None),
    "surrogate": ("Blue\ud800key", None),
    "controls": ("Blue\x1b[31m\u202ekey\u200b", "Blue[31mkey"),
    "decomposed": ("Cafe\u0301", "Caf\u00e9"),
    "long": ("x" * 500, "x" * 80),
    "empty": ("", "Firefox on Linux"),
    "blank": (" \u200b\x07 ", "Firefox on Linux"),
    "markup": ("<b>&amp;", "<b>&amp;"),
}


@pytest.mark.parametrize(("typed", "kept"), LABELS.values(), ids=LABELS.keys())
def test_a_label_is_cleaned(site, ann, browser, typed, kept):
    """N74, P42."""
    reply = browser.register(label=typed)
    assert reply.status == 200
    (label,) = _labels(site, ann)
    assert reply.json["label"] == label
    if kept is None:
        assert label.startswith("Blue")
        assert label.isprintable()
    else:
        assert label == kept


@pytest.mark.parametrize("label", [{"a": 1}, ["x"], 5, True], ids=repr)
def test_a_label_that_is_no_text_is_refused_before_the_attempt_is_used_up(
    site, ann, browser, label
):
    """N74."""
    attempt, options = browser.options("register")
    answer = browser.authenticator.create(options)
    reply = browser.verify("register", attempt, answer, label=label)
    assert (reply.status, reply.json) == (400, {"error": "bad_request"})
    assert browser.verify("register", attempt, answer).status == 200


@pytest.mark.parametrize("replace", ["yes", 1, [], {}], ids=repr)
def test_replace_is_true_or_false(browser, replace):
    attempt, options = browser.options("register")
    answer = browser.authenticator.create(options)
    reply = browser.verify("register", attempt, answer, replace=replace)
    assert (reply.status, reply.json) == (400, {"error": "bad_request"})


def test_labels_of_one_person_are_told_apart(site, ann, browser):
    """P42."""
    for label in (None, None, "Blue key", "Blue key", "x" * 80, "x" * 80):
        assert browser.register(label=label).status == 200
        site.clock.advance(1)
    assert _labels(site, ann) == [
        "Firefox on Linux",
        "Firefox on Linux 2",
        "Blue key",
        "Blue key 2",
        "x" * 80,
        "x" * 78 + " 2",
    ]


def test_a_known_model_gives_a_passkey_its_name(site, ann, browser):
    """P42, P43."""
    model = bytes.fromhex("08987058cadc4b81b6e130de50dcbe96")
    assert browser.register(aaguid=model).status == 200
    assert _labels(site, ann) == ["Windows Hello"]


def test_a_credential_id_is_registered_once_in_the_world(site, ann, browser, refusals):
    """N56: the thief is refused, and the victim still signs in."""
    victim = site.visitor()
    held = victim.hold(ann)
    for thief in (site.person(), site.person(ann.org_id), ann):
        robber = site.entered(thief)
        reply = robber.register(identity=held.id)
        refusals(thief).rejected(reply, "credential_taken", status=409)
    assert victim.sign_in().status == 200


def test_without_a_session_nothing_is_registered(site):
    """N74."""
    browser = site.browser()
    for step in ("options", "verify"):
        reply = browser.post_json(f"/passkeys/register/{step}")
        assert (reply.status, reply.json) == (401, {"error": "restart"})


def test_a_visitor_registers_nothing(site):
    browser = site.visitor()
    for kind in ("register", "reauth"):
        for step in ("options", "verify"):
            reply = browser.post_json(f"/passkeys/{kind}/{step}")
            assert (reply.status, reply.json) == (401, {"error": "sign_in"})


def test_an_old_sign_in_registers_nothing_until_it_is_renewed(site, ann, browser):
    """N68, N74."""
    held = browser.hold(ann)
    site.clock.advance(600)
    assert browser.post_json("/passkeys/register/options").status == 200
    site.clock.advance(1)
    reply = browser.post_json("/passkeys/register/options")
    assert (reply.status, reply.json) == (403, {"error": "reauth"})
    assert browser.reauth(held).status == 200
    assert browser.register().status == 200


def test_the_age_of_the_sign_in_is_judged_when_an_attempt_begins(site, ann, browser):
    """P70."""
    site.clock.advance(600)
    attempt, options = browser.options("register")
    site.clock.advance(299)
    answer = browser.authenticator.create(options)
    assert browser.verify("register", attempt, answer).status == 200


def test_who_must_use_single_sign_on_adds_no_passkey(site, refusals):
    """P34."""
    org_id = site.organization()
    ann, local = site.person(org_id), site.person(org_id, local_administrator=True)
    browser, exempt = site.entered(ann), site.entered(local)
    attempt, options = browser.options("register")
    answer = browser.authenticator.create(options)
    site.change(organization, organization.c.id == org_id, sso_mode="enforced")
    refused = refusals(ann)
    sso = {"status": 403, "error": "sso_required"}
    refused.rejected(browser.post_json("/passkeys/register/options"), "sso_required", **sso)
    refused.rejected(browser.verify("register", attempt, answer), "sso_required", **sso)
    assert exempt.register().status == 200


def test_whom_the_organization_gives_no_passkeys_adds_none(site, refusals):
    ann = site.person(role="member")
    reply = site.entered(ann).post_json("/passkeys/register/options")
    refusals(ann).rejected(reply, "passkeys_not_allowed")


def _link(site, person, door="administrator"):
    def work(session):
        return enrolment.issue(
            session,
            audit.operator(organizations.get(session, person.org_id)),
            site.now,
            person,
            door=door,
            issued_by="Olga",
            lifetime=timedelta(hours=1),
            origin=ORIGIN,
        )

    return site.run(work).link_id


def _used(site, link_id):
    (row,) = site.rows(enrol_link, enrol_link.c.id == link_id)
    return row.used_at


@pytest.mark.parametrize(
    ("door", "added_by"), [("administrator", "link"), ("invite", "link"), ("shell", "shell")]
)
def test_a_link_is_used_up_by_the_passkey(site, ann, door, added_by):
    """P82, P86, N85."""
    link_id = _link(site, ann, door)
    site.restricted(ann, link_id=link_id).options("register")
    assert _used(site, link_id) is None
    browser = site.restricted(ann, link_id=link_id)
    reply = browser.register()
    assert reply.status == 200
    assert reply.json["next"] == "/signin?next=/account/recovery-codes"
    assert "accepted" not in reply.json
    assert _used(site, link_id) == site.now
    assert [each.added_by for each in site.passkeys(ann)] == [added_by]
    assert browser.session is None
    assert browser.begin().sign_in().status == 200


def test_the_first_to_finish_wins_a_link(site, ann):
    """P82: the passkey of the other is rolled back. Both rooms end with the first."""
    link_id = _link(site, ann)
    first, second = (site.restricted(ann, link_id=link_id) for _ in range(2))
    attempt, options = second.options("register")
    answer = second.authenticator.create(options)
    assert first.register().status == 200
    reply = second.verify("register", attempt, answer)
    assert (reply.status, reply.json) == (401, {"error": "restart"})
    assert len(site.passkeys(ann)) == 1


def test_of_two_who_finish_by_one_link_at_once_one_does(site, ann):
    """P82."""
    link_id = _link(site, ann)
    tries = []
    for _ in range(2):
        browser = site.restricted(ann, link_id=link_id)
        attempt, options = browser.options("register")
        tries.append((browser, attempt, browser.authenticator.create(options)))

    def finish(number):
        browser, attempt, answer = tries[number]
        return browser.verify("register", attempt, answer)

    won, lost = sorted(at_once(finish, 2), key=lambda reply: reply.status)
    assert won.status == 200
    assert (lost.status, lost.json["error"]) in [(410, "link_invalid"), (401, "restart")]
    assert len(site.passkeys(ann)) == 1


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"used_at": True}, "link_used"),
        ({"ended_at": True, "ended_why": "superseded"}, "link_superseded"),
        ({"ended_at": True, "ended_why": "revoked"}, "link_revoked"),
        ({"expires_at": True}, "link_expired"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_link_that_opens_nothing_any_more_stores_no_passkey(site, ann, change, cause):
    """N80 to N82, for a restricted session that it opened before."""
    link_id = _link(site, ann)
    browser = site.restricted(ann, link_id=link_id)
    attempt, options = browser.options("register")
    values = {name: site.now if value is True else value for name, value in change.items()}
    site.change(enrol_link, enrol_link.c.id == link_id, **values)
    before = site.state(ann.org_id)
    reply = browser.verify("register", attempt, browser.authenticator.create(options))
    assert (reply.status, reply.json) == (410, {"error": "link_invalid"})
    assert [event[:2] for event in site.events(reply)] == [("enrol_link:reject", cause)]
    assert site.state(ann.org_id) == before


@pytest.mark.parametrize("replace", [False, True])
def test_recovery_ends_every_session_and_with_replace_every_passkey(site, ann, replace):
    """P86, N87."""
    before = site.signed_in(ann)
    browser = site.restricted(ann, link_id=_link(site, ann))
    assert browser.register(replace=replace).status == 200
    assert before.post_json("/passkeys/reauth/options").status == 401
    assert site.rows(web_session, web_session.c.user_id == ann.user_id)
    assert site.state(ann.org_id)[2] == []
    assert len(site.passkeys(ann)) == (1 if replace else 2)
    assert before.begin().sign_in().status == (400 if replace else 200)


def test_a_restricted_session_reaches_registration_alone(site, ann):
    """N86."""
    browser = site.restricted(ann)
    for kind in ("signin", "reauth"):
        for step in ("options", "verify"):
            reply = browser.post_json(f"/passkeys/{kind}/{step}")
            assert (reply.status, reply.json) == (401, {"error": "sign_in"})


def test_a_restricted_session_lasts_ten_minutes(site, ann):
    """P62, P85."""
    browser = site.restricted(ann)
    site.clock.advance(599)
    attempt, options = browser.options("register")
    site.clock.advance(1)
    reply = browser.verify("register", attempt, browser.authenticator.create(options))
    assert (reply.status, reply.json) == (401, {"error": "restart"})
    assert site.rows(passkey, passkey.c.org_id == ann.org_id) == []


def test_who_is_shut_out_meanwhile_stores_no_passkey(site, ann, browser):
    attempt, options = browser.options("register")
    answer = browser.authenticator.create(options)
    site.change(organization, organization.c.id == ann.org_id, suspended=True)
    reply = browser.verify("register", attempt, answer)
    assert (reply.status, reply.json) == (401, {"error": "restart"})
    assert site.passkeys(ann) == []
