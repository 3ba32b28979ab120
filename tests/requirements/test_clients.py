"""What identity providers are known to send over HTTP (J.1), where no other test here has it."""

import json

import pytest

from tests.requirements.client import ENTERPRISE, GROUP, USER, Client, path_of
from tests.requirements.common import EVERY, TOLERANT, add, fresh, refused, remove, replace
from tests.world import MEDIA, Connection


@pytest.mark.parametrize("profile", TOLERANT)
@pytest.mark.parametrize(
    "kind",
    ["application/json", MEDIA, f"{MEDIA}; charset=utf-8", "application/json;charset=UTF-8", None],
)
def test_every_media_type_clients_send_is_read(common, profile, kind):
    """J1.1."""
    body = json.dumps({"schemas": [USER], "userName": fresh("j")}).encode()
    headers = {"Accept": "application/json"} if kind is None else {"Content-Type": kind}
    assert common.client(profile).call("POST", "/Users", body, headers=headers).status == 201


@pytest.mark.parametrize("profile", TOLERANT)
def test_operations_are_capitalised_and_paths_in_any_case(common, profile):
    """J1.3, P1."""
    client = common.client(profile)
    made = client.user(fresh("j"))
    operations = [
        {"op": "Add", "path": "Title", "value": "T"},
        {"op": "Replace", "path": f"{ENTERPRISE.upper()}:Department", "value": "D"},
        {"op": "Remove", "path": "NICKNAME"},
    ]
    answer = client.patch(path_of(made), *operations)
    assert (answer.status, answer.body["title"]) == (200, "T")
    assert answer.body[ENTERPRISE] == {"department": "D"}


def test_a_mail_is_written_where_none_was(common):
    """J1.6, P5: and a following operation on the same filter updates that entry."""
    client = common.client("entra")
    made = client.user(fresh("j"))
    for local in (fresh("a"), fresh("b")):
        path = 'emails[type eq "work"].value'
        answer = client.patch(path_of(made), replace(path, client.address(local)))
        assert answer.body["emails"] == [{"type": "work", "value": client.address(local)}]


def test_values_of_no_format_and_unknown_managers_are_kept(common):
    """J1.13, B19, B59, T40."""
    client = common.client("entra")
    odd = {"profileUrl": "QWERTY", "locale": "xx-yy-zz-1", "timezone": "Pluto", "userType": "é"}
    manager = {"manager": {"value": "ghost"}}
    made = client.user(fresh("j"), schemas=[USER, ENTERPRISE], **odd, **{ENTERPRISE: manager})
    assert {name: made[name] for name in odd} == odd
    assert made[ENTERPRISE] == manager


@pytest.mark.parametrize("profile", EVERY)
def test_a_conflict_has_an_error_and_a_creation_its_whole_resource(common, profile):
    """J1.17, F1, B1."""
    client = common.client(profile)
    made = client.new_user(fresh("j"), title="T")
    assert (made.status, made.body["title"], made.body["active"]) == (201, "T", True)
    assert made.headers["Location"] == made.body["meta"]["location"]
    refused(client.new_user(made.body["userName"]), "uniqueness", "userName", status=409)


def test_telephones_come_back_as_sent_and_test_objects_go_for_good(common):
    """J1.20, J1.21, B20, B38."""
    client = common.client("jumpcloud")
    phones = [{"value": "tel:+1-201-555-0123;ext=7", "type": "mobile"}]
    made = client.user(fresh("j"), phoneNumbers=phones)
    team = client.group(fresh("team"), made["id"])
    assert made["phoneNumbers"] == phones
    for each in (team, made):
        assert client.delete(path_of(each)).status == 204
        refused(client.get(path_of(each)), None, status=404)
        refused(client.delete(path_of(each)), None, status=404)
    assert client.new_user(made["userName"]).status == 201


def test_a_put_with_a_relative_location_is_a_put(common):
    """J1.22: a group PATCH of several operations, a bare removal of members."""
    client = common.client()
    made = client.user(fresh("j"), title="T")
    body = {**made, "title": "U", "meta": {"location": "/Users/x", "resourceType": "Nope"}}
    answer = client.put(path_of(made), body)
    assert (answer.status, answer.body["title"]) == (200, "U")
    assert answer.body["meta"]["location"] == made["meta"]["location"]
    team = client.group(fresh("team"), made["id"])
    name = fresh("renamed")
    operations = remove("members"), replace("displayName", name)
    shown = client.patch(path_of(team), *operations).body
    assert (shown["members"], shown["displayName"]) == ([], name)


