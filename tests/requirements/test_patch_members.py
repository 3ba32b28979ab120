"""PATCH of members over HTTP: rows C34 to C38 and C61, sizes, and what clients send."""

import random

import pytest

from tests.requirements.client import path_of
from tests.requirements.common import EVERY, TOLERANT, add, fresh, refused, remove, replace


@pytest.fixture
def people(common):
    """The ids of four users nobody else uses."""
    client = common.client()
    return [client.user(fresh("member"))["id"] for _ in range(4)]


def members_of(client, team):
    listed = [member["value"] for member in client.get(path_of(team)).body["members"]]
    assert len(listed) == len(set(listed)), "a member is listed twice"
    return set(listed)


def values(*ids):
    return [{"value": id} for id in ids]


def one(id):
    return f'members[value eq "{id}"]'


# Who is in before (indexes of people), the operations, and who is in afterwards.
CASES = [
    ("C34 add", "0", lambda p: [add("members", values(p[0], p[1]))], "01"),
    ("C34 replace", "01", lambda p: [replace("members", values(p[1], p[2]))], "12"),
    ("C34 J1.18 replace with nothing", "01", lambda _: [replace("members", [])], ""),
    ("C34 P10 J1.22 remove", "01", lambda _: [remove("members")], ""),
    ("C34 P17 replace with null", "01", lambda _: [replace("members", None)], ""),
    ("C35 add", "0", lambda p: [add(one(p[1]), {})], "01"),
    ("C35 add a member", "0", lambda p: [add(one(p[0]), values(p[0]))], "0"),
    ("C35 replace a member", "0", lambda p: [replace(one(p[0]), values(p[0]))], "0"),
    ("C35 remove", "01", lambda p: [remove(one(p[0]))], "1"),
    ("C35 remove no member", "0", lambda p: [remove(one(p[1]))], "0"),
    ("C35 remove unknown", "0", lambda _: [remove(one("unknown"))], "0"),
    (
        "P10 remove several",
        "0123",
        lambda p: [remove(f'members[value eq "{p[0]}" or value eq "{p[2]}"]')],
        "13",
    ),
    ("remove by type", "01", lambda _: [remove('members[type eq "User"]')], ""),
    ("remove by another type", "01", lambda _: [remove('members[type eq "Group"]')], "01"),
    ("C38 list of objects", "012", lambda p: [remove("members", values(p[0], p[1]))], "2"),
    ("C38 an object", "01", lambda p: [remove("members", {"value": p[0]})], "1"),
    ("C38 a string", "01", lambda p: [remove("members", p[0])], "1"),
    (
        "C38 P9 T26 J1.5 nulls and stale names",
        "01",
        lambda p: [remove("members", [{"$ref": None, "display": "stale", "value": p[0]}])],
        "1",
    ),
    ("C38 not a member", "0", lambda p: [remove("members", values(p[1]))], "0"),
    ("C38 never widened", "01", lambda _: [remove("members", [])], "01"),
    ("C61 twice in one add", "", lambda p: [add("members", values(p[0], p[0]))], "0"),
    (
        "C61 add, then remove",
        "1",
        lambda p: [add("members", values(p[0])), remove(one(p[0]))],
        "1",
    ),
    (
        "C61 remove, then add",
        "0",
        lambda p: [remove(one(p[0])), add("members", values(p[0]))],
        "0",
    ),
    (
        "C61 empty, then add",
        "012",
        lambda p: [remove("members"), add("members", values(p[3]))],
        "3",
    ),
    (
        "C61 add, then replace",
        "0",
        lambda p: [add("members", values(p[1])), replace("members", values(p[2]))],
        "2",
    ),
    (
        "P11 T25 add with and without type",
        "0",
        lambda p: [add("members", [{"value": p[0], "type": "User"}, {"value": p[1]}])],
        "01",
    ),
    ("C20 path-less", "0", lambda p: [add(None, {"members": values(p[1])})], "01"),
    ("C20 path-less replace", "0", lambda p: [replace(None, {"members": values(p[1])})], "1"),
    ("T27 path-less with a filter", "0", lambda p: [add(None, {one(p[1]): {}})], "01"),
    ("C13 a lone member", "0", lambda p: [add("members", {"value": p[1]})], "01"),
]


