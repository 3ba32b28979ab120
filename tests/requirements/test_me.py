"""Section H: /Me, for whoever comes with a token bound to a user, and nothing beside it."""

import json
import uuid
from dataclasses import dataclass, replace

import pytest

from tests.requirements.client import (
    ENTERPRISE,
    JSON_HEADERS,
    PATCH,
    USER,
    Client,
    assert_error,
    path_of,
)
from tests.requirements.common import BULK, SEARCH, refused

DOMAIN = "me.test"
HELD = {
    "nickName": "A",
    "title": "Clerk",
    "emails": [{"value": f"ann@{DOMAIN}", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "+1", "type": "work"}],
    "externalId": "e-1",
    ENTERPRISE: {"department": "Sales"},
}
NICK = {"op": "replace", "path": "nickName", "value": "Annie"}
_SHARED = {}


@dataclass
class Place:
    """A connection whose /Me does something, a user of it, and who comes with their token."""

    idp: Client
    user: dict
    own: Client
    other: dict
    team: dict

    @property
    def path(self):
        return path_of(self.user)

    def now(self):
        return self.idp.get(self.path).body

    def fresh(self):
        """Return the same with a user who belongs to the test alone."""
        user = self.idp.user(f"ann-{uuid.uuid4().hex}@{DOMAIN}", title="Clerk")
        return replace(self, user=user, own=bound(self.idp, user))


def bound(idp, user):
    """Return a client with a token bound to a user, named by id."""
    made = idp.world.cli("token", "create", idp.connection.id, "--user", user["id"])
    assert made["user_id"] == user["id"]
    client = Client(replace(idp.connection, token=made["token"]), idp.domain)
    client.token_id = made["token_id"]
    return client


def place(world, me, *options):
    """Return what stands behind a word of the switch, the same when asked again."""
    key = (world.url, me, *options)
    if key not in _SHARED:
        if world.url not in _SHARED:
            name = f"Me {uuid.uuid4().hex}"
            _SHARED[world.url] = world.organization(name, DOMAIN)
        slug = _SHARED[world.url]
        idp = Client(world.connection(slug, "generic", f"--set=me={me}", *options), DOMAIN)
        idp.world = world
        mail = [{**HELD["emails"][0], "value": f"ann-{len(_SHARED)}@{DOMAIN}"}]
        user = idp.user(f"ann-{len(_SHARED)}@{DOMAIN}", **{**HELD, "emails": mail})
        other = idp.user(f"bob-{len(_SHARED)}@{DOMAIN}")
        team = idp.group(f"Team {len(_SHARED)}", user["id"], other["id"])
        user, other = (idp.get(path_of(each)).body for each in (user, other))
        _SHARED[key] = Place(idp, user, bound(idp, user), other, team)
    return _SHARED[key]


@pytest.fixture
def me(world):
    return place(world, "user")


@pytest.fixture
def away(world):
    return place(world, "redirect")


@pytest.mark.parametrize("path", ["/Me", "/me", "/ME/", "//Me", "/%4de"])
def test_h2_me_is_the_user_and_says_where_for_good(me, path):
    seen, answer = me.idp.get(me.path), me.own.get(path)
    assert (answer.status, answer.body) == (200, seen.body)
    assert answer.headers["Location"] == answer.body["meta"]["location"]
    assert answer.headers["Content-Location"] == answer.headers["Location"]
    assert answer.headers["ETag"] == seen.headers["ETag"]
    assert answer.body["groups"][0]["value"] == me.team["id"]
    head = me.own.call("HEAD", path)
    assert (head.status, head.body) == (200, None)
    assert head.headers["Location"] == answer.headers["Location"]


def test_h2_a_user_sees_what_is_returned_and_may_ask_for_less(me):
    less = me.own.get("/Me", attributes="nickName")
    assert set(less.body) == {"schemas", "id", "nickName"}
    assert "password" not in me.own.get("/Me", attributes="password,userName").body
    patched = me.own.patch("/Me", {"op": "replace", "path": "password", "value": "Secret-1"})
    assert patched.status == 200
    assert "Secret-1" not in json.dumps(patched.body)
    assert patched.body == me.user


