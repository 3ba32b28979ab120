"""Every switch of table J4 over HTTP, on and off, and with the value each profile gives it."""

import json

import pytest

from tests.requirements.client import ENTERPRISE, PATCH, USER, path_of
from tests.requirements.common import DOMAIN, EVERY, add, fresh, refused, remove, replace
from tests.world import MEDIA

PHONE = {"value": "1", "type": "work"}


def created(client, **attributes):
    return client.post("/Users", {"schemas": [USER], "userName": fresh("p"), **attributes})


def held(client, **attributes):
    made = created(client, **attributes)
    assert made.status == 201, made.body
    return path_of(made.body)


def string_booleans(client):
    return created(client, active="False")


def remove_with_value(client):
    return client.patch(held(client, phoneNumbers=[PHONE]), remove("phoneNumbers", [PHONE]))


def unknown_attributes(client):
    return created(client, favouriteColour="red")


def pathless_patch(client):
    return client.patch(held(client), add(None, {"title": "T"}))


def missing_schemas(client):
    return client.post("/Users", {"userName": fresh("p")})


def missing_content_type(client):
    body = json.dumps({"schemas": [USER], "userName": fresh("p")}).encode()
    return client.call("POST", "/Users", body, headers={"Accept": "*/*"})


def unquoted_filter_values(client):
    return client.get("/Users", filter="userName eq nobody")


def manager_forms(client):
    boss = held(client).rpartition("/")[2]
    return client.patch(held(client), replace(f"{ENTERPRISE}:manager", boss))


def scalar_to_list(client):
    return created(client, phoneNumbers=PHONE)


def unqualified_extension_paths(client):
    return client.patch(held(client), replace("department", "D"))


def empty_operations(client):
    return client.call("PATCH", held(client), {"schemas": [PATCH], "Operations": []})


def unmatched_replace(client):
    return client.patch(held(client), replace('phoneNumbers[type eq "fax"].value', "1"))


def canonical_types(client):
    return created(client, phoneNumbers=[{"value": "1", "type": "hotline"}])


def strict_formats(client):
    return created(client, profileUrl="not a reference", timezone="Nowhere/Here")


def strict_references(client):
    manager = {"manager": {"value": "nobody"}}
    return created(client, schemas=[USER, ENTERPRISE], **{ENTERPRISE: manager})


def endpoint_case(client):
    return client.get("/users", count=0)


def unique_group_names(client):
    name = client.group(fresh("Team"))["displayName"]
    return client.new_group(name.upper())


def unique_emails(client):
    mail = {"value": f"{fresh('m')}@{DOMAIN}", "type": "work", "primary": True}
    created(client, emails=[mail])
    return created(client, emails=[mail])


def unique_external_ids(client):
    shared = fresh("x")
    created(client, externalId=shared)
    return created(client, externalId=shared)


def adopt_inactive(client):
    name = fresh("gone")
    created(client, userName=name, active=False)
    return created(client, userName=name)


def require_if_match(client):
    return client.patch(held(client), add("title", "T"))


# Each switch: what is tried, its tolerant word, its strict word, and what the strict one answers.
SWITCHES = [
    (string_booleans, "on", "off", (400, "invalidValue")),
    (remove_with_value, "apply", "refuse", (400, "invalidSyntax")),
    (unknown_attributes, "ignore", "refuse", (400, "invalidSyntax")),
    (pathless_patch, "accept", "refuse", (400, "invalidSyntax")),
    (missing_schemas, "accept", "refuse", (400, "invalidSyntax")),
    (missing_content_type, "accept", "refuse", (415, None)),
    (unquoted_filter_values, "on", "off", (400, "invalidFilter")),
    (manager_forms, "lenient", "object", (400, "invalidValue")),
    (scalar_to_list, "on", "off", (400, "invalidValue")),
    (unqualified_extension_paths, "on", "off", (400, "invalidPath")),
    (empty_operations, "accept", "refuse", (400, "invalidSyntax")),
    (unmatched_replace, "create", "noTarget", (400, "noTarget")),
    (canonical_types, "open", "closed", (400, "invalidValue")),
    (strict_formats, "off", "on", (400, "invalidValue")),
    (strict_references, "off", "on", (400, "invalidValue")),
    (endpoint_case, "any", "exact", (404, None)),
    (unique_group_names, "off", "on", (409, "uniqueness")),
    (unique_emails, "off", "on", (409, "uniqueness")),
    (unique_external_ids, "off", "on", (409, "uniqueness")),
    (adopt_inactive, "on", "off", (409, "uniqueness")),
    (require_if_match, "off", "on", (428, None)),
]
TABLE = """
string_booleans             on on on on on on off
unmatched_replace           noTarget create noTarget noTarget noTarget noTarget noTarget
remove_with_value           apply apply apply apply apply apply refuse
unknown_attributes          ignore ignore ignore ignore ignore ignore refuse
pathless_patch              accept accept accept accept accept accept refuse
missing_schemas             accept accept accept accept accept accept refuse
missing_content_type        accept accept accept accept accept accept refuse
unquoted_filter_values      on on off off off off off
manager_forms               lenient lenient object object object object object
scalar_to_list              on on off on off off off
unqualified_extension_paths on on off off off off off
empty_operations            refuse accept refuse refuse refuse refuse refuse
canonical_types             open open open open open open closed
strict_formats              off off off off off off on
strict_references           off off off off off off on
endpoint_case               any any any any any any exact
unique_group_names          on on on on on on on
unique_emails               on on on on on on on
unique_external_ids         on on on on on on on
adopt_inactive              off off off off off off off
require_if_match            off off off off off off off
"""
DEFAULTS = {
    row.split()[0]: dict(zip(EVERY, row.split()[1:], strict=True))
    for row in TABLE.strip().splitlines()
}
TRIES = {attempt.__name__: (attempt, *words) for attempt, *words in SWITCHES}