@pytest.mark.parametrize(
    ("before", "operations", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_operations_leave_the_members_as_the_table_says(common, people, before, operations, after):
    """C11, P12: and where nobody comes or goes, the group keeps its version."""
    client = common.client()
    team = client.group(fresh("team"), *[people[int(each)] for each in before])
    answer = client.patch(path_of(team), *operations(people))
    assert answer.status == 200, answer.body
    assert members_of(client, team) == {people[int(each)] for each in after}
    changed = set(before) != set(after)
    assert answer.headers["ETag"] == ('W/"2"' if changed else 'W/"1"')
    assert (answer.body["meta"] == team["meta"]) is not changed


@pytest.mark.parametrize("profile", [*TOLERANT, "strict-interop"])
def test_a_member_that_is_not_in_is_replaced_as_the_profile_says(common, people, profile):
    """C35: as C28."""
    client = common.client(profile)
    team = client.group(fresh("team"))
    answer = client.patch(path_of(team), replace(one(people[0]), {"value": people[0]}))
    if profile == "entra":
        assert answer.status == 204
        assert members_of(client, team) == {people[0]}
    else:
        refused(answer, "noTarget", "members")
        assert members_of(client, team) == set()


@pytest.mark.parametrize("profile", EVERY)
@pytest.mark.parametrize("sub", ["display", "type", "$ref"])
def test_no_sub_attribute_of_a_member_can_be_changed(common, people, profile, sub):
    """C36."""
    client = common.client(profile)
    team = client.group(fresh("team"), people[0])
    for op in (add, replace):
        answer = client.patch(path_of(team), op(f"{one(people[0])}.{sub}", "x"))
        refused(answer, "mutability", "members")
    answer = client.patch(path_of(team), remove(f"{one(people[0])}.{sub}"))
    refused(answer, "mutability", "members")


def test_an_unknown_member_is_refused_and_nothing_is_applied(common, people):
    """B50, C7, T37."""
    client = common.client()
    team = client.group(fresh("team"), people[0])
    gone = client.user(fresh("gone"))
    client.delete(path_of(gone))
    for wrong, naming in (("unknown",) * 2, (gone["id"],) * 2, (team["id"], "itself")):
        answer = client.patch(
            path_of(team), add("members", values(people[1])), add("members", values(wrong))
        )
        refused(answer, "invalidValue", naming)
        assert client.get(path_of(team)).body == team
    answer = client.patch(path_of(team), add("members", [{"value": people[1], "type": "Group"}]))
    refused(answer, "invalidValue", "not a Group")
    assert client.get(path_of(team)).body == team


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        pytest.param(add("members", [{}]), "invalidValue", id="no value"),
        pytest.param(add("members", [{"value": 5}]), "invalidValue", id="a number"),
        pytest.param(add("members", [5]), "invalidValue", id="not an object"),
        pytest.param(add('members[type eq "User"]', {}), "noTarget", id="C39"),
        pytest.param(remove('members[nope eq "x"]'), "invalidFilter", id="C55"),
        pytest.param(remove("members[0]"), "invalidPath", id="C54"),
        pytest.param(remove("members.nope"), "invalidPath", id="C53"),
    ],
)
def test_what_names_no_member_is_refused(common, people, operation, scim_type):
    client = common.client()
    team = client.group(fresh("team"), people[0])
    refused(client.patch(path_of(team), operation), scim_type, "members")
    assert client.get(path_of(team)).body == team


