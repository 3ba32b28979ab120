"""Notices: who is told what, in the console and by mail (P87, section 12)."""

from datetime import timedelta
from string import Formatter

import pytest
from sqlalchemy import update

from scimserver.ids import LOWEST, new_id
from scimserver.services import notice_texts, notices, sessions
from scimserver.services.notice_texts import CATALOGUE, Text
from scimserver.storage.models import mail, notice
from scimserver.storage.models.resource import resource
from tests.factories import write
from tests.posting import delivered
from tests.signing_in import START


@pytest.fixture
def ann(site, org):
    return site.person(org, "ann@acme.test", role="member")


def _tell(site, org, code="passkey_created", **options):
    options.setdefault("facts", {"label": "Key", "user_name": "ann@acme.test"})
    site.run(lambda s: notices.tell(s, site.now, org, code, **options))


def _shown(site, person, **options):
    with site.database.reading() as session:
        return notices.shown(session, person, **options)


def _reached(site):
    return sorted(letter.recipient for letter in delivered(site).kept)


def test_a_person_is_told_in_the_console_and_by_mail(site, org, olga, ann):
    _tell(site, org, person=ann.user_id)
    (told,) = _shown(site, ann)
    assert (told.code, told.facts["label"]) == ("passkey_created", "Key")
    assert _shown(site, olga) == []
    (letter,) = delivered(site).kept
    assert letter.recipient == "ann@acme.test"
    assert letter.subject == "A passkey was added (Acme)"
    assert "'Key'" in letter.body
    assert "Organization: Acme\nTime: 22 Nov 2026, 12:00 UTC" in letter.body


def test_administrators_are_told_each_once(site, org, olga, ann):
    second = site.person(org, "second@acme.test", role="administrator")
    site.person(org, "help@acme.test", role="helpdesk")
    off = site.person(org, "off@acme.test")
    turned_off = update(resource).where(resource.c.id == off.user_id).values(active=False)
    write(site.database, lambda s: s.execute(turned_off))
    site.person(org, "nowhere")
    site.person(org, "local@acme.test", role="administrator", local_administrator=True)
    _tell(site, org, administrators=True, person=olga.user_id)
    assert _reached(site) == ["local@acme.test", "olga@acme.test", "second@acme.test"]
    assert len(_shown(site, second)) == 1
    assert [each.audience for each in _shown(site, olga)] == ["administrators", "person"]
    assert _shown(site, ann) == []


def test_another_organization_hears_nothing(site, org, olga):
    other = site.person(site.organization(), "other@globex.test")
    _tell(site, org, administrators=True)
    assert _reached(site) == ["olga@acme.test"]
    assert _shown(site, other) == []


def test_somebody_who_is_gone_is_told_nothing_by_mail(site, org):
    _tell(site, org, person=new_id())
    assert site.rows(mail) == []
    _tell(site, LOWEST, administrators=True)
    assert site.rows(mail) == []


def test_what_is_only_shown_is_not_mailed(site, org, olga):
    _tell(site, org, "recovery_tested", administrators=True, facts={"user_name": "x"})
    assert len(_shown(site, olga)) == 1
    assert site.rows(mail) == []


def test_nothing_is_told_twice_within_its_quiet_time(site, org, olga):
    for _ in range(3):
        _tell(site, org, administrators=True, quiet_since=site.now - timedelta(hours=24))
        site.clock.advance(3_600)
    assert len(_shown(site, olga)) == 1
    site.clock.advance(86_400)
    _tell(site, org, administrators=True, quiet_since=site.now - timedelta(hours=24))
    assert len(_shown(site, olga)) == 2


def test_a_notice_is_put_away_by_whoever_sees_it(site, org, olga, ann):
    _tell(site, org, person=ann.user_id)
    (told,) = _shown(site, ann)

    def dismiss(person, id):
        return site.run(lambda s: notices.dismiss(s, site.now, person, id))

    assert [dismiss(olga, told.id), dismiss(ann, "x"), dismiss(ann, told.id)] == [
        False,
        False,
        True,
    ]
    assert _shown(site, ann) == []
    assert not dismiss(ann, told.id)
    assert len(site.rows(notice)) == 1


def test_notices_come_in_pages_the_newest_first(site, org, ann):
    for number in range(5):
        _tell(site, org, person=ann.user_id, facts={"label": str(number)})
    first = _shown(site, ann, limit=2)
    second = _shown(site, ann, limit=2, before=first[-1].id)
    assert [each.facts["label"] for each in [*first, *second]] == ["4", "3", "2", "1"]
    assert _shown(site, ann, before="x") == _shown(site, ann)


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_text_fits_its_line_and_names_facts_that_are_words(code):
    text = CATALOGUE[code]
    assert text.subject == text.subject.strip()
    assert "{" not in text.subject
    assert len(text.subject) < 60
    assert text.body.endswith(".")
    names = {name for _, name, _, _ in Formatter().parse(text.body) if name}
    assert names == notice_texts.placeholders(text)
    words = notice_texts.words(code, {})
    assert "{" not in words.body
    at = {name: "2026-11-22T12:00:00Z" for name in names if name.endswith("_at")}
    assert ("22 Nov 2026, 12:00 UTC" in notice_texts.words(code, at).body) is bool(at)


def test_what_people_are_called_stays_one_line_of_ours():
    facts = {"label": "x\r\nBcc: eve@evil.test\x00" + "y" * 500, "user_name": "\u202ename"}
    words = notice_texts.letter("passkey_created", facts, "Ac\r\nme", START)
    assert "\r" not in words.subject + words.body
    assert "\nBcc" not in words.body
    assert "\u202e" not in words.body
    assert len(words.body) < 800
    assert words.subject == "A passkey was added (Ac me)"
    long = notice_texts.letter("passkey_created", facts, "z" * 200, START)
    assert len(long.subject) == notice_texts.LONGEST_SUBJECT


def test_a_code_of_another_version_is_shown_as_it_is():
    assert notice_texts.words("new_thing_happened", {}) == ("New thing happened", "")
    assert Text("a", "b").mailed


@pytest.mark.parametrize(
    ("mode", "is_local", "expected", "letters"),
    [
        ("off", False, [], 0),
        ("off", True, ["local_admin_sign_in"], 0),
        ("enforced", True, ["local_admin_sign_in_past_sso"], 1),
    ],
)
def test_p90_the_sign_in_of_a_local_administrator_is_told(site, mode, is_local, expected, letters):
    org = site.organization(sso_mode=mode)
    person = site.person(org, "root@acme.test", local_administrator=is_local)
    browser = site.visitor()
    browser.use(
        lambda s, current, visit: sessions.sign_in(
            s, site.now, visit, current, person, "passkey", None
        )
    )
    assert [row.code for row in site.rows(notice)] == expected
    assert len(delivered(site).kept) == letters
