"""The contract of the command line: each command, its keys, and nothing else on standard output."""

import json

import pytest

ORG = {"id", "slug", "name", "sandbox", "suspended", "expires_at"}
DOMAIN = {"domain", "state", "method"}
CONNECTION = {"id", "scim_base_url", "expires_at"}
TOKEN = {"token_id", "expires_at"}
PAGE = {"items", "next"}
COUNTS = {"created", "updated", "refused"}
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LINK = {"id", "userName", "role", "url", "expires_at"}
SWITCHED = {"id", "userName", "active", "sessions", "passkeys", "enrolLinks", "tokens"}
OF_USER = {"token", "token_id", "expires_at", "user_id"}
ADMIN = {"id", "userName", "role", "local_administrator"}
MEANS = {"active", "passkeys", "recovery_codes", "ready"}
PROFILES = ("generic", "entra", "okta", "onelogin", "jumpcloud", "google", "strict-interop")


@pytest.fixture
def made(cli, tmp_path):
    """One of each thing a command may name."""
    org = cli("org", "create", "Acme", "--json").json
    cli("domain", "attest", "acme", "acme.com", "--reason", "test")
    connection = cli("connection", "create", "acme", "idp", "--json").json
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"schemas": [USER], "userName": "ann@acme.com"}) + "\n")
    return {
        "ORG": org["id"],
        "SLUG": "acme",
        "CONNECTION": connection["id"],
        "TOKEN_ID": connection["token_id"],
        "FILE": file,
        "OUT": tmp_path / "out.jsonl",
    }


ONE = {
    "db upgrade": {"revision"},
    "db check": {"revision"},
    "org create NEW": ORG,
    "org create NEW --sandbox": ORG,
    "org create NEW --sandbox --days 7": ORG,
    "org show SLUG": ORG,
    "org update ORG --name Other": ORG,
    "org update SLUG --require-address": ORG,
    "org update SLUG --no-require-address": ORG,
    "org update SLUG --forbid-get-filters": ORG,
    "org update SLUG --allow-get-filters": ORG,
    "org update ORG --suspend": ORG,
    "org update SLUG --resume": ORG,
    "org update ORG --error-notices daily --pause-after 100": {"error_notices", "pause_after"},
    "org delete ORG --confirm SLUG": ORG,
    "domain add ORG new.com": DOMAIN,
    "domain attest ORG acme.org --reason because": DOMAIN,
    "domain authoritative SLUG acme.com": DOMAIN,
    "domain remove SLUG acme.com --reason because": DOMAIN,
    "domain show SLUG acme.com": DOMAIN,
    "connection create SLUG new": {*CONNECTION, "token"},
    "connection create ORG new --profile entra --rate-limit 7 --scope scim": {*CONNECTION, "token"},
    "connection show CONNECTION": {*CONNECTION, "quirks"},
    "connection update CONNECTION --profile okta --rate-limit 9 --set me=off": CONNECTION,
    "connection disable CONNECTION": CONNECTION,
    "connection enable CONNECTION": CONNECTION,
    "connection resume CONNECTION": {*CONNECTION, "paused_at"},
    "token rotate CONNECTION": {*TOKEN, "token"},
    "token revoke TOKEN_ID": TOKEN,
    "user list ORG": PAGE,
    "team list SLUG": PAGE,
    "error list ORG": PAGE,
    "error list SLUG --state open --connection CONNECTION": PAGE,
    "log show ORG": PAGE,
    "log show SLUG --refused": PAGE,
    "log audit": PAGE,
    "log audit ORG": PAGE,
    "log audit SLUG --event org:update": PAGE,
    "import ORG FILE": COUNTS,
    "import SLUG FILE --connection CONNECTION": COUNTS,
    "export ORG OUT": COUNTS,
    "doctor": {"problems"},
    "verify": {"violations"},
    "verify ORG": {"violations"},
    "config show": {"SCIMSERVER_DATABASE_URL", "SCIMSERVER_BASE_URL", "SCIMSERVER_SECRET_KEY"},
}
LISTS = {
    "org list": ORG,
    "domain list ORG": DOMAIN,
    "connection list SLUG": CONNECTION,
    "token list CONNECTION": TOKEN,
}


def typed(words, made):
    return [made.get(word, word) for word in words.split()]


@pytest.mark.parametrize("words", ONE)
def test_a_command_answers_one_object_with_the_keys_of_the_contract(cli, made, words):
    answer = cli(*typed(words, made), "--json")
    assert answer.code == 0, answer.err
    assert ONE[words] <= answer.json.keys()
    is_new = words.startswith(("connection create", "token rotate"))
    assert ("token" in answer.json) is is_new


@pytest.mark.parametrize("words", LISTS)
def test_a_list_is_items_with_the_keys_of_the_contract(cli, made, words):
    answer = cli(*typed(words, made), "--json")
    assert set(answer.json) == {"items"}
    assert answer.json["items"]
    for item in answer.json["items"]:
        assert LISTS[words] <= item.keys()
        assert "token" not in item


CLAIMED = {
    "domain rotate ORG pending.com": DOMAIN,
    "domain show SLUG pending.com": DOMAIN,
    "domain remove ORG pending.com": DOMAIN,
}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("words", CLAIMED)
def test_a_command_about_a_claim_answers_one_object(cli, made, words):
    # Not for every command: where something depends on DNS, the doctor asks it.
    cli("domain", "add", "acme", "pending.com")
    answer = cli(*typed(words, made), "--json")
    assert answer.code == 0, answer.err
    assert CLAIMED[words] <= answer.json.keys()