@pytest.mark.parametrize("switch", TRIES)
def test_a_switch_has_its_effect_and_its_opposite(common, switch):
    """J4, J4.1: whatever the profile says of it."""
    attempt, tolerant, strict, (status, scim_type) = TRIES[switch]
    for profile in ("generic", "okta"):
        answer = attempt(common.client(profile, **{switch: tolerant}))
        assert answer.status in (200, 201), answer.body
        refused(attempt(common.client(profile, **{switch: strict})), scim_type, status=status)


@pytest.mark.parametrize("profile", EVERY)
@pytest.mark.parametrize("switch", TRIES)
def test_a_profile_sets_its_switches_as_the_table_says(common, profile, switch):
    """J4."""
    attempt, tolerant, strict, (status, scim_type) = TRIES[switch]
    word = DEFAULTS[switch][profile]
    answer = attempt(common.client(profile))
    if word == tolerant:
        assert answer.status in (200, 201), answer.body
    else:
        assert word == strict
        refused(answer, scim_type, status=status)


def test_a_switch_of_one_connection_is_no_other_connections(org):
    """J4.1."""
    one, two = org.connection(), org.connection("generic", string_booleans="off")
    assert created(one, active="True").status == 201
    refused(created(two, active="True"), "invalidValue", "active")


def test_a_profile_change_applies_to_the_next_request_and_rewrites_nothing(world, org):
    """J4.2, J4.1: it is audited, and the connection shows where it departs from its profile."""
    client = org.connection()
    made = created(client, profileUrl="kept as sent", phoneNumbers=[{"value": "1", "type": "x"}])
    path = path_of(made.body)
    shown = world.cli(
        "connection",
        "update",
        client.connection.id,
        "--profile",
        "strict-interop",
        "--set",
        "string_booleans=on",
    )
    assert shown["profile"] == "strict-interop"
    assert shown["switches"] == {"string_booleans": "on"}
    refused(pathless_patch_at(client, path), "invalidSyntax")
    assert created(client, active="True").status == 201
    assert client.get(path).body == made.body
    world.cli(
        "connection",
        "update",
        client.connection.id,
        "--profile",
        "generic",
        "--set",
        "string_booleans=",
    )
    assert pathless_patch_at(client, path).status == 200


def pathless_patch_at(client, path):
    return client.patch(path, add(None, {"title": "T"}))


def test_a_switch_that_does_not_exist_is_refused(world, org):
    """J4.1: and so is a word it does not know."""
    words = "connection", "create", org.slug, "c", "--set"
    for wrong in ("nope=on", "string_booleans=maybe", "x"):
        with pytest.raises(AssertionError, match=r"nope|string_booleans|SWITCH"):
            world.cli(*words, wrong)
    assert world.cli(*words, "patch_response=")["switches"] == {}


def test_an_adopted_user_keeps_its_id_and_takes_the_new_values(common):
    """B46, J4 adopt_inactive."""
    client = common.client("generic", adopt_inactive="on")
    name = fresh("again")
    old = created(client, userName=name, title="old", nickName="old", active=False).body
    new = created(client, userName=name, title="new")
    assert (new.status, new.body["id"]) == (201, old["id"])
    assert (new.body["active"], new.body["title"]) == (True, "new")
    assert "nickName" not in new.body
    refused(created(client, userName=name), "uniqueness", status=409)


