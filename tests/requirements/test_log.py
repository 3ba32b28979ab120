"""The provisioning log and the audit log: what an administrator reads (M9, M10; issue, part 5)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.storage import journal, models
from scimserver.storage.session import Database
from tests.requirements.client import ENTERPRISE, USER, assert_error
from tests.requirements.common import BULK, add, replace

JSON = {"Content-Type": "application/scim+json"}


@pytest.fixture
def storage(world):
    opened = Database(world.url)
    yield opened
    opened.dispose()


def log(org, *words):
    return org.world.cli("log", "show", org.slug, "--limit", "100", *words)["items"]


def audited(org, storage):
    (listed,) = [e for e in org.world.cli("org", "list")["items"] if e["slug"] == org.slug]
    with storage.reading() as session:
        return journal.read_audit(session, listed["id"], limit=100)


def test_a_refusal_is_logged_with_all_an_administrator_needs(org, acme):
    """M9"""
    headers = {**JSON, "User-Agent": "Okta SCIM Client 1.0.0", "X-Request-Id": "abc-12345678"}
    body = {"schemas": [USER], "userName": "ann", "externalId": "ext-1"}
    body["emails"] = [{"value": acme.address("ann")}, {"value": "local-part@evil.test"}]
    answer = acme.call("POST", "/Users", json.dumps(body).encode(), headers=headers)
    assert_error(answer, 400, "invalidValue")
    (row,) = log(org)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(row["at"])) < timedelta(minutes=5)
    expected = {
        "request_id": "abc-12345678",
        "connection_id": acme.connection.id,
        "user_agent": "Okta SCIM Client 1.0.0",
        "method": "POST",
        "endpoint": "/Users",
        "attribute": "emails[1].value",
        "domain": "evil.test",
        "code": "domain_not_verified",
        "external_id": "ext-1",
        "status": 400,
        "outcome": "refused",
        "operation_index": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["token_id"]
    assert "Verify the domain" in row["recommended_action"]
    assert "local-part" not in json.dumps(row)
    assert "ann@" not in json.dumps(row)
    assert acme.connection.token not in json.dumps(row)


def test_an_accepted_write_is_logged_with_the_names_of_what_changed(org, acme):
    """M10"""
    ann = acme.user("ann", externalId="e-1", displayName="Secret Name")
    path = f"/Users/{ann['id']}"
    acme.patch(path, replace("title", "Boss"), add("nickName", "A"))
    acme.patch(path, replace("title", "Boss"))
    acme.delete(path)
    rows = log(org)
    assert [(r["method"], r["status"], r["outcome"]) for r in rows] == [
        ("DELETE", 204, "accepted"),
        ("PATCH", 200, "accepted"),
        ("PATCH", 200, "accepted"),
        ("POST", 201, "accepted"),
    ]
    assert set(rows[2]["changed"]) == {"title", "nickName"}
    assert rows[1]["changed"] == []
    assert {r["resource_id"] for r in rows} == {ann["id"]}
    assert rows[3]["external_id"] == "e-1"
    assert "Secret Name" not in json.dumps(rows)


REFUSED = {
    "wrong type": ("POST", "/Users", {"schemas": [USER], "userName": 5}, 400),
    "taken": ("POST", "/Users", {"schemas": [USER], "userName": "taken"}, 409),
    "unknown id": ("PATCH", "/Users/nobody", {"schemas": [], "Operations": []}, 400),
    "gone": ("DELETE", "/Users/nobody", None, 404),
    "no JSON": ("POST", "/Users", b"{", 400),
    "wrong media type": ("POST", "/Users", b"x", 415),
    "no method": ("DELETE", "/Users", None, 405),
}


@pytest.mark.parametrize("case", REFUSED)
def test_each_refused_write_of_a_known_connection_leaves_one_row(org, acme, case):
    """issue, part 5"""
    acme.user("taken")
    method, path, body, status = REFUSED[case]
    headers = {"Content-Type": "text/plain"} if status == 415 else None
    if isinstance(body, bytes) and headers is None:
        headers = JSON
    answer = acme.call(method, path, body, headers=headers)
    assert answer.status == status, answer.body
    (row,) = log(org, "--refused")
    assert (row["status"], row["method"]) == (status, method)
    assert row["reason"]


def test_a_refusal_leaves_nothing_but_its_row_and_its_cause(org, acme, storage):
    """M9, M11, door: refusals leave exactly one row where due, that of a cause, a notice"""
    acme.user("ann", emails=[{"value": acme.address("ann")}])

    def counted():
        tables = [t for t in models.metadata.sorted_tables if t.name not in IGNORED]
        with storage.reading() as session:
            return {
                t.name: session.execute(select(func.count()).select_from(t)).scalar_one()
                for t in tables
            }

    before = counted()
    for body in (
        {"schemas": [USER], "userName": "eve@evil.test"},
        {"schemas": [USER], "userName": "ANN"},
        {"schemas": [USER], "userName": "x", "emails": [{"value": acme.address("ANN")}]},
    ):
        assert acme.post("/Users", body).status in (400, 409)
    after = counted()
    assert after.pop("provisioning_log") == before.pop("provisioning_log") + 3
    assert after.pop("provisioning_error") == before.pop("provisioning_error") + 3
    # One for each kind of trouble: an address outside, and a value that is taken.
    assert after.pop("notice") == before.pop("notice") + 2
    assert after == before


IGNORED = {"rate_window", "token"}


def test_an_expired_or_revoked_token_leaves_a_row(org, acme):
    """issue, part 5"""
    (token,) = org.world.cli("token", "list", acme.connection.id)["items"]
    org.world.cli("token", "revoke", token["token_id"])
    assert acme.new_user("ann").status == 401
    (row,) = log(org, "--refused")
    assert (row["status"], row["token_id"], row["reason"]) == (401, token["token_id"], "revoked")


def test_the_log_is_read_page_by_page_and_only_what_was_refused_on_request(org, acme):
    """issue: log show"""
    for n in range(5):
        acme.new_user(f"u{n % 3}")
    assert len(log(org)) == 5
    assert len(log(org, "--refused")) == 2
    seen, cursor = [], ()
    while True:
        page = org.world.cli("log", "show", org.slug, "--limit", "2", *cursor)
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = ("--cursor", page["next"])
    assert seen == [row["id"] for row in log(org)]


def test_the_log_of_one_organization_is_never_seen_by_another(org, other, acme):
    """I2"""
    acme.user("ann")
    other.connection()
    assert log(other) == []


def test_an_audit_row_holds_what_changed_with_before_and_after_but_no_secret(org, acme, storage):
    """issue, part 5"""
    ann = acme.user("ann", title="Clerk", password="pass-word-1")
    acme.patch(f"/Users/{ann['id']}", replace("title", "Boss"), replace("password", "pass-word-2"))
    rows = [row for row in audited(org, storage) if row.subject_id == ann["id"]]
    assert [row.event for row in rows] == ["user:update", "user:create"]
    assert {"path": "title", "before": "Clerk", "after": "Boss"} in rows[0].changes
    assert "pass-word" not in json.dumps([row.changes for row in rows])
    assert [each["path"] for each in rows[0].changes] == ["title"]


def test_what_an_operator_does_is_audited_with_its_reason(org, acme, storage):
    """issue: claims are attested by the operator's command, with a reason, in the audit log"""
    world = org.world
    world.cli("domain", "attest", org.slug, f"x{org.domain}", "--reason", "Contract 42")
    world.cli("domain", "remove", org.slug, f"x{org.domain}", "--reason", "Contract ended")
    world.cli("connection", "update", acme.connection.id, "--set", "patch_response=body")
    rotated = world.cli("token", "rotate", acme.connection.id)
    world.cli("token", "revoke", rotated["token_id"])
    text = json.dumps([[row.event, row.changes] for row in audited(org, storage)])
    for word in ("Contract 42", "Contract ended", "patch_response", "token:create", "token:revoke"):
        assert word in text
    assert rotated["token"] not in text