PEOPLE = {
    "admin invite ORG new@elsewhere.com": LINK,
    "admin invite SLUG new@elsewhere.com --role administrator": LINK,
    "admin recover ORG ADMIN": LINK,
    "admin recover SLUG USER --make-admin": LINK,
    "admin remove SLUG ADMIN": ADMIN,
    "admin remove SLUG ADMIN --force": ADMIN,
    "user deactivate ORG USER": SWITCHED,
    "user deactivate SLUG ADMIN --force": SWITCHED,
    "user activate SLUG USER": SWITCHED,
}


@pytest.fixture
def people(cli, made):
    """A user and two local administrators beside the rest."""
    cli("import", "acme", made["FILE"])
    names = ("root@elsewhere.com", "second@elsewhere.com")
    ids = [cli("admin", "invite", "acme", name, "--json").json["id"] for name in names]
    return {**made, "USER": "ann@acme.com", "ADMIN": ids[0]}


@pytest.mark.parametrize("words", PEOPLE)
def test_a_command_about_people_answers_one_object(cli, people, words):
    answer = cli(*typed(words, people), "--json")
    assert answer.code == 0, answer.err
    assert answer.json.keys() == PEOPLE[words]


def test_the_list_of_administrators_is_items(cli, people):
    items = cli("admin", "list", "acme", "--json").json["items"]
    assert [item.keys() for item in items] == [ADMIN | MEANS] * 2


@pytest.mark.parametrize("words", ["--user ann@acme.com", "--user ANN --days 30"])
def test_h2_a_token_of_a_user_is_made_and_listed(cli, made, words):
    cli("import", "acme", made["FILE"])
    made["ANN"] = cli("user", "list", "acme", "--json").json["items"][0]["id"]
    answer = cli("token", "create", made["CONNECTION"], *typed(words, made), "--json").json
    assert answer.keys() >= OF_USER
    assert answer["user_id"] == made["ANN"]
    listed = cli("token", "list", made["CONNECTION"], "--json").json["items"]
    assert [item["user_id"] for item in listed] == [None, made["ANN"]]
    assert not any("token" in item for item in listed)
    connection = cli("connection", "show", made["CONNECTION"], "--json").json
    assert connection["expires_at"] == listed[0]["expires_at"]
    off = cli("user", "deactivate", "acme", made["ANN"], "--json").json
    assert off["tokens"] == 1
    (bound,) = cli("token", "list", made["CONNECTION"], "--json").json["items"][1:]
    assert bound["revoked_at"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_backup_tells_its_file_and_its_size(cli, made, tmp_path):
    answer = cli("db", "backup", tmp_path / "copy.db", "--json").json
    assert answer.keys() == {"file", "bytes"}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_be_chosen(cli, made, profile):
    words = ("connection", "create", "acme", profile, "--profile", profile, "--json")
    assert cli(*words).json["profile"] == profile


FAILURES = {
    "org create": 2,
    "org update nobody": 3,
    "org delete SLUG --confirm wrong": 3,
    "domain attest SLUG nonsense --reason x": 3,
    "domain attest SLUG com --reason x": 3,
    "domain attest SLUG acme.org": 2,
    "domain add SLUG com": 3,
    "domain remove SLUG other.com --reason x": 3,
    "domain rotate SLUG acme.com": 3,
    "domain show SLUG other.com": 3,
    "domain verify SLUG acme.com": 3,
    "connection create SLUG x --profile acme": 2,
    "connection create nobody x": 3,
    "connection update nobody": 3,
    "connection show nobody": 3,
    "connection update CONNECTION --set nonsense=on": 3,
    "connection create SLUG x --rate-limit zero": 2,
    "token revoke nobody": 3,
    "token create CONNECTION": 2,
    "token create CONNECTION --user nobody": 3,
    "token create nobody --user ann@acme.com": 3,
    "token create CONNECTION --user ann@acme.com --days 0": 2,
    "token create CONNECTION --user ann@acme.com --days 731": 2,
    "admin invite nobody ann@acme.com": 3,
    "admin invite SLUG nonsense@": 3,
    "admin invite SLUG ann@acme.com --role member": 2,
    "admin recover SLUG nobody": 3,
    "admin remove SLUG nobody": 3,
    "admin list nobody": 3,
    "user deactivate SLUG nobody": 3,
    "user activate nobody ann": 3,
    "user list nobody": 3,
    "log show nobody": 3,
    "log audit nobody": 3,
    "log audit --cursor nonsense": 2,
    "import SLUG /no/such/file": 2,
    "export nobody OUT": 3,
    "user list SLUG --cursor nonsense": 2,
}


@pytest.mark.parametrize("words", FAILURES)
def test_a_failure_has_its_exit_code_and_leaves_standard_output_empty(cli, made, words):
    answer = cli(*typed(words, made), "--json")
    assert (answer.code, answer.out) == (FAILURES[words], ""), answer.err
    assert answer.err
    assert "Traceback" not in answer.err


def test_a_refused_line_ends_with_three_and_still_tells_the_counts(cli, made, tmp_path):
    file = tmp_path / "bad.jsonl"
    file.write_text(json.dumps({"schemas": [USER], "userName": "eve@evil.com"}) + "\n")
    answer = cli("import", "acme", file, "--json")
    assert (answer.code, json.loads(answer.out)) == (3, {"created": 0, "updated": 0, "refused": 1})
    assert "line 1" in answer.err
    assert "Verify the domain" in answer.err
    (row,) = cli("log", "show", "acme", "--refused", "--json").json["items"]
    assert row["domain"] == "evil.com"
