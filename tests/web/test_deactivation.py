"""Whoever is turned off is out by every door, and comes back with the same passkey (P33, P64)."""

import json

import pytest

from scimserver.storage.models import audit, organization, web_session
from tests.signing_in import Site
from tests.world import World

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
NAME = "bob@acme.test"


class Acme:
    """One organization: its identity provider, its command line, and browsers at the same rows."""

    def __init__(self, database):
        self.world = World(database.url)
        self.slug = self.world.organization("Acme", "acme.test")
        self.idp = self.world.connection(self.slug)
        self.site = Site(database)
        self.org_id = self.world.cli("org", "list")["items"][0]["id"]

    def a_member(self):
        made = self.idp.call("POST", "/Users", {"schemas": [USER], "userName": NAME})
        assert made.status == 201
        everyone = {"passkey_audience": "everyone"}
        self.site.change(organization, organization.c.id == self.org_id, **everyone)
        return self.site.again(self.org_id, made.body["id"])

    def patch(self, bob, *, active):
        change = {"op": "replace", "path": "active", "value": active}
        body = {"schemas": [PATCH], "Operations": [change]}
        return self.idp.call("PATCH", f"/Users/{bob.user_id}", body)

    def put(self, bob, *, active):
        body = {"schemas": [USER], "userName": NAME, "active": active}
        return self.idp.call("PUT", f"/Users/{bob.user_id}", body)

    def bulk(self, bob, *, active):
        change = {"op": "replace", "path": "active", "value": active}
        one = {"method": "PATCH", "path": f"/Users/{bob.user_id}"}
        one["data"] = {"schemas": [PATCH], "Operations": [change]}
        body = {"schemas": [BULK], "Operations": [one]}
        answer = self.idp.call("POST", "/Bulk", body)
        assert answer.body["Operations"][0]["status"] == "200"
        return answer

    def shell(self, bob, *, active):
        verb = "activate" if active else "deactivate"
        return self.world.cli("user", verb, self.slug, bob.user_id)

    def console(self, bob, *, active):
        olga = self.site.entered(self.site.person(self.org_id))
        verb = "activate" if active else "deactivate"
        reply = olga.post(f"/console/users/{bob.user_id}/{verb}")
        assert reply.status == 303
        return reply

    def delete(self, bob):
        assert self.idp.call("DELETE", f"/Users/{bob.user_id}").status == 204

    def changes(self, event):
        """Return what the only audit row of an event says, by name."""
        (row,) = self.site.rows(audit, audit.c.event == event)
        return {change["path"]: change for change in row.changes}


@pytest.fixture
def acme(database):
    return Acme(database)


@pytest.mark.parametrize("door", ["patch", "put", "bulk", "console", "shell"])
def test_who_is_turned_off_is_out_at_once_and_has_the_passkey_back_later(acme, door):
    bob = acme.a_member()
    browser = acme.site.signed_in(bob)
    assert browser.get("/account/passkeys").status == 200
    getattr(acme, door)(bob, active=False)
    assert browser.get("/account/passkeys").status == 303
    assert browser.post("/account/sessions/end-others").status == 401
    (row,) = acme.site.rows(web_session, web_session.c.user_id == bob.user_id)
    assert row.ended_why == "deactivated"
    changes = acme.changes("user:update")
    lost = changes["revoked"]["after"]
    assert (lost["sessions"], lost["passkeys"]) == (1, 1)
    assert lost["at"]
    outside = acme.site.visitor()
    outside.authenticator = browser.authenticator
    refused = outside.sign_in()
    assert (refused.status, refused.json) == (400, {"error": "passkey_rejected"})
    getattr(acme, door)(bob, active=True)
    assert outside.sign_in().status == 200
    assert outside.get("/account/passkeys").status == 200


def test_who_is_deleted_is_out_at_once_and_the_log_keeps_the_authenticator(acme):
    bob = acme.a_member()
    browser = acme.site.signed_in(bob)
    (held,) = acme.site.passkeys(bob)
    acme.delete(bob)
    assert browser.get("/account/passkeys").status == 303
    changes = acme.changes("user:delete")
    assert changes["revoked"]["after"]["sessions"] == 1
    assert held.credential in json.dumps(changes["passkeys"]["before"])


def test_n88_a_local_administrator_is_not_touched_and_still_signs_in(acme):
    made = acme.world.cli("admin", "invite", acme.slug, "boss@elsewhere.test")
    boss = acme.site.again(acme.org_id, made["id"])
    browser = acme.site.signed_in(boss)
    path = f"/Users/{boss.user_id}"
    change = {"op": "replace", "path": "active", "value": False}
    patched = {"schemas": [PATCH], "Operations": [change]}
    replaced = {"schemas": [USER], "userName": "boss@acme.test", "active": False}
    answers = [
        acme.idp.call("PATCH", path, patched),
        acme.idp.call("PUT", path, replaced),
        acme.idp.call("DELETE", path),
    ]
    one = {"method": "DELETE", "path": path}
    bulk = acme.idp.call("POST", "/Bulk", {"schemas": [BULK], "Operations": [one]})
    refusals = [(a.status, a.body) for a in answers]
    refusals += [(int(o["status"]), o["response"]) for o in bulk.body["Operations"]]
    for status, body in refusals:
        assert (status, body["scimType"]) == (400, "mutability")
        assert "protected_account" in body["detail"]
    refused = acme.site.rows(audit, audit.c.event == "local_admin:refuse")
    assert [row.subject_id for row in refused] == [boss.user_id] * 4
    assert acme.site.again(acme.org_id, boss.user_id) == boss
    assert browser.get("/account/passkeys").status == 200
    again = acme.site.visitor()
    again.authenticator = browser.authenticator
    assert again.sign_in().status == 200
