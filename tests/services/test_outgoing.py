"""The queue of mail: leased by one, survived when a sender dies, tried again with pauses."""

from datetime import timedelta

import pytest

from scimserver.ids import LOWEST, new_id
from scimserver.services import outgoing as sending
from scimserver.services import recovery_codes, sealed
from scimserver.services.sealed import Keys
from scimserver.storage import mails
from scimserver.storage.mails import Mail
from scimserver.storage.models import audit, mail
from tests.posting import LATER, NEVER, Letters, outgoing
from tests.signing_in import Site


@pytest.fixture
def site(database):
    return Site(database)


@pytest.fixture
def org(site):
    return site.organization()


def _queue(site, org_id, *recipients, body="Hello"):
    new = [Mail(org_id, new_id(), each, "Subject", body, site.now) for each in recipients]
    site.run(lambda s: mails.add(s, org_id, new))
    return [each.id for each in new]


def _waiting(site):
    return site.rows(mail)


def test_every_organization_s_mail_leaves_once(site, org):
    other = site.organization()
    _queue(site, org, *(f"{n}@acme.test" for n in range(7)))
    _queue(site, other, "x@other.test")
    letters = Letters()
    assert outgoing(site, letters).deliver() == 8
    assert len({letter.id for letter in letters.kept}) == 8
    assert _waiting(site) == []
    assert outgoing(site, letters).deliver() == 0


def test_mail_for_nobody_goes_nowhere(site):
    _queue(site, LOWEST, "")
    letters = Letters()
    assert outgoing(site, letters).deliver() == 0
    assert (letters.kept, _waiting(site)) == ([], [])


def test_what_is_leased_is_nobody_else_s_until_the_lease_lapses(site, org):
    (id,) = _queue(site, org, "ann@acme.test")
    until = site.now + sending.LEASE

    def lease(at):
        return site.run(lambda s: mails.lease(s, org, at, until, 5))

    assert [each.id for each in lease(site.now)] == [id]
    assert lease(site.now) == []
    letters = Letters()
    assert outgoing(site, letters).deliver() == 0
    # Whoever held it died: it goes out under the same id, and the try was counted.
    site.clock.advance(sending.LEASE.total_seconds())
    assert outgoing(site, letters).deliver() == 1
    assert [letter.id for letter in letters.kept] == [id]


def test_a_sender_that_dies_between_sending_and_noting_sends_again(site, org):
    class Dying(Letters):
        def send(self, letter):
            super().send(letter)
            raise KeyboardInterrupt

    (id,) = _queue(site, org, "ann@acme.test")
    dying, letters = Dying(), Letters()
    with pytest.raises(KeyboardInterrupt):
        outgoing(site, dying).deliver()
    (row,) = _waiting(site)
    assert (row.id, row.attempts) == (id, 1)
    assert outgoing(site, letters).deliver() == 0
    site.clock.advance(sending.LEASE.total_seconds())
    assert outgoing(site, letters).deliver() == 1
    assert dying.kept[0].id == letters.kept[0].id == id


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_message_of_which_senders_die_is_given_up_as_well(site, org):
    class Deadly(Letters):
        def send(self, letter):
            super().send(letter)
            raise KeyboardInterrupt

    _queue(site, org, "ann@acme.test")
    deadly = Deadly()
    for _ in range(sending.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            outgoing(site, deadly).deliver()
        site.clock.advance(sending.LEASE.total_seconds())
    assert outgoing(site, deadly).deliver() == 0
    assert len(deadly.kept) == sending.MOST_ATTEMPTS
    assert _waiting(site) == []
    assert [row.event for row in site.rows(audit)] == ["mail:give_up"]


def test_a_failure_is_tried_again_after_growing_pauses_and_then_given_up(site, org):
    (id,) = _queue(site, org, "ann@acme.test")
    letters = Letters(*[LATER] * sending.MOST_ATTEMPTS)
    pauses = []
    for _ in range(sending.MOST_ATTEMPTS - 1):
        outgoing(site, letters).deliver()
        (row,) = _waiting(site)
        pause = row.due_at - site.now
        pauses.append(pause)
        site.clock.advance(pause.total_seconds() - 1)
        assert outgoing(site, letters).deliver() == 0
        assert len(letters.failures) == sending.MOST_ATTEMPTS - len(pauses)
        site.clock.advance(1)
    assert pauses == [timedelta(seconds=30 * 2**n) for n in range(7)]
    outgoing(site, letters).deliver()
    assert _waiting(site) == []
    (row,) = [row for row in site.rows(audit) if row.event == "mail:give_up"]
    told = {change["path"]: change["after"] for change in row.changes}
    assert row.subject_id == id
    assert told == {
        "subject": "Subject",
        "attempts": sending.MOST_ATTEMPTS,
        "cause": "The relay is away.",
    }


def test_a_final_refusal_is_given_up_at_once_and_holds_nothing_else_up(site, org):
    _queue(site, org, "nobody@acme.test", "ann@acme.test")
    letters = Letters(NEVER)
    assert outgoing(site, letters).deliver() == 1
    assert [letter.recipient for letter in letters.kept] == ["ann@acme.test"]
    assert _waiting(site) == []
    assert [row.event for row in site.rows(audit)] == ["mail:give_up"]


def test_a_sealed_letter_is_opened_for_its_recipient_alone_and_while_it_is_good(site, org):
    keys, ids = Keys.of(site.settings, recovery_codes.PURPOSE), [new_id() for _ in range(3)]

    def letter(id, body):
        return Mail(org, id, "ann@acme.test", "Code", body, site.now)

    new = [
        letter(ids[0], sealed.seal(keys, "12345678", ids[0])),
        # Moved from another message, and sealed by a stranger.
        letter(ids[1], sealed.seal(keys, "12345678", ids[0])),
        letter(ids[2], sealed.seal(Keys(bytes(32)), "12345678", ids[2])),
    ]
    site.run(lambda s: mails.add(s, org, new))
    assert "12345678" not in repr(_waiting(site))
    letters = Letters()
    assert outgoing(site, letters).deliver() == 1
    assert [(each.id, each.body) for each in letters.kept] == [(ids[0], "12345678")]
    late = new_id()
    site.run(lambda s: mails.add(s, org, [letter(late, sealed.seal(keys, "1", late))]))
    site.clock.advance(600)
    assert outgoing(site, letters).deliver() == 0
    assert _waiting(site) == []


def test_what_the_key_before_sealed_is_opened_and_what_is_none_is_not(site):
    old, new = bytes(32), bytes([1]) * 32
    text = sealed.seal(Keys(old), "words", "x")
    assert sealed.unseal(Keys(new, old), text, "x") == "words"
    assert sealed.unseal(Keys(new), text, "x") is None
    assert sealed.unseal(Keys(old), text, "y") is None
    assert sealed.unseal(Keys(old), "sealed:%", "x") is None
    assert sealed.unseal(Keys(old), "sealed:", "x") is None
