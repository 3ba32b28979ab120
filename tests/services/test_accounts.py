"""Accounts: who somebody is to the organization, and what that lets them do."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scimserver.domain.actor import Door, Reach
from scimserver.domain.errors import (
    InvalidRequestError,
    OutrankedError,
    PermissionDeniedError,
    UnknownResourceError,
)
from scimserver.domain.roles import Role
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import accounts, audit, organizations
from scimserver.services.accounts import Audience
from scimserver.storage import accounts as stored
from scimserver.storage.errors import WriteContentionError
from scimserver.storage.models import account, web_session
from scimserver.storage.models import audit as audit_table
from scimserver.storage.transaction import run
from tests.factories import a_group, a_person, a_user, an_organization, rows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAIL = {"emails": [{"value": "second@acme.test"}, {"value": "ann@acme.test", "primary": True}]}


@pytest.fixture
def org(database):
    return an_organization(database, slug="acme")


def _actor(database, org):
    with database.reading() as session:
        return audit.operator(organizations.find(session, org))


def _read(database, function, *arguments):
    with database.reading() as session:
        return function(session, *arguments)


def _events(database):
    with database.reading() as session:
        query = select(audit_table.c.event, audit_table.c.changes).order_by(audit_table.c.id)
        return [tuple(row) for row in session.execute(query)]


def _set_role(database, org, by, user_id, role):
    actor = _actor(database, org)
    return run(database, lambda s: accounts.set_role(s, actor, NOW, by, user_id, role))


def test_a_user_without_an_account_is_a_member(database, org):
    user_id = a_user(database, org, "Ann", attributes={**MAIL, "displayName": "Ann Archer"})
    ann = _read(database, accounts.person, org, user_id)
    assert (ann.user_id, ann.user_name, ann.display_name) == (user_id, "Ann", "Ann Archer")
    assert (ann.email, ann.active, ann.role) == ("ann@acme.test", True, Role.MEMBER)
    assert (ann.handle, ann.local_administrator, ann.recovery_tested_at) == (None, False, None)
    assert (ann.org_slug, ann.org_name, ann.sandbox, ann.suspended) == (
        "acme",
        "Acme",
        False,
        False,
    )
    assert (ann.sso_mode, ann.passkey_audience, ann.passkey_team) == ("off", "administrators", None)
    assert rows(database, account) == []


@pytest.mark.parametrize(
    ("name", "attributes", "email", "display_name"),
    [
        ("ann", {}, None, "ann"),
        ("ann@acme.test", {}, "ann@acme.test", "ann@acme.test"),
        ("ann", {"emails": [{"value": "a@acme.test"}]}, "a@acme.test", "ann"),
        ("ann", {"name": {"formatted": "Dr Ann"}}, None, "Dr Ann"),
        ("ann", {"name": {"givenName": "Ann", "familyName": "Archer"}}, None, "Ann Archer"),
        ("ann", {"name": {"familyName": "Archer"}}, None, "Archer"),
    ],
    ids=["bare", "userName", "unflagged", "formatted", "given and family", "family"],
)
def test_address_and_name_are_found_where_directories_put_them(
    name, attributes, email, display_name, database, org
):
    user_id = a_user(database, org, name, attributes=attributes)
    ann = _read(database, accounts.person, org, user_id)
    assert (ann.email, ann.display_name) == (email, display_name)


def test_people_are_found_by_id_or_name_and_in_their_own_organization_only(database, org):
    user_id = a_user(database, org, "Ann@Acme.test")
    other = an_organization(database)
    for reference in (user_id, "Ann@Acme.test", "ANN@ACME.TEST", "ann\uff20acme.test"):
        assert _read(database, accounts.find, org, reference).user_id == user_id
        with pytest.raises(UnknownResourceError):
            _read(database, accounts.find, other, reference)
    for reference in ("", "bob", "x\x00", "\ud800", a_group(database, org)):
        assert _read(database, accounts.person, org, reference) is None
        with pytest.raises(UnknownResourceError):
            _read(database, accounts.find, org, reference)


def test_an_account_is_made_once_with_a_handle_of_its_own(database, org):
    ids = [a_user(database, org), a_user(database, org)]
    made = [run(database, lambda s, id=id: accounts.ensure(s, org, id, NOW)) for id in ids]
    again = [run(database, lambda s, id=id: accounts.ensure(s, org, id, NOW)) for id in ids]
    assert made == again
    assert [len(person.handle) for person in made] == [64, 64]
    assert made[0].handle != made[1].handle
    with pytest.raises(UnknownResourceError):
        run(database, lambda s: accounts.ensure(s, org, new_id(), NOW))


def test_an_account_of_nobody_is_a_race_that_was_lost(database, org):
    """Between the look at a user and the new account's row somebody deleted the user."""
    with pytest.raises(WriteContentionError):
        run(database, lambda s: stored.insert(s, org, new_id(), b"handle", NOW))


