"""Connections that pause after too many refusals, and the policy that says how many (G12)."""

from datetime import timedelta

import pytest

from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.domain.provisioning_error import ErrorResolvedError, Notices, State
from scimserver.ids import new_id
from scimserver.services import error_policy, pausing, provisioning_errors
from scimserver.services.error_policy import Policy
from scimserver.storage.models import audit, token
from tests.factories import rows
from tests.refusing import Idp
from tests.signing_in import at_once

THREADS = 6
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def idp(site, olga):
    made = Idp(site, olga.org_id)
    row = {
        "org_id": made.org_id,
        "id": made.token_id,
        "connection_id": made.id,
        "prefix": "scim_x",
        "digest": "x",
        "scopes": "scim",
        "created_at": site.now,
        "expires_at": site.now + timedelta(days=1),
    }
    site.run(lambda s: s.execute(token.insert(), row))
    return made


def names(many, prefix="u"):
    return [f"{prefix}{n}" for n in range(many)]


def events(idp):
    return [row.event for row in rows(idp.site.database, audit)]


def resume(idp):
    return idp.site.run(lambda s: pausing.resume(s, idp.actor, idp.site.now, idp.id))


def test_a_connection_pauses_when_more_are_refused_than_may_be(site, idp):
    for name in names(3):
        idp.refuse(name, pause_after=3)
    assert idp.connection.paused_at is None
    site.clock.advance(500)
    idp.refuse("u0", pause_after=3)
    assert idp.connection.paused_at == site.now
    (facts,) = idp.told(pausing.CODE)
    assert (facts["connection"], facts["pause_after"]) == ("IdP", 3)
    assert events(idp) == ["connection:pause"]


@one_engine
def test_many_in_one_request_count_each(site, idp):
    idp.refuse(*names(4), pause_after=3)
    assert idp.connection.paused_at == site.now


def test_refusals_long_ago_do_not_count(site, idp):
    for _ in range(20):
        idp.refuse("ann", "bob", pause_after=5)
        site.clock.advance(300)
    assert idp.connection.paused_at is None


@one_engine
def test_each_token_is_counted_alone(site, idp):
    idp.refuse(*names(3), pause_after=3)
    idp.token_id = new_id()
    idp.refuse(*names(3), pause_after=3)
    assert idp.connection.paused_at is None


@one_engine
def test_without_a_threshold_nothing_is_counted_or_pauses(idp):
    idp.refuse(*names(300))
    assert idp.connection.paused_at is None


def test_whoever_finds_it_at_once_one_of_them_pauses_it(idp):
    at_once(lambda number: idp.refuse(*names(3, f"t{number}-"), pause_after=3), THREADS)
    assert idp.connection.paused_at is not None
    assert events(idp) == ["connection:pause"]
    assert len(idp.told(pausing.CODE)) == 1


def test_who_resumes_begins_to_count_anew(site, idp):
    idp.refuse(*names(4), pause_after=3)
    assert resume(idp).paused_at is None
    assert resume(idp) == idp.connection
    assert events(idp) == ["connection:pause", "connection:resume"]
    idp.refuse(*names(3), pause_after=3)
    assert idp.connection.paused_at is None
    idp.refuse("u0", pause_after=3)
    assert idp.connection.paused_at == site.now
    with pytest.raises(UnknownResourceError):
        site.run(lambda s: pausing.resume(s, idp.actor, site.now, new_id()))


def test_the_policy_is_decided_and_audited(site, idp):
    def read():
        return idp.get(error_policy.get)

    assert (read(), read().is_set) == (Policy(None, None), False)
    assert idp.decide(Notices.DAILY, 100) == read() == Policy(Notices.DAILY, 100)
    assert read().is_set
    idp.decide(Notices.DAILY, 100)
    assert idp.decide(Notices.DAILY, None) == Policy(Notices.DAILY, None)
    found = [row.changes for row in rows(site.database, audit)]
    assert found == [
        [
            {"path": "errorNotices", "before": None, "after": "daily"},
            {"path": "pauseAfter", "before": None, "after": 100},
        ],
        [{"path": "pauseAfter", "before": 100, "after": None}],
    ]
    with pytest.raises(UnknownResourceError):
        site.run(lambda s: error_policy.get(s, new_id()))


@one_engine
@pytest.mark.parametrize("after", [0, -1, 100_001])
def test_a_threshold_out_of_bounds_is_refused(idp, after):
    with pytest.raises(InvalidRequestError):
        idp.decide(Notices.AT_ONCE, after)
    assert idp.decide(Notices.AT_ONCE, 100_000).pause_after == 100_000


def _acknowledge(idp, id, **options):
    return idp.site.run(
        lambda s: provisioning_errors.acknowledge(s, idp.actor, idp.site.now, id, **options)
    )


def _reopen(idp, id):
    return idp.site.run(lambda s: provisioning_errors.reopen(s, idp.actor, idp.site.now, id))


def test_an_error_is_acknowledged_once_and_opened_again(idp, olga):
    idp.refuse("ann")
    (error,) = idp.errors()
    known = _acknowledge(idp, error.id, person=olga.user_id)
    assert (known.state, known.acknowledged_by) == (State.ACKNOWLEDGED, olga.user_id)
    assert _acknowledge(idp, error.id) == known
    again = _reopen(idp, error.id)
    assert (again.state, again.acknowledged_by) == (State.OPEN, None)
    assert _reopen(idp, error.id) == again
    assert events(idp) == ["provisioning_error:acknowledge", "provisioning_error:reopen"]


def test_what_is_resolved_is_not_acknowledged_but_can_be_opened(site, idp):
    idp.refuse("ann")
    idp.succeed("ann")
    (error,) = idp.errors()
    with pytest.raises(ErrorResolvedError):
        _acknowledge(idp, error.id)
    assert not idp.connection.has_errors
    _reopen(idp, error.id)
    assert idp.connection.has_errors
    assert idp.succeed("ann", at=site.now + timedelta(seconds=1)) == 1


@one_engine
def test_an_error_of_another_organization_is_unknown(site, idp):
    idp.refuse("ann")
    (error,) = idp.errors()
    stranger = Idp(site, site.organization())
    for ask in (_acknowledge, _reopen):
        for id in (error.id, new_id(), "nobody"):
            with pytest.raises(UnknownResourceError):
                ask(stranger, id)
    assert stranger.errors() == []