def test_machines_have_no_me(common):
    """H1, J3.4."""
    for profile in EVERY:
        for method in ("GET", "PUT", "PATCH", "DELETE", "POST"):
            body = None if method in ("GET", "DELETE") else {}
            refused(common.client(profile).call(method, "/Me", body), None, status=501)


def test_strict_asks_for_its_own_media_type(common):
    """J4.3."""
    client = common.client("strict-interop")
    body = json.dumps({"schemas": [USER], "userName": fresh("p")}).encode()
    headers = {"Content-Type": "application/json"}
    refused(client.call("POST", "/Users", body, headers=headers), None, status=415)
    headers = {"Content-Type": f"{MEDIA}; charset=utf-8"}
    assert client.call("POST", "/Users", body, headers=headers).status == 201
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"schemas": [USER], "userName": fresh("p")}).encode()
    assert common.client().call("POST", "/Users", body, headers=headers).status == 201


def test_a_client_conforms_only_while_every_switch_is_strict(common):
    """K3.1, J4.3."""
    config = common.client("strict-interop").get("/ServiceProviderConfig").body
    assert config["interopProfileConformant"] is True
    for client in (common.client(), common.client("strict-interop", endpoint_case="any")):
        assert not client.get("/ServiceProviderConfig").body.get("interopProfileConformant", False)


SENT = [
    ("J1.4", {"active": [{"value": "False"}]}, {"active": False}),
    (
        "J1.7",
        {"name.givenName": "G", f"{ENTERPRISE}:department": "D"},
        {"name": {"givenName": "G"}},
    ),
    ("J1.7 Okta", {"active": False}, {"active": False}),
    ("J1.8", {"title": None, "department": None, "manager": None}, {"title": None}),
    ("J1.10", {"manager": [{"value": ""}]}, {ENTERPRISE: None}),
    ("J1.12", {"roles": [{"value": '{"a":1}', "primary": "True"}]}, None),
]


@pytest.mark.parametrize(
    ("value", "after"), [case[1:] for case in SENT], ids=[case[0] for case in SENT]
)
def test_what_entra_and_okta_send_is_understood(common, value, after):
    client = common.client("entra")
    answer = client.patch(held(client), {"op": "Replace", "value": value})
    assert answer.status == 200, answer.body
    for name, expected in (after or {}).items():
        assert answer.body.get(name) == expected


def test_entra_names_schemas_nobody_has(common):
    """J1.9, B8."""
    client = common.client("entra")
    schemas = [
        "urn:ietf:params:scim:schemas:core:2.0:Group",
        "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
    ]
    made = client.post("/Groups", {"schemas": schemas, "displayName": fresh("Team")})
    assert (made.status, made.body["schemas"]) == (201, schemas[:1])
    assert made.body["members"] == []


def test_okta_sends_passwords_and_groups(common):
    """J1.15, J1.16, P21."""
    client = common.client("okta")
    made = created(client, password="Secret-9-secret", groups=[])
    assert made.status == 201
    assert "password" not in made.body
    path = path_of(made.body)
    assert client.patch(path, replace(None, {"active": False})).body["active"] is False
    name = made.body["userName"]
    assert client.found("/Users", f'userName eq "{name}"') == [made.body["id"]]
    whole = {**client.get(path).body, "active": True}
    assert client.put(path, whole).body["active"] is True


def test_onelogin_and_others_send_one_object_for_a_list(common):
    """J1.19, T9: in a PATCH in every tolerant profile, elsewhere under scalar_to_list."""
    assert scalar_to_list(common.client("onelogin")).status == 201
    for profile in EVERY:
        client = common.client(profile)
        answer = client.patch(held(client), add("phoneNumbers", PHONE))
        if profile == "strict-interop":
            refused(answer, "invalidValue", "phoneNumbers")
        else:
            assert (answer.status, answer.body["phoneNumbers"]) == (200, [PHONE])


def test_a_tolerance_is_counted(common):
    """J2.1."""
    client = common.client("entra")

    def counted():
        text = common.world.app.test_client().get("/metrics").get_data(as_text=True)
        line = next((each for each in text.splitlines() if "quirk:entra:op-case" in each), "x 0")
        return float(line.rpartition(" ")[2])

    before = counted()
    client.patch(held(client), {"op": "Add", "path": "title", "value": "T"})
    assert counted() == before + 1


def test_what_cannot_be_understood_is_refused_and_not_guessed(common):
    """J2.2."""
    client = common.client("entra")
    for operation in (
        {"op": "Upsert", "path": "title", "value": "T"},
        {"op": "Add", "path": "jobTitle", "value": "T"},
        {"op": "Replace", "path": "active", "value": "nope"},
        {"op": "Remove", "path": 'emails[type eq "work"', "value": None},
    ):
        assert client.patch(held(client), operation).status == 400
