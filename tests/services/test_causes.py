"""Causes of refusals: one row each, settled by successes, right under races, bounded (M11, G11)."""

from datetime import timedelta

import pytest

from scimserver.domain import provisioning_error as domain
from scimserver.domain.provisioning_error import MOST_IN_SLICE, SLICE, State
from scimserver.services import causes, provisioning_errors
from scimserver.storage import provisioning_errors as rows
from scimserver.storage.provisioning_errors import ProvisioningError
from tests.refusing import CODE, Idp, subject
from tests.signing_in import at_once

DAY = timedelta(days=1)
THREADS = 6
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def idp(site, org):
    return Idp(site, org)


def test_refusals_of_one_cause_are_one_row(site, idp):
    idp.refuse("ann")
    begun = site.now
    site.clock.advance(60)
    idp.refuse("ann", "ann", request_id="request-2", domain="other.test")
    (error,) = idp.errors()
    assert (error.hits, error.state) == (3, State.OPEN)
    assert (error.first_seen_at, error.last_seen_at) == (begun, site.now)
    assert (error.request_id, error.domain) == ("request-2", "other.test")
    assert (error.category, error.retryable) == ("policy", False)
    assert error.recommended_action == domain.remedy(CODE)


@one_engine
@pytest.mark.parametrize(
    "other",
    [
        {"who": "bob"},
        {"code": "invalid_email"},
        {"attribute": "emails[1].value"},
    ],
    ids=["resource", "code", "path"],
)
def test_another_resource_code_or_path_is_another_cause(idp, other):
    idp.note([idp.refused("ann"), idp.refused(**{"who": "ann", **other})])
    assert [error.hits for error in idp.errors()] == [1, 1]


@one_engine
def test_another_connection_is_another_cause(site, org, idp):
    second = Idp(site, org)
    idp.refuse("ann")
    second.refuse("ann")
    assert {error.connection_id for error in idp.errors()} == {idp.id, second.id}
    assert second.succeed("ann") == 1
    assert idp.states() == {"open": 1, "resolved": 1}
    assert (idp.connection.has_errors, second.connection.has_errors) == (True, False)


def test_a_deletion_settles_whichever_way_it_was_refused(site, org, idp):
    second = Idp(site, org)
    idp.refuse("ann")
    second.refuse("ann")
    assert second.succeed(gone=["ann"]) == 2
    assert not idp.connection.has_errors


def test_the_connection_has_errors_until_the_last_is_resolved(idp):
    assert not idp.connection.has_errors
    idp.refuse("ann", "bob")
    assert idp.connection.has_errors
    assert idp.succeed("ann") == 1
    assert idp.connection.has_errors
    assert idp.succeed("ann", "bob", "carl") == 1
    assert not idp.connection.has_errors


def test_what_was_refused_after_a_success_stays(site, idp):
    success = idp.success("ann")
    site.clock.advance(1)
    idp.refuse("ann")
    assert not idp.site.run(lambda s: causes.is_due(s, success))
    assert idp.site.run(lambda s: causes.settle(s, success)) == 0
    assert (idp.states(), idp.connection.has_errors) == ({"open": 1}, True)


def test_what_is_refused_again_opens_again(site, idp):
    idp.refuse("ann")
    idp.succeed("ann")
    site.clock.advance(1)
    idp.refuse("ann")
    (error,) = idp.errors()
    assert (error.state, error.hits) == (State.OPEN, 2)
    assert idp.connection.has_errors


@one_engine
def test_an_acknowledged_error_is_counted_and_settled(site, idp):
    idp.refuse("ann")
    (error,) = idp.errors()
    site.run(lambda s: provisioning_errors.acknowledge(s, idp.actor, site.now, error.id))
    idp.refuse("ann")
    (error,) = idp.errors()
    assert (error.state, error.hits) == (State.ACKNOWLEDGED, 2)
    assert idp.connection.has_errors
    assert idp.succeed("ann") == 1
    assert not idp.connection.has_errors


@one_engine
@pytest.mark.parametrize(
    "columns",
    [
        {"code": "provisioning_paused", "status": 503},
        {"method": "DELETE", "status": 404, "code": "unknown_resource"},
        {"method": "ANN", "status": 405, "code": "method_not_allowed"},
    ],
    ids=["paused", "gone", "no_write"],
)
def test_what_is_no_trouble_is_not_counted(idp, columns):
    idp.note([idp.refused("ann")._replace(row=idp.refused("ann").row._replace(**columns))])
    assert idp.errors() == []
    assert not idp.connection.has_errors


def test_two_refusals_at_once_are_one_row_and_one_notice(idp):
    at_once(lambda _number: idp.refuse("ann"), THREADS)
    (error,) = idp.errors()
    assert error.hits == THREADS
    assert len(idp.told()) == 1


def test_many_who_are_refused_at_once_are_one_notice(idp):
    at_once(lambda number: idp.refuse(*(f"u{number}-{n}" for n in range(5))), THREADS)
    assert idp.states() == {"open": 5 * THREADS}
    assert len(idp.told()) == 1


