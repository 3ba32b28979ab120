"""Sections B.6 to B.8: members, managers, sizes and characters."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import uuid4

import pytest

from tests.requirements.client import ENTERPRISE, GROUP, USER, assert_error, path_of

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def users(client, number):
    """Make many users by Bulk and return their ids."""
    ids = []
    for start in range(0, number, 500):
        listed = [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": f"b{n}",
                "data": {"schemas": [USER], "userName": f"many{n}"},
            }
            for n in range(start, min(start + 500, number))
        ]
        answer = client.post("/Bulk", {"schemas": [BULK], "Operations": listed})
        assert answer.status == 200, answer.body
        ids += [each["location"].rpartition("/")[2] for each in answer.body["Operations"]]
    return ids


def values(resource, name="members"):
    return {each["value"] for each in resource[name]}


def test_b48_groups_of_a_user_are_computed_direct_or_indirect_and_once(acme):
    ann = acme.user("ann")
    inner = acme.group("Inner", ann["id"])
    outer = acme.group("Outer", inner["id"])
    both = acme.group("Both", inner["id"], ann["id"])
    groups = {each["value"]: each for each in acme.get(path_of(ann)).body["groups"]}
    assert {id: each["type"] for id, each in groups.items()} == {
        inner["id"]: "direct",
        outer["id"]: "indirect",
        both["id"]: "direct",
    }
    assert groups[outer["id"]]["display"] == "Outer"
    assert groups[outer["id"]]["$ref"] == outer["meta"]["location"]
    for op in ("add", "replace", "remove"):
        change = {"op": op, "path": "groups", "value": [{"value": inner["id"]}]}
        assert_error(acme.patch(path_of(ann), change), 400, "mutability")


def test_b49_of_a_member_only_its_value_counts_and_a_wrong_type_is_refused(acme):
    ann, team = acme.user("ann", displayName="Ann Lee"), acme.group("Inner")
    sent = [
        {"value": ann["id"], "display": "wrong", "$ref": "https://evil.example"},
        {"value": team["id"]},
    ]
    made = acme.new_group("Team", members=sent).body
    shown = {each["value"]: each for each in made["members"]}
    assert shown[ann["id"]] == {
        "value": ann["id"],
        "$ref": ann["meta"]["location"],
        "type": "User",
        "display": "Ann Lee",
    }
    assert shown[team["id"]]["type"] == "Group"
    for kind in ("Group", "Robot", 5):
        body = {"members": [{"value": ann["id"], "type": kind}]}
        assert_error(acme.new_group("Other", **body), 400, "invalidValue")
        add = {"op": "add", "path": "members", "value": body["members"]}
        assert_error(acme.patch(path_of(team), add), 400, "invalidValue")


@pytest.mark.parametrize("who", ["nobody", "uuid", "other", "gone", "", None, 5, "\U0001f600"])
def test_b50_a_member_exists_in_the_same_organization_or_nothing_is_applied(acme, other, who):
    ann, gone = acme.user("ann"), acme.user("gone")
    theirs = other.connection().user("theirs")
    acme.delete(path_of(gone))
    team = acme.group("Team")
    value = {"uuid": str(uuid4()), "other": theirs["id"], "gone": gone["id"]}.get(who, who)
    listed = [{"value": ann["id"]}, {"value": value}]
    detail = assert_error(acme.new_group("New", members=listed), 400, "invalidValue")
    if isinstance(value, str) and value.isascii():
        assert value in detail
    add = {"op": "add", "path": "members", "value": listed}
    assert_error(acme.patch(path_of(team), add), 400, "invalidValue")
    assert_error(
        acme.put(path_of(team), {"displayName": "New", "members": listed}), 400, "invalidValue"
    )
    now = acme.get(path_of(team))
    assert now.body == team
    assert acme.found("/Groups", 'displayName eq "New"') == []


def test_b51_groups_nest_and_form_cycles_but_never_hold_themselves(acme):
    ann = acme.user("ann")
    one = acme.group("One", ann["id"])
    two = acme.group("Two", one["id"])
    three = acme.group("Three", two["id"])
    add = {"op": "add", "path": "members", "value": [{"value": three["id"]}]}
    assert acme.patch(path_of(one), add).status == 200
    groups = acme.get(path_of(ann)).body["groups"]
    assert {each["value"]: each["type"] for each in groups} == {
        one["id"]: "direct",
        two["id"]: "indirect",
        three["id"]: "indirect",
    }
    assert acme.get("/Users").body["Resources"][0]["groups"] == groups
    own = {"op": "add", "path": "members", "value": [{"value": one["id"]}]}
    assert_error(acme.patch(path_of(one), own), 400, "invalidValue")
    whole = {"schemas": [GROUP], "displayName": "One", "members": [{"value": one["id"]}]}
    assert_error(acme.put(path_of(one), whole), 400, "invalidValue")


def test_b52_c10_all_members_are_shown_and_a_large_group_is_patched_without_a_body(acme):
    ids = users(acme, 1_500)
    team = acme.group("Team", *ids)
    assert values(team) == set(ids)
    assert values(acme.get(path_of(team)).body) == set(ids)
    listed = acme.get("/Groups").body["Resources"]
    assert values(listed[0]) == set(ids)
    remove = {"op": "remove", "path": f'members[value eq "{ids[0]}"]'}
    answer = acme.patch(path_of(team), remove)
    assert answer.status == 204
    assert answer.headers["ETag"]
    assert answer.headers["Content-Location"] == team["meta"]["location"]
    assert values(acme.get(path_of(team)).body) == set(ids[1:])


@pytest.mark.parametrize(
    "query", [{"excludedAttributes": "members"}, {"attributes": "displayName"}]
)
def test_b54_members_that_are_not_asked_for_are_not_sent(acme, query):
    team = acme.group("Team", acme.user("ann")["id"])
    for answer in (acme.get(path_of(team), **query), acme.get("/Groups", **query)):
        assert "members" not in str(answer.body)
    add = {"op": "add", "path": "members", "value": [{"value": acme.user("bob")["id"]}]}
    assert "members" not in acme.patch(path_of(team), add, query=query).body


def test_b55_members_added_at_once_are_all_there(acme):
    people = [acme.user(f"u{n}")["id"] for n in range(12)]
    team = acme.group("Team")

    def add(id):
        change = {"op": "add", "path": "members", "value": [{"value": id}]}
        return acme.patch(path_of(team), change).status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(add, people))
    assert set(statuses) == {200}
    assert values(acme.get(path_of(team)).body) == set(people)


def test_b56_a_membership_changes_the_group_and_not_the_member(acme):
    ann, team = acme.user("ann"), acme.group("Team")
    add = {"op": "add", "path": "members", "value": [{"value": ann["id"]}]}
    changed = acme.patch(path_of(team), add).body["meta"]
    assert changed["version"] != team["meta"]["version"]
    assert changed["lastModified"] > team["meta"]["lastModified"]
    assert acme.get(path_of(ann)).body["meta"] == ann["meta"]


def test_b57_a_managers_id_is_enough_and_its_name_is_computed(acme):
    boss = acme.user("boss", displayName="The Boss")
    ann = acme.user("ann", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    assert ann[ENTERPRISE]["manager"] == {
        "value": boss["id"],
        "$ref": boss["meta"]["location"],
        "displayName": "The Boss",
    }
    empty = acme.user("bob", **{ENTERPRISE: {"manager": {}, "department": "d"}})
    assert empty[ENTERPRISE] == {"department": "d"}
    acme.patch(path_of(boss), {"op": "replace", "path": "displayName", "value": "New"})
    assert acme.get(path_of(ann)).body[ENTERPRISE]["manager"]["displayName"] == "New"


@pytest.mark.parametrize("form", ["bare", "list", "objects"])
@pytest.mark.parametrize("way", ["post", "put", "patch"])
def test_b58_lenient_connections_take_a_manager_in_other_forms(org, form, way):
    lenient, exact = org.connection(), org.connection(manager_forms="object")
    boss = lenient.user("boss")["id"]
    value = {"bare": boss, "list": [boss], "objects": [{"value": boss}]}[form]
    path = f"{ENTERPRISE}:manager"

    def send(client, name, sent):
        body = {"schemas": [USER, ENTERPRISE], "userName": name, ENTERPRISE: {"manager": sent}}
        if way == "post":
            return client.post("/Users", body)
        found = client.found("/Users", f'userName eq "{name}"')
        at = f"/Users/{found[0] if found else client.user(name)['id']}"
        if way == "put":
            return client.put(at, body)
        return client.patch(at, {"op": "replace", "path": path, "value": sent})

    taken = send(lenient, "ann", value)
    assert taken.status in (200, 201), taken.body
    assert taken.body[ENTERPRISE]["manager"]["value"] == boss
    assert_error(send(exact, "bob", value), 400, "invalidValue")
    if way != "post":
        for nothing in ("", None, {"value": ""}):
            assert ENTERPRISE not in send(lenient, "ann", nothing).body
            send(lenient, "ann", boss)


def test_b59_an_unknown_manager_is_kept_bare_unless_references_are_strict(org):
    tolerant, strict = org.connection(), org.connection(strict_references="on")
    later = str(uuid4())
    for value in ("not-a-user", later):
        made = tolerant.user(f"u{value}", **{ENTERPRISE: {"manager": {"value": value}}})
        assert made[ENTERPRISE]["manager"] == {"value": value}
        body = {"schemas": [USER], "userName": "x", ENTERPRISE: {"manager": {"value": value}}}
        assert_error(strict.post("/Users", body), 400, "invalidValue")
    group = tolerant.group("Team")["id"]
    made = tolerant.user("g", **{ENTERPRISE: {"manager": {"value": group}}})
    assert made[ENTERPRISE]["manager"] == {"value": group}


@pytest.mark.parametrize(
    ("path", "name", "most"),
    [
        ("/Users", "userName", 512),
        ("/Users", "externalId", 512),
        ("/Groups", "displayName", 512),
        ("/Users", "title", 4096),
        ("/Users", "displayName", 4096),
    ],
)
def test_b63_texts_have_a_longest_length(anyone, path, name, most):
    base = {"userName": f"u{uuid4()}"} if path == "/Users" else {"displayName": f"g{uuid4()}"}
    unique = uuid4().hex
    fits = unique + "é" * (most - len(unique))
    made = anyone.post(path, {**base, name: fits})
    assert made.status == 201, made.body
    over = anyone.post(path, {**base, "userName": "x", "displayName": "x", name: fits + "é"})
    detail = assert_error(over, 400, "invalidValue")
    assert name in detail
    assert str(most) in detail
    change = {"op": "replace", "path": name, "value": fits + "é"}
    assert_error(anyone.patch(path_of(made.body), change), 400, "invalidValue")
    anyone.delete(path_of(made.body))


def test_b63_lists_certificates_and_whole_resources_have_limits(anyone):
    def new(**more):
        return anyone.new_user(f"u{uuid4()}", **more)

    assert new(phoneNumbers=[{"value": str(n)} for n in range(100)]).status == 201
    over = new(phoneNumbers=[{"value": str(n)} for n in range(101)])
    assert "phoneNumbers" in assert_error(over, 400, "invalidValue")
    assert new(x509Certificates=[{"value": "A" * 16384}]).status == 201
    assert_error(new(x509Certificates=[{"value": "A" * 16388}]), 400, "invalidValue")
    address = anyone.address("a" * 500)
    long = new(emails=[{"value": address}])
    assert_error(long, 400, "invalidValue")
    large = [{"value": f"{n}{'x' * 4000}"} for n in range(70)]
    assert_error(new(ims=large), 400, "invalidValue")
    made = new().body
    add = [
        {"op": "add", "path": "phoneNumbers", "value": [{"value": f"{n}-{m}"} for m in range(60)]}
        for n in range(2)
    ]
    assert_error(anyone.patch(path_of(made), *add), 400, "invalidValue")


def test_b64_bodies_operations_and_member_values_have_limits(anyone):
    big = {"schemas": [USER], "userName": "x", "title": "x" * (4 * 1024 * 1024)}
    assert_error(anyone.post("/Users", big), 413)
    team = anyone.group(f"t{uuid4()}")
    assert_error(anyone.call("PATCH", path_of(team), big), 413)
    assert_error(anyone.post("/Bulk", big), 413)
    assert_error(anyone.post("/.search", big), 413)
    many = {"schemas": [GROUP], "displayName": f"t{uuid4()}", "x": "y" * (5 * 1024 * 1024)}
    assert anyone.post("/Groups", many).status == 201
    remove = {"op": "remove", "path": "externalId"}
    assert_error(anyone.patch(path_of(team), *[remove] * 1001), 413)
    assert anyone.patch(path_of(team), *[remove] * 1000).status == 200
    listed = [{"value": str(n)} for n in range(10_001)]
    assert_error(
        anyone.patch(path_of(team), {"op": "add", "path": "members", "value": listed}), 413
    )
    half = [{"op": "add", "path": "members", "value": listed[:5001]}] * 2
    assert_error(anyone.patch(path_of(team), *half), 413)
    whole = {"displayName": "x", "members": [{"value": str(n)} for n in range(250_001)]}
    assert_error(anyone.put(path_of(team), whole), 413)


@pytest.mark.parametrize("escaped", ["\\u0000", "\\ud800", "\\udfff\\ud800", "a\\u0000b"])
@pytest.mark.parametrize("where", ["value", "name", "nested"])
def test_b65_nul_and_half_pairs_are_refused_wherever_they_stand(anyone, escaped, where):
    raw = {
        "value": f'{{"userName": "u{escaped}"}}',
        "name": f'{{"userName": "u", "{escaped}": 1}}',
        "nested": f'{{"userName": "u", "x": [{{"y": "{escaped}"}}]}}',
    }[where]
    headers = {"Content-Type": "application/scim+json"}
    answer = anyone.call("POST", "/Users", raw.encode(), headers=headers)
    assert_error(answer, 400, "invalidValue")


@pytest.mark.parametrize("character", ["\x01", "\x1b", "\x7f", "\x85", "\t", "\n", "\r"])
def test_b65_control_characters_are_refused_but_for_breaks_in_plain_texts(anyone, character):
    text = f"{uuid4()}{character}x"
    assert_error(anyone.new_user(text), 400, "invalidValue")
    assert_error(anyone.new_user("x", externalId=text), 400, "invalidValue")
    assert_error(anyone.new_group(text), 400, "invalidValue")
    mail = [{"value": anyone.address(f"a{character}b")}]
    assert_error(anyone.new_user("x", emails=mail), 400, "invalidValue")
    plain = anyone.new_user(f"u{uuid4()}", title=text)
    if character in "\t\n\r":
        assert plain.status == 201
        assert plain.body["title"] == text
    else:
        assert_error(plain, 400, "invalidValue")


@pytest.mark.parametrize("name", [" ann", "ann ", "\u00a0ann", "ann\u2003", "\u3000ann"])
def test_b66_a_user_name_has_no_space_around_it(anyone, name):
    assert "userName" in assert_error(anyone.new_user(name), 400, "invalidValue")


SCRIPTS = {
    "cjk": range(0x4E00, 0x9FFF),
    "emoji": range(0x1F300, 0x1F9FF),
    # Characters that become three when they are composed canonically.
    "musical": [*range(0x1D15E, 0x1D165), *range(0x1D1BB, 0x1D1C1)],
    "hebrew": range(0xFB2A, 0xFB37),
    "greek": range(0x1F80, 0x1FB0),
    "turkish": [0x130],
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_b63_b66_the_longest_texts_of_any_script_are_kept_indexed_and_found(anyone, script):
    dice = Random(script)
    letters = [chr(code) for code in SCRIPTS[script] if unicodedata.category(chr(code)) != "Cn"]

    def text(length):
        return "".join(dice.choices(letters, k=length))

    one = {"userName": text(512), "externalId": text(512), "displayName": text(4096)}
    made = anyone.user(
        one["userName"],
        externalId=one["externalId"],
        displayName=one["displayName"],
        **{ENTERPRISE: {"manager": {"value": text(4096)}, "department": text(4096)}},
    )
    assert {name: made[name] for name in one} == one
    path = path_of(made)
    for name in ("userName", "externalId"):
        assert anyone.found("/Users", f'{name} eq "{one[name]}"') == [made["id"]]
    found = anyone.post("/Users/.search", {"filter": f'displayName eq "{one["displayName"]}"'})
    assert [each["id"] for each in found.body["Resources"]] == [made["id"]]
    for order in ("ascending", "descending"):
        assert anyone.get("/Users", sortBy="displayName", sortOrder=order).status == 200
    swap = {"op": "replace", "path": "displayName", "value": one["displayName"][::-1]}
    assert anyone.patch(path, swap).status == 200
    team = anyone.new_group(text(512))
    assert team.status == 201, team.body
    assert anyone.delete(path).status == 204