def test_h2_conditions_hold_as_for_any_resource(me):
    ann = me.fresh()
    tag = ann.user["meta"]["version"]
    same = ann.own.call("GET", "/Me", headers={"If-None-Match": tag})
    assert (same.status, same.body) == (304, None)
    assert same.headers["Location"] == ann.user["meta"]["location"]
    stale = ann.own.patch("/Me", NICK, headers={**JSON_HEADERS, "If-Match": 'W/"99"'})
    refused(stale, None, status=412)
    assert stale.headers["Location"] == ann.user["meta"]["location"]
    assert ann.now() == ann.user
    done = ann.own.patch("/Me", NICK, headers={**JSON_HEADERS, "If-Match": tag})
    assert (done.status, done.body["nickName"]) == (200, "Annie")


def test_h2_they_change_what_is_theirs(me):
    ann = me.fresh()
    patched = ann.own.patch("/Me", NICK, {"op": "add", "value": {"locale": "de-DE"}})
    assert patched.status == 200
    assert (patched.body["nickName"], patched.body["locale"]) == ("Annie", "de-DE")
    assert (
        patched.headers["Location"]
        == patched.body["meta"]["location"]
        == (ann.user["meta"]["location"])
    )
    assert patched.body == ann.now()
    same = ann.own.put("/Me", patched.body)
    assert (same.status, same.body) == (200, patched.body)
    put = ann.own.put("/Me", {**patched.body, "nickName": "Nan", "preferredLanguage": "it"})
    assert put.status == 200
    assert put.body == ann.now()
    assert put.body["nickName"] == "Nan"
    assert put.headers["Location"] == put.body["meta"]["location"]
    assert ann.own.patch("/Me", {"op": "remove", "path": "nickName"}).status == 200
    assert "nickName" not in ann.now()


# Who may what is said in front of the database, and reads the same on both.
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

FOREIGN = {
    "userName": ("userName", "boss@me.test"),
    "the case of userName": ("userName", "ANN@me.test"),
    "urn and userName": (f"{USER}:userName", "boss@me.test"),
    "active": ("active", False),
    "active as a word": ("active", "False"),
    "emails": ("emails", [{"value": "boss@me.test"}]),
    "one email": ('emails[type eq "work"].value', "boss@me.test"),
    "a foreign email": ('emails[type eq "work"].value', "ann@evil.test"),
    "a note on an email": ('emails[type eq "work"].display', "x"),
    "externalId": ("externalId", "e-2"),
    "title": ("title", "Chief"),
    "displayName": ("displayName", "The Chief"),
    "name": ("name.givenName", "Chief"),
    "phone": ("phoneNumbers", [{"value": "+2"}]),
    "roles": ("roles", [{"value": "admin"}]),
    "entitlements": ("entitlements", [{"value": "all"}]),
    "userType": ("userType", "Employee"),
    "department": (f"{ENTERPRISE}:department", "Board"),
    "department without its urn": ("department", "Board"),
    "the extension": (ENTERPRISE, {"department": "Board"}),
    "no path": (None, {"title": "Chief"}),
    "no path and a urn": (None, {f"{ENTERPRISE}:department": "Board"}),
    "no path and two": (None, {"nickName": "x", "active": False}),
}


@one_engine
@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("op", ["add", "replace"])
def test_h2_what_is_not_theirs_is_forbidden_and_nothing_changes(me, case, op):
    path, value = FOREIGN[case]
    operation = {"op": op, "value": value, **({"path": path} if path else {})}
    answer = me.own.patch("/Me", NICK, operation)
    detail = assert_error(answer, 403)
    assert "not_self_service" in detail
    assert answer.headers["Location"] == me.user["meta"]["location"]
    assert "WWW-Authenticate" not in answer.headers
    assert me.now() == me.user


@one_engine
@pytest.mark.parametrize("path", ["emails", 'emails[type eq "work"]', "title", "externalId",
                                  ENTERPRISE, f"{ENTERPRISE}:department"])  # fmt: skip
def test_h2_nor_do_they_take_it_away(me, path):
    refused(me.own.patch("/Me", {"op": "remove", "path": path}), None, status=403)
    assert me.now() == me.user


# What the protocol itself has no way to write: refused as for anybody, or without any effect.
NOWHERE = {
    "members": ("members", [{"value": "{other}"}]),
    "groups": ("groups", [{"value": "{team}"}]),
    "a group": ('groups[value eq "{team}"].display', "x"),
    "id": ("id", "{other}"),
    "meta": ("meta.location", "https://evil.test"),
    "org": ("org_id", "x"),
    "userId": ("user_id", "{other}"),
    "role": ("local_administrator", True),
}


