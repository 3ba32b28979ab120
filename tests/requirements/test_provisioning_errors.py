"""M11, G11, G12: refusals counted by cause, settled by what succeeds, and writes that pause."""

import json
from dataclasses import replace as with_

import pytest

from scimserver.domain.provisioning_error import Notices, State
from scimserver.services import connections, error_policy, pausing, provisioning_errors
from scimserver.services.audit import operator
from scimserver.storage import organizations
from scimserver.storage.models import provisioning_error
from scimserver.storage.session import Database
from scimserver.storage.transaction import run
from tests.factories import rows
from tests.requirements.client import ENTERPRISE, GROUP, USER, assert_error
from tests.requirements.common import BULK, add, remove, replace

EVIL = [{"value": "local-part@evil.test"}]


class Errors:
    """The provisioning errors of one organization, and what its operator decides."""

    def __init__(self, org, storage):
        self.org = org
        self.storage = storage

    def _run(self, work):
        def found(session):
            return work(session, operator(organizations.by_slug(session, self.org.slug)))

        return run(self.storage, found)

    def page(self, **options):
        return self._run(lambda s, actor: provisioning_errors.page(s, actor.org_id, **options))

    def states(self):
        return [error.state.value for error in reversed(self.page())]

    def one(self):
        (error,) = self.page()
        return error

    def connection(self, client):
        return self._run(lambda s, actor: connections.find(s, actor, client.connection.id))

    def acknowledge(self, error, now):
        self._run(lambda s, a: provisioning_errors.acknowledge(s, a, now, error.id))

    def pause_after(self, many):
        now = self._now()
        self._run(lambda s, actor: error_policy.decide(s, actor, now, Notices.AT_ONCE, many))

    def resume(self, client):
        now = self._now()
        self._run(lambda s, actor: pausing.resume(s, actor, now, client.connection.id))

    def _now(self):
        return self._run(lambda s, a: organizations.get(s, a.org_id)).created_at


@pytest.fixture
def storage(world):
    opened = Database(world.url)
    yield opened
    opened.dispose()


@pytest.fixture
def errors(org, storage):
    return Errors(org, storage)


def bulk(client, *operations):
    body = {"schemas": [BULK], "Operations": list(operations)}
    return [int(each["status"]) for each in client.post("/Bulk", body).body["Operations"]]


def posted(**attributes):
    return {"method": "POST", "path": "/Users", "data": {"schemas": [USER], **attributes}}


def test_m11_repeated_refusals_are_one_row_with_all_g11_asks(acme, errors):
    for _ in range(3):
        answer = acme.new_user("eve", externalId="42", emails=[*EVIL])
        assert_error(answer, 400, "invalidValue")
    error = errors.one()
    told = {
        "state": State.OPEN,
        "hits": 3,
        "source": "scim",
        "operation": "POST",
        "resource_type": "User",
        "resource_id": None,
        "external_id": "42",
        "attribute": "emails[0].value",
        "domain": "evil.test",
        "category": "policy",
        "code": "domain_not_verified",
        "retryable": False,
        "connection_id": acme.connection.id,
        "request_id": answer.headers["X-Request-Id"],
    }
    assert {name: getattr(error, name) for name in told} == told
    assert "domain 'evil.test' is not a verified domain" in error.reason
    assert "publish the record again" in error.recommended_action
    assert error.token_id
    assert errors.connection(acme).has_errors


def _by_external_id(acme):
    acme.new_user("eve", externalId="e-1", emails=EVIL)
    return lambda: acme.user("adam", externalId="e-1")


def _by_name(acme):
    acme.new_user("eve", emails=EVIL)
    return lambda: acme.user("EVE")


def _by_name_of_a_group(acme):
    acme.post("/Groups", {"schemas": [GROUP], "displayName": "Staff", "members": [{"value": "x"}]})
    return lambda: acme.post("/Groups", {"schemas": [GROUP], "displayName": "staff"})


def _by_id(acme):
    path = f"/Users/{acme.user('ann')['id']}"
    acme.patch(path, replace("emails", EVIL))
    return lambda: acme.patch(path, replace("title", "Boss"))


