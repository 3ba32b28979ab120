"""scimserver admin, user and doctor: who comes in, who no longer does, and what would go wrong."""

import json
import os
import pwd

import pytest
from sqlalchemy import select, update

from scimserver.services.enrolment import redeem
from scimserver.storage.models import audit, enrol_link, organization, passkey
from scimserver.storage.transaction import run
from tests.factories import NOW, a_passkey, rows

LINK = {"id", "userName", "role", "url", "expires_at"}
ORIGIN = "https://scim.example.com"


@pytest.fixture
def acme(cli):
    return cli("org", "create", "Acme", "--json").json


@pytest.fixture
def root(cli, acme):
    """The first owner, invited."""
    return cli("admin", "invite", "acme", "root@elsewhere.com", "--json").json


@pytest.fixture
def ann(cli, acme, tmp_path):
    """The name of a user who was imported."""
    cli("domain", "attest", "acme", "acme.com", "--reason", "test")
    file = tmp_path / "in.jsonl"
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
    file.write_text(json.dumps({"schemas": schemas, "userName": "ann@acme.com"}) + "\n")
    assert cli("import", "acme", file).code == 0
    return "ann@acme.com"


def _events(database, event):
    with database.reading() as session:
        query = select(audit).where(audit.c.event == event).order_by(audit.c.id)
        return [{c["path"]: c["after"] for c in row.changes} for row in session.execute(query)]


def _secret(link):
    address, _, secret = link["url"].partition("#")
    assert address == f"{ORIGIN}/enrol"
    return secret


def _lets_in(database, link):
    moment = max(row.created_at for row in rows(database, enrol_link))
    return run(database, lambda s: redeem(s, moment, _secret(link)))[0].user_name


def test_an_invitation_makes_an_owner_and_prints_a_link(cli, acme, root, database):
    assert root.keys() == LINK
    assert (root["userName"], root["role"]) == ("root@elsewhere.com", "owner")
    assert _lets_in(database, root) == "root@elsewhere.com"
    [event] = _events(database, "enrol_link:create")
    assert event["issuedBy"].endswith(pwd.getpwuid(os.getuid()).pw_name)
    assert (event["door"], event["user"]) == ("invite", root["id"])
    assert len(_events(database, "local_admin:add")) == 1
    words = ("admin", "invite", acme["id"], "bob@elsewhere.com", "--role", "administrator")
    assert cli(*words, "--json").json["role"] == "administrator"


def test_who_uses_sudo_is_named(cli, acme, database):
    cli("admin", "invite", "acme", "root@elsewhere.com", SUDO_USER="olga")
    [event] = _events(database, "enrol_link:create")
    assert event["issuedBy"].startswith("olga (as ")


def test_an_invitation_can_be_repeated_until_there_is_a_passkey(cli, root, acme, database):
    again = cli("admin", "invite", "acme", "ROOT@elsewhere.com", "--json").json
    assert (again["id"], again["url"] == root["url"]) == (root["id"], False)
    links = sorted(rows(database, enrol_link), key=lambda row: row.created_at)
    assert [row.ended_why for row in links] == ["superseded", None]
    a_passkey(database, acme["id"], root["id"])
    refused = cli("admin", "invite", "acme", "root@elsewhere.com", "--json")
    assert (refused.code, refused.out) == (3, "")
    assert "admin recover" in refused.err


def test_a_user_who_is_there_is_not_invited(cli, ann):
    refused = cli("admin", "invite", "acme", ann, "--json")
    assert (refused.code, refused.out) == (3, "")
    assert "--make-admin" in refused.err


def test_nobody_is_invited_where_nobody_can_sign_in(cli, acme):
    cli("org", "create", "Lab", "--sandbox")
    refused = cli("admin", "invite", "lab", "root@elsewhere.com", "--json")
    assert (refused.code, refused.out) == (3, "")
    assert "sandbox" in refused.err
    plain = {"SCIMSERVER_BASE_URL": "http://scim.example.com"}
    for words in (("invite", "acme", "root@elsewhere.com"), ("recover", "acme", "root")):
        refused = cli("admin", *words, "--json", **plain)
        assert (refused.code, refused.out) == (2, "")
        assert "SCIMSERVER_ORIGINS" in refused.err
    assert cli("user", "list", "acme", "--json").json["items"] == []


@pytest.mark.parametrize("by", ["userName", "id"])
def test_a_local_administrator_is_let_in_from_the_shell(cli, root, acme, database, by):
    a_passkey(database, acme["id"], root["id"])
    link = cli("admin", "recover", "acme", root[by], "--json").json
    assert link.keys() == LINK
    assert _lets_in(database, link) == "root@elsewhere.com"
    newest = max(rows(database, enrol_link), key=lambda row: row.created_at)
    assert (newest.expires_at - newest.created_at).total_seconds() == 15 * 60
    [event] = _events(database, "local_admin:recover")
    assert event["operatingSystemUser"].endswith(pwd.getpwuid(os.getuid()).pw_name)


def test_n90_the_shell_lets_nobody_else_in(cli, ann, root, database):
    before = rows(database, enrol_link)
    refused = cli("admin", "recover", "acme", ann, "--json")
    assert (refused.code, refused.out) == (1, "")
    assert "--make-admin" in refused.err
    assert rows(database, enrol_link) == before
    [event] = _events(database, "local_admin:refuse")
    assert event["door"] == "shell"
    assert cli("admin", "recover", "acme", "nobody", "--json").code == 3
    made = cli("admin", "recover", "acme", ann, "--make-admin", "--json").json
    assert (made["userName"], made["role"]) == (ann, "administrator")
    assert _lets_in(database, made) == ann


