"""Section 13 A: an attempt is bound to its session, its purpose and its time, and is used once."""

from dataclasses import replace

import pytest

from scimserver.domain.sign_in_errors import RestartError
from scimserver.services import ceremonies
from scimserver.services.ceremonies import Purpose
from scimserver.storage.models import ceremony
from tests.signing_in import at_once


@pytest.fixture
def ann(site):
    return site.person()


def test_an_accepted_response_is_not_accepted_again(site, ann, refusals):
    """N1."""
    browser = site.visitor()
    browser.hold(ann)
    attempt, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    old, token = browser.cookie, browser.csrf
    assert browser.verify("signin", attempt, answer).status == 200
    refused = refusals(ann)
    refused.restarted(browser.verify("signin", attempt, answer), "ceremony_unknown")
    browser.cookie, browser.csrf = old, token
    reply = browser.verify("signin", attempt, answer)
    assert (reply.status, reply.json) == (401, {"error": "restart"})


def test_the_response_of_one_session_is_nothing_in_another(site, ann, refusals):
    """N2 and N5: it burns nothing either, so its owner can still finish."""
    mine, other = site.visitor(), site.visitor()
    mine.hold(ann)
    attempt, options = mine.options("signin")
    answer = mine.authenticator.get(options)
    refusals(ann).restarted(other.verify("signin", attempt, answer), "ceremony_unknown")
    assert mine.verify("signin", attempt, answer).status == 200


@pytest.mark.parametrize("seconds", [300, 301, 299.999, 1_000])
def test_an_attempt_lives_for_five_minutes(site, ann, refusals, seconds):
    """N3."""
    browser = site.visitor()
    browser.hold(ann)
    attempt, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    assert options["timeout"] == 300_000
    refused = refusals(ann)
    site.clock.advance(seconds)
    reply = browser.verify("signin", attempt, answer)
    if seconds < 300:
        assert reply.status == 200
    else:
        refused.restarted(reply, "ceremony_expired")


def test_a_failed_try_uses_the_attempt_up(site, ann, refusals):
    """N4."""
    browser = site.visitor()
    browser.hold(ann)
    attempt, options = browser.options("signin")
    bad, good = browser.authenticator.get(options, sig=b"x"), browser.authenticator.get(options)
    refused = refusals(ann)
    refused.rejected(browser.verify("signin", attempt, bad), "signature_invalid")
    refused.restarted(browser.verify("signin", attempt, good), "ceremony_unknown")


def test_an_answer_to_another_challenge_is_refused(site, ann, refusals):
    """N6."""
    browser, other = site.visitor(), site.visitor()
    browser.hold(ann)
    attempt, _ = browser.options("signin")
    _, foreign = other.options("signin")
    reply = browser.verify("signin", attempt, browser.authenticator.get(foreign))
    refusals(ann).rejected(reply, "challenge_mismatch")


@pytest.mark.parametrize(
    ("begun", "ended"),
    [
        ("register", "reauth"),
        ("reauth", "register"),
        ("signin", "reauth"),
        ("reauth", "signin"),
        ("signin", "register"),
        ("register", "signin"),
    ],
)
def test_an_attempt_serves_its_own_purpose(site, ann, refusals, begun, ended):
    """N7."""
    browser = site.entered(ann)
    held = browser.hold(ann)
    attempt, options = browser.options(begun)
    make = browser.authenticator.create if ended == "register" else browser.authenticator.get
    _, own = browser.options(ended)
    answer = make(
        own | {"challenge": options["challenge"]}, *([] if ended == "register" else [held])
    )
    reply = browser.verify(ended, attempt, answer)
    refusals(ann).restarted(reply, "ceremony_wrong_purpose")


def test_a_newer_start_supersedes_an_attempt(site, ann, refusals):
    """N8."""
    browser = site.visitor()
    browser.hold(ann)
    first, options = browser.options("signin")
    second, newer = browser.options("signin")
    stale = browser.authenticator.get(options)
    refusals(ann).restarted(browser.verify("signin", first, stale), "ceremony_unknown")
    assert browser.verify("signin", second, browser.authenticator.get(newer)).status == 200
    rows = {
        row.id: row.ended_why for row in site.rows(ceremony, ceremony.c.id.in_([first, second]))
    }
    assert rows == {first: "superseded", second: "used"}


def test_attempts_of_different_purposes_stand_side_by_side(site, ann):
    browser = site.entered(ann)
    held = browser.hold(ann)
    attempt, options = browser.options("reauth")
    browser.options("register")
    browser.options("signin")
    assert browser.verify("reauth", attempt, browser.authenticator.get(options, held)).status == 200


def test_an_attempt_does_not_follow_a_browser_to_another_person(site, ann, refusals):
    """N9."""
    bob = site.person(ann.org_id)
    browser = site.entered(ann)
    attempt, options = browser.options("register")
    answer = browser.authenticator.create(options)
    browser.hold(bob)
    (_, held) = browser.authenticator.credentials.values()
    assert browser.sign_in(held).status == 200
    refusals(ann).restarted(browser.verify("register", attempt, answer), "ceremony_unknown")


