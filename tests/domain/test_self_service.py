"""What a user may change about themselves; who comes bound to one reaches nobody else (H2)."""

from dataclasses import replace

import pytest

from scimserver.domain import permissions, policies
from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Create, Delete, Patch, Plan, Replace
from scimserver.domain.errors import (
    BoundTokenError,
    DomainNotVerifiedError,
    NotSelfServiceError,
    PermissionDeniedError,
    ProtectedResourceError,
)
from scimserver.domain.policies import Facts, Row, check_all, self_service
from scimserver.scim.delta import EdgeDelta
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import default_folder, load
from scimserver.scim.resource import Draft, Stored, complete
from tests.factories import NOW

ORG = "0d1f8a4e-0000-4000-8000-000000000001"
ANN, BOB = "019aa000-0000-7000-8000-000000000001", "019aa000-0000-7000-8000-000000000002"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
KINDS = load(default_folder()).types
USER, GROUP = KINDS["User"], KINDS["Group"]
SCOPES = frozenset({"scim.users.read", "scim.users.write"})
HERSELF = Actor(ORG, Door.SCIM, f"user:{ANN}", scopes=SCOPES, bound_to=ANN)
MACHINE = replace(HERSELF, id="idp", bound_to=None)
HELD = {
    "userName": "ann",
    "nickName": "A",
    "title": "Clerk",
    "active": True,
    "emails": [{"value": "ann@acme.com", "type": "work"}],
    ENTERPRISE: {"department": "Sales"},
}


def stored(kind=USER, id=ANN, external_id="e-1"):
    return Stored(kind, id, 1, "{}", external_id, True, NOW, NOW)


def plan_of(after, *, external_id="e-1", kind=USER, id=ANN, **more):
    draft = Draft(kind, after, external_id)
    command = Replace(kind, id, draft)
    return Plan(command, id, stored(kind, id), HELD, draft, **more)


def ask(plan, actor=HERSELF, facts=None):
    resource = complete(plan.draft, Profile())
    check_all(actor, plan, resource, facts or Facts(owned=frozenset({"acme.com"})))


THEIRS = {
    "nickName": {"nickName": "Annie"},
    "another one taken away": {"nickName": None},
    "locale": {"locale": "de-DE"},
    "addresses": {"addresses": [{"type": "home", "locality": "Rome"}]},
    "nothing at all": {},
}
NOT_THEIRS = {
    "userName": {"userName": "boss"},
    "userName ": {"userName": "Ann"},
    "emails": {"emails": [{"value": "boss@acme.com", "type": "work"}]},
    "emails ": {"emails": None},
    "active": {"active": False},
    "title": {"title": "Chief"},
    "title ": {"title": None},
    "roles": {"roles": [{"value": "admin"}]},
    "entitlements": {"entitlements": [{"value": "all"}]},
    "displayName": {"displayName": "The Chief"},
    "phoneNumbers": {"phoneNumbers": [{"value": "+1"}]},
    "x509Certificates": {"x509Certificates": [{"value": "MAA="}]},
    f"{ENTERPRISE}:department": {ENTERPRISE: {"department": "Board"}},
    f"{ENTERPRISE}:department ": {ENTERPRISE: None},
    f"{ENTERPRISE}:manager": {ENTERPRISE: {"department": "Sales", "manager": {"value": BOB}}},
}


def changed(changes):
    return {name: value for name, value in {**HELD, **changes}.items() if value is not None}


@pytest.mark.parametrize("changes", THEIRS.values(), ids=THEIRS)
def test_h2_what_is_declared_is_theirs_to_change(changes):
    ask(plan_of(changed(changes)))


@pytest.mark.parametrize("path", NOT_THEIRS)
def test_h2_nothing_else_is_and_the_refusal_names_it(path):
    after = changed({"nickName": "Annie", **NOT_THEIRS[path]})
    with pytest.raises(NotSelfServiceError) as refusal:
        ask(plan_of(after))
    assert refusal.value.context["path"] == path.strip()
    ask(plan_of(after), MACHINE)


def test_h2_the_external_id_is_the_connections():
    with pytest.raises(NotSelfServiceError, match="externalId"):
        ask(plan_of(HELD, external_id="e-2"))
    with pytest.raises(NotSelfServiceError, match="externalId"):
        ask(plan_of(HELD, external_id=None))


