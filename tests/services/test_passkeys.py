"""A person's passkeys: renamed, deleted, never the last, and what a browser is told of them."""

import threading
from datetime import UTC, datetime

import pytest

from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.sign_in_errors import BadRequestError, LastPasskeyError
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import accounts, passkeys
from scimserver.services.passkeys import Hint, Removal
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import notice, passkey_credential, recovery_code, web_session
from scimserver.storage.transaction import run
from tests.factories import a_passkey, a_person, an_organization, rows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VISIT = Visit("192.0.2.1", "Browser/1.0", "request-1")


class Ann:
    """One person, and what she does with her passkeys."""

    def __init__(self, database, **options):
        self.database = database
        self.org_id = an_organization(database, slug="acme")
        self.person = a_person(database, self.org_id, "ann@acme.test", **options)

    def add(self, **options):
        return a_passkey(self.database, self.org_id, self.person.user_id, **options)

    def run(self, work):
        return run(self.database, work)

    def delete(self, id, **options):
        return self.run(lambda s: passkeys.delete(s, NOW, VISIT, self.person, id, **options))

    def rename(self, id, label):
        return self.run(lambda s: passkeys.rename(s, NOW, VISIT, self.person, id, label))

    def add_codes(self):
        values = {
            "org_id": self.org_id,
            "user_id": self.person.user_id,
            "mac": "mac",
            "set_id": new_id(),
            "created_at": NOW,
        }
        self.run(lambda s: s.execute(recovery_code.insert(), values))

    @property
    def ids(self):
        with self.database.reading() as session:
            return [each.id for each in passkeys.every(session, self.org_id, self.person.user_id)]

    @property
    def events(self):
        return [row.event for row in rows(self.database, audit_table)]


@pytest.fixture
def ann(database):
    return Ann(database)


def test_a_passkey_is_deleted_with_what_it_opened(ann, a_session):
    """P45, P64, P98."""
    old, kept = ann.add(aaguid="08987058-cadc-4b81-b6e1-30de50dcbe96"), ann.add()
    mine = a_session(ann.org_id, ann.person.user_id)
    other = a_session(ann.org_id, ann.person.user_id)
    for digest, by in ((mine, old), (other, kept)):
        ann.run(
            lambda s, digest=digest, by=by: s.execute(
                web_session.update().where(web_session.c.digest == digest).values(opened_by=by)
            )
        )
    deleted = ann.delete(old)
    assert (deleted.id, ann.ids) == (old, [kept])
    assert [row.passkey_id for row in rows(ann.database, passkey_credential)] == [kept]
    ended = {row.digest: row.ended_why for row in rows(ann.database, web_session)}
    assert ended == {mine: "passkey_deleted", other: None}
    assert ann.events == ["passkey:delete", "session:end"]
    kept_of_it = str(rows(ann.database, audit_table)[0].changes)
    assert deleted.credential in kept_of_it
    assert deleted.aaguid in kept_of_it
    (told,) = rows(ann.database, notice)
    assert (told.code, told.user_id) == ("passkey_deleted", ann.person.user_id)
    assert told.facts == {"label": deleted.label, "user_name": "ann@acme.test"}


def test_the_last_passkey_stays(ann):
    """N69."""
    last = ann.add()
    for options in ({}, {"confirmed": True}, {"confirmed": True, "has_mail": True}):
        with pytest.raises(LastPasskeyError) as refusal:
            ann.delete(last, **options)
        assert refusal.value.cause == "last_passkey"
    assert ann.ids == [last]
    assert ann.events == []