def _by_deletion(acme):
    path = f"/Users/{acme.user('ann')['id']}"
    acme.patch(path, replace("emails", EVIL))
    return lambda: acme.delete(path)


def _by_the_operation(acme):
    acme.post("/Users", b"{", headers={"Content-Type": "application/scim+json"})
    return lambda: acme.user("ann")


def _by_id_in_bulk(acme):
    path = f"/Users/{acme.user('ann')['id']}"
    change = {"method": "PUT", "path": path}
    bulk(acme, {**change, "data": {"schemas": [USER], "userName": "local-part@evil.test"}})
    return lambda: bulk(acme, {**change, "data": {"schemas": [USER], "userName": "ann"}})


def _by_external_id_in_bulk(acme):
    bulk(acme, posted(userName="eve", externalId="e-1", emails=EVIL))
    return lambda: acme.user("eve", externalId="e-1")


def _by_a_whole_bulk(acme):
    acme.post("/Bulk", {"schemas": [BULK]})
    return lambda: bulk(acme, posted(userName="ann"))


@pytest.mark.parametrize(
    "case",
    [
        _by_external_id,
        _by_name,
        _by_name_of_a_group,
        _by_id,
        _by_deletion,
        _by_the_operation,
        _by_id_in_bulk,
        _by_external_id_in_bulk,
        _by_a_whole_bulk,
    ],
    ids=lambda case: case.__name__.strip("_"),
)
def test_g11_an_error_is_resolved_when_the_same_resource_succeeds(acme, errors, case):
    succeed = case(acme)
    assert errors.states() == ["open"]
    # Another one that succeeds puts nothing right.
    if case is not _by_the_operation:
        acme.post("/Groups", {"schemas": [GROUP], "displayName": "Other"})
        acme.user("somebody")
        assert errors.states() == ["open"]
    assert errors.connection(acme).has_errors
    succeed()
    assert errors.states() == ["resolved"]
    assert not errors.connection(acme).has_errors


def test_g11_what_another_connection_does_settles_nothing(org, acme, errors):
    acme.new_user("eve", emails=EVIL)
    org.connection().user("eve")
    assert errors.states() == ["open"]


def test_a_dead_token_is_an_error_until_another_one_of_its_connection_works(org, acme, errors):
    world, old = org.world, acme.connection
    rotated = world.cli("token", "rotate", old.id)
    (first, _second) = world.cli("token", "list", old.id)["items"]
    world.cli("token", "revoke", first["token_id"])
    assert [acme.get("/Users").status, acme.get("/Groups").status] == [401, 401]
    error = errors.one()
    assert (error.code, error.category, error.hits) == ("unauthorized", "credential", 2)
    assert errors.connection(acme).has_errors
    acme.connection = with_(old, token=rotated["token"])
    acme.user("ann")
    assert errors.states() == ["resolved"]
    assert not errors.connection(acme).has_errors


def test_what_users_are_refused_by_their_own_tokens_is_no_error_of_the_connection(org, errors):
    client = org.connection(me="user")
    ann, connection = client.user("ann"), client.connection
    made = org.world.cli("token", "create", connection.id, "--user", ann["id"])
    client.connection = with_(connection, token=made["token"])
    errors.pause_after(1)
    for _ in range(3):
        assert client.patch("/Me", replace("active", value=False)).status == 403
    org.world.cli("token", "revoke", made["token_id"])
    assert client.get("/Me").status == 401
    assert errors.page() == []
    assert errors.connection(client).paused_at is None


def test_what_is_refused_again_is_open_again_and_counts_on(acme, errors):
    acme.new_user("eve", emails=EVIL)
    acme.user("eve")
    acme.new_user("eve", emails=EVIL)
    error = errors.one()
    assert (error.state, error.hits) == (State.OPEN, 2)
    assert errors.connection(acme).has_errors