def test_h2_members_are_nobodys_own():
    after = {"displayName": "Team"}
    plan = replace(plan_of(after, kind=GROUP), before_attributes=after)
    self_service.check(HERSELF, plan, complete(plan.draft, Profile()), Facts())
    plan = replace(plan, edges=EdgeDelta(added=(ANN,)))
    with pytest.raises(NotSelfServiceError, match="members"):
        self_service.check(HERSELF, plan, complete(plan.draft, Profile()), Facts())


def test_a_plan_without_a_past_counts_all_it_brings():
    draft = Draft(USER, {"userName": "new"}, "e-9")
    plan = Plan(Create(USER, draft), BOB, None, {}, draft)
    with pytest.raises(NotSelfServiceError, match="userName"):
        self_service.check(HERSELF, plan, complete(draft, Profile()), Facts())
    draft = Draft(USER, {}, "e-9")
    plan = Plan(Create(USER, draft), BOB, None, {}, draft)
    resource = complete(Draft(USER, {"userName": "x"}), Profile())
    self_service.check(HERSELF, plan, replace(resource, attributes={}), Facts())


def test_a_deletion_is_for_the_permissions_to_refuse():
    plan = Plan(Delete(USER, ANN), ANN, stored(), HELD, None)
    self_service.check(HERSELF, plan, None, Facts())
    with pytest.raises(BoundTokenError):
        permissions.check(HERSELF, plan)


def test_h2_a_local_administrator_is_protected_from_their_own_token_too():
    facts = Facts(owned=frozenset({"acme.com"}), protected=frozenset({ANN}))
    with pytest.raises(ProtectedResourceError):
        ask(plan_of(changed({"nickName": "Annie"})), facts=facts)


def test_h2_the_refusal_comes_before_what_would_tell_of_domains():
    after = changed({"emails": [{"value": "ann@evil.com"}]})
    with pytest.raises(NotSelfServiceError):
        ask(plan_of(after))
    with pytest.raises(DomainNotVerifiedError):
        ask(plan_of(after), MACHINE)


def test_the_twin_finds_nothing():
    row = Row(ANN, active=True)
    assert list(self_service.violations(USER, HELD, row, Facts())) == []
    assert policies.TWINS.index(self_service.violations) == policies.RULES.index(self_service.check)


@pytest.mark.parametrize("command", [Replace(USER, ANN, Draft(USER, HELD)), Patch(USER, ANN, ())])
def test_h2_users_change_themselves(command):
    permissions.check(HERSELF, Plan(command, ANN, stored(), HELD, Draft(USER, HELD)))
    permissions.check_read(HERSELF, USER, ANN)


FOREIGN = {
    "another user": Plan(Patch(USER, BOB, ()), BOB, stored(id=BOB), HELD, Draft(USER, HELD)),
    "a group": Plan(Patch(GROUP, ANN, ()), ANN, stored(GROUP), {}, Draft(GROUP, {})),
    "a new user": Plan(Create(USER, Draft(USER, HELD)), BOB, None, {}, Draft(USER, HELD)),
    "an adoption of themselves": Plan(
        Create(USER, Draft(USER, HELD)), ANN, stored(), HELD, Draft(USER, HELD)
    ),
    "their own end": Plan(Delete(USER, ANN), ANN, stored(), HELD, None),
}


@pytest.mark.parametrize("plan", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("scopes", [SCOPES, frozenset({"scim"})], ids=["own", "everything"])
def test_h2_and_nobody_else_whatever_the_scopes_say(plan, scopes):
    with pytest.raises(BoundTokenError, match="opens /Me"):
        permissions.check(replace(HERSELF, scopes=scopes), plan)


@pytest.mark.parametrize(
    ("kind", "id"), [(USER, BOB), (GROUP, ANN), (USER, ""), (USER, ANN.upper())]
)
def test_h2_nor_do_they_read_anybody_else_or_search(kind, id):
    with pytest.raises(BoundTokenError):
        permissions.check_read(replace(HERSELF, scopes=frozenset({"scim"})), kind, id)


def test_h2_the_scopes_of_a_bound_credential_bind_as_well():
    reader = replace(HERSELF, scopes=frozenset({"scim.users.read"}))
    plan = Plan(Patch(USER, ANN, ()), ANN, stored(), HELD, Draft(USER, HELD))
    permissions.check_read(reader, USER, ANN)
    with pytest.raises(PermissionDeniedError, match=r"scim\.users\.write"):
        permissions.check(reader, plan)
    with pytest.raises(PermissionDeniedError, match=r"scim\.users\.read"):
        permissions.check_read(replace(HERSELF, scopes=frozenset()), USER, ANN)
