"""Quotas: a sandbox holds so many users and teams, whatever way they come in by (M24)."""

import pytest

from scimserver.domain.commands import Delete, Effect
from scimserver.domain.errors import LimitExceededError, TakenError
from scimserver.domain.policies import Quotas
from scimserver.services import organizations
from scimserver.services.provisioning import Provisioning
from scimserver.services.verification import verify
from scimserver.storage import models
from scimserver.storage.transaction import run
from tests.factories import a_user, registry
from tests.services.test_provisioning import Entrance, FixedClock

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


class Box(Entrance):
    """A sandbox, or an organization of people, of three users and one team at the most."""

    def door(self, session):
        return Provisioning(session, registry(), FixedClock(), quotas=Quotas(3, 1))

    def create_all(self, *names):
        """Create users together; return what became of each."""
        return [
            outcome.effect if not isinstance(outcome, Exception) else type(outcome)
            for outcome in self.apply_all([self.create("User", userName=name) for name in names])
        ]

    @property
    def names(self):
        return sorted(row.user_name for row in self.rows(models.resource) if row.type == "User")


@pytest.fixture
def box(database):
    return Box(database, sandbox=True)


CREATED, FULL, TAKEN = Effect.CREATED, LimitExceededError, TakenError


def test_what_is_too_much_is_refused_and_named(box):
    for name in ("ann", "bob", "cem"):
        box.user(name)
    with pytest.raises(LimitExceededError, match=r"User.*\(code limit_exceeded\)"):
        box.user("dan")
    team = box.group("One")
    with pytest.raises(LimitExceededError, match="Group"):
        box.group("Two")
    assert (box.names, box.members_of(team)) == (["ann", "bob", "cem"], set())


def test_what_exists_can_always_be_changed_and_what_is_deleted_makes_room(box):
    ann = box.user("ann")
    box.user("bob")
    box.user("cem")
    box.patch("User", ann, {"op": "add", "path": "title", "value": "Chief"})
    box.apply(Delete(registry().types["User"], ann))
    assert box.user("dan")


def test_creations_together_fill_what_is_left_and_no_more(box):
    box.user("ann")
    assert box.create_all("bob", "cem", "dan", "eve") == [CREATED, CREATED, FULL, FULL]
    assert box.names == ["ann", "bob", "cem"]


def test_who_was_refused_for_another_reason_takes_nobodys_place(box):
    """The place was promised before the name turned out to be taken."""
    box.user("ann")
    results = box.create_all("ANN", "bob", "Bob", "cem", "dan")
    assert results == [TAKEN, CREATED, TAKEN, CREATED, FULL]


def test_a_list_of_all_kinds_of_commands_counts_what_each_has_left(box):
    ann, bob = box.user("ann"), box.user("bob")
    kind = registry().types["User"]
    team = box.create("Group", displayName="One", members=[{"value": bob}])
    commands = [
        box.create("User", userName="cem"),
        box.create("User", userName="dan"),
        Delete(kind, ann),
        box.create("User", userName="eve"),
        team,
        box.create("Group", displayName="Two"),
    ]
    found = [getattr(each, "effect", type(each)) for each in box.apply_all(commands)]
    assert found == [CREATED, FULL, Effect.DELETED, CREATED, CREATED, FULL]
    assert box.names == ["bob", "cem", "eve"]


def test_a_normal_organization_has_no_quota_and_is_not_counted(database, statements):
    acme = Box(database)
    with statements(database) as seen:
        assert acme.create_all(*"abcde") == [CREATED] * 5
        acme.user("f")
    assert seen
    assert not [each for each in seen if "count(" in each.lower()]


def test_a_sandbox_is_counted_once_for_a_list(box, statements):
    with statements(box.database) as seen:
        box.create_all("ann", "bob")
    (counted,) = [each for each in seen if "count(" in each.lower()]
    assert "LIMIT" in counted


@SQLITE
def test_verification_finds_the_last_ones_where_there_are_more(database):
    ids = {}
    for sandbox in (True, False):
        box = Box(database, sandbox=sandbox)
        ids[box.org_id] = [a_user(database, box.org_id, f"user{n}") for n in range(5)]

        def look(session, org_id=box.org_id):
            organization = organizations.find(session, org_id)
            found = verify(session, organization, registry(), quotas=Quotas(3, 1))
            return [(each.violation.rule, each.violation.id) for each in found]

        excess = ids[box.org_id][3:] if sandbox else []
        assert run(database, look) == [("limits", id) for id in excess]
