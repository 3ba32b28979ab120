"""scimserver org, domain, connection and token: what an operator sets up."""

import pytest

BASE = "https://scim.example.com/scim/v2"


@pytest.fixture
def acme(cli):
    return cli("org", "create", "Acme Inc", "--json").json


@pytest.fixture
def connection(cli, acme):
    return cli("connection", "create", acme["id"], "directory", "--json").json


def test_an_organization_is_made_listed_changed_and_found_by_id_or_slug(cli, acme):
    assert acme["slug"] == "acme-inc"
    assert (acme["name"], acme["sandbox"]) == ("Acme Inc", False)
    assert cli("org", "list", "--json").json == {"items": [acme]}
    for reference in (acme["id"], "acme-inc"):
        assert cli("org", "show", reference, "--json").json == acme
    changed = cli("org", "update", acme["id"], "--name", "Acme", "--require-address", "--json").json
    assert changed == {**acme, "name": "Acme", "require_address": True}
    again = cli("org", "update", "acme-inc", "--no-require-address", "--json").json
    assert again == {**acme, "name": "Acme"}


def test_g1_an_organization_has_an_address_that_is_told_of_domains(cli, acme):
    assert acme["identity_contact"] is None
    named = ("--identity-contact", "It@acme.com", "--json")
    assert cli("org", "update", acme["id"], *named).json["identity_contact"] == "It@acme.com"
    refused = cli("org", "update", acme["id"], "--identity-contact", "it", "--json")
    assert (refused.code, refused.out) == (3, "")
    renamed = cli("org", "update", acme["id"], "--name", "Acme", "--json").json
    assert (renamed["name"], renamed["identity_contact"]) == ("Acme", "It@acme.com")
    nobody = cli("org", "update", acme["id"], "--identity-contact", "", "--json").json
    assert nobody["identity_contact"] is None


def test_a_sandbox_says_so_wherever_it_is_listed(cli):
    assert cli("org", "create", "Lab", "--sandbox", "--json").json["sandbox"] is True
    assert cli("org", "list", "--json").json["items"][0]["sandbox"] is True
    assert "yes" in cli("org", "list").out


def test_deleting_an_organization_takes_its_slug_as_confirmation(cli, acme, connection):
    cli("domain", "attest", "acme-inc", "acme.com", "--reason", "ours", "--json")
    refused = cli("org", "delete", acme["id"], "--confirm", "acme", "--json")
    assert refused.code == 3
    assert "acme-inc" in refused.err
    assert refused.out == ""
    assert cli("org", "delete", acme["id"], "--confirm", "acme-inc", "--json").json == acme
    assert cli("org", "list", "--json").json == {"items": []}
    assert cli("connection", "disable", connection["id"]).code == 3


def test_a_domain_is_attested_listed_and_removed(cli, acme):
    attest = ("domain", "attest", "acme-inc", "Acme.com", "--reason", "contract", "--json")
    claim = cli(*attest).json
    assert claim["domain"] == "acme.com"
    assert (claim["state"], claim["method"], claim["record"]) == ("verified", "attested", None)
    assert cli("domain", "list", acme["id"], "--json").json == {"items": [claim]}
    removed = cli("domain", "remove", "acme-inc", "acme.com", "--reason", "sold", "--json").json
    assert removed == {**claim, "state": "revoked"}
    assert cli("domain", "list", "acme-inc", "--json").json == {"items": []}


def test_a_domain_belongs_to_one_organization(cli, acme):
    cli("org", "create", "Other", "--json")
    cli("domain", "attest", "acme-inc", "acme.com", "--reason", "ours")
    refused = cli("domain", "attest", "other", "acme.com", "--reason", "ours", "--json")
    assert refused.code == 3
    assert refused.out == ""
    assert "acme.com" in refused.err


def test_a_connection_shows_its_token_once(cli, acme, connection):
    assert connection["scim_base_url"] == BASE
    assert connection["token"].startswith("scimt_")
    assert connection["expires_at"] > "2026"
    [listed] = cli("connection", "list", "acme-inc", "--json").json["items"]
    assert "token" not in listed
    for key in ("id", "scim_base_url", "expires_at", "profile", "rate_limit", "scopes"):
        assert listed[key] == connection[key]
    assert (listed["profile"], listed["rate_limit"], listed["scopes"]) == ("generic", 25, ["scim"])