def test_rows_older_than_the_setting_are_purged_in_chunks(org, acme, storage):
    """M10"""
    for n in range(5):
        acme.user(f"u{n}")
    (listed,) = [e for e in org.world.cli("org", "list")["items"] if e["slug"] == org.slug]
    later = datetime.now(UTC) + timedelta(seconds=1)
    with storage.session() as session:
        assert journal.purge_log(session, listed["id"], later, limit=2) == 2
        assert journal.purge_log(session, listed["id"], later, limit=2) == 2
        assert journal.purge_log(session, listed["id"], later, limit=2) == 1
        assert journal.purge_log(session, listed["id"], later, limit=2) == 0
    assert log(org) == []


def test_no_secret_address_or_filter_value_is_in_any_line_error_export_or_row(
    org, acme, storage, capfdbinary, tmp_path
):
    """I8, D49, F3: everything a run leaves behind, searched for what must not be in it"""
    world = org.world
    noisy = create_app(
        Settings.from_env({**world.environment, "SCIMSERVER_LOG_LEVEL": "debug"})
    ).test_client()
    old = acme.connection
    acme.connection = type(old)(noisy, old.id, old.org, old.token)
    words = {name: f"{name}xyzzy" for name in ("localpart", "filtered", "password", "badjson")}
    address = f"{words['localpart']}@evil.test"
    ann = acme.user("ann", password=words["password"])
    path = f"/Users/{ann['id']}"
    bulk = [{"method": "POST", "path": "/Users", "data": {"schemas": [USER], "userName": address}}]
    answers = [
        acme.get("/Users", filter=f'userName eq "{words["filtered"]}"'),
        acme.get("/Users", filter=f'nonsense "{words["filtered"]}'),
        acme.post("/.search", {"filter": f'userName co "{words["filtered"]}"'}),
        acme.new_user(address),
        acme.new_user("bob", emails=[{"value": f'"{words["localpart"]}"@{acme.domain}'}]),
        acme.patch(path, replace("password", words["password"])),
        acme.post("/Bulk", {"schemas": [BULK], "Operations": bulk}),
        acme.post("/Users", f'{{"a": "{words["badjson"]}'.encode(), headers=JSON),
        acme.put(path, {"schemas": [USER, ENTERPRISE], "userName": address}),
        acme.get(path, filter=f'userName eq "{words["filtered"]}"'),
    ]
    # An error names a path as the client wrote it, to that client alone; the log masks its values.
    selected = acme.patch(path, replace(f'emails[value eq "{address}"].value', address))
    assert_error(selected, 400, "noTarget")
    (tmp_path / "in.jsonl").write_text(
        json.dumps({"schemas": [USER], "userName": address}) + "\n{" + words["badjson"] + "\n"
    )
    world.cli("import", org.slug, str(tmp_path / "in.jsonl"), code=3)
    world.cli("export", org.slug, str(tmp_path / "out.jsonl"))
    world.cli("verify", org.slug)
    kept = {
        "answers": json.dumps([answer.body for answer in answers]),
        "export": (tmp_path / "out.jsonl").read_text(),
        "log": json.dumps(log(org)),
        "audit": json.dumps([row.changes for row in audited(org, storage)]),
        "lines": b"".join(capfdbinary.readouterr()).decode(),
    }
    assert kept["lines"]
    secrets = [*words.values(), old.token, world.environment["SCIMSERVER_SECRET_KEY"]]
    for where, text in kept.items():
        for secret in secrets:
            assert secret not in text, where
