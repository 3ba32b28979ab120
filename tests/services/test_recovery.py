"""Saved codes and mailed ones (P72 to P79; N75 to N79), and what a recovery brings about (P86)."""

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.sign_in_errors import CodeRejectedError
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import Kind
from scimserver.ids import LOWEST, new_id
from scimserver.services import accounts, recovery, recovery_codes, recovery_tests, sessions
from scimserver.services.recovery import Named
from scimserver.services.sealed import Keys
from scimserver.storage import claims
from scimserver.storage import recovery as stored
from scimserver.storage.errors import RaceLostError
from scimserver.storage.models import (
    account,
    audit,
    mail,
    mail_code,
    notice,
    organization,
    recovery_code,
    web_session,
)
from tests.factories import a_passkey
from tests.posting import delivered, mailed_code
from tests.signing_in import Site

VISIT = Visit("192.0.2.1", "Browser", "request-1")
ANN = "ann@acme.test"


@pytest.fixture
def site(database):
    return Site(database, SCIMSERVER_MAIL="file:///nowhere")


@pytest.fixture
def keys(site):
    return Keys.of(site.settings, recovery_codes.PURPOSE)


@pytest.fixture
def ann(site):
    return site.person(site.organization(slug="acme"), ANN)


def _codes(site, person, keys):
    return site.run(lambda s: recovery_codes.generate(s, site.now, VISIT, person, keys))


def _session(site):
    opened = site.run(lambda s: sessions.open_anonymous(s, site.now, VISIT))
    return opened.session


def _start(site, current, keys, name=ANN, slug="acme"):
    named = Named(slug, name)
    site.run(lambda s: recovery.start_mail(s, site.now, VISIT, current, named, keys))


def _mailed(site, current, keys, name=ANN):
    """Ask for a mail and return the code in it, or eight digits that are none."""
    _start(site, current, keys, name)
    return mailed_code(site, name) or "00000000"


def _recover(site, current, keys, code, mailed, name=ANN):
    named = Named("acme", name)
    return site.run(
        lambda s: recovery.recover(s, site.now, VISIT, current, named, code, mailed, keys)
    )


def _cause(outcome):
    assert isinstance(outcome, CodeRejectedError)
    assert (outcome.error, outcome.status) == ("code_rejected", 400)
    return outcome.cause


def _claim(site, org_id, state, verified_at):
    """Give an organization a claim of acme.test."""
    new = Claim(
        org_id, new_id(), "acme.test", state, Method.DNS, None, site.now, verified_at=verified_at
    )
    site.run(lambda s: claims.insert(s, org_id, new))


def _unused(site, person):
    with site.database.reading() as session:
        return recovery_codes.unused(session, person)


def _events(site, noun):
    return [
        (row.event.partition(":")[2], (row.context or {}).get("code"))
        for row in sorted(site.rows(audit), key=lambda row: row.id)
        if row.event.startswith(f"{noun}:")
    ]


def _notices(site):
    return [(row.audience, row.code) for row in sorted(site.rows(notice), key=lambda row: row.id)]


def test_codes_are_ten_of_24_characters_that_nobody_mistakes(site, ann, keys):
    codes = _codes(site, ann, keys)
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch(r"([2-9A-HJKMNP-TV-Z]{4}-){5}[2-9A-HJKMNP-TV-Z]{4}", code)
    assert len(recovery_codes.ALPHABET) ** 24 > 2**112
    assert _unused(site, ann) == 10
    assert _events(site, "recovery_code") == [("generate", None)]
    assert _notices(site) == [("person", "recovery_codes_created")]