@one_engine
@pytest.mark.parametrize("case", NOWHERE)
def test_h2_nothing_beside_the_resource_is_reached_either(me, case):
    text = json.dumps(NOWHERE[case]).replace("{other}", me.other["id"])
    path, value = json.loads(text.replace("{team}", me.team["id"]))
    answer = me.own.patch("/Me", {"op": "add", "path": path, "value": value})
    assert answer.status in (200, 400)
    assert me.now() == me.user
    assert me.idp.get(path_of(me.team)).body["meta"] == me.team["meta"]


PUTS = {
    "something left out": lambda user: {k: v for k, v in user.items() if k != "title"},
    "another name": lambda user: {**user, "userName": "boss@me.test"},
    "turned off": lambda user: {**user, "active": False},
    "no address": lambda user: {**user, "emails": []},
    "another externalId": lambda user: {**user, "externalId": "e-2"},
    "no extension": lambda user: {k: v for k, v in user.items() if k != ENTERPRISE},
    "nothing": lambda user: {"schemas": [USER], "userName": user["userName"]},
}


@one_engine
@pytest.mark.parametrize("case", PUTS)
def test_h2_a_put_changes_no_more_than_a_patch(me, case):
    refused(me.own.put("/Me", PUTS[case](me.user)), None, status=403)
    assert me.now() == me.user


@one_engine
def test_h2_a_put_that_claims_to_be_another_stays_themselves(me):
    group = {"value": str(uuid.uuid4()), "display": "Owners"}
    claimed = {**me.user, "id": me.other["id"], "groups": [group], "meta": me.other["meta"]}
    answer = me.own.put("/Me", {**claimed, "password": "x", "org_id": "x"})
    assert (answer.status, answer.body) == (200, me.user)
    assert me.idp.get(path_of(me.other)).body == me.other


