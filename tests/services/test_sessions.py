"""Sessions of browsers on real databases: found by their secret, rotated, ended (P58 to P64)."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from scimserver.domain.roles import Role
from scimserver.domain.sign_in_errors import NoSessionError
from scimserver.domain.visit import Visit
from scimserver.ids import LOWEST, new_id
from scimserver.services import accounts, sessions
from scimserver.services.sessions import Kind
from scimserver.storage.models import (
    account,
    audit,
    ceremony,
    mail_code,
    organization,
    resource,
    web_session,
)
from scimserver.storage.transaction import run
from tests.factories import a_user, an_account, an_organization, rows, write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
VISIT = Visit("192.0.2.7", "Browser/1.0", "request-1")


class Acme:
    """An organization with one person, and what that person's browser does."""

    def __init__(self, database, *, role=Role.MEMBER, sandbox=False):
        self.database = database
        self.org_id = an_organization(database, sandbox=sandbox)
        self.user_id = a_user(database, self.org_id, "ann@acme.test")
        an_account(database, self.org_id, self.user_id, role=role)

    @property
    def person(self):
        with self.database.reading() as session:
            return accounts.person(session, self.org_id, self.user_id)

    def run(self, work):
        return run(self.database, work)

    def anonymous(self, now=NOW):
        return self.run(lambda s: sessions.open_anonymous(s, now, VISIT))

    def sign_in(self, now=NOW, opened_by=None):
        current = self.anonymous(now).session
        return self.run(
            lambda s: sessions.sign_in(s, now, VISIT, current, self.person, "passkey", opened_by)
        )

    def restrict(self, now=NOW, link_id=None):
        current = self.anonymous(now).session
        return self.run(
            lambda s: sessions.restrict(s, now, VISIT, current, self.person, link_id, "link")
        )

    def read(self, secret, now=NOW):
        with self.database.reading() as session:
            return sessions.read(session, secret, now)

    def change(self, table, key, **values):
        column = table.c.id if key == self.org_id or table is resource else table.c.user_id
        write(
            self.database, lambda s: s.execute(update(table).where(column == key).values(**values))
        )

    def events(self):
        return [(row.event, row.actor) for row in rows(self.database, audit)]


@pytest.fixture
def acme(database):
    return Acme(database)


def test_the_secret_is_256_bits_and_the_database_knows_its_hash_alone(acme):
    opened = acme.anonymous()
    assert len(opened.secret) == 43
    (row,) = rows(acme.database, web_session)
    assert row.digest == hashlib.sha256(opened.secret.encode()).hexdigest()
    assert opened.secret not in str(row)
    assert (row.kind, row.address, row.user_agent) == ("anonymous", "192.0.2.7", "Browser/1.0")
    assert acme.read(opened.secret) == opened.session


@pytest.mark.parametrize(
    "secret",
    ["", "x", "a" * 43, "a" * 44, "\0" * 43, "é" * 43, "a" * 42 + "\n", "a" * 100_000, "\ud800"],
    ids=["empty", "short", "unknown", "long", "nul", "non-ascii", "newline", "huge", "surrogate"],
)
def test_what_is_no_secret_of_ours_finds_nothing(acme, secret):
    acme.anonymous()
    assert acme.read(secret) is None


def test_a_malformed_secret_never_reaches_the_database(acme, statements):
    with statements(acme.database) as seen:
        acme.read("\0" * 43)
    assert seen == []


def test_session_person_and_organization_are_one_statement(acme, statements):
    secret = acme.sign_in().secret
    with statements(acme.database) as seen:
        found = acme.read(secret)
    assert len(seen) == 1
    assert (found.person.user_name, found.person.org_id) == ("ann@acme.test", acme.org_id)
    assert found.person == acme.person