def test_a_missing_resource_is_created_again_and_a_taken_name_is_found(common):
    """J1.23, B35, B24, F8."""
    client = common.client()
    made = client.user(fresh("j"))
    client.delete(path_of(made))
    refused(client.put(path_of(made), made), None, status=404)
    again = client.new_user(made["userName"])
    assert (again.status, again.body["id"] != made["id"]) == (201, True)
    refused(client.new_user(made["userName"]), "uniqueness", status=409)
    assert client.found("/Users", f'userName eq "{made["userName"]}"') == [again.body["id"]]


def test_a_user_is_matched_by_its_external_id_and_shows_its_groups(common):
    """J1.24, B25, B48."""
    client = common.client()
    made = client.user(fresh("j"), externalId=fresh("X"))
    team = client.group(fresh("team"), made["id"])
    assert client.found("/Users", f'externalId eq "{made["externalId"]}"') == [made["id"]]
    assert client.found("/Users", f'externalId eq "{made["externalId"].lower()}"') == []
    (group,) = client.get(path_of(made)).body["groups"]
    assert (group["value"], group["type"]) == (team["id"], "direct")
    assert group["$ref"] == team["meta"]["location"]


def test_a_hundred_members_come_and_go_in_one_patch(common):
    """J1.25."""
    client = common.client()
    ids = [client.user(fresh("j"))["id"] for _ in range(100)]
    team = client.group(fresh("team"))
    values = [{"value": id} for id in ids]
    assert len(client.patch(path_of(team), add("members", values)).body["members"]) == 100
    operations = [remove(f'members[value eq "{id}"]') for id in ids]
    assert client.patch(path_of(team), *operations).body["members"] == []


def test_a_long_sync_survives_the_rotation_of_its_token(world, org):
    """J1.27, I4."""
    old = org.connection()
    held = old.connection
    token = world.cli("token", "rotate", held.id)["token"]
    new = Client(Connection(held.client, held.id, held.org, token), old.domain)
    for number in range(5):
        made = (old, new)[number % 2].new_user(f"u{number}", externalId=f"x{number}")
        assert made.status == 201
    assert new.get("/Users").body["totalResults"] == 5
    assert old.found("/Users", 'externalId eq "x1"') == new.found("/Users", 'externalId eq "x1"')


def test_a_group_is_made_empty_and_read_without_its_members(common):
    """J1.14, P20."""
    client = common.client("entra")
    made = client.post("/Groups", {"schemas": [GROUP], "displayName": fresh("team")})
    assert (made.status, made.body["members"]) == (201, [])
    shown = client.get(path_of(made.body), excludedAttributes="members")
    assert (shown.status, "members" in shown.body) == (200, False)
    listed = client.get(
        "/Groups",
        filter=f'displayName eq "{made.body["displayName"]}"',
        excludedAttributes="members",
    )
    assert listed.body["Resources"] == [shown.body]


def test_references_are_found_by_their_address(common):
    """D10, D21: $ref is a name like any other, and so is what begins like a keyword."""
    client = common.client()
    boss = client.user(fresh("boss"))
    manager = {"manager": {"value": boss["id"]}}
    made = client.user(fresh("j"), schemas=[USER, ENTERPRISE], **{ENTERPRISE: manager})
    team = client.group(fresh("team"), made["id"])
    location = made["meta"]["location"]
    assert client.found("/Groups", f'members.$ref eq "{location}"') == [team["id"]]
    assert client.found("/Groups", f'members[$ref eq "{location}"]') == [team["id"]]
    chief = boss["meta"]["location"]
    assert client.found("/Users", f'manager.$ref eq "{chief}"') == [made["id"]]
    for name in ("nullable", "android", "notes", "ordinal", "trueName"):
        refused(client.get("/Users", filter=f'{name} eq "x"'), "invalidFilter", name)