def test_reads_and_deletions_of_what_is_gone_are_no_errors(acme, errors):
    ann = acme.user("ann")
    acme.delete(f"/Users/{ann['id']}")
    refused = [
        acme.get(f"/Users/{ann['id']}"),
        acme.get("/Users", filter="nonsense"),
        acme.post("/.search", {"filter": "nonsense"}),
        acme.post("/Users/.search", {"filter": "nonsense"}),
        acme.delete(f"/Users/{ann['id']}"),
    ]
    assert [answer.status for answer in refused] == [404, 400, 400, 400, 404]
    assert errors.page() == []
    assert not errors.connection(acme).has_errors


def test_in_bulk_each_operation_has_its_cause(acme, errors):
    statuses = bulk(
        acme,
        posted(userName="a", externalId="a", emails=EVIL),
        posted(userName="b", externalId="b"),
        posted(userName="c", externalId="a", emails=EVIL),
        posted(userName="d", externalId="d", emails=EVIL),
    )
    assert statuses == [400, 201, 400, 400]
    assert sorted((e.external_id, e.hits) for e in errors.page()) == [("a", 2), ("d", 1)]


def test_in_bulk_those_that_were_tried_again_count_once(acme, errors):
    operations = [posted(userName=f"u{n}", externalId=f"{n}", emails=EVIL) for n in range(3)]
    body = {"schemas": [BULK], "Operations": operations, "failOnErrors": 1}
    assert len(acme.post("/Bulk", body).body["Operations"]) == 1
    assert [(e.external_id, e.hits) for e in errors.page()] == [("0", 1)]


def test_in_bulk_what_is_refused_beside_a_success_of_the_same_resource_stays(acme, errors):
    path = f"/Users/{acme.user('ann')['id']}"
    foreign = {"method": "PATCH", "path": path, "data": _patch(replace("emails", EVIL))}
    change = {"method": "PATCH", "path": path, "data": _patch(replace("title", "Boss"))}
    assert bulk(acme, foreign) == [400]
    assert bulk(acme, change, foreign) == [200, 400]
    assert errors.states() == ["open"]
    assert errors.one().hits == 2
    assert bulk(acme, change) == [200]
    assert errors.states() == ["resolved"]


def _patch(*operations):
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}


@pytest.fixture
def paused(acme, errors):
    """A user and a team; then more refusals than may be."""
    ann, bob = acme.user("ann", active=True), acme.user("bob", active=True)
    group = {"schemas": [GROUP], "displayName": "Staff", "members": [{"value": ann["id"]}]}
    team = acme.post("/Groups", group).body
    errors.pause_after(2)
    for n in range(3):
        assert acme.new_user(f"e{n}", emails=EVIL).status == 400
    assert errors.connection(acme).paused_at is not None
    return ann, bob, team


def test_g12_writes_pause_after_too_many_refusals_and_say_so(org, acme, errors, paused):
    before = errors.page()
    for answer in (
        acme.new_user("carl"),
        acme.new_user("dora", emails=EVIL),
        acme.patch(f"/Users/{paused[0]['id']}", replace("title", "Boss")),
        acme.patch(f"/Groups/{paused[2]['id']}", remove("members")),
    ):
        detail = assert_error(answer, 503)
        assert answer.headers["Retry-After"] == "600"
        assert "(code provisioning_paused)" in detail
        assert "Review the open errors, then resume." in detail
    assert errors.page() == before
    row = org.world.cli("log", "show", org.slug, "--refused")["items"][0]
    assert (row["code"], row["status"]) == ("provisioning_paused", 503)
    assert acme.get(f"/Users/{paused[0]['id']}").status == 200
    assert acme.get("/Users").body["totalResults"] == 2


def test_g12_deactivation_and_deletion_pass_while_writes_pause(acme, errors, paused):
    ann, bob, team = paused
    path = f"/Users/{ann['id']}"
    off = replace("active", value=False)
    assert acme.patch(path, off, add("emails", EVIL)).status == 503
    assert acme.get(path).body["active"]
    assert acme.patch(path, off).status == 200
    # A client that lost the answer asks again; nothing else about the user changes.
    assert acme.patch(path, off).status == 200
    assert acme.patch(path, off, replace("title", "Gone")).status == 503
    assert acme.patch(path, replace("active", value=True)).status == 503
    body = {"schemas": [USER, ENTERPRISE], "userName": "bob", "active": False}
    assert acme.put(f"/Users/{bob['id']}", body).status == 200
    for gone in (path, f"/Users/{bob['id']}", f"/Groups/{team['id']}"):
        assert acme.delete(gone).status == 204