def test_signing_in_rotates_id_and_token(acme):
    before = acme.anonymous()
    passkey = new_id()
    opened = acme.run(
        lambda s: sessions.sign_in(s, NOW, VISIT, before.session, acme.person, "passkey", passkey)
    )
    assert acme.read(before.secret) is None
    found = acme.read(opened.secret)
    assert found == opened.session
    assert (found.kind, found.method, found.opened_by) == (Kind.USER, "passkey", passkey)
    assert found.auth_at == NOW
    assert len({before.session.csrf, found.csrf}) == 2
    (event,) = rows(acme.database, audit)
    assert (event.event, event.actor) == ("session:create", f"user:{acme.user_id}")
    assert event.context == {
        "session": found.digest[:8],
        "address": "192.0.2.7",
        "userAgent": "Browser/1.0",
    }
    assert opened.secret not in str(event)
    assert found.csrf not in str(event)


def test_a_sign_in_elsewhere_counts_from_when_it_was(acme):
    earlier = NOW - HOUR
    current = acme.anonymous().session
    opened = acme.run(
        lambda s: sessions.sign_in(
            s, NOW, VISIT, current, acme.person, "sso", None, auth_at=earlier
        )
    )
    assert acme.read(opened.secret).auth_at == earlier


def test_a_step_up_rotates_and_the_limits_run_on(acme):
    before = acme.sign_in()
    later = NOW + 20 * MINUTE
    opened = acme.run(lambda s: sessions.step_up(s, later, VISIT, before.session))
    assert acme.read(before.secret, later) is None
    found = acme.read(opened.secret, later)
    assert found.csrf != before.session.csrf
    assert (found.auth_at, found.created_at, found.id) == (later, NOW, before.session.id)
    assert [event for event, _ in acme.events()] == ["session:create", "session:step_up"]


def test_nobody_cannot_step_up(acme):
    current = acme.anonymous().session
    with pytest.raises(NoSessionError) as refusal:
        acme.run(lambda s: sessions.step_up(s, NOW, VISIT, current))
    assert refusal.value.cause == "nobody_signed_in"


def test_a_restricted_session_lasts_ten_minutes(acme):
    link = new_id()
    opened = acme.restrict(link_id=link)
    found = acme.read(opened.secret, NOW + 10 * MINUTE - SECOND)
    assert (found.kind, found.opened_by, found.auth_at) == (Kind.RESTRICTED, link, None)
    assert found.person.user_id == acme.user_id
    acme.run(lambda s: sessions.seen(s, found.digest, NOW + 9 * MINUTE))
    assert acme.read(opened.secret, NOW + 10 * MINUTE) is None


def test_signing_out_ends_the_session(acme):
    opened = acme.sign_in()
    acme.run(lambda s: sessions.sign_out(s, NOW, VISIT, opened.session))
    acme.run(lambda s: sessions.sign_out(s, NOW, VISIT, opened.session))
    assert acme.read(opened.secret) is None
    assert [event for event, _ in acme.events()] == ["session:create", "session:end"]


TURNS = {
    "sign_in": lambda s, current, person: sessions.sign_in(
        s, NOW, VISIT, current, person, "passkey", None
    ),
    "restrict": lambda s, current, person: sessions.restrict(
        s, NOW, VISIT, current, person, None, "link"
    ),
}


@pytest.mark.parametrize("turn", TURNS)
def test_of_two_that_replace_a_session_one_wins(acme, turn):
    current = acme.anonymous().session
    acme.run(lambda s: TURNS[turn](s, current, acme.person))
    with pytest.raises(NoSessionError) as refusal:
        acme.run(lambda s: TURNS[turn](s, current, acme.person))
    assert refusal.value.cause == "session_ended"
    assert len(rows(acme.database, web_session)) == 2


@pytest.mark.parametrize(
    ("role", "idle", "longest"),
    [(Role.MEMBER, HOUR, 24 * HOUR), (Role.ADMINISTRATOR, 30 * MINUTE, 12 * HOUR)],
)
def test_the_limits_are_those_of_the_role_a_person_has_now(database, role, idle, longest):
    acme = Acme(database, role=role)
    opened = acme.sign_in()
    assert acme.read(opened.secret, NOW + idle - SECOND)
    assert acme.read(opened.secret, NOW + idle) is None
    active = NOW + longest - SECOND
    acme.run(lambda s: sessions.seen(s, opened.session.digest, active))
    assert acme.read(opened.secret, active)
    assert acme.read(opened.secret, NOW + longest) is None