@one_engine
@pytest.mark.parametrize("path", ["/Me", "/me/"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_h2_users_neither_make_nor_delete(me, away, method, path):
    for each in (me, away):
        body = {"schemas": [USER], "userName": "new@me.test"} if method == "POST" else None
        answer = each.own.call(method, path, body)
        refused(answer, None, status=403)
        assert answer.headers["Location"] == each.user["meta"]["location"]
        assert each.now() == each.user


@one_engine
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND"])
def test_h2_other_methods_are_not_there(me, away, method):
    for each in (me, away):
        answer = each.own.call(method, "/Me")
        refused(answer, None, status=405)
        assert answer.headers["Allow"] == "GET, HEAD, PUT, PATCH"


@one_engine
@pytest.mark.parametrize("path", ["/Me/x", "/Me/{other}", "/Me/.search", "/Me/Me", "/Me/../Users",
                                  "/me/Users/{other}", "/Me/groups"])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST", "DELETE"])
def test_h2_there_is_nothing_below_me(me, method, path):
    body = {} if method in ("PUT", "PATCH", "POST") else None
    answer = me.own.call(method, path.format(other=me.other["id"]), body)
    refused(answer, None, status=404)
    assert me.user["id"] not in json.dumps(answer.body)


OP = {"schemas": [PATCH], "Operations": [NICK]}
ELSEWHERE = [
    ("GET", "/"), ("GET", "/Users"), ("HEAD", "/Users"), ("OPTIONS", "/Users"),
    ("GET", "/Users?filter=userName+sw+%22b%22"), ("GET", "/users/"), ("GET", "/Users?count=0"),
    ("GET", "/Users/{own}"), ("GET", "/USERS/{own}"), ("PATCH", "/Users/{own}"),
    ("PUT", "/Users/{own}"), ("DELETE", "/Users/{own}"),
    ("GET", "/Users/{other}"), ("HEAD", "/Users/{other}"), ("PATCH", "/Users/{other}"),
    ("PUT", "/Users/{other}"), ("DELETE", "/Users/{other}"), ("GET", "/Users/{nobody}"),
    ("GET", "/Users/{own}/x"), ("GET", "/Users/Me"), ("GET", "/Users/me"),
    ("POST", "/Users"), ("POST", "/Users/.search"), ("POST", "/.search"),
    ("GET", "/Groups"), ("GET", "/Groups/{team}"), ("PATCH", "/Groups/{team}"),
    ("PUT", "/Groups/{team}"), ("DELETE", "/Groups/{team}"), ("POST", "/Groups"),
    ("POST", "/Groups/.search"), ("GET", "/Groups/{own}"),
    ("POST", "/Bulk"), ("POST", "/bulk"), ("GET", "/Bulk"), ("GET", "/VerifiedDomains"),
    ("GET", "/Nonsense"), ("GET", "/Mee"), ("GET", "/.Me"), ("GET", "/Users%2F{own}"),
]  # fmt: skip


def _body(method, path, ann):
    if "Bulk" in path or "bulk" in path:
        one = {"method": "PATCH", "path": ann.path, "data": OP}
        return {"schemas": [BULK], "Operations": [one]} if method == "POST" else None
    if ".search" in path:
        return {"schemas": [SEARCH]}
    if method == "PATCH":
        return OP
    return {"schemas": [USER], "userName": "x@me.test"} if method in ("PUT", "POST") else None


@one_engine
@pytest.mark.parametrize(("method", "path"), ELSEWHERE)
def test_h2_everything_else_is_forbidden_and_reads_the_same(me, method, path):
    ids = {"own": me.user["id"], "other": me.other["id"], "team": me.team["id"]}
    path = path.format(**ids, nobody=str(uuid.uuid4()))
    answer = me.own.call(method, path, _body(method, path, me))
    assert answer.status == 403
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="scimserver", error="insuf')
    assert "Location" not in answer.headers
    if method != "HEAD":
        detail = assert_error(answer, 403)
        assert detail == "This token is bound to a user. It opens /Me and discovery, nothing else."
    assert (me.now(), me.idp.get(path_of(me.other)).body) == (me.user, me.other)


@one_engine
def test_h2_no_address_below_a_listed_one_is_forgotten(me):
    """Every route a machine has is either in the table above, discovery, or /Me."""
    known = {path.split("?")[0].strip("/").split("/")[0].lower() for _, path in ELSEWHERE}
    types = me.idp.get("/ResourceTypes").body["Resources"]
    unlisted = {kind["endpoint"].strip("/").lower() for kind in types} - known
    for endpoint in sorted(unlisted):
        for method, path in (("GET", ""), ("GET", f"/{me.user['id']}"), ("POST", "/.search")):
            body = {"schemas": [SEARCH]} if method == "POST" else None
            refused(me.own.call(method, f"/{endpoint}{path}", body), None, status=403)


DISCOVERY = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/schemas", f"/Schemas/{USER}")


@one_engine
@pytest.mark.parametrize("path", DISCOVERY)
def test_h2_discovery_is_there_for_them(me, path):
    answer = me.own.get(path)
    assert answer.status == 200
    assert answer.body == me.idp.get(path).body
    assert "Location" not in answer.headers
    refused(me.own.call("POST", path, {}), None, status=405)
    refused(me.own.get(f"{path}/x/y"), None, status=404)


@one_engine
def test_h2_discovery_says_where_users_have_tokens(me, away, anyone):
    named = "OAuth Bearer Token of a User"

    def schemes(client):
        found = client.get("/ServiceProviderConfig").body["authenticationSchemes"]
        return [each["name"] for each in found]

    assert schemes(me.idp)[1:] == schemes(away.own)[1:] == [named]
    assert named not in schemes(anyone)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH"])
def test_h2_redirect_leads_to_the_permanent_address(away, method):
    body = OP if method == "PATCH" else away.user if method == "PUT" else None
    for path in ("/Me", "/me/", "/Me?attributes=nickName"):
        answer = away.own.call(method, path, body)
        assert (answer.status, answer.body) == (308, None)
        assert answer.headers["Location"] == away.user["meta"]["location"]
        # Another token leads elsewhere, so nobody on the way may keep this one.
        assert answer.headers["Cache-Control"] == "no-store"
    assert away.now() == away.user


def test_h2_where_it_leads_the_same_limits_hold(away):
    ann = away.fresh()
    read = ann.own.get(ann.path)
    assert (read.status, read.body) == (200, ann.now())
    assert ann.own.get(ann.path.lower()).status == 200
    assert ann.own.patch(ann.path, NICK).body["nickName"] == "Annie"
    assert ann.own.put(ann.path, ann.now()).status == 200
    before = ann.now()
    for path, value in (FOREIGN["title"], FOREIGN["active"], FOREIGN["one email"]):
        answer = ann.own.patch(ann.path, {"op": "add", "path": path, "value": value})
        assert answer.status in (400, 403)
    refused(ann.own.patch(ann.path, {"op": "add", "path": "title", "value": "x"}), None, status=403)
    refused(ann.own.delete(ann.path), None, status=403)
    refused(ann.own.call("POST", ann.path, {}), None, status=405)
    assert ann.now() == before
    for path in (path_of(ann.other), "/Users", f"{ann.path}/x", ann.path.upper(),
                 ann.path.replace("Users", "Groups"), "/Users/.search", "/Bulk"):  # fmt: skip
        refused(ann.own.get(path), None, status=403)


@one_engine
def test_h2_exact_is_exact_for_users_too(world):
    strict = place(world, "redirect", "--set=endpoint_case=exact")
    assert strict.own.get("/Me").status == 308
    assert strict.own.get(strict.path).status == 200
    assert strict.own.get("/Schemas").status == 200
    for path in ("/me", "/schemas", strict.path.lower()):
        refused(strict.own.get(path), None, status=403)


@one_engine
def test_h2_off_is_off_for_users_as_well(world):
    off = place(world, "off")
    for method in ("GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS"):
        answer = off.own.call(method, "/Me", {} if method in ("PUT", "PATCH", "POST") else None)
        assert answer.status == 501
        assert "Location" not in answer.headers
    refused(off.own.get(off.path), None, status=403)
    assert off.own.get("/Schemas").status == 200


@one_engine
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"])
def test_h1_machines_have_no_me_whatever_the_switch_says(me, away, method):
    for each in (me, away):
        for path in ("/Me", "/me/", "/Me/x"):
            body = {} if method in ("PUT", "PATCH", "POST") else None
            answer = each.idp.call(method, path, body)
            refused(answer, None, status=501)
            assert "Location" not in answer.headers


@one_engine
def test_h2_bulk_does_not_know_me(me):
    one = {"method": "PATCH", "path": "/Me", "data": OP}
    sent = {"schemas": [BULK], "Operations": [one]}
    (result,) = me.idp.post("/Bulk", sent).body["Operations"]
    assert (result["status"], result["response"]["scimType"]) == ("400", "invalidSyntax")
    refused(me.own.post("/Bulk", sent), None, status=403)


def test_h2_the_scopes_of_the_connection_bind_its_users(world):
    reader = place(world, "user", "--scope=scim")
    world.cli("connection", "update", reader.idp.connection.id, "--scope", "scim.users.read")
    assert reader.own.get("/Me").status == 200
    answer = reader.own.patch("/Me", NICK)
    refused(answer, None, status=403)
    assert 'scope="scim.users.write"' in answer.headers["WWW-Authenticate"]
    world.cli("connection", "update", reader.idp.connection.id, "--scope", "scim.groups.read")
    refused(reader.own.get("/Me"), None, status=403)
    world.cli("connection", "update", reader.idp.connection.id, "--scope", "domains.read")
    for path in ("/Me", "/Schemas", "/Users"):
        refused(reader.own.get(path), None, status=403)


@one_engine
@pytest.mark.parametrize("scheme", ["Bearer", "Token"])
def test_h2_the_management_api_is_no_way_round(me, scheme):
    everything = [f"--scope={each}" for each in ("scim", "domains.read", "domains.write")]
    rich = place(me.idp.world, "user", *everything)
    org_id = rich.idp.world.cli("org", "update", rich.idp.connection.org, "--resume")["id"]
    client = rich.own.connection.client
    headers = {"Authorization": f"{scheme} {rich.own.connection.token}"}
    for path in ("domains", "readiness"):
        answer = client.get(f"/api/v2/organizations/{org_id}/{path}", headers=headers)
        assert answer.status_code == 403
    assert rich.own.get("/Me").status == 200


def test_b44_whoever_is_turned_off_or_deleted_is_out_at_once_and_for_good(me):
    ann, bob = me.fresh(), me.fresh()
    ann.idp.patch(ann.path, {"op": "replace", "path": "active", "value": False})
    bob.idp.delete(bob.path)
    for each in (ann, bob):
        for path in ("/Me", "/Schemas"):
            answer = each.own.get(path)
            refused(answer, None, status=401)
            assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    ann.idp.patch(ann.path, {"op": "replace", "path": "active", "value": True})
    refused(ann.own.get("/Me"), None, status=401)
    assert bound(ann.idp, ann.user).get("/Me").status == 200


def test_h2_a_local_administrator_reads_and_stays_out_of_reach(me):
    ann = me.fresh()
    # Naming one by the shell needs the origins of browsers; the row alone says it here.
    made = ann.idp.world.cli(
        "admin", "invite", ann.idp.connection.org, f"root-{uuid.uuid4().hex}@elsewhere.test"
    )
    root = replace(ann, user=ann.idp.get(f"/Users/{made['id']}").body)
    root.own = bound(root.idp, root.user)
    assert root.own.get("/Me").body == root.user
    answer = root.own.patch("/Me", NICK)
    refused(answer, "mutability", "protected_account")
    refused(root.own.put("/Me", {**root.user, "nickName": "x"}), "mutability")
    assert root.now() == root.user


def test_h2_what_a_user_did_is_told_of_the_user(me):
    ann = me.fresh()
    assert ann.own.patch("/Me", NICK).status == 200
    refused(ann.own.patch("/Me", {"op": "add", "path": "title", "value": "x"}), None, status=403)
    log = ann.idp.world.cli("log", "show", ann.idp.connection.org, "--limit", "20")["items"]
    mine = [row for row in log if row["token_id"] == ann.own.token_id]
    assert [(row["status"], row["code"]) for row in mine] == [
        (403, "not_self_service"),
        (200, None),
    ]
    assert mine[0]["attribute"] == "title"
    told = ann.idp.world.cli("log", "audit", ann.idp.connection.org, "--event", "user:update")
    (row,) = [each for each in told["items"] if each["subject_id"] == ann.user["id"]]
    assert row["actor"] == f"user:{ann.user['id']}"
    assert [change["path"] for change in row["changes"]] == ["nickName"]


@one_engine
def test_h2_what_users_are_refused_is_no_trouble_of_the_connection(world):
    calm = place(world, "user", "--set=patch_response=body").fresh()
    for path, value in (FOREIGN["title"], FOREIGN["active"], FOREIGN["a foreign email"]):
        operation = {"op": "add", "path": path, "value": value}
        refused(calm.own.patch("/Me", operation), None, status=403)
    refused(calm.own.delete("/Me"), None, status=403)
    refused(calm.own.post("/Users", {}), None, status=403)
    calm.idp.patch(calm.path, {"op": "replace", "path": "active", "value": False})
    for _ in range(3):
        refused(calm.own.patch("/Me", NICK), None, status=401)
    connection = calm.idp.connection
    found = world.cli("error", "list", connection.org, "--connection", connection.id)
    assert found["items"] == []


@one_engine
def test_h2_a_user_uses_up_their_own_budget_and_nobody_elses(world):
    slow = place(world, "user", "--rate-limit=2")
    statuses = {slow.own.get("/Me").status for _ in range(60)}
    assert statuses == {200, 429}
    assert slow.idp.get(slow.path).status == 200


@one_engine
def test_h2_a_lapsed_domain_stands_in_nobodys_way_and_opens_none(world):
    slug = world.organization(f"Lapse {uuid.uuid4().hex}", "lapse.test")
    idp = Client(world.connection(slug, "generic", "--set=me=user"), "lapse.test")
    idp.world = world
    user = idp.user("ann@lapse.test", emails=[{"value": "ann@lapse.test"}])
    own = bound(idp, user)
    world.cli("domain", "remove", slug, "lapse.test", "--reason", "test")
    assert own.patch("/Me", NICK).status == 200
    refused(own.patch("/Me", {"op": "add", "path": "emails", "value": [{"value": "a@x.test"}]}),
            None, status=403)  # fmt: skip


def test_i8_no_more_than_ten_characters_of_a_bound_token_are_ever_shown(me):
    ann = me.fresh()
    world, connection = ann.idp.world, ann.idp.connection
    shown = json.dumps(
        [
            world.cli("token", "list", connection.id),
            world.cli("connection", "show", connection.id),
            world.cli("log", "audit", connection.org, "--limit", "100"),
        ]
    )
    assert ann.own.connection.token[:10] in shown
    assert ann.own.connection.token[:11] not in shown