def test_the_list_of_people_leaves_members_out(database, org):
    owner = a_person(database, org)
    viewer = a_person(database, org, role="viewer")
    a_person(database, org, role="member")
    local = a_person(database, org, role="administrator", local_administrator=True)
    a_person(database, an_organization(database))
    assert _read(database, accounts.people, org) == [owner, viewer, local]
    assert _read(database, accounts.people, org, [Role.OWNER]) == [owner, local]
    assert _read(database, accounts.people, org, []) == [local]


@pytest.mark.parametrize("role", Role)
def test_a_role_in_the_console_entitles_to_passkeys(role, database, org):
    person = a_person(database, org, role=role)
    assert _read(database, accounts.may_use_passkeys, person) is (role is not Role.MEMBER)
    everyone = replace(person, passkey_audience=Audience.EVERYONE)
    assert _read(database, accounts.may_use_passkeys, everyone)
    for barred in (person, everyone, replace(person, local_administrator=True)):
        assert not _read(database, accounts.may_use_passkeys, replace(barred, sandbox=True))


def test_a_team_may_use_passkeys_through_teams_within_it_too(database, org):
    direct, nested, outside = (a_person(database, org, role="member") for _ in range(3))
    inner = a_group(database, org, members=[nested.user_id])
    team = a_group(database, org, members=[direct.user_id, inner])
    actor = _actor(database, org)
    run(database, lambda s: accounts.set_audience(s, actor, NOW, None, Audience.TEAM, team))
    allowed = [
        _read(database, accounts.may_use_passkeys, _read(database, accounts.person, org, p.user_id))
        for p in (direct, nested, outside)
    ]
    assert allowed == [True, True, False]
    assert _events(database)[-1] == (
        "organization:update",
        [
            {"path": "passkeyAudience", "before": "administrators", "after": "team"},
            {"path": "passkeyTeam", "before": None, "after": team},
        ],
    )


def test_the_choice_of_who_may_use_passkeys_is_checked(database, org):
    actor, foreign = _actor(database, org), a_group(database, an_organization(database))
    someone = a_user(database, org)
    for audience, team, error in (
        (Audience.TEAM, None, InvalidRequestError),
        (Audience.EVERYONE, foreign, InvalidRequestError),
        (Audience.TEAM, foreign, UnknownResourceError),
        (Audience.TEAM, someone, UnknownResourceError),
        (Audience.TEAM, "x\x00", UnknownResourceError),
    ):
        with pytest.raises(error):
            run(
                database,
                lambda s, a=audience, t=team: accounts.set_audience(s, actor, NOW, None, a, t),
            )
    viewer = a_person(database, org, role="viewer")
    with pytest.raises(PermissionDeniedError):
        run(
            database,
            lambda s: accounts.set_audience(s, actor, NOW, viewer, Audience.EVERYONE),
        )


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        (Role.OWNER, {"scim"}),
        (Role.ADMINISTRATOR, {"scim"}),
        (Role.HELPDESK, {"scim.users.read", "scim.groups.read"}),
        (Role.VIEWER, {"scim.users.read", "scim.groups.read"}),
        (Role.MEMBER, set()),
    ],
)
def test_somebody_acts_with_what_the_role_grants(role, scopes, database):
    org = an_organization(database, require_address=True)
    person = a_person(database, org, role=role)
    actor = accounts.actor_of(person, Visit(request_id="r-1", user_agent="Browser"))
    assert (actor.org_id, actor.door, actor.id) == (org, Door.CONSOLE, f"user:{person.user_id}")
    assert (actor.scopes, actor.require_address, actor.sandbox) == (scopes, True, False)
    assert (actor.request_id, actor.user_agent) == ("r-1", "Browser")
    expected = Reach.PROTECTED if role is Role.OWNER else Reach.PROVISIONED
    assert (actor.role, actor.reach) == (role, expected)