def test_an_anonymous_session_ends_when_idle_and_after_a_day(acme):
    opened = acme.anonymous()
    assert acme.read(opened.secret, NOW + 30 * MINUTE - SECOND)
    assert acme.read(opened.secret, NOW + 30 * MINUTE) is None
    active = NOW + 24 * HOUR - SECOND
    acme.run(lambda s: sessions.seen(s, opened.session.digest, active))
    assert acme.read(opened.secret, active)
    assert acme.read(opened.secret, NOW + 24 * HOUR) is None


def test_a_promotion_shortens_a_session_at_once(acme):
    opened = acme.sign_in()
    acme.change(account, acme.user_id, role=Role.OWNER)
    assert acme.read(opened.secret).person.role is Role.OWNER
    assert acme.read(opened.secret, NOW + 31 * MINUTE) is None


@pytest.mark.parametrize("what", ["inactive", "suspended"])
@pytest.mark.parametrize("turn", TURNS)
def test_whoever_is_shut_out_has_no_session_from_the_next_request_on(acme, what, turn):
    opened = getattr(acme, turn)()
    _shut_out(acme, what)
    assert acme.read(opened.secret) is None
    person = replace(acme.person, active=True, suspended=False)
    current = acme.anonymous().session
    # Who judged the person just before the change must not open a session after it.
    with pytest.raises(NoSessionError) as refusal:
        acme.run(lambda s: TURNS[turn](s, current, person))
    assert refusal.value.cause == "person_shut_out"


def _shut_out(acme, what):
    if what == "inactive":
        acme.change(resource, acme.user_id, active=False)
    else:
        acme.change(organization, acme.org_id, suspended=True)


def test_a_user_of_a_sandbox_never_has_a_session(database):
    sandbox = Acme(database, sandbox=True)
    with pytest.raises(NoSessionError):
        sandbox.sign_in()
    with pytest.raises(NoSessionError):
        sandbox.restrict()
    row = {
        "digest": sessions.digest_of("s" * 43),
        "id": new_id(),
        "kind": "user",
        "org_id": sandbox.org_id,
        "user_id": sandbox.user_id,
        "csrf": "c",
        "created_at": NOW,
        "seen_at": NOW,
        "address": "",
        "user_agent": "",
    }
    sandbox.run(lambda s: s.execute(web_session.insert(), row))
    assert sandbox.read("s" * 43) is None


def test_the_session_of_a_deleted_user_opens_nothing(acme):
    opened = acme.sign_in()

    def vanish(session):
        session.execute(account.delete())
        session.execute(resource.delete())

    write(acme.database, vanish)
    assert acme.read(opened.secret) is None


def test_a_person_sees_their_sessions_and_ends_one(acme):
    first, second = acme.sign_in(), acme.sign_in(NOW + MINUTE)
    acme.restrict()

    def listed(now=NOW + MINUTE):
        with acme.database.reading() as session:
            return [each.id for each in sessions.every(session, acme.org_id, acme.user_id, now)]

    assert listed() == [first.session.id, second.session.id]
    assert listed(NOW + HOUR) == [second.session.id]

    def end(org_id, user_id, id):
        return acme.run(lambda s: sessions.end(s, org_id, user_id, id, NOW, "ended_by_person"))

    assert not end(an_organization(acme.database), acme.user_id, first.session.id)
    assert not end(acme.org_id, a_user(acme.database, acme.org_id), first.session.id)
    assert not end(acme.org_id, acme.user_id, "no id")
    assert end(acme.org_id, acme.user_id, first.session.id)
    assert not end(acme.org_id, acme.user_id, first.session.id)
    assert acme.read(first.secret) is None
    assert listed() == [second.session.id]


def test_all_others_end_and_the_present_one_stays(acme):
    kept, other, restricted = acme.sign_in(), acme.sign_in(), acme.restrict()
    keep = kept.session.digest
    count = acme.run(
        lambda s: sessions.end_all(s, acme.org_id, acme.user_id, NOW, "others", keep=keep)
    )
    assert count == 2
    assert acme.read(kept.secret)
    assert acme.read(other.secret) is None
    assert acme.read(restricted.secret) is None
    event = rows(acme.database, audit)[-1]
    assert (event.event, event.actor) == ("session:end", "sessions")
    again = acme.run(
        lambda s: sessions.end_all(s, acme.org_id, acme.user_id, NOW, "others", keep=keep)
    )
    assert again == 0
    assert len(rows(acme.database, audit)) == 4


