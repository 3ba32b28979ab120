"""Writes of a connection that pauses: what passes, and what waits (M11, G12)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scimserver.domain import policies
from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Create, Delete, Plan, Replace
from scimserver.domain.errors import ProtectedResourceError
from scimserver.domain.policies import Facts, Row, paused
from scimserver.domain.provisioning_error import WritesPausedError
from scimserver.scim.resource import Draft, Stored, complete
from tests.factories import registry

USER = registry().types["User"]
GROUP = registry().types["Group"]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ID = "019aa000-0000-7000-8000-000000000001"
ACTOR = Actor("0d1f8a4e-0000-4000-8000-000000000001", Door.SCIM, "idp", paused=True)
FACTS = Facts(owned=frozenset({"acme.com"}))
ANN = {"userName": "ann", "emails": [{"value": "ann@acme.com"}], "active": True}
OFF = {**ANN, "active": False}


def _stored(kind, attributes, external_id=None):
    active = attributes.get("active", True)
    return Stored(kind, ID, 1, b"{}", external_id, active, NOW, NOW)


def _change(before, after, kind=USER, external_id=None):
    """Return the plan of a change, or of a creation or deletion where one of the two is None."""
    draft = Draft(kind, after, external_id) if after is not None else None
    if before is None:
        return Plan(Create(kind, draft), ID, None, {}, draft)
    command = Delete(kind, ID) if draft is None else Replace(kind, ID, draft)
    return Plan(command, ID, _stored(kind, before), before, draft)


def _check(plan, actor=ACTOR, facts=FACTS):
    resource = complete(plan.draft, actor.profile) if plan.draft is not None else None
    policies.check_all(actor, plan, resource, facts)


PASSES = {
    "a user is deleted": _change(ANN, None),
    "a team is deleted": _change({"displayName": "Staff"}, None, GROUP),
    "a user is turned off": _change(ANN, OFF),
    "a user is turned off and more": _change(ANN, {**OFF, "title": "Gone"}),
    "a user is turned off with an address of ours": _change(
        ANN, {**OFF, "emails": [{"value": "gone@acme.com"}]}
    ),
    "who has a lapsed address is turned off": _change(
        {**ANN, "emails": [{"value": "ann@gone.com"}]},
        {**OFF, "emails": [{"value": "ann@gone.com"}]},
    ),
    "a user is turned off again": _change(OFF, OFF),
}
WAITS = {
    "a user is created": _change(None, ANN),
    "an inactive user is created": _change(None, OFF),
    "a user is changed": _change(ANN, {**ANN, "title": "Boss"}),
    "a user is left as they are": _change(ANN, ANN),
    "a user is turned on": _change(OFF, ANN),
    "a user who is off is changed": _change(OFF, {**OFF, "title": "Gone"}),
    "a user who is off has a new externalId": _change(OFF, OFF, external_id="42"),
    "a user is turned off and brings an address": _change(
        ANN, {**OFF, "emails": [{"value": "ann@evil.test"}]}
    ),
    "a user is turned off and brings what is no address": _change(
        ANN, {**OFF, "emails": [{"value": "ann@@acme.com"}]}
    ),
    "a team is changed": _change({"displayName": "Staff"}, {"displayName": "All"}, GROUP),
    "a foreign address is brought": _change(ANN, {**ANN, "emails": [{"value": "a@evil.test"}]}),
}


@pytest.mark.parametrize("case", PASSES)
def test_what_takes_access_away_passes(case):
    _check(PASSES[case])


@pytest.mark.parametrize("case", WAITS)
def test_everything_else_waits(case):
    with pytest.raises(WritesPausedError):
        _check(WAITS[case])


@pytest.mark.parametrize("case", ["a user is created", "a user is changed", "a team is changed"])
def test_nothing_waits_on_a_connection_that_goes_on(case):
    _check(WAITS[case], replace(ACTOR, paused=False))


def test_a_local_administrator_is_not_deleted_meanwhile():
    with pytest.raises(ProtectedResourceError):
        _check(PASSES["a user is deleted"], facts=replace(FACTS, protected=frozenset({ID})))


def test_nothing_stored_breaks_it():
    assert list(paused.violations(USER, ANN, Row(ID, active=True), FACTS)) == []