def test_g12_in_bulk_each_operation_is_judged(acme, errors, paused):
    path = f"/Users/{paused[0]['id']}"
    statuses = bulk(
        acme,
        posted(userName="carl"),
        {"method": "PATCH", "path": path, "data": _patch(replace("active", value=False))},
        {"method": "PATCH", "path": path, "data": _patch(replace("title", "Boss"))},
        {"method": "DELETE", "path": path},
    )
    assert statuses == [503, 200, 503, 204]
    assert len(errors.page()) == 3


def test_g12_an_owner_resumes_and_it_is_counted_anew(acme, errors, paused):
    errors.resume(acme)
    assert acme.user("carl")
    for n in range(2):
        acme.new_user(f"f{n}", emails=EVIL)
    assert errors.connection(acme).paused_at is None
    acme.new_user("f2", emails=EVIL)
    assert errors.connection(acme).paused_at is not None


def test_g12_only_the_connection_pauses_and_the_shell_never(org, acme, errors, paused, tmp_path):
    assert org.connection().user("carl")
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"schemas": [USER], "userName": "dora"}) + "\n")
    brought = org.world.cli("import", org.slug, str(file), "--connection", acme.connection.id)
    assert brought["created"] == 1


def test_refused_lines_of_an_import_are_errors_until_it_succeeds(org, acme, errors, tmp_path):
    file = tmp_path / "in.jsonl"
    ann = {"schemas": [USER], "userName": "ann", "emails": EVIL}

    def bring(*lines, code):
        file.write_text("".join(f"{line}\n" for line in lines))
        org.world.cli("import", org.slug, str(file), code=code)

    bring(json.dumps(ann), json.dumps({**ann, "userName": "bob"}), "{", code=3)
    bring(json.dumps(ann), code=3)
    found = {(e.code, e.hits): e for e in errors.page()}
    assert set(found) == {
        ("domain_not_verified", 2),
        ("domain_not_verified", 1),
        ("malformed_json", 1),
    }
    assert {(e.source, e.operation, e.connection_id) for e in found.values()} == {
        ("cli", "IMPORT", None)
    }
    bring(json.dumps({"schemas": [USER], "userName": "Ann"}), code=0)
    assert sorted(errors.states()) == ["open", "open", "resolved"]


def test_no_address_nor_value_is_in_any_column(acme, errors, storage):
    ann = acme.user("ann")
    path = f"/Users/{ann['id']}"
    secret = "xyzzy-o'brien"
    address = f"{secret}@evil.test"
    member = {"schemas": [GROUP], "displayName": secret, "members": [{"value": secret}]}
    for answer in (
        acme.new_user(address, externalId=address),
        acme.new_user("bob", emails=[{"value": f'"{secret}"@{acme.domain}'}]),
        acme.patch(path, replace(f'emails[value eq "{address}"].value', address)),
        acme.patch(path, replace(f'emails[type eq "{secret}"].value', secret)),
        acme.patch(f"/Users/{secret}", replace("title", secret)),
        acme.put(f"/Groups/{secret}", member),
        acme.post("/Groups", member),
        acme.put(path, {"schemas": [USER], "userName": address}),
        acme.patch(path, replace("active", secret)),
        acme.patch(path, replace("locale", {"value": secret})),
        acme.post("/Users", {"schemas": [USER], "userName": {"a": secret}}),
        acme.call(secret.upper(), "/Users", {"schemas": [USER], "userName": secret}),
    ):
        assert 400 <= answer.status < 500
    bulk(acme, posted(userName=address), {"method": "PATCH", "path": f"/Users/{secret}"})
    org_id = errors.page()[0].org_id
    kept = [row for row in rows(storage, provisioning_error) if row.org_id == org_id]
    assert len(kept) >= 10
    texts = [str(value).lower() for row in kept for value in row]
    assert [text for text in texts if "xyzzy" in text or "brien" in text] == []