def test_a_strict_connection_removes_by_path_alone(common, people):
    """C38, K3.4."""
    client = common.client("strict-interop")
    team = client.group(fresh("team"), *people[:3])
    answer = client.patch(path_of(team), remove("members", values(people[0])))
    refused(answer, "invalidSyntax", "members")
    assert client.patch(path_of(team), remove(one(people[0]))).status == 200
    assert members_of(client, team) == set(people[1:3])


def test_a_thousand_mixed_operations_are_right_and_atomic(common):
    """C61."""
    client = common.client()
    operations = [
        {"method": "POST", "path": "/Users", "data": {"userName": fresh("many")}} for _ in range(60)
    ]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}
    answer = client.post("/Bulk", {**body, "Operations": operations})
    ids = [each["location"].rpartition("/")[2] for each in answer.body["Operations"]]
    team = client.group(fresh("team"), *ids[:30])
    expected, sent, chance = set(ids[:30]), [], random.Random(61)
    for number in range(999):
        chosen = chance.sample(ids, chance.randint(1, 5))
        kind = chance.randrange(5) if number != 500 else 5
        if kind < 2:
            sent.append(add("members", values(*chosen)))
            expected |= set(chosen)
        elif kind == 2:
            sent.append(remove("members", values(*chosen)))
            expected -= set(chosen)
        elif kind == 3:
            sent.append(remove(one(chosen[0])))
            expected.discard(chosen[0])
        elif kind == 4:
            sent.append(
                remove(" or ".join(f'value eq "{id}"' for id in chosen).join(("members[", "]")))
            )
            expected -= set(chosen)
        else:
            sent.append(replace("members", values(*chosen)))
            expected = set(chosen)
    refused(
        client.patch(path_of(team), *sent, add("members", values("unknown"))),
        "invalidValue",
        "unknown",
    )
    assert client.get(path_of(team)).body == team
    answer = client.patch(path_of(team), *sent, replace("displayName", fresh("renamed")))
    assert answer.status == 200, answer.body
    assert members_of(client, team) == expected
    assert answer.headers["ETag"] == 'W/"2"'
    many = [add("members", values(ids[0]))] * 1_001
    refused(client.patch(path_of(team), *many), None, "1000", status=413)


def test_a_patch_carries_so_many_values_and_no_more(common, people):
    """B64."""
    client = common.client()
    team = client.group(fresh("team"))
    answer = client.patch(path_of(team), add("members", values(*[people[0]] * 10_001)))
    refused(answer, None, "10000", status=413)


def test_a_patch_of_a_large_group_is_answered_without_a_body(common):
    """C10, B52: above 1,000 members, unless a projection or the profile asks for one."""
    client = common.client()
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}
    ids = []
    for size in (1_000, 1):
        operations = [
            {"method": "POST", "path": "/Users", "data": {"userName": fresh("many")}}
            for _ in range(size)
        ]
        answer = client.post("/Bulk", {**body, "Operations": operations})
        ids += [each["location"].rpartition("/")[2] for each in answer.body["Operations"]]
    team = client.group(fresh("team"), *ids[:1_000])
    answer = client.patch(path_of(team), replace("displayName", fresh("team")))
    assert answer.status == 200
    assert len(answer.body["members"]) == 1_000
    answer = client.patch(path_of(team), add("members", values(ids[1_000])))
    assert (answer.status, answer.body) == (204, None)
    assert answer.headers["ETag"] == 'W/"3"'
    assert answer.headers["Content-Location"] == team["meta"]["location"]
    assert members_of(client, team) == set(ids)
    rename = replace("displayName", fresh("team"))
    for query in ({"attributes": "members"}, {"excludedAttributes": "displayName"}):
        answer = client.patch(path_of(team), rename, query=query)
        assert (answer.status, len(answer.body["members"])) == (200, 1_001)
    bodied = common.client("generic", patch_response="body")
    answer = bodied.patch(path_of(team), replace("displayName", fresh("team")))
    assert (answer.status, len(answer.body["members"])) == (200, 1_001)
