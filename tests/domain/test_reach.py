"""How far an actor reaches: local administrators, the last of them, and people of higher rank."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from scimserver.domain import policies
from scimserver.domain.actor import Actor, Door, Reach
from scimserver.domain.commands import Create, Delete, Plan, Replace
from scimserver.domain.errors import (
    DomainNotVerifiedError,
    InvalidEmailError,
    LastLocalAdministratorError,
    OutrankedError,
    ProtectedResourceError,
)
from scimserver.domain.policies import Facts, Row
from scimserver.domain.roles import RANK, Role
from scimserver.scim import registry
from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Draft, Stored, complete

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ID = "019aa000-0000-7000-8000-000000000001"
CONNECTION = Actor("0d1f8a4e-0000-4000-8000-000000000001", Door.SCIM, "idp")
OWNER = replace(CONNECTION, door=Door.CONSOLE, role=Role.OWNER, reach=Reach.PROTECTED)
SHELL = replace(CONNECTION, door=Door.CLI, reach=Reach.PROTECTED)
FORCED = replace(SHELL, reach=Reach.FORCED)

LOCAL = {"userName": "ann@elsewhere.com", "active": True}
OFF = {**LOCAL, "active": False}
PROTECTED = Facts(protected=frozenset({ID}), local_administrators=2)


@cache
def _kind():
    return registry.load(Path(__file__).parents[2] / "schemas").types["User"]


def _plan(before, after):
    kind = _kind()
    draft = Draft(kind, after) if after is not None else None
    if before is None:
        return Plan(Create(kind, draft), ID, None, {}, draft)
    stored = Stored(kind, ID, 1, "{}", None, before["active"], NOW, NOW)
    command = Replace(kind, ID, draft) if draft is not None else Delete(kind, ID)
    return Plan(command, ID, stored, before, draft)


def _judge(actor, before, after, facts):
    plan = _plan(before, after)
    resource = complete(plan.draft, Profile()) if plan.draft is not None else None
    policies.check_all(actor, plan, resource, facts)


RENAMED = {**LOCAL, "displayName": "Ann"}
CHANGES = {"change": (LOCAL, RENAMED), "turn off": (LOCAL, OFF), "delete": (LOCAL, None)}
GOING = {name: CHANGES[name] for name in ("turn off", "delete")}


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_only_provisions_changes_no_local_administrator(change, door):
    facts = replace(PROTECTED, local_administrators=9)
    with pytest.raises(ProtectedResourceError) as refusal:
        _judge(replace(CONNECTION, door=door), *change, facts)
    assert refusal.value.context == {"user": ID}


@pytest.mark.parametrize("actor", [OWNER, SHELL], ids=["owner", "shell"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_who_reaches_that_far_may_change_one_of_several(change, actor):
    _judge(actor, *change, PROTECTED)


@pytest.mark.parametrize(("count", "least"), [(1, 1), (2, 2), (1, 2)])
@pytest.mark.parametrize("change", GOING.values(), ids=GOING)
def test_the_last_ones_stay(change, count, least):
    few = replace(PROTECTED, local_administrators=count, least=least)
    for actor in (OWNER, SHELL):
        with pytest.raises(LastLocalAdministratorError, match="last_local_administrator"):
            _judge(actor, *change, few)
        _judge(actor, LOCAL, RENAMED, few)
        _judge(actor, OFF, None, few)
    _judge(FORCED, *change, few)


def test_the_refusal_says_how_many_must_stay():
    assert "is the last local administrator" in LastLocalAdministratorError(1).detail
    assert "is one of the last 2 of" in LastLocalAdministratorError(2).detail


@pytest.mark.parametrize(
    ("mode", "expected"), [("off", 1), ("pilot", 1), ("optional", 1), ("enforced", 3)]
)
def test_enforcement_keeps_more_of_them(mode, expected):
    assert policies.least(mode, 3) == expected


def test_others_may_go_however_few_local_administrators_there_are():
    few = Facts(protected=frozenset({"another"}), local_administrators=1)
    for change in GOING.values():
        _judge(SHELL, *change, few)


def test_a_local_administrator_is_made_with_any_address_and_by_few():
    plan = _plan(None, LOCAL)
    made = replace(plan, command=replace(plan.command, local_administrator=True))
    resource = complete(made.draft, Profile())
    for actor in (OWNER, SHELL, FORCED):
        policies.check_all(actor, made, resource, Facts())
        assert policies.domains_needed(actor, made, resource) == frozenset()
        with pytest.raises(DomainNotVerifiedError):
            policies.check_all(actor, plan, resource, Facts())
    with pytest.raises(ProtectedResourceError):
        policies.check_all(CONNECTION, made, resource, Facts())


def test_one_is_made_with_an_address_that_can_be_read_all_the_same():
    plan = _plan(None, {**LOCAL, "userName": "ann@evil.com@elsewhere.com"})
    made = replace(plan, command=replace(plan.command, local_administrator=True))
    with pytest.raises(InvalidEmailError):
        policies.check_all(OWNER, made, complete(made.draft, Profile()), Facts())


def test_one_keeps_its_address_when_it_comes_back_and_gains_none():
    _judge(SHELL, OFF, LOCAL, PROTECTED)
    with pytest.raises(DomainNotVerifiedError):
        _judge(SHELL, OFF, LOCAL, Facts())
    with pytest.raises(DomainNotVerifiedError):
        _judge(SHELL, LOCAL, {**LOCAL, "userName": "ann@evil.com"}, PROTECTED)


@pytest.mark.parametrize("theirs", Role)
@pytest.mark.parametrize("mine", [Role.OWNER, Role.ADMINISTRATOR])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_people_change_those_they_rank_above(change, mine, theirs):
    facts = Facts(role=theirs, owned=frozenset({"elsewhere.com"}))
    actor = replace(OWNER, role=mine)
    if mine is Role.OWNER or RANK[theirs] < RANK[mine]:
        _judge(actor, *change, facts)
        return
    with pytest.raises(OutrankedError):
        _judge(actor, *change, facts)


def test_rank_is_nothing_to_what_provisions_nor_to_whoever_has_none():
    _judge(CONNECTION, LOCAL, None, Facts(role=Role.OWNER))
    _judge(replace(OWNER, role=Role.ADMINISTRATOR), LOCAL, None, Facts())
    owned = Facts(role=Role.OWNER, owned=frozenset({"elsewhere.com"}))
    _judge(replace(OWNER, role=Role.ADMINISTRATOR), None, LOCAL, owned)


@pytest.mark.parametrize(
    ("count", "active", "found"), [(0, False, 1), (1, False, 1), (2, False, 0), (1, True, 0)]
)
def test_a_deactivated_one_is_told_where_too_few_are_left(count, active, found):
    facts = replace(PROTECTED, local_administrators=count, least=2)
    body = {**LOCAL, "active": active}
    assert len(policies.violations(_kind(), body, Row(ID, active), facts)) == found


def test_the_address_of_a_local_administrator_breaks_no_rule():
    row = Row(ID, active=True)
    assert policies.violations(_kind(), LOCAL, row, PROTECTED) == []
    assert len(policies.violations(_kind(), LOCAL, row, Facts())) == 1
