"""Identity owners: named people and an address, never fewer than one once there is one (G1)."""

import pytest
from sqlalchemy import select, update

from scimserver.domain.actor import Actor, Door
from scimserver.domain.errors import (
    InvalidRequestError,
    PermissionDeniedError,
    UnknownResourceError,
)
from scimserver.domain.roles import Role
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import audit, identity_owners, notices, organizations
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import mail
from scimserver.storage.models.resource import resource
from scimserver.storage.transaction import run
from tests.factories import NOW, a_person, a_user, write
from tests.signing_in import at_once

VISIT = Visit("192.0.2.1", "Browser", "request-1")


@pytest.fixture
def acme(database):
    made = run(database, lambda s: organizations.create(s, NOW, name="Acme"))
    return audit.operator(made)


@pytest.fixture
def ann(database, acme):
    return a_person(database, acme.org_id, "ann@acme.test", role="member")


def _get(database, actor):
    with database.reading() as session:
        return identity_owners.get(session, actor)


def _add(database, actor, person, **options):
    run(database, lambda s: identity_owners.add(s, actor, NOW, person.user_id, **options))


def _remove(database, actor, person, **options):
    run(database, lambda s: identity_owners.remove(s, actor, NOW, person.user_id, **options))


def _contact(database, actor, email):
    run(database, lambda s: identity_owners.set_contact(s, actor, NOW, email))


def _events(database):
    with database.reading() as session:
        query = select(audit_table).order_by(audit_table.c.id)
        return [
            (row["event"], row["subject_id"], {c["path"]: c["after"] for c in row["changes"]})
            for row in session.execute(query).mappings()
            if row["event"] != "organization:create"
        ]


def test_people_are_named_and_audited(database, acme, ann):
    assert _get(database, acme) == identity_owners.IdentityOwners((), None)
    ben_id = a_user(database, acme.org_id, "ben@acme.test")
    _add(database, acme, ann, visit=VISIT)
    _add(database, acme, ann)
    # Somebody who never signed in has no account yet, and gets one.
    run(database, lambda s: identity_owners.add(s, acme, NOW, ben_id))
    owners = _get(database, acme)
    assert [person.user_id for person in owners.people] == [ann.user_id, ben_id]
    assert not owners.is_set
    assert _events(database) == [
        ("identity_owner:add", ann.user_id, {"identityOwner": True}),
        ("identity_owner:add", ben_id, {"identityOwner": True}),
    ]


def test_the_last_one_leaves_only_with_a_successor(database, acme, ann):
    ben = a_person(database, acme.org_id, "ben@acme.test")
    _add(database, acme, ann)
    with pytest.raises(InvalidRequestError, match="successor"):
        _remove(database, acme, ann)
    with pytest.raises(InvalidRequestError, match="successor"):
        _remove(database, acme, ann, successor=ann.user_id)
    _remove(database, acme, ben)
    _remove(database, acme, ann, successor=ben.user_id)
    assert [person.user_id for person in _get(database, acme).people] == [ben.user_id]
    assert _events(database)[-2:] == [
        ("identity_owner:add", ben.user_id, {"identityOwner": True}),
        ("identity_owner:remove", ann.user_id, {"identityOwner": False}),
    ]


def test_of_two_who_leave_at_once_one_stays(database, acme, ann):
    people = [ann, a_person(database, acme.org_id, "ben@acme.test")]
    for person in people:
        _add(database, acme, person)

    def leave(number):
        try:
            _remove(database, acme, people[number])
        except InvalidRequestError:
            return "stays"
        return "left"

    assert sorted(at_once(leave, 2)) == ["left", "stays"]
    assert len(_get(database, acme).people) == 1


def test_only_somebody_who_is_there_and_active_is_named(database, acme, ann):
    turned_off = update(resource).where(resource.c.id == ann.user_id).values(active=False)
    write(database, lambda s: s.execute(turned_off))
    with pytest.raises(InvalidRequestError, match="turned off"):
        _add(database, acme, ann)
    other = run(database, lambda s: organizations.create(s, NOW, name="Globex"))
    stranger = a_person(database, other.id)
    for user_id in (stranger.user_id, new_id(), "x"):
        with pytest.raises(UnknownResourceError):
            run(database, lambda s, id=user_id: identity_owners.add(s, acme, NOW, id))
    assert _get(database, acme).people == ()


def test_who_was_turned_off_later_answers_for_nothing(database, acme, ann):
    _add(database, acme, ann)
    _contact(database, acme, "it@acme.test")
    assert _get(database, acme).is_set
    turned_off = update(resource).where(resource.c.id == ann.user_id).values(active=False)
    write(database, lambda s: s.execute(turned_off))
    owners = _get(database, acme)
    assert (len(owners.people), owners.is_set) == (1, False)


def test_the_contact_is_one_plain_address_anywhere(database, acme):
    _contact(database, acme, " It@Partner.EXAMPLE.com ")
    assert _get(database, acme).contact == "It@partner.example.com"
    _contact(database, acme, "It@partner.example.com")
    for wrong in ("", "it", "it@acme", "a@b.com, c@d.com", "It <it@acme.com>"):
        with pytest.raises(InvalidRequestError) as caught:
            _contact(database, acme, wrong)
        assert caught.value.context["path"] == "contact"
    _contact(database, acme, None)
    assert _get(database, acme).contact is None
    told = [changes for event, _, changes in _events(database) if event == "organization:update"]
    assert told == [{"identityContact": "It@partner.example.com"}, {"identityContact": None}]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.HELPDESK, Role.MEMBER, None])
@pytest.mark.parametrize("door", [Door.CONSOLE, Door.API])
def test_nobody_names_others_who_may_not_set_up_sign_in(database, acme, ann, role, door):
    someone = Actor(acme.org_id, door, "user:x", role=role)
    for change in (
        lambda: _add(database, someone, ann),
        lambda: _remove(database, someone, ann),
        lambda: _contact(database, someone, "it@acme.com"),
    ):
        with pytest.raises(PermissionDeniedError, match="sso edit"):
            change()
    administrator = Actor(acme.org_id, Door.CONSOLE, "user:y", role=Role.ADMINISTRATOR)
    _add(database, administrator, ann)
    assert _events(database) == [("identity_owner:add", ann.user_id, {"identityOwner": True})]


def _reached(database, **options):
    facts = {"domain": "acme.com", "by": "somebody"}

    def work(session):
        notices.tell(session, NOW, code="domain_removed", facts=facts, **options)
        found = session.execute(select(mail.c.recipient)).scalars().all()
        session.execute(mail.delete())
        return sorted(found)

    return run(database, work)


def test_identity_owners_are_told_and_the_administrators_where_there_are_none(database, acme, ann):
    olga = a_person(database, acme.org_id, "olga@acme.test")
    about = {"org_id": acme.org_id, "identity_owners": True}
    assert _reached(database, **about) == ["olga@acme.test"]
    _contact(database, acme, "it@acme.test")
    assert _reached(database, **about) == ["it@acme.test"]
    _add(database, acme, ann)
    assert _reached(database, **about) == ["ann@acme.test", "it@acme.test"]
    assert _reached(database, **about, administrators=True) == [
        "ann@acme.test",
        "it@acme.test",
        "olga@acme.test",
    ]
    # Each once, in whatever capacity.
    _contact(database, acme, "ann@acme.test")
    assert _reached(database, **about, person=ann.user_id) == ["ann@acme.test"]
    with database.reading() as session:
        shown = notices.shown(session, olga)
        assert [each.code for each in shown] == ["domain_removed"] * 5
        assert [each.code for each in notices.shown(session, ann)] == ["domain_removed"]