def test_the_note_of_errors_is_never_lost_in_a_race(site, idp):
    def work(number):
        for turn in range(6):
            idp.refuse(f"u{number % 3}", at=site.now + timedelta(seconds=turn))
            idp.succeed("u0", "u1", "u2", at=site.now + timedelta(seconds=turn))

    at_once(work, THREADS)
    if idp.states().get("open"):
        assert idp.connection.has_errors
    idp.succeed("u0", "u1", "u2", at=site.now + DAY)
    assert set(idp.states()) == {"resolved"}
    assert not idp.connection.has_errors


def _fill(site, idp, prefix, many):
    """Add errors whose subjects begin alike."""
    idp.refuse("pattern")
    (pattern,) = idp.errors()

    def work(session):
        for n in range(many):
            new = {name: getattr(pattern, name) for name in ProvisioningError.__slots__}
            new["id"] = f"{n:08x}-0000-7000-8000-000000000000"
            text = f"{prefix}{n:038d}"
            assert rows.count(session, idp.org_id, ProvisioningError(**new), text, text)

    site.run(work)


def test_what_there_is_no_room_for_shares_a_row(site, idp):
    prefix = domain.digest(idp.org_id, *subject("ann"))[:SLICE]
    _fill(site, idp, prefix, MOST_IN_SLICE)
    idp.refuse("ann", external_id="ann", domain="evil.test")
    idp.refuse("ann", external_id="ann", domain="evil.test")
    (shared,) = [error for error in idp.errors(limit=200) if error.hits == 2]
    assert (shared.external_id, shared.domain) == (None, None)
    assert (shared.code, shared.connection_id) == (CODE, idp.id)
    assert len(idp.errors(limit=200)) == MOST_IN_SLICE + 2
    idp.refuse("pattern")
    assert len(idp.errors(limit=200)) == MOST_IN_SLICE + 2
    # No success is about it; a day without any it ends by itself.
    let_go = lambda s: causes.let_go(s, idp.org_id, site.now)  # noqa: E731
    assert site.run(let_go) == 0
    site.clock.advance(DAY.total_seconds() - 1)
    assert site.run(let_go) == 0
    site.clock.advance(1)
    assert site.run(let_go) == 1
    assert idp.connection.has_errors


def test_errors_are_purged_in_chunks_and_the_note_goes_with_the_last(site, idp):
    idp.refuse(*(f"u{n}" for n in range(5)))
    site.clock.advance(1)
    idp.refuse("u0")
    later = site.now

    def purge(before, limit=1_000):
        def work(session):
            removed, whose = rows.purge(session, idp.org_id, before, limit)
            rows.unmark(session, idp.org_id, whose)
            return removed

        return site.run(work)

    assert [purge(later, 3), purge(later, 3), purge(later, 3)] == [3, 1, 0]
    assert idp.states() == {"open": 1}
    assert idp.connection.has_errors
    assert site.run(lambda s: causes.purge(s, idp.org_id, later + DAY)) == 1
    assert not idp.connection.has_errors


@one_engine
@pytest.mark.parametrize(
    ("columns", "name", "kept"),
    [
        ({"reason": "User 'O'Brien' not found."}, "reason", "User '***' not found."),
        ({"reason": "x: 'ann' is not a resource"}, "reason", "x: '***' is not a resource"),
        ({"reason": "needs 'scim.users.write'."}, "reason", "needs 'scim.users.write'."),
        ({"reason": "in 'evil.test'", "domain": "evil.test"}, "reason", "in 'evil.test'"),
        ({"reason": "to ann@evil.test"}, "reason", "to ***@evil.test"),
        ({"external_id": "ann@evil.test"}, "external_id", "***@evil.test"),
        ({"external_id": "42"}, "external_id", "42"),
        ({"resource_id": "ann"}, "resource_id", None),
        (
            {"attribute": 'emails[value eq "ann@x.test"].type'},
            "attribute",
            'emails[value eq "***"].type',
        ),
    ],
)
def test_no_value_is_kept(idp, columns, name, kept):
    idp.refuse("ann", **columns)
    (error,) = idp.errors()
    assert getattr(error, name) == kept


def test_a_page_goes_on_where_the_last_one_ended(site, idp):
    for n in range(5):
        idp.refuse(f"u{n}", f"v{n}")
        site.clock.advance(1)
    whole = idp.errors()
    assert [error.last_seen_at for error in whole] == sorted(
        (error.last_seen_at for error in whole), reverse=True
    )
    seen, before = [], ""
    while page := idp.errors(before=before, limit=3):
        seen += page
        before = provisioning_errors.place(page[-1])
    assert seen == whole


@one_engine
def test_errors_are_found_by_state_and_connection(site, org, idp):
    second = Idp(site, org)
    idp.refuse("ann", "bob")
    second.refuse("carl")
    idp.succeed("ann")
    assert len(idp.errors(state=State.OPEN)) == 2
    assert len(idp.errors(state=State.OPEN, connection_id=idp.id)) == 1
    assert idp.errors(connection_id="nobody") == []
    assert idp.errors(connection_id=second.id, state=State.RESOLVED) == []


@one_engine
@pytest.mark.parametrize(
    "before",
    ["x", "1.x", "x.{id}", "-1.{id}", "²1.{id}", "1" * 17 + ".{id}", ".{id}"],
)
def test_a_malformed_place_begins_anew(idp, before):
    idp.refuse("ann")
    (error,) = idp.errors()
    assert idp.errors(before=before.format(id=error.id)) == [error]