def test_what_a_passkey_opened_ends_with_it(acme):
    passkey = new_id()
    opened, other = acme.sign_in(opened_by=passkey), acme.sign_in(opened_by=new_id())
    count = acme.run(
        lambda s: sessions.end_opened_by(s, acme.org_id, acme.user_id, passkey, NOW, "deleted")
    )
    assert count == 1
    assert acme.read(opened.secret) is None
    assert acme.read(other.secret)


def test_an_organization_ends_all_but_those_it_spares(acme):
    elsewhere = Acme(acme.database)
    opened, foreign = acme.sign_in(), elsewhere.sign_in()

    def end(spare=()):
        return acme.run(lambda s: sessions.end_organization(s, acme.org_id, NOW, "enforced", spare))

    assert end([acme.user_id]) == 0
    assert acme.read(opened.secret)
    assert end() == 1
    assert acme.read(opened.secret) is None
    assert elsewhere.read(foreign.secret)


def test_an_ended_session_is_not_seen(acme):
    opened = acme.sign_in()
    digest = opened.session.digest
    assert acme.run(lambda s: sessions.seen(s, digest, NOW + MINUTE))
    assert acme.read(opened.secret, NOW + MINUTE).seen_at == NOW + MINUTE
    acme.run(lambda s: sessions.sign_out(s, NOW, VISIT, opened.session))
    assert not acme.run(lambda s: sessions.seen(s, digest, NOW + 2 * MINUTE))


def test_concurrent_sign_ins_of_one_browser_leave_one_session(acme):
    current, outcomes = acme.anonymous().session, []

    def enter():
        try:
            acme.run(
                lambda s: sessions.sign_in(s, NOW, VISIT, current, acme.person, "passkey", None)
            )
        except NoSessionError as refusal:
            outcomes.append(refusal.cause)
        else:
            outcomes.append("in")

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["in"] + 7 * ["session_ended"]
    live = [row for row in rows(acme.database, web_session) if row.ended_at is None]
    assert len(live) == 1


def test_what_has_been_over_for_a_day_is_deleted(acme):
    young, old = NOW - 24 * HOUR, NOW - 25 * HOUR - SECOND

    def fill(session):
        for at in (young, old):
            row = {
                "id": new_id(),
                "session_digest": new_id(),
                "purpose": "signin",
                "challenge": b"c",
                "allowed": [],
                "created_at": at,
                "expires_at": at,
            }
            session.execute(ceremony.insert(), row)
            row = {
                "session_digest": new_id(),
                "name_mac": "n",
                "mac": "m",
                "expires_at": at,
                "tries": 0,
                "used": False,
            }
            session.execute(mail_code.insert(), row)

    acme.run(fill)
    kept = {acme.anonymous(young).session.digest, acme.sign_in(NOW).session.digest}
    for _ in range(3):
        acme.anonymous(old)
    ended_late = acme.sign_in(old)
    acme.run(lambda s: sessions.sign_out(s, NOW - HOUR, VISIT, ended_late.session))
    kept.add(ended_late.session.digest)
    gone = []
    while count := acme.run(lambda s: sessions.purge(s, NOW, 2)):
        gone.append(count)
    assert gone == [4, 2]
    stored = {row.digest for row in rows(acme.database, web_session)}
    assert kept <= stored
    # Besides those, what a sign-in of today left behind.
    assert len(stored - kept) == 1
    assert [row.expires_at for row in rows(acme.database, ceremony)] == [young]
    assert [row.expires_at for row in rows(acme.database, mail_code)] == [young]


def test_refusals_of_strangers_belong_to_no_organization(acme):
    current = acme.anonymous().session
    acme.run(lambda s: sessions.sign_out(s, NOW, VISIT, current))
    (event,) = rows(acme.database, audit)
    assert (event.org_id, event.actor) == (LOWEST, "anonymous")
