"""What each state of a claim allows at the door, brought about by real records (1.6)."""

import pytest

from scimserver.domain.claims import State
from tests.dns.world import environment
from tests.world import World

OPEN = {State.VERIFIED, State.AT_RISK}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
def acme(world):
    return world.organization("Acme")


@pytest.fixture
def idp(world, acme, knot):
    return World(world.database.url, environment(knot)).connection("acme")


@pytest.fixture
def owned(world, acme):
    return world.verified(acme)


@pytest.fixture
def people(idp, owned):
    """Users who came in while the domain was owned: at work, on leave, and without an address."""
    ann = _created(idp, f"ann@{owned.domain}")
    bob = _created(idp, f"bob@{owned.domain}", active=False)
    cid = _created(idp, "cid")
    return ann, bob, cid


def _create(idp, name, **attributes):
    return idp.call("POST", "/Users", {"schemas": [USER], "userName": name, **attributes})


def _created(idp, name, **attributes):
    answer = _create(idp, name, **attributes)
    assert answer.status == 201, answer.body
    return answer.body["id"]


def _patch(idp, id, path, value):
    operation = {"op": "replace", "path": path, "value": value}
    return idp.call("PATCH", f"/Users/{id}", {"schemas": [PATCH], "Operations": [operation]})


def _kept(world, acme, claim):
    return claim


def _pending(world, acme, claim):
    world.remove(acme, claim)
    return world.add(acme, claim.domain)


def _expired(world, acme, claim):
    world.withdraw(claim)
    again = _pending(world, acme, claim)
    world.later(days=7)
    return again


def _at_risk(world, acme, claim):
    world.withdraw(claim)
    world.later(days=3)
    return claim


def _lapsed(world, acme, claim):
    world.withdraw(claim)
    world.later(days=12)
    return claim


def _revoked(world, acme, claim):
    world.remove(acme, claim)
    return claim


WAYS = {
    State.PENDING: _pending,
    State.EXPIRED: _expired,
    State.VERIFIED: _kept,
    State.AT_RISK: _at_risk,
    State.LAPSED: _lapsed,
    State.REVOKED: _revoked,
}


@pytest.mark.parametrize("state", WAYS, ids=str)
def test_a_state_allows_what_it_should(world, acme, idp, owned, people, state):
    ann, bob, cid = people
    claim = WAYS[state](world, acme, owned)
    if state is not State.REVOKED:
        assert world.claim(acme, claim).state is state
    new = f"new@{owned.domain}"
    gains = [
        _create(idp, new),
        _create(idp, "dan", emails=[{"value": f"dan@{owned.domain}"}]),
        _patch(idp, bob, "active", True),
        _patch(idp, cid, "emails", [{"value": f"cid@{owned.domain}"}]),
        _patch(idp, cid, "userName", f"cid@{owned.domain}"),
    ]
    if state in OPEN:
        assert [each.status for each in gains] == [201, 201, 200, 200, 200]
    else:
        assert [each.status for each in gains] == [400] * 5
        assert all("(code domain_not_verified)" in each.body["detail"] for each in gains)
    passes = [
        _patch(idp, ann, "displayName", "Ann"),
        _patch(idp, ann, "active", False),
        idp.call("DELETE", f"/Users/{ann}"),
        idp.call("DELETE", f"/Users/{bob}"),
    ]
    assert [each.status for each in passes] == [200, 200, 204, 204]