@pytest.mark.parametrize(
    ("has_mail", "confirmed", "goes"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_the_last_passkey_goes_where_codes_are_left_and_it_is_meant(ann, has_mail, confirmed, goes):
    """P46."""
    last = ann.add()
    ann.add_codes()
    if goes:
        ann.delete(last, confirmed=confirmed, has_mail=has_mail)
    else:
        with pytest.raises(LastPasskeyError):
            ann.delete(last, confirmed=confirmed, has_mail=has_mail)
    assert ann.ids == ([] if goes else [last])


def test_a_local_administrator_keeps_two(database):
    """P46."""
    ann = Ann(database, local_administrator=True)
    first, second, third = ann.add(), ann.add(), ann.add()
    ann.add_codes()
    ann.delete(first)
    for each in (second, third):
        with pytest.raises(LastPasskeyError) as refusal:
            ann.delete(each, confirmed=True, has_mail=True)
        assert refusal.value.cause == "local_administrator_passkeys"
    assert ann.ids == [second, third]


def test_passkeys_of_another_rp_id_count_for_nothing(ann):
    """P41: none of them lets anybody in here."""
    old, present = ann.add(rp_id="old.acme.test"), ann.add()
    with pytest.raises(LastPasskeyError):
        ann.delete(present)
    with ann.database.reading() as session:
        found = passkeys.get(session, ann.person, old)
        assert passkeys.accepted(session, ann.person, "localhost")["allAcceptedCredentialIds"] == [
            passkeys.get(session, ann.person, present).credential
        ]
    assert found.rp_id == "old.acme.test"
    ann.delete(old, rp_id="localhost")
    assert ann.ids == [present]


def test_of_two_deletions_at_once_one_fails(ann):
    """N69."""
    both = [ann.add(), ann.add()]
    barrier, results = threading.Barrier(2), []

    def delete(id):
        barrier.wait()
        try:
            results.append(ann.delete(id).id)
        except LastPasskeyError as refusal:
            results.append(refusal.cause)

    threads = [threading.Thread(target=delete, args=(id,)) for id in both]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(ann.ids) == 1
    assert sorted(results) == sorted([*(set(both) - set(ann.ids)), "last_passkey"])


@pytest.mark.parametrize("whose", ["a colleague's", "another organization's", "nobody's", "no id"])
def test_somebody_elses_passkey_is_unknown(ann, database, whose):
    """N69."""
    ann.add()
    ann.add()
    ids = {"nobody's": new_id(), "no id": "x\0\ud800"}
    if whose == "a colleague's":
        bob = a_person(database, ann.org_id)
        ids[whose] = a_passkey(database, ann.org_id, bob.user_id)
    elif whose == "another organization's":
        eve = a_person(database, an_organization(database))
        ids[whose] = a_passkey(database, eve.org_id, eve.user_id)
    for act in (ann.delete, lambda id: ann.rename(id, "Mine")):
        with pytest.raises(UnknownResourceError):
            act(ids[whose])
    assert ann.events == []


def test_a_passkey_is_renamed(ann):
    """P42."""
    id = ann.add(label="Old")
    renamed = ann.rename(id, "  New \u202e name ")
    assert renamed.label == "New name"
    assert ann.rename(id, "New name") == renamed
    (row,) = rows(ann.database, audit_table)
    assert (row.event, row.subject_id, row.actor) == (
        "passkey:rename",
        id,
        f"user:{ann.person.user_id}",
    )


@pytest.mark.parametrize(
    ("label", "cause"),
    [
        ("", "label_length"),
        (" \0 ", "label_length"),
        ("x" * 81, "label_length"),
        ("Other", "label_taken"),
    ],
)
def test_a_name_that_does_not_do_is_refused(ann, label, cause):
    """P42."""
    id = ann.add(label="Old")
    ann.add(label="Other")
    with pytest.raises(BadRequestError) as refusal:
        ann.rename(id, label)
    assert refusal.value.cause == cause
    assert ann.events == []


def test_two_people_may_use_one_name(ann, database):
    bob = a_person(database, ann.org_id)
    a_passkey(database, ann.org_id, bob.user_id, label="Key")
    assert ann.rename(ann.add(), "Key").label == "Key"


def test_others_are_deleted_where_they_were_lost(ann):
    """P86."""
    keep = ann.add()
    ann.add()
    ann.add(rp_id="old.acme.test")
    actor = accounts.actor_of(ann.person, VISIT)
    gone = ann.run(lambda s: passkeys.delete_others(s, actor, NOW, VISIT, ann.person, keep))
    assert (gone, ann.ids) == (2, [keep])
    assert ann.events == ["passkey:delete"] * 2


def test_a_hint_that_was_dismissed_stays_away(ann):
    """P47."""
    ann.add()

    def shown():
        with ann.database.reading() as session:
            return passkeys.hints(session, ann.person, "localhost", other_device=True)

    assert shown() == [Hint.ONLY_ONE, Hint.OTHER_DEVICE, Hint.NO_CODES]
    ann.run(lambda s: passkeys.dismiss(s, ann.person, Hint.ONLY_ONE))
    ann.run(lambda s: passkeys.dismiss(s, ann.person, Hint.ONLY_ONE))
    ann.run(lambda s: passkeys.dismiss(s, ann.person, Hint.OTHER_DEVICE))
    assert shown() == [Hint.NO_CODES]
    ann.add_codes()
    assert shown() == []


@pytest.mark.parametrize(
    ("held", "codes", "found"),
    [(1, False, Removal.KEPT), (1, True, Removal.LAST), (2, False, Removal.FREE)],
)
def test_a_page_can_ask_whether_a_passkey_may_go(ann, held, codes, found):
    ids = [ann.add() for _ in range(held)]
    if codes:
        ann.add_codes()
    with ann.database.reading() as session:
        each = passkeys.get(session, ann.person, ids[0])
        assert passkeys.removal(session, ann.person, each, has_mail=True) is found


def test_details_are_those_an_authenticator_shows(ann, database):
    """P7, P53."""
    with database.reading() as session:
        alone = passkeys.details(session, ann.person, "localhost")
    an_organization(database)
    with database.reading() as session:
        among = passkeys.details(session, ann.person, "localhost")
    assert alone["name"] == "ann@acme.test"
    assert among["name"] == "ann@acme.test (acme)"
    assert alone["displayName"] == ann.person.display_name