def test_the_list_tells_who_could_come_in(cli, root, acme, database):
    [item] = cli("admin", "list", "acme", "--json").json["items"]
    assert item == {
        "id": root["id"],
        "userName": "root@elsewhere.com",
        "role": "owner",
        "local_administrator": True,
        "active": True,
        "passkeys": 0,
        "recovery_codes": 0,
        "ready": False,
    }
    for _ in range(2):
        a_passkey(database, acme["id"], root["id"])
    [item] = cli("admin", "list", "acme", "--json").json["items"]
    assert (item["passkeys"], item["ready"]) == (2, True)


def test_one_is_taken_off_the_list_but_not_the_last(cli, root, database):
    refused = cli("admin", "remove", "acme", root["id"], "--json")
    assert (refused.code, refused.out) == (3, "")
    assert "last local administrator" in refused.err
    second = cli("admin", "invite", "acme", "bob@elsewhere.com", "--json").json
    removed = cli("admin", "remove", "acme", "bob@elsewhere.com", "--json").json
    assert removed == {
        "id": second["id"],
        "userName": "bob@elsewhere.com",
        "role": "owner",
        "local_administrator": False,
    }
    assert cli("admin", "remove", "acme", root["id"], "--force", "--json").code == 0


def test_a_user_is_turned_off_and_on(cli, ann, root, acme, database):
    off = cli("user", "deactivate", "acme", ann, "--json").json
    assert off == {
        "id": off["id"],
        "userName": ann,
        "active": False,
        "sessions": 0,
        "passkeys": 0,
        "enrolLinks": 0,
        "tokens": 0,
    }
    assert cli("user", "list", "acme", "--json").json["items"][0]["active"] is False
    on = cli("user", "activate", "acme", off["id"], "--json").json
    assert (on["userName"], on["active"]) == (ann, True)
    cli("user", "deactivate", "acme", ann)
    cli("domain", "remove", "acme", "acme.com", "--reason", "gone")
    refused = cli("user", "activate", "acme", ann, "--json")
    assert (refused.code, refused.out) == (3, "")
    assert "acme.com" in refused.err


def test_the_last_local_administrator_is_turned_off_by_force_alone(cli, root, acme, database):
    a_passkey(database, acme["id"], root["id"])
    refused = cli("user", "deactivate", "acme", "root@elsewhere.com", "--json")
    assert (refused.code, refused.out) == (3, "")
    assert "last_local_administrator" in refused.err
    off = cli("user", "deactivate", "acme", root["id"], "--force", "--json").json
    assert (off["passkeys"], off["enrolLinks"]) == (1, 1)
    # The address lies in no verified domain, as it did when the account was made.
    assert cli("user", "activate", "acme", root["id"], "--json").json["active"] is True


def test_suspending_is_told_and_undone(cli, acme):
    assert acme["suspended"] is False
    assert cli("org", "update", "acme", "--suspend", "--json").json["suspended"] is True
    assert cli("org", "update", "acme", "--name", "New", "--json").json["suspended"] is True
    assert cli("org", "update", "acme", "--resume", "--json").json["suspended"] is False


def test_the_doctor_finds_nothing_where_nobody_signs_in(cli, ann):
    assert cli("doctor", "--json").json == {"problems": []}
    assert cli("doctor").out == "Nothing would lock people out.\n"


def _codes(answer):
    assert answer.code == 1
    return [problem["code"] for problem in json.loads(answer.out)["problems"]]


def test_the_doctor_finds_what_would_lock_people_out(cli, root, acme, database):
    unready = ["local_admin_not_ready", "recovery_tested"]
    answer = cli("doctor", "--json")
    assert _codes(answer) == unready
    assert {each["organization"] for each in json.loads(answer.out)["problems"]} == {"acme"}
    assert "root@elsewhere.com" in answer.out
    assert "issue an enrolment link" in answer.out
    for rp_id in ("scim.example.com", "scim.example.com"):
        a_passkey(database, acme["id"], root["id"], rp_id=rp_id)
    tested = update(organization).values(recovery_tested_at=NOW)
    run(database, lambda s: s.execute(tested))
    longer = {"SCIMSERVER_RECOVERY_TEST_DAYS": "36500"}
    assert cli("doctor", "--json", **longer).json == {"problems": []}
    run(database, lambda s: s.execute(update(passkey).values(suspect=True)))
    assert _codes(cli("doctor", "--json", **longer)) == ["suspect_passkey"] * 2
    run(database, lambda s: s.execute(update(passkey).values(suspect=False, rp_id="old.example")))
    assert _codes(cli("doctor", "--json", **longer)) == ["rp_id_changed"]
    cli("user", "deactivate", "acme", root["id"], "--force")
    assert _codes(cli("doctor", "--json", **longer)) == ["local_admin_inactive", "rp_id_changed"]


def test_the_doctor_looks_at_the_addresses(cli, root, acme):
    wrong = {"SCIMSERVER_ORIGINS": "https://a.example.com", "SCIMSERVER_RP_ID": "b.example.com"}
    assert _codes(cli("doctor", "--json", **wrong))[0] == "origins"
    off = {"SCIMSERVER_BASE_URL": "http://scim.example.com"}
    assert "sign_in_off" in _codes(cli("doctor", "--json", **off))


def test_the_doctor_asks_for_more_where_single_sign_on_is_enforced(cli, root, acme, database):
    run(database, lambda s: s.execute(update(organization).values(sso_mode="enforced")))
    assert _codes(cli("doctor", "--json")) == [
        "local_admin_not_ready",
        "local_admins",
        "recovery_tested",
    ]


def test_the_doctor_has_nothing_to_say_of_a_sandbox(cli, database):
    cli("org", "create", "Lab", "--sandbox")
    run(database, lambda s: s.execute(update(organization).values(sso_mode="enforced")))
    assert cli("doctor", "--json").json == {"problems": []}
