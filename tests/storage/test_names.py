"""Names of ids, and the provisioning log counted and looked up."""

from datetime import timedelta

from scimserver.ids import new_id
from scimserver.storage import journal, log_entries, names
from scimserver.storage.journal import ACCEPTED, REFUSED, LogRow
from scimserver.storage.names import Named
from scimserver.storage.transaction import run
from tests.factories import NOW, a_connection, a_group, a_user, an_organization


def test_ids_have_the_names_of_their_own_organization(database):
    org_id, other = an_organization(database), an_organization(database)
    plain = a_user(database, org_id, "ann@acme.test")
    called = a_user(database, org_id, "b@acme.test", attributes={"displayName": "Ben"})
    group = a_group(database, org_id, "Builders")
    foreign = a_user(database, other)
    asked = [plain, called, group, foreign, new_id(), "", "x", "'"]
    with database.reading() as session:
        found = names.of(session, org_id, asked)
        assert names.of(session, org_id, []) == {}
    assert found == {
        plain: Named("User", "ann@acme.test", None, True),
        called: Named("User", "b@acme.test", "Ben", True),
        group: Named("Group", None, "Builders", True),
    }
    assert [found[id].shown for id in (plain, called, group)] == [
        "ann@acme.test",
        "Ben",
        "Builders",
    ]


def test_more_ids_than_one_statement_takes(database):
    org_id = an_organization(database)
    known = a_user(database, org_id)
    with database.reading() as session:
        found = names.of(session, org_id, [known, *(new_id() for _ in range(1_200))])
    assert list(found) == [known]


def test_entries_are_counted_by_connection_and_outcome(database):
    org_id = an_organization(database)
    one, other = a_connection(database, org_id), a_connection(database, org_id)
    old = NOW - timedelta(days=2)
    rows = [
        LogRow(old, one, outcome=REFUSED),
        LogRow(NOW - timedelta(hours=2), one),
        LogRow(NOW, one),
        LogRow(NOW, one, outcome=REFUSED),
        LogRow(NOW, other, outcome=REFUSED),
    ]
    run(database, lambda session: journal.log_request(session, org_id, *rows))
    since = NOW - timedelta(days=1)
    with database.reading() as session:
        found = sorted(log_entries.tally(session, org_id, since))
        last = log_entries.tally(session, org_id, since, at_most=1)
    assert found == sorted(
        [(one, ACCEPTED, 2, NOW), (one, REFUSED, 1, NOW), (other, REFUSED, 1, NOW)]
    )
    assert list(last) == [(other, REFUSED, 1, NOW)]


def test_an_entry_is_found_in_its_own_organization_alone(database):
    org_id, other = an_organization(database), an_organization(database)
    run(database, lambda session: journal.log_request(session, org_id, LogRow(NOW, reason="why")))
    with database.reading() as session:
        (row,) = journal.read_log(session, org_id)
        assert log_entries.find(session, org_id, row.id).reason == "why"
        assert log_entries.find(session, other, row.id) is None
        assert log_entries.find(session, org_id, "'") is None


def test_the_newest_refusals_of_a_kind_are_found_among_the_newest(database):
    org_id, other = an_organization(database), an_organization(database)
    one = a_connection(database, org_id)
    taken = LogRow(NOW, one, outcome=REFUSED, code="taken", external_id="e-1")
    rows = [
        taken,
        taken._replace(external_id="e-2"),
        taken._replace(connection_id=None),
        taken._replace(code="no_email"),
        taken._replace(outcome=ACCEPTED),
        taken._replace(reason="the last"),
    ]
    run(database, lambda session: journal.log_request(session, org_id, *rows))

    def found(asked=org_id, **options):
        where = {"connection_id": one, "external_id": "e-1", "resource_id": None}
        with database.reading() as session:
            rows = log_entries.refusals(session, asked, "taken", where, **options)
            return [row.reason for row in rows]

    assert found(limit=5) == ["the last", None]
    assert found(limit=1) == ["the last"]
    assert found(limit=5, at_most=4) == ["the last"]
    assert found(other, limit=5) == []
