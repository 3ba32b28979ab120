"""The door: what it lets through, what it refuses, and what it leaves behind."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Create, Delete, Effect, Patch, Precondition, Replace
from scimserver.domain.errors import (
    DomainNotVerifiedError,
    InvalidEmailError,
    NoEmailError,
    PermissionDeniedError,
    StaleVersionError,
    TakenError,
    UnknownResourceError,
)
from scimserver.ids import new_id
from scimserver.scim import patch
from scimserver.scim.errors import (
    InvalidValueError,
    NoTargetError,
    PreconditionRequiredError,
)
from scimserver.scim.quirks import load
from scimserver.scim.resource import parse
from scimserver.scim.validate import canonical
from scimserver.services import domains
from scimserver.services.provisioning import Provisioning
from scimserver.storage import members, models
from scimserver.storage.transaction import run
from tests.factories import NOW, a_connection, an_organization, registry

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class FixedClock:
    def now(self):
        return NOW


class Entrance:
    """One organization with acme.test verified, and its door."""

    def __init__(self, database, *, profile=None, **organization):
        self.database = database
        self.org_id = an_organization(database, **organization)
        connection = a_connection(database, self.org_id)
        self.actor = Actor(
            self.org_id,
            Door.SCIM,
            connection,
            connection,
            profile=profile or load("generic", {}),
            sandbox=organization.get("sandbox", False),
            require_address=organization.get("require_address", False),
        )

    @property
    def operator(self):
        return Actor(self.org_id, Door.CLI, "operator")

    def attest(self, domain):
        run(
            self.database,
            lambda session: domains.attest(
                session, self.operator, NOW, domain, reason="test", extra_suffixes={"test"}
            ),
        )
        return self

    def apply(self, command):
        return run(self.database, lambda session: self.door(session).apply(self.actor, command))

    def apply_all(self, commands):
        return run(
            self.database, lambda session: self.door(session).apply_all(self.actor, commands)
        )

    def door(self, session):
        return Provisioning(session, registry(), FixedClock(), test_suffixes=frozenset({"test"}))

    def draft(self, kind, **body):
        urn = USER if kind == "User" else GROUP
        return canonical(registry().types[kind], {"schemas": [urn], **body}, self.actor.profile)

    def create(self, kind, **body):
        return Create(registry().types[kind], self.draft(kind, **body))

    def user(self, name="ann@acme.test", **body):
        return self.apply(self.create("User", userName=name, **body)).stored.id

    def group(self, name="Team", members=(), **body):
        listed = [{"value": id} for id in members]
        return self.apply(self.create("Group", displayName=name, members=listed, **body)).stored.id

    def patch(self, kind, id, *operations, if_match=None):
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": list(operations),
        }
        read = patch.read(body, self.actor.profile)
        return self.apply(Patch(registry().types[kind], id, read, if_match))

    def rows(self, table):
        with self.database.reading() as session:
            return session.execute(select(table).where(table.c.org_id == self.org_id)).all()

    def members_of(self, group):
        with self.database.reading() as session:
            return {m.value for m in members.page(session, self.org_id, group, None, 1000)}


@pytest.fixture
def entrance(database):
    return Entrance(database).attest("acme.test")


def test_a_created_user_is_stored_once_with_its_audit_and_log_rows(entrance):
    outcome = entrance.apply(entrance.create("User", userName="Ann@acme.test", externalId="e1"))
    assert outcome.effect is Effect.CREATED
    assert outcome.stored.version == 1
    assert outcome.stored.external_id == "e1"
    assert parse(outcome.stored.type, outcome.stored.document) == {
        "userName": "Ann@acme.test",
        "active": True,
    }
    (row,) = entrance.rows(models.resource)
    assert (row.id, row.user_name, row.active) == (outcome.stored.id, "Ann@acme.test", True)
    (audited,) = [row for row in entrance.rows(models.audit) if row.event == "user:create"]
    assert {change["path"] for change in audited.changes} >= {"userName", "externalId"}
    (logged,) = entrance.rows(models.provisioning_log)
    assert (logged.outcome, logged.resource_id) == ("accepted", outcome.stored.id)
    assert entrance.rows(models.outbox) == []


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"userName": "ann@evil.test"}, DomainNotVerifiedError),
        (
            {"userName": "ann", "emails": [{"value": "a@acme.test"}, {"value": "a@evil.test"}]},
            DomainNotVerifiedError,
        ),
        ({"userName": "ann@sub.acme.test"}, DomainNotVerifiedError),
        ({"userName": '"ann"@acme.test'}, InvalidEmailError),
        ({"userName": "ann@acme.test@evil.test"}, InvalidEmailError),
    ],
)
def test_what_lies_outside_the_verified_domains_leaves_nothing(entrance, body, refusal):
    with pytest.raises(refusal):
        entrance.apply(entrance.create("User", **body))
    for table in (models.resource, models.unique_value, models.resource_value, models.external_id):
        assert entrance.rows(table) == []


def test_a_sandbox_takes_any_address(database):
    sandbox = Entrance(database, sandbox=True)
    sandbox.user("whoever@nowhere.invalid", emails=[{"value": "not an address"}])
    sandbox.user("other", emails=[{"value": "not an address"}])
    assert len(sandbox.rows(models.resource)) == 2


def test_an_organization_may_require_an_address(database):
    strict = Entrance(database, require_address=True).attest("acme.test")
    with pytest.raises(NoEmailError):
        strict.user("ann")
    strict.user("ann@acme.test")


def test_an_unchanged_resource_keeps_its_version_and_leaves_no_audit_row(entrance):
    id = entrance.user(title="Boss")
    before = len(entrance.rows(models.audit))
    again = entrance.patch("User", id, {"op": "replace", "path": "title", "value": "Boss"})
    assert (again.effect, again.stored.version) == (Effect.UNCHANGED, 1)
    assert len(entrance.rows(models.audit)) == before
    assert len(entrance.rows(models.provisioning_log)) == 2


def test_a_replacement_clears_what_it_omits_but_not_active_and_external_id(entrance):
    id = entrance.user(title="Boss", externalId="e1", active=False)
    command = Replace(registry().types["User"], id, entrance.draft("User", userName="b@acme.test"))
    outcome = entrance.apply(command)
    attributes = parse(outcome.stored.type, outcome.stored.document)
    assert attributes == {"userName": "b@acme.test", "active": False}
    assert (outcome.stored.version, outcome.stored.external_id) == (2, "e1")


def test_after_a_lapse_old_users_change_and_leave_but_nobody_comes(entrance):
    id = entrance.user()

    def lose(session):
        claim = domains.find(session, entrance.operator, "acme.test")
        domains.remove(session, entrance.operator, NOW, claim.id, reason="test")

    run(entrance.database, lose)
    entrance.patch("User", id, {"op": "replace", "path": "title", "value": "Boss"})
    entrance.patch("User", id, {"op": "replace", "path": "active", "value": False})
    with pytest.raises(DomainNotVerifiedError):
        entrance.patch("User", id, {"op": "replace", "path": "active", "value": True})
    with pytest.raises(DomainNotVerifiedError):
        entrance.user("bob@acme.test")
    entrance.apply(Delete(registry().types["User"], id))
    assert entrance.rows(models.resource) == []


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        (Precondition(matches=frozenset({1})), True),
        (Precondition(matches=frozenset({-1})), True),
        (Precondition(matches=frozenset({2})), False),
        (Precondition(none_matches=frozenset({1})), False),
        (Precondition(none_matches=frozenset({2})), True),
    ],
)
def test_a_precondition_is_judged_against_the_stored_version(entrance, condition, passes):
    id = entrance.user()
    operation = {"op": "replace", "path": "title", "value": "x"}
    if passes:
        assert entrance.patch("User", id, operation, if_match=condition).stored.version == 2
    else:
        with pytest.raises(StaleVersionError):
            entrance.patch("User", id, operation, if_match=condition)


def test_a_connection_may_require_a_precondition(database):
    careful = Entrance(database, profile=load("generic", {"require_if_match": True}))
    careful.attest("acme.test")
    id = careful.user()
    with pytest.raises(PreconditionRequiredError):
        careful.apply(Delete(registry().types["User"], id))


@pytest.mark.parametrize("id", ["nobody", "0193a5f0-0000-7000-8000-000000000000", "\x00"])
def test_an_unknown_id_is_unknown_however_it_is_written(entrance, id):
    with pytest.raises(UnknownResourceError):
        entrance.apply(Delete(registry().types["User"], id))


def test_a_taken_user_name_is_refused_and_free_again_after_a_delete(entrance):
    id = entrance.user()
    with pytest.raises(TakenError):
        entrance.user("ANN@acme.test")
    entrance.apply(Delete(registry().types["User"], id))
    assert entrance.user("ANN@acme.test") != id


def test_a_read_only_actor_may_not_write(entrance):
    entrance.actor = replace(entrance.actor, scopes=frozenset({"scim.users.read"}))
    with pytest.raises(PermissionDeniedError):
        entrance.user()


def test_an_inactive_user_is_adopted_where_the_connection_says_so(database):
    adopting = Entrance(database, profile=load("generic", {"adopt_inactive": True}))
    adopting.attest("acme.test")
    id = adopting.user(title="Old", active=False)
    outcome = adopting.apply(adopting.create("User", userName="ann@acme.test", externalId="new"))
    assert (outcome.effect, outcome.stored.id, outcome.stored.version) == (Effect.CREATED, id, 2)
    assert outcome.stored.active
    assert outcome.stored.external_id == "new"
    with pytest.raises(TakenError):
        adopting.user()


def test_members_come_and_go_as_edges_and_the_group_alone_gets_a_new_version(entrance):
    ann, bob = entrance.user(), entrance.user("bob@acme.test")
    team = entrance.group(members=[ann])
    added = entrance.patch(
        "Group", team, {"op": "add", "path": "members", "value": [{"value": bob}]}
    )
    assert (added.effect, added.stored.version) == (Effect.UPDATED, 2)
    assert entrance.members_of(team) == {ann, bob}
    again = entrance.patch(
        "Group", team, {"op": "add", "path": "members", "value": [{"value": bob}]}
    )
    assert (again.effect, again.stored.version) == (Effect.UNCHANGED, 2)
    entrance.patch("Group", team, {"op": "remove", "path": f'members[value eq "{ann}"]'})
    assert entrance.members_of(team) == {bob}
    versions = {row.id: row.version for row in entrance.rows(models.resource)}
    assert versions == {ann: 1, bob: 1, team: 3}


def test_a_replaced_member_list_writes_its_difference(entrance):
    ann, bob, cid = (entrance.user(f"{name}@acme.test") for name in ("ann", "bob", "cid"))
    team = entrance.group(members=[ann, bob])
    body = {"displayName": "Team", "members": [{"value": bob}, {"value": cid}]}
    outcome = entrance.apply(
        Replace(registry().types["Group"], team, entrance.draft("Group", **body))
    )
    (change,) = outcome.changes
    assert change.before == {"removed": [ann], "count": 1}
    assert change.after == {"added": [cid], "count": 1}
    patched = [{"value": ann}]
    entrance.patch("Group", team, {"op": "replace", "path": "members", "value": patched})
    assert entrance.members_of(team) == {ann}
    entrance.patch("Group", team, {"op": "replace", "path": "members", "value": []})
    assert entrance.members_of(team) == set()


def test_a_group_replaced_without_members_keeps_them(entrance):
    ann = entrance.user()
    team = entrance.group(members=[ann])
    entrance.apply(
        Replace(registry().types["Group"], team, entrance.draft("Group", displayName="New"))
    )
    assert entrance.members_of(team) == {ann}


def test_members_must_exist_here_be_of_a_fitting_type_and_not_the_group_itself(entrance, database):
    team = entrance.group()
    stranger = Entrance(database).attest("other.test").user("x@other.test")
    for wrong in (stranger, new_id(), "not-an-id", team):
        with pytest.raises(InvalidValueError):
            entrance.patch(
                "Group", team, {"op": "add", "path": "members", "value": [{"value": wrong}]}
            )
    with pytest.raises(InvalidValueError, match="is a User, not a Group"):
        entrance.apply(
            entrance.create(
                "Group", displayName="B", members=[{"value": entrance.user(), "type": "Group"}]
            )
        )
    assert entrance.members_of(team) == set()


def test_a_sandbox_passes_over_members_who_do_not_exist(database):
    sandbox = Entrance(database, sandbox=True)
    ann = sandbox.user("ann")
    team = sandbox.group(members=[ann, "made-up"])
    assert sandbox.members_of(team) == {ann}


def test_a_condition_on_a_member_that_is_not_there_has_no_target(entrance):
    ann = entrance.user()
    team = entrance.group()
    with pytest.raises(NoTargetError):
        entrance.patch(
            "Group",
            team,
            {"op": "replace", "path": f'members[value eq "{ann}"]', "value": {"value": ann}},
        )


def test_a_later_removal_by_type_takes_back_an_addition_of_that_type(entrance):
    ann, inner = entrance.user(), entrance.group("Inner")
    team = entrance.group("Outer")
    both = [{"value": ann}, {"value": inner}]
    entrance.patch(
        "Group",
        team,
        {"op": "add", "path": "members", "value": both},
        {"op": "remove", "path": 'members[type eq "Group"]'},
    )
    assert entrance.members_of(team) == {ann}


def test_deleting_a_user_clears_memberships_and_manager_references(entrance):
    boss = entrance.user("boss@acme.test")
    ann = entrance.user(**{ENTERPRISE: {"manager": {"value": boss}, "department": "X"}})
    team = entrance.group(members=[boss, ann])
    entrance.apply(Delete(registry().types["User"], boss))
    rows = {row.id: row for row in entrance.rows(models.resource)}
    assert set(rows) == {ann, team}
    assert parse(registry().types["User"], rows[ann].document)[ENTERPRISE] == {"department": "X"}
    assert (rows[ann].version, rows[team].version) == (2, 2)
    assert entrance.members_of(team) == {ann}
    events = [row.event for row in entrance.rows(models.audit)]
    assert events.count("user:update") == 1


def test_a_strict_connection_refuses_references_to_nobody(database):
    strict = Entrance(database, profile=load("generic", {"strict_references": True}))
    strict.attest("acme.test")
    with pytest.raises(InvalidValueError):
        strict.user(**{ENTERPRISE: {"manager": {"value": new_id()}}})
    boss = strict.user("boss@acme.test")
    strict.user(**{ENTERPRISE: {"manager": {"value": boss}}})


def test_many_commands_each_have_their_own_end(entrance):
    team = entrance.create("Group", displayName="Team", members=[])
    good = entrance.create("User", userName="ann@acme.test", externalId="e1")
    twin = entrance.create("User", userName="ANN@acme.test")
    foreign = entrance.create("User", userName="ann@evil.test")
    gone = Delete(registry().types["User"], new_id())
    results = entrance.apply_all([good, twin, foreign, team, gone])
    assert [type(result).__name__ for result in results] == [
        "Outcome",
        "TakenError",
        "DomainNotVerifiedError",
        "Outcome",
        "UnknownResourceError",
    ]
    assert {row.type for row in entrance.rows(models.resource)} == {"User", "Group"}


def test_a_group_among_many_commands_may_hold_members_created_before_it(entrance):
    user = replace(entrance.create("User", userName="ann@acme.test"), id=new_id())
    group = entrance.create("Group", displayName="Team", members=[{"value": user.id}])
    assert [r.effect for r in entrance.apply_all([user, group])] == [Effect.CREATED] * 2


def test_an_erased_organization_holds_nothing(entrance):
    team = entrance.group(members=[entrance.user()])
    run(entrance.database, lambda session: entrance.door(session).erase(entrance.org_id))
    assert team
    for table in (models.resource, models.membership, models.unique_value, models.resource_value):
        assert entrance.rows(table) == []