def test_a_connection_is_changed_disabled_and_enabled(cli, connection):
    id = connection["id"]
    words = ("--profile", "okta", "--rate-limit", "50", "--set", "patch_response=body")
    changed = cli("connection", "update", id, *words, "--json").json
    assert (changed["profile"], changed["rate_limit"]) == ("okta", 50)
    assert changed["switches"] == {"patch_response": "body"}
    assert changed["expires_at"] == connection["expires_at"]
    back = cli("connection", "update", id, "--set", "patch_response=", "--json").json
    assert (back["switches"], back["profile"]) == ({}, "okta")
    assert cli("connection", "disable", id, "--json").json["disabled"] is True
    assert cli("connection", "enable", id, "--json").json["disabled"] is False


def test_a_connection_can_be_narrowed_to_scopes(cli, acme):
    made = cli(
        *("connection", "create", "acme-inc", "reader", "--profile", "entra", "--json"),
        *("--scope", "scim.users.read", "--scope", "scim.groups.read", "--rate-limit", "5"),
    ).json
    assert made["scopes"] == ["scim.groups.read", "scim.users.read"]
    assert (made["profile"], made["rate_limit"]) == ("entra", 5)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--set", "patch_response"), 2, "SWITCH=VALUE"),
        (("--set", "no_such=on"), 3, "no_such"),
        (("--set", "patch_response=loud"), 3, "body"),
        (("--profile", "acme"), 2, "strict-interop"),
        (("--rate-limit", "0"), 2, "0"),
        (("--scope", "everything"), 2, "scim.users.read"),
    ],
)
def test_a_wrong_word_is_refused_with_the_right_ones(cli, connection, words, code, says):
    refused = cli("connection", "update", connection["id"], *words, "--json")
    assert (refused.code, refused.out) == (code, "")
    assert says in refused.err


def test_a_token_is_rotated_with_overlap_and_revoked(cli, connection):
    second = cli("token", "rotate", connection["id"], "--json").json
    assert second["token"] != connection["token"]
    assert second["token_id"] != connection["token_id"]
    third = cli("token", "rotate", connection["id"], "--json")
    assert third.code == 3
    assert "Revoke" in third.err
    revoked = cli("token", "revoke", connection["token_id"], "--json").json
    assert revoked["token_id"] == connection["token_id"]
    assert revoked["revoked_at"]
    assert revoked["expires_at"] == connection["expires_at"]
    first, last = cli("token", "list", connection["id"], "--json").json["items"]
    assert (first["token_id"], first["revoked_at"]) == (revoked["token_id"], revoked["revoked_at"])
    assert (last["token_id"], last["revoked_at"]) == (second["token_id"], None)
    assert "token" not in last
    assert len(last["prefix"]) == 10


@pytest.mark.parametrize(
    "words",
    [
        ("org", "update", "nobody"),
        ("domain", "list", "nobody"),
        ("connection", "list", "nobody"),
        ("connection", "disable", "nobody"),
        ("connection", "enable", "0190a1b2-0000-7000-8000-000000000000"),
        ("token", "rotate", "nobody"),
        ("token", "revoke", "nobody"),
        ("token", "list", "nobody"),
        ("user", "list", "nobody"),
        ("team", "list", "nobody"),
        ("log", "show", "nobody"),
        ("verify", "nobody"),
    ],
)
def test_what_is_not_there_is_named(cli, words):
    refused = cli(*words, "--json")
    assert (refused.code, refused.out) == (3, "")
    assert words[-1] in refused.err


def test_people_read_tables(cli, acme, connection):
    lines = cli("org", "list").out.splitlines()
    told = "id slug name sandbox require address suspended expires at identity contact"
    assert " ".join(lines[0].split()) == f"{told} error notices pause after"
    assert acme["id"] in lines[1]
    assert cli("domain", "list", "acme-inc").out == "No domain yet.\n"
    assert connection["id"] in cli("connection", "list", "acme-inc").out