def test_an_attempt_belongs_to_the_person_who_began_it(site, ann):
    """N9: the session alone is bound to one person; this is the second wall."""
    bob = site.person(ann.org_id)
    browser = site.entered(ann)
    current = browser.session
    begun = site.run(lambda s: ceremonies.start(s, site.now, current, Purpose.REGISTER))
    other = replace(current, user_id=bob.user_id)
    with pytest.raises(RestartError) as refusal:
        ceremonies.judge(begun, Purpose.REGISTER, other, site.now)
    assert refusal.value.cause == "ceremony_wrong_user"
    assert ceremonies.judge(begun, Purpose.REGISTER, current, site.now) == begun


IDS = {
    "missing": None,
    "empty": "",
    "number": 5,
    "list": ["A" * 22],
    "object": {"id": "A" * 22},
    "long": "A" * 10_000,
    "nul": "A" * 21 + "\0",
    "surrogate": "A" * 21 + "\ud800",
    "non-ascii": "A" * 21 + "é",
    "newline": "A" * 22 + "\n",
    "digits": "٣" * 22,
}


@pytest.mark.parametrize("id", IDS.values(), ids=IDS.keys())
def test_what_is_no_id_never_reaches_the_database(site, ann, refusals, statements, id):
    """N10."""
    browser = site.visitor()
    browser.hold(ann)
    _, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    refusals(ann).restarted(browser.verify("signin", id, answer), "ceremony_malformed")
    with statements(site.database) as seen, pytest.raises(RestartError):
        ceremonies.burn(None, site.now, browser.session, id)
    assert not any("ceremony" in each for each in seen)


def test_an_id_nobody_was_given_is_unknown(site, ann, refusals):
    browser = site.visitor()
    browser.hold(ann)
    _, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    refusals(ann).restarted(browser.verify("signin", "A" * 22, answer), "ceremony_unknown")


def test_of_sixteen_who_answer_one_attempt_at_once_one_is_let_in(site, ann):
    """N11. Whoever comes after the winner has a session that is over, so some are told 401."""
    browser = site.visitor()
    browser.hold(ann)
    attempt, options = browser.options("signin")
    answer = browser.authenticator.get(options)
    twins = [browser.twin() for _ in range(16)]
    replies = at_once(lambda number: twins[number].verify("signin", attempt, answer), 16)
    lost = [reply for reply in replies if reply.status != 200]
    assert len(lost) == 15
    assert {reply.status for reply in lost} <= {409, 401}
    assert all(reply.json == {"error": "restart"} for reply in lost)
    assert len(site.state(ann.org_id)[2]) == 1


def test_of_sixteen_who_register_by_one_attempt_at_once_one_does(site, ann):
    """N11, where the session stays."""
    browser = site.entered(ann)
    attempt, options = browser.options("register")
    answer = browser.authenticator.create(options)
    twins = [browser.twin() for _ in range(16)]
    replies = at_once(lambda number: twins[number].verify("register", attempt, answer), 16)
    assert sorted(reply.status for reply in replies) == [200] + [409] * 15
    assert all(reply.json == {"error": "restart"} for reply in replies if reply.status == 409)
    assert len(site.passkeys(ann)) == 1


def test_eight_starts_at_once_leave_one_open_attempt(site):
    """N11."""
    browser = site.visitor()
    digest = browser.session.digest
    twins = [browser.twin() for _ in range(8)]
    replies = at_once(lambda number: twins[number].post_json("/passkeys/signin/options"), 8)
    assert [reply.status for reply in replies] == [200] * 8
    rows = site.rows(ceremony, ceremony.c.session_digest == digest)
    assert len(rows) == 8
    (left,) = [row.id for row in rows if row.ended_at is None]
    assert left in {reply.json["ceremony"] for reply in replies}


def test_of_two_uses_with_one_count_at_once_one_passes(site, ann):
    """P32."""
    first, second = site.visitor(), site.visitor()
    held = first.hold(ann)
    tries = []
    for browser in (first, second):
        attempt, options = browser.options("signin")
        tries.append((browser, attempt, first.authenticator.get(options, held, count=7)))

    def use(number):
        browser, attempt, answer = tries[number]
        return browser.verify("signin", attempt, answer)

    replies = at_once(use, 2)
    assert sorted(reply.status for reply in replies) == [200, 400]
    (stored,) = site.passkeys(ann)
    assert (stored.sign_count, stored.suspect) == (7, True)


def test_a_challenge_and_an_id_are_random_and_new_each_time(site):
    """P9."""
    browser = site.visitor()
    begun = [browser.options("signin") for _ in range(3)]
    assert len({id for id, _ in begun}) == 3
    assert {len(id) for id, _ in begun} == {22}
    assert len({options["challenge"] for _, options in begun}) == 3
    assert {len(options["challenge"]) for _, options in begun} == {43}
