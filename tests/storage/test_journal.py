"""What happened is written with it, kept masked, found again, and purged by age."""

from datetime import timedelta

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Change, Create, Delete, Effect, Outcome, Plan
from scimserver.ids import new_id
from scimserver.scim.resource import Draft, Stored
from scimserver.storage import journal
from scimserver.storage.journal import ACCEPTED, REFUSED, LogRow
from scimserver.storage.models import audit, outbox, provisioning_log, receiver
from scimserver.storage.transaction import run
from tests.factories import NOW, an_organization, registry, rows

USER = registry().types["User"]


@pytest.fixture
def org(database):
    return an_organization(database)


def an_actor(org, door=Door.SCIM):
    return Actor(org_id=org, door=door, id="idp", user_agent="agent " * 100, request_id="r1")


def a_creation(effect=Effect.CREATED, *changes, ignored=()):
    id = new_id()
    draft = Draft(USER, {"userName": "ann"})
    plan = Plan(Create(USER, draft), id, None, {}, draft)
    stored = Stored(USER, id, 1, "{}", "X1", True, NOW, NOW)
    return plan, Outcome(effect, stored, None, changes, ignored)


def test_a_change_is_audited_and_logged(database, org):
    plan, outcome = a_creation(Effect.CREATED, Change("userName", None, "ann"), ignored=("foo",))
    run(database, lambda s: journal.record(s, an_actor(org), plan, outcome, NOW, 3))
    (row,) = rows(database, audit)
    assert (row.event, row.door, row.actor, row.at) == ("user:create", "scim", "idp", NOW)
    assert row.changes == [{"path": "userName", "before": None, "after": "ann"}]
    assert (row.subject_type, row.subject_id) == ("User", plan.id)
    (logged,) = rows(database, provisioning_log)
    assert (logged.outcome, logged.status, logged.method) == (ACCEPTED, 201, "POST")
    assert (logged.endpoint, logged.operation_index) == ("/Users", 3)
    assert (logged.changed, logged.external_id) == (["userName"], "X1")
    assert (logged.reason, len(logged.user_agent)) == ("ignored: foo", 256)


def test_what_changed_nothing_is_only_logged(database, org):
    plan, outcome = a_creation(Effect.UNCHANGED)
    run(database, lambda s: journal.record(s, an_actor(org), plan, outcome, NOW))
    assert rows(database, audit) == []
    assert [row.status for row in rows(database, provisioning_log)] == [200]


def test_a_delete_names_what_went(database, org):
    plan, outcome = a_creation(Effect.DELETED)
    plan = Plan(Delete(USER, plan.id), plan.id, outcome.stored, {}, None)
    run(database, lambda s: journal.record(s, an_actor(org), plan, outcome, NOW))
    (logged,) = rows(database, provisioning_log)
    assert (logged.method, logged.status) == ("DELETE", 204)
    assert logged.endpoint == f"/Users/{plan.id}"


def test_an_import_is_audited_but_not_logged(database, org):
    done = [a_creation() for _ in range(3)]
    run(database, lambda s: journal.record_many(s, an_actor(org, Door.CLI), done, NOW))
    assert len(rows(database, audit)) == 3
    assert rows(database, provisioning_log) == []


def test_each_receiver_gets_each_change(database, org):
    for name in ("a", "b"):
        row = {"org_id": org, "id": new_id(), "name": name, "created_at": NOW}
        run(database, lambda s, row=row: s.execute(receiver.insert(), row))
    plan, outcome = a_creation(Effect.CREATED, Change("userName", None, "ann"))
    run(database, lambda s: journal.record(s, an_actor(org), plan, outcome, NOW))
    run(database, lambda s: journal.record_consequence(s, an_actor(org), USER, outcome, NOW))
    found = rows(database, outbox)
    assert len(found) == 4
    assert {row.event for row in found} == {"user:create"}
    assert found[0].body["changed"] == ["userName"]
    assert found[0].attempts == 0


def test_nobody_listening_costs_no_row(database, org):
    plan, outcome = a_creation()
    other = an_organization(database)
    row = {"org_id": other, "id": new_id(), "name": "x", "created_at": NOW}
    run(database, lambda s: s.execute(receiver.insert(), row))
    run(database, lambda s: journal.record(s, an_actor(org), plan, outcome, NOW))
    assert rows(database, outbox) == []


def fill(database, org, number, **options):
    for i in range(number):
        row = LogRow(at=NOW + timedelta(days=i), request_id=f"r{i}", **options)
        run(database, lambda s, row=row: journal.log_request(s, org, row))