SPELLINGS = {
    "as shown": lambda code: code,
    "lower case": str.lower,
    "without dashes": lambda code: code.replace("-", ""),
    "blanks": lambda code: f"  {code.replace('-', ' ')} ",
    "other dashes": lambda code: code.replace("-", "\u2013"),
    "line breaks": lambda code: code.replace("-", "\r\n"),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_one_typed_back_in_any_spelling_is_used_up(site, ann, keys, spell):
    code = _codes(site, ann, keys)[3]

    def confirm():
        return site.run(
            lambda s: recovery_codes.confirm(s, site.now, VISIT, ann, spell(code), keys)
        )

    assert confirm()
    assert _unused(site, ann) == 9
    assert not confirm()
    assert _events(site, "recovery_code") == [("generate", None), ("use", None)]
    assert _notices(site)[1:] == [("person", "recovery_code_used")]


@pytest.mark.parametrize(
    "typed", ["", "-", "0" * 24, "A" * 23, "\u0130" * 24, "\ud800", "A" * 5000]
)
def test_what_is_no_code_is_none(site, ann, keys, typed):
    _codes(site, ann, keys)
    assert not site.run(lambda s: recovery_codes.confirm(s, site.now, VISIT, ann, typed, keys))
    assert _unused(site, ann) == 10


def test_both_codes_open_the_small_room_and_nothing_more(site, ann, keys):
    code, current = _codes(site, ann, keys)[0], _session(site)
    opened = _recover(site, current, keys, code, _mailed(site, current, keys))
    assert opened.session.kind is Kind.RESTRICTED
    assert (opened.session.person.user_id, opened.session.method) == (ann.user_id, "codes")
    with site.database.reading() as session:
        assert sessions.read(session, opened.secret, site.now).kind is Kind.RESTRICTED
    assert _unused(site, ann) == 9
    assert _events(site, "recovery_code") == [("generate", None), ("mail", None), ("use", None)]
    assert _notices(site)[-1] == ("person", "recovery_code_used")
    assert delivered(site).to(ANN)[-1].subject == "A recovery code was used (Acme)"


def test_n75_a_code_used_twice_is_rejected(site, ann, keys):
    code, current = _codes(site, ann, keys)[0], _session(site)
    _recover(site, current, keys, code, _mailed(site, current, keys))
    current = _session(site)
    outcome = _recover(site, current, keys, code, _mailed(site, current, keys))
    assert _cause(outcome) == "code_unknown"


def test_n76_another_person_s_code_is_rejected_and_still_theirs(site, ann, keys):
    bob = site.person(ann.org_id, "bob@acme.test")
    _codes(site, ann, keys)
    code, current = _codes(site, bob, keys)[0], _session(site)
    outcome = _recover(site, current, keys, code, _mailed(site, current, keys))
    assert _cause(outcome) == "code_unknown"
    current = _session(site)
    mailed = _mailed(site, current, keys, "bob@acme.test")
    opened = _recover(site, current, keys, code, mailed, "bob@acme.test")
    assert opened.session.person.user_id == bob.user_id


def test_n77_a_code_of_an_older_set_is_rejected(site, ann, keys):
    code = _codes(site, ann, keys)[0]
    _codes(site, ann, keys)
    current = _session(site)
    outcome = _recover(site, current, keys, code, _mailed(site, current, keys))
    assert _cause(outcome) == "code_unknown"
    assert _unused(site, ann) == 10


def test_n78_of_sixteen_at_once_one_comes_in(site, ann, keys):
    code = _codes(site, ann, keys)[0]
    visitors = []
    for _ in range(16):
        current = _session(site)
        visitors.append((current, _mailed(site, current, keys)))
    outcomes, ready = [], threading.Barrier(16)

    def attempt(current, mailed):
        ready.wait()
        outcomes.append(_recover(site, current, keys, code, mailed))

    threads = [threading.Thread(target=attempt, args=each) for each in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [each for each in outcomes if isinstance(each, CodeRejectedError)]
    assert (len(outcomes), len(refused)) == (16, 15)
    assert {_cause(each) for each in refused} == {"code_unknown"}
    restricted = [row for row in site.rows(web_session) if row.kind == Kind.RESTRICTED]
    assert len(restricted) == 1


def test_a_code_taken_between_judging_and_using_makes_the_transaction_run_again(
    site, ann, keys, monkeypatch
):
    code, current = _codes(site, ann, keys)[0], _session(site)
    mailed = _mailed(site, current, keys)
    monkeypatch.setattr(stored, "use", lambda *_: False)
    with pytest.raises(RaceLostError), site.database.session() as session:
        recovery.recover(session, site.now, VISIT, current, Named("acme", ANN), code, mailed, keys)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_n79_no_code_stands_in_the_database_file(site, ann, keys, database):
    codes, current = _codes(site, ann, keys), _session(site)
    _start(site, current, keys)
    database.dispose()
    path = database.url.database
    content = b"".join(file.read_bytes() for file in sorted(_beside(path)) if file.is_file())
    mailed = mailed_code(site, ANN)
    assert ANN.encode() in content
    assert mailed.encode() not in content
    for code in codes:
        assert code.encode() not in content
        assert code.replace("-", "").encode() not in content


def _beside(path):
    folder, _, name = path.rpartition("/")
    return Path(folder).glob(f"{name}*")


REFUSED = {
    "wrong saved": ("2" * 24, "{mailed}", "code_unknown"),
    "wrong mailed": ("{code}", "0" * 8, "mail_code_wrong"),
    "no mailed": ("{code}", "", "mail_code_wrong"),
    "strange mailed": ("{code}", "\ud800\u0661", "mail_code_wrong"),
    "exchanged": ("{mailed}", "{code}", "mail_code_wrong"),
}


@pytest.mark.parametrize(("first", "second", "cause"), REFUSED.values(), ids=REFUSED)
def test_with_one_code_wrong_neither_is_used_up(site, ann, keys, first, second, cause):
    code, current = _codes(site, ann, keys)[0], _session(site)
    mailed = _mailed(site, current, keys)
    assert mailed != "0" * 8
    sent = [each.format(code=code, mailed=mailed) for each in (first, second)]
    assert _cause(_recover(site, current, keys, *sent)) == cause
    assert _events(site, "recovery_code")[-1] == ("reject", cause)
    assert _unused(site, ann) == 10
    assert _recover(site, current, keys, code, mailed).session.kind is Kind.RESTRICTED


def test_a_mailed_code_belongs_to_the_session_and_the_name_it_was_asked_with(site, ann, keys):
    bob = site.person(ann.org_id, "bob@acme.test")
    code, bobs = _codes(site, ann, keys)[0], _codes(site, bob, keys)[0]
    current, other = _session(site), _session(site)
    mailed = _mailed(site, current, keys)
    assert _cause(_recover(site, other, keys, code, mailed)) == "mail_code_over"
    outcome = _recover(site, current, keys, bobs, mailed, "bob@acme.test")
    assert _cause(outcome) == "mail_code_wrong"
    # However the name is typed, it is the same one.
    outcome = _recover(site, current, keys, code, mailed, " ANN@acme.test ")
    assert outcome.session.person.user_id == ann.user_id


def test_a_mailed_code_takes_five_tries_and_ten_minutes(site, ann, keys):
    code, current = _codes(site, ann, keys)[0], _session(site)
    mailed = _mailed(site, current, keys)
    causes = [_cause(_recover(site, current, keys, "2" * 24, mailed)) for _ in range(5)]
    assert causes == ["code_unknown"] * 5
    assert _cause(_recover(site, current, keys, code, mailed)) == "mail_code_over"
    mailed = _mailed(site, current, keys)
    site.clock.advance(600)
    assert _cause(_recover(site, current, keys, code, mailed)) == "mail_code_over"
    first, second = _mailed(site, current, keys), _mailed(site, current, keys)
    assert _cause(_recover(site, current, keys, code, first)) == "mail_code_wrong"
    site.clock.advance(599)
    assert not isinstance(_recover(site, current, keys, code, second), CodeRejectedError)


SHUT_OUT = {
    "suspended": (organization, {"suspended": True}, "organization_inactive"),
    "sandbox": (organization, {"sandbox": True}, "organization_sandbox"),
    "single sign-on": (organization, {"sso_mode": "enforced"}, "sso_required"),
    "no role": (account, {"role": "member"}, "passkeys_not_allowed"),
}


@pytest.mark.parametrize(("table", "values", "cause"), SHUT_OUT.values(), ids=SHUT_OUT)
def test_who_may_not_sign_in_is_refused_as_anybody_is(site, ann, keys, table, values, cause):
    code, current = _codes(site, ann, keys)[0], _session(site)
    mailed = _mailed(site, current, keys)
    column = table.c.get("org_id", table.c.get("id"))
    site.change(table, column == ann.org_id, **values)
    assert _cause(_recover(site, current, keys, code, mailed)) == cause
    assert _unused(site, ann) == 10


def test_a_local_administrator_recovers_past_single_sign_on(site, keys):
    org = site.organization(slug="acme", sso_mode="enforced")
    ann = site.person(org, ANN, local_administrator=True)
    code, current = _codes(site, ann, keys)[0], _session(site)
    opened = _recover(site, current, keys, code, _mailed(site, current, keys))
    assert opened.session.person.user_id == ann.user_id


def test_who_has_no_account_and_no_address_is_sent_nothing(site, ann, keys):
    site.user(ann.org_id, "carl")
    current = _session(site)
    _start(site, current, keys, "carl")
    assert delivered(site).kept == []
    assert _cause(_recover(site, current, keys, "2" * 24, "0" * 8, "carl")) == "no_account"


NAMES = {"known": ANN, "unknown": "nobody@acme.test", "unwritable": "a\ud800b"}


def _traces(site, keys, statements, named):
    """Return the statements that a mail and a failed recovery run, and the rows they leave."""
    current, tables = _session(site), (mail, mail_code, audit)

    def attempt(session):
        recovery.start_mail(session, site.now, VISIT, current, named, keys)
        recovery.recover(session, site.now, VISIT, current, named, "2" * 24, "0" * 8, keys)

    before = [len(site.rows(table)) for table in tables]
    with statements(site.database) as ran:
        site.run(attempt)
    after = [len(site.rows(table)) for table in tables]
    return [_shape(sql) for sql in ran], [b - a for a, b in zip(before, after, strict=True)]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("held", "is_sent"),
    [
        pytest.param([], True, id="never claimed"),
        pytest.param([("pending", False)], True, id="pending"),
        pytest.param([("expired", False)], True, id="expired"),
        pytest.param([("verified", True)], True, id="verified"),
        pytest.param([("at_risk", True)], True, id="at risk"),
        pytest.param([("lapsed", True)], False, id="lapsed"),
        pytest.param([("revoked", True)], False, id="revoked"),
        pytest.param([("revoked", False)], True, id="given up before it was owned"),
        pytest.param([("revoked", True), ("pending", False)], False, id="revoked, added again"),
        pytest.param([("revoked", True), ("verified", True)], True, id="owned again"),
    ],
)
def test_d29_no_mail_goes_to_a_domain_that_was_lost(site, ann, keys, held, is_sent):
    for state, was_owned in held:
        _claim(site, ann.org_id, State(state), site.now if was_owned else None)
    _start(site, _session(site), keys)
    assert (mailed_code(site, ANN) is not None) is is_sent
    # The row is there all the same, so that nobody can tell (P75).
    assert len(site.rows(mail_code)) == 1


def test_a21_somebody_else_s_lapsed_domain_concerns_nobody(site, ann, keys):
    _claim(site, site.organization(), State.LAPSED, site.now)
    _start(site, _session(site), keys)
    assert mailed_code(site, ANN) is not None


@pytest.mark.parametrize("slug", ["acme", "nowhere", ""])
def test_p75_whoever_is_named_the_same_statements_run_and_the_same_rows_come(
    site, ann, keys, statements, slug
):
    _codes(site, ann, keys)
    known = _traces(site, keys, statements, Named(slug, NAMES["known"]))
    unknown = _traces(site, keys, statements, Named(slug, NAMES["unknown"]))
    assert known == unknown
    assert known[1] == [1, 1, 2]
    assert len(known[0]) > 10


def _shape(sql):
    """Return a statement without its values."""
    text = re.sub(r"[xX]?'(?:[^']|'')*'|NULL", "?", " ".join(sql.split()))
    return re.sub(r"\b\d+\b", "?", text)


def test_a_name_no_database_keeps_is_nobody_s(site, ann, keys):
    current = _session(site)
    _start(site, current, keys, NAMES["unwritable"])
    outcome = _recover(site, current, keys, "2" * 24, "0" * 8, NAMES["unwritable"])
    assert _cause(outcome) == "user_unknown"
    rows = [row for row in site.rows(audit) if row.event == "recovery_code:reject"]
    assert [row.org_id for row in rows] == [LOWEST]


def test_p72_a_hundred_failures_in_a_row_disable_the_codes(site, ann, keys):
    olga = site.person(ann.org_id, "olga@acme.test")
    code, current = _codes(site, ann, keys)[0], _session(site)
    delivered(site)
    for _ in range(98):
        _recover(site, current, keys, code, "0" * 8)
    mailed = _mailed(site, current, keys)
    assert _cause(_recover(site, current, keys, "2" * 24, mailed)) == "code_unknown"
    assert _unused(site, ann) == 10
    assert _cause(_recover(site, current, keys, "2" * 24, mailed)) == "code_unknown"
    assert _unused(site, ann) == 0
    assert _cause(_recover(site, current, keys, code, mailed)) == "codes_disabled"
    assert [verb for verb, _ in _events(site, "recovery_code")].count("disable") == 1
    assert _notices(site)[-2:] == [
        ("person", "recovery_codes_disabled"),
        ("administrators", "recovery_codes_disabled"),
    ]
    told = [letter.recipient for letter in delivered(site).kept]
    assert sorted(told) == [ANN, olga.email]
    assert not site.run(lambda s: recovery_codes.confirm(s, site.now, VISIT, ann, code, keys))
    fresh = _codes(site, ann, keys)[0]
    mailed = _mailed(site, current, keys)
    assert not isinstance(_recover(site, current, keys, fresh, mailed), CodeRejectedError)


def test_p72_a_success_ends_the_row(site, ann, keys):
    codes = _codes(site, ann, keys)
    for code in codes[:2]:
        current = _session(site)
        for _ in range(60):
            _recover(site, current, keys, "2" * 24, "0" * 8)
        mailed = _mailed(site, current, keys)
        assert not isinstance(_recover(site, current, keys, code, mailed), CodeRejectedError)
    assert _unused(site, ann) == 8


def _finish(site, ann, passkey_id, *, replace, method="codes"):
    current = _session(site)
    opened = site.run(lambda s: sessions.restrict(s, site.now, VISIT, current, ann, None, method))
    site.run(
        lambda s: recovery.finish(
            s,
            site.now,
            VISIT,
            opened.session,
            ann,
            replace=replace,
            passkey_id=passkey_id,
        )
    )
    return opened


@pytest.mark.parametrize("replace", [True, False])
def test_p86_a_recovery_ends_sessions_and_codes_and_with_replace_the_passkeys(
    site, ann, keys, replace
):
    _codes(site, ann, keys)
    browser = site.signed_in(ann)
    old = [a_passkey(site.database, ann.org_id, ann.user_id) for _ in range(2)]
    new = a_passkey(site.database, ann.org_id, ann.user_id, label="New")
    opened = _finish(site, ann, new, replace=replace)
    held = {each.id for each in site.passkeys(ann)}
    assert new in held
    assert (set(old) & held == set()) is replace
    with site.database.reading() as session:
        assert sessions.read(session, opened.secret, site.now) is None
    assert browser.session is None
    assert _unused(site, ann) == 0
    assert _notices(site)[-2:] == [
        ("person", "recovery_completed"),
        ("administrators", "recovery_tested"),
    ]
    deleted = [row for row in site.rows(audit) if row.event == "passkey:delete"]
    assert len(deleted) == (3 if replace else 0)
    assert _events(site, "recovery") == [("complete", None), ("test", None)]


@pytest.mark.parametrize("method", ["invite", "administrator", "shell"])
def test_a_first_passkey_recovers_nothing(site, ann, method):
    new = a_passkey(site.database, ann.org_id, ann.user_id)
    _finish(site, ann, new, replace=True, method=method)
    assert [each.id for each in site.passkeys(ann)] == [new]
    assert (_events(site, "recovery"), _notices(site)) == ([], [])


@pytest.mark.parametrize(("method", "role"), [("administrator", "owner"), ("shell", "member")])
def test_p88_a_link_that_an_administrator_walked_is_a_test(site, method, role):
    ann = site.person(site.organization(slug="acme"), ANN, role=role)
    a_passkey(site.database, ann.org_id, ann.user_id)
    new = a_passkey(site.database, ann.org_id, ann.user_id)
    _finish(site, ann, new, replace=False, method=method)
    tested = site.again(ann.org_id, ann.user_id).recovery_tested_at
    assert tested == (site.now if role == "owner" else None)


def test_p88_a_code_is_burned_as_a_test(site, ann, keys):
    code = _codes(site, ann, keys)[0]

    def burn():
        return site.run(lambda s: recovery_tests.burn_code(s, site.now, VISIT, ann, code, keys))

    assert burn()
    (row,) = site.rows(organization, organization.c.id == ann.org_id)
    assert (row.recovery_tested_at, row.recovery_tested_by) == (site.now, ann.user_id)
    assert site.again(ann.org_id, ann.user_id).recovery_tested_at == site.now
    assert _unused(site, ann) == 9
    assert not burn()
    assert _events(site, "recovery") == [("test", None)]


def test_p88_the_administrators_are_reminded_once_before_a_test_is_too_old(site, ann, keys):
    def remind():
        return site.run(lambda s: recovery_tests.remind(s, site.now, ann.org_id, 90))

    assert not remind()
    code = _codes(site, ann, keys)[0]
    site.run(lambda s: recovery_tests.burn_code(s, site.now, VISIT, ann, code, keys))
    site.clock.advance(timedelta(days=76).total_seconds() - 1)
    assert not remind()
    site.clock.advance(1)
    assert [remind(), remind()] == [True, False]
    assert _notices(site)[-1] == ("administrators", "recovery_test_due")
    site.clock.advance(timedelta(days=30).total_seconds())
    assert not remind()
    assert not site.run(lambda s: recovery_tests.remind(s, site.now, LOWEST, 90))


def test_codes_are_possible_only_where_a_mail_reaches_somebody(site, ann):
    carl = site.user(ann.org_id, "carl")
    assert recovery.is_possible(ann, has_mail=True)
    assert not recovery.is_possible(ann, has_mail=False)
    assert not recovery.is_possible(carl, has_mail=True)


def test_a_name_without_its_organization_means_the_only_one(site, ann):
    with site.database.reading() as session:
        assert recovery.settled(session, Named(" ", ANN)) == Named("acme", ANN)
        assert recovery.settled(session, Named("x", ANN)) == Named("x", ANN)
    site.organization(sandbox=True)
    with site.database.reading() as session:
        assert recovery.settled(session, Named("", ANN)) == Named("acme", ANN)
    site.organization()
    with site.database.reading() as session:
        assert recovery.settled(session, Named("", ANN)) == Named("", ANN)


def test_a_code_made_before_the_key_was_rotated_still_works(site, ann, keys):
    code = _codes(site, ann, keys)[0]
    rotated = Keys(bytes(32), keys.current)
    assert site.run(lambda s: recovery_codes.confirm(s, site.now, VISIT, ann, code, rotated))


def test_codes_need_an_account_and_make_one(site, keys):
    carl = site.user(site.organization(), "carl@acme.test")
    assert not site.run(lambda s: recovery_codes.confirm(s, site.now, VISIT, carl, "x", keys))
    _codes(site, carl, keys)
    with site.database.reading() as session:
        query = select(recovery_code.c.mac).where(recovery_code.c.user_id == carl.user_id)
        assert len(session.execute(query).all()) == 10
        assert accounts.person(session, carl.org_id, carl.user_id).handle is not None
