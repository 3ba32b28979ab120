"""Sandboxes: made with an end, kept apart, silent (M21 to M24)."""

from datetime import timedelta

import pytest

from scimserver.clock import timestamp
from scimserver.domain.errors import InvalidRequestError
from scimserver.ids import new_id
from scimserver.services import audit, notices, organizations, sandboxes
from scimserver.storage import organizations as stored
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import mail, notice, organization, outbox, receiver
from scimserver.storage.transaction import run
from tests.factories import NOW, a_person, an_organization, rows
from tests.services.test_provisioning import Entrance

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def made(database, **options):
    return run(database, lambda s: organizations.create(s, NOW, name="Trial", **options))


def updated(database, whose, now=NOW, **changes):
    actor = audit.operator(whose)
    return run(database, lambda s: organizations.update(s, actor, now, **changes))


def after(days):
    return NOW + timedelta(days=days)


def test_a_sandbox_closes_after_thirty_days_or_those_that_were_asked_for(database):
    assert made(database, sandbox=True).expires_at == after(30)
    assert made(database, sandbox=True, days=365).expires_at == after(365)
    assert made(database).expires_at is None


@SQLITE
@pytest.mark.parametrize("days", [0, -1, 366])
def test_its_days_are_few(database, days):
    with pytest.raises(InvalidRequestError, match="1 to 365"):
        made(database, sandbox=True, days=days)
    box = made(database, sandbox=True)
    with pytest.raises(InvalidRequestError, match="1 to 365"):
        updated(database, box, days=days)


@SQLITE
def test_an_organization_of_people_never_ends(database):
    with pytest.raises(InvalidRequestError, match="only a sandbox"):
        made(database, days=30)
    acme = made(database)
    with pytest.raises(InvalidRequestError, match="only a sandbox"):
        updated(database, acme, days=30)


def test_it_is_prolonged_from_the_day_it_is_asked_for_with_a_trace(database):
    box = made(database, sandbox=True, days=7)
    assert updated(database, box, after(20), days=7).expires_at == after(27)
    assert updated(database, box, after(20), name="New").expires_at == after(27)
    changes = [row.changes for row in rows(database, audit_table)]
    assert {"path": "expiresAt", "before": None, "after": timestamp(after(7))} in changes[0]
    told = {"path": "expiresAt", "before": timestamp(after(7)), "after": timestamp(after(27))}
    assert changes[1] == [told]


@SQLITE
@pytest.mark.parametrize("column", sorted(stored.FIXED))
def test_what_an_organization_is_made_with_is_never_changed(database, column):
    """M21: not by any code that could come."""
    org_id = an_organization(database)
    with pytest.raises(ValueError, match=column):
        run(database, lambda s: stored.update_fields(s, org_id, {"name": "x", column: True}))
    (kept,) = rows(database, organization)
    assert (kept.name, kept.sandbox) == ("Acme", False)


def test_only_a_sandbox_without_an_end_is_given_one(database):
    box, acme = an_organization(database, sandbox=True), an_organization(database)
    dated = made(database, sandbox=True, days=7)
    with database.reading() as session:
        assert sandboxes.undated(session) == [box]
    for org_id, is_given in ((box, True), (box, False), (acme, False), (dated.id, False)):
        given = run(database, lambda s, id=org_id: sandboxes.give_end(s, NOW, id))
        assert given is is_given
    ends = {row.id: row.expires_at for row in rows(database, organization)}
    assert ends == {box: after(30), acme: None, dated.id: after(7)}
    (trace,) = [row for row in rows(database, audit_table) if row.org_id == box]
    assert (trace.door, trace.actor, trace.event) == (
        "system",
        "housekeeping",
        "organization:update",
    )


@SQLITE
@pytest.mark.parametrize("sandbox", [True, False], ids=["sandbox", "normal"])
def test_no_mail_leaves_a_sandbox_whoever_is_told(database, sandbox):
    """M22"""
    org_id = an_organization(database, sandbox=sandbox)
    ann = a_person(database, org_id, "ann@acme.test")
    facts = {"label": "Key", "user_name": "ann@acme.test"}

    def tell(session):
        stored.update_fields(session, org_id, {"identity_contact": "it@acme.test"})
        for whom in ({"person": ann.user_id}, {"administrators": True}, {"identity_owners": True}):
            notices.tell(session, NOW, org_id, "passkey_created", facts=facts, **whom)

    run(database, tell)
    assert len(rows(database, notice)) == 3
    assert len(rows(database, mail)) == (0 if sandbox else 3)


def test_no_event_leaves_a_sandbox_unless_somebody_set_a_stream_up(database):
    """M24"""
    box = Entrance(database, sandbox=True)
    acme = Entrance(database)
    ids = {}

    def listen(session, org_id):
        ids[org_id] = new_id()
        row = {"org_id": org_id, "id": ids[org_id], "name": "Stream", "created_at": NOW}
        session.execute(receiver.insert(), row)

    run(database, lambda session: listen(session, acme.org_id))
    box.user("ann")
    acme.user("ann")
    assert [row.org_id for row in rows(database, outbox)] == [acme.org_id]
    run(database, lambda session: listen(session, box.org_id))
    box.user("bob")
    queued = {(row.org_id, row.receiver_id) for row in rows(database, outbox)}
    assert queued == set(ids.items())