def test_a_role_is_given_with_a_trace_and_ends_the_sessions(database, org, a_session):
    owner, user_id = a_person(database, org), a_user(database, org)
    digest = a_session(org, user_id)
    kept = a_session(org, owner.user_id)
    after = _set_role(database, org, owner, user_id, Role.HELPDESK)
    assert after.role is Role.HELPDESK
    ended = {row.digest: row.ended_why for row in rows(database, web_session)}
    assert ended == {digest: "role_changed", kept: None}
    assert _events(database) == [
        (
            "role:update",
            [
                {"path": "role", "before": "member", "after": "helpdesk"},
                {"path": "sessions", "before": 1, "after": 0},
            ],
        )
    ]
    assert _set_role(database, org, owner, user_id, Role.HELPDESK) == after
    assert len(_events(database)) == 1


@pytest.mark.parametrize(
    ("mine", "theirs", "wanted", "error"),
    [
        (Role.HELPDESK, Role.MEMBER, Role.VIEWER, PermissionDeniedError),
        (Role.VIEWER, Role.MEMBER, Role.VIEWER, PermissionDeniedError),
        (Role.ADMINISTRATOR, Role.OWNER, Role.MEMBER, OutrankedError),
        (Role.ADMINISTRATOR, Role.ADMINISTRATOR, Role.MEMBER, OutrankedError),
        (Role.ADMINISTRATOR, Role.MEMBER, Role.ADMINISTRATOR, OutrankedError),
        (Role.ADMINISTRATOR, Role.MEMBER, Role.OWNER, OutrankedError),
    ],
    ids=lambda each: str(getattr(each, "value", each.__class__)),
)
def test_nobody_raises_or_demotes_above_their_rank(mine, theirs, wanted, error, database, org):
    by, subject = a_person(database, org, role=mine), a_person(database, org, role=theirs)
    with pytest.raises(error):
        _set_role(database, org, by, subject.user_id, wanted)
    assert _events(database) == []


def test_nobody_changes_their_own_role(database, org):
    owner = a_person(database, org)
    a_person(database, org)
    with pytest.raises(OutrankedError):
        _set_role(database, org, owner, owner.user_id, Role.MEMBER)


def test_the_last_active_owner_stays_one(database, org):
    owner = a_person(database, org)
    gone = a_person(database, org, attributes={"active": False})
    with pytest.raises(InvalidRequestError, match="only owner"):
        _set_role(database, org, None, owner.user_id, Role.ADMINISTRATOR)
    _set_role(database, org, owner, gone.user_id, Role.MEMBER)
    _set_role(database, org, None, gone.user_id, Role.OWNER)
    second = a_person(database, org)
    _set_role(database, org, second, owner.user_id, Role.ADMINISTRATOR)


def test_a_local_administrator_keeps_a_rank_and_a_sandbox_knows_none(database, org):
    local = a_person(database, org, role="administrator", local_administrator=True)
    with pytest.raises(InvalidRequestError, match="local administrator"):
        _set_role(database, org, None, local.user_id, Role.VIEWER)
    _set_role(database, org, None, local.user_id, Role.OWNER)
    sandbox = an_organization(database, sandbox=True)
    with pytest.raises(InvalidRequestError, match="sandbox"):
        _set_role(database, sandbox, None, a_user(database, sandbox), Role.VIEWER)