def test_the_log_is_read_newest_first_page_by_page(database, org):
    fill(database, org, 5)
    fill(database, an_organization(database), 1)
    with database.reading() as session:
        first = journal.read_log(session, org, limit=3)
        second = journal.read_log(session, org, limit=3, before=first[-1].id)
    assert [row.request_id for row in [*first, *second]] == ["r4", "r3", "r2", "r1", "r0"]


def test_the_log_is_filtered(database, org):
    idp = new_id()
    fill(database, org, 1)
    fill(database, org, 2, outcome=REFUSED, status=400, code="domain_not_verified")
    fill(database, org, 1, outcome=REFUSED, connection_id=idp, changed=["a"])
    with database.reading() as session:
        assert len(journal.read_log(session, org, refused=True)) == 3
        (row,) = journal.read_log(session, org, refused=True, connection_id=idp)
        assert (row.changed, row.connection_id) == (["a"], idp)
        assert len(journal.read_log(session, org, since=NOW + timedelta(hours=1))) == 1


def test_the_audit_log_is_read_by_event_and_subject(database, org):
    def work(session):
        for event, subject in (("token:create", "t1"), ("token:revoke", "t1"), ("a:b", "c")):
            journal.record_change(
                session,
                an_actor(org, Door.CLI),
                NOW,
                event,
                subject_type="token",
                subject_id=subject,
                changes=[Change("name", None, "x")],
            )

    run(database, work)
    with database.reading() as session:
        events = [row.event for row in journal.read_audit(session, org, subject_id="t1")]
        assert events == ["token:revoke", "token:create"]
        (row,) = journal.read_audit(session, org, event="a:b")
        assert row.changes == [{"path": "name", "before": None, "after": "x"}]
        assert len(journal.read_audit(session, org, limit=2)) == 2
        assert journal.read_audit(session, org, before=row.id, limit=1)[0].event == "token:revoke"


def test_old_rows_are_purged_in_chunks(database, org):
    fill(database, org, 5)
    cut = NOW + timedelta(days=3)
    assert run(database, lambda s: journal.purge_log(s, org, cut, limit=2)) == 2
    assert run(database, lambda s: journal.purge_log(s, org, cut, limit=2)) == 1
    assert run(database, lambda s: journal.purge_log(s, org, cut, limit=2)) == 0
    assert {row.request_id for row in rows(database, provisioning_log)} == {"r3", "r4"}


class _Asking:
    """A session that explains what it is asked, and answers nothing."""

    def __init__(self, session):
        self._session = session
        self.plan = ""

    def execute(self, statement):
        connection, is_sqlite = self._session.connection, self._session.is_sqlite
        compiled = statement.compile(connection, compile_kwargs={"render_postcompile": True})
        bound = compiled.params
        arguments = tuple(bound[name] for name in compiled.positiontup) if is_sqlite else bound
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        rows = connection.exec_driver_sql(explain + str(compiled), arguments)
        self.plan = "\n".join(str(row[-1]) for row in rows)
        return self

    def all(self):
        return []


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda s, org: journal.read_log(s, org, refused=True), "ix_provisioning_log_refused"),
        (lambda s, org: journal.read_audit(s, org, subject_id="u1"), "ix_audit_subject"),
    ],
    ids=["refused", "subject"],
)
def test_what_people_look_for_is_found_by_an_index(database, org, ask, index):
    actor = an_actor(org)

    def work(session):
        journal.log_request(session, org, *[LogRow(NOW)] * 3_000)
        for number in range(1_000):
            journal.record_change(
                session,
                actor,
                NOW,
                "user:update",
                subject_type="User",
                subject_id=f"u{number}",
                changes=(),
            )

    run(database, work)
    with database.reading() as session:
        session.command("ANALYZE")
        asking = _Asking(session)
        ask(asking, org)
    assert index in asking.plan


def test_the_history_of_a_subject_begins_after_it_came_in(database, org):
    actor = an_actor(org)

    def work(session):
        for event in ("user:create", "user:update", "role:update"):
            journal.record_change(
                session, actor, NOW, event, subject_type="User", subject_id="u1", changes=()
            )

    run(database, work)
    with database.reading() as session:
        events = [row.event for row in journal.read_audit(session, org, subject_id="u1")]
        assert events == ["role:update", "user:update"]
        assert len(journal.read_audit(session, org)) == 3
