"""Section F: what every refusal looks like, which status it has, and what it never tells."""

from uuid import uuid4

import pytest

from scimserver.ids import new_id
from tests.requirements.client import USER, assert_error, path_of
from tests.world import Answer

SECRET = "hunter2-very-secret"


def raw(client, method, path, headers=None, data=None):
    """Send a request as it is, without the client's own headers."""
    answer = client.connection.client.open(path, method=method, headers=headers or {}, data=data)
    return Answer(answer.status_code, answer.headers, answer.get_json(silent=True))


PATHS = ["/scim", "/scim/", "/scim/v2", "/scim/v2/", "/scim/v2/Users", "/scim/x/y", "/scim/v2/%"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "X"])
def test_f1_f5_without_a_credential_everything_is_401_in_the_same_shape(anyone, method, path):
    answer = raw(anyone, method, path)
    assert_error(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scimserver"'


@pytest.mark.parametrize(
    ("credential", "was_sent"),
    [
        ("Basic YTpi", False),
        ("Bearer", False),
        ("Bearer ", False),
        ("Bearer nonsense", True),
        ("bearer scimt_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", True),
        ("Bearer é", True),
        ("Bearer a b", False),
        ("Bearer " + "x" * 5000, True),
        ("\x00", False),
    ],
)
def test_f5_a_credential_that_does_not_hold_is_401(anyone, credential, was_sent):
    if "\x00" in credential:
        credential = "Bearer\x0b"
    answer = raw(anyone, "GET", "/scim/v2/Users", {"Authorization": credential})
    assert answer.status in (401, 429)
    assert_error(answer)
    if answer.status == 401 and was_sent and credential[7:].isascii():
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="scimserver"')


def test_f5_the_scope_of_a_token_is_named_where_it_is_too_small(org):
    writing = org.connection()
    made = writing.user()
    connection = org.world.connection(
        org.slug, "generic", "--scope", "scim.users.read", "--scope", "scim.groups.read"
    )
    reading = type(writing)(connection, org.domain)
    assert reading.get(path_of(made)).status == 200
    refused = reading.new_user("bob")
    assert_error(refused, 403)
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert_error(reading.delete(path_of(made)), 403)
    assert_error(reading.put(path_of(made), made), 403)


def test_f2_details_name_the_path_as_the_client_wrote_it(acme):
    for body, path in [
        ({"schemas": [USER], "userName": "a", "NAME": {"GivenName": 5}}, "NAME.GivenName"),
        ({"schemas": [USER], "userName": "a", "emails": [{"value": 5}]}, "emails[0].value"),
        ({"schemas": [USER], "USERNAME": 5}, "USERNAME"),
    ]:
        detail = assert_error(acme.post("/Users", body), 400, "invalidValue")
        assert detail.startswith(path)
    made = acme.user()
    change = {"op": "replace", "path": "NAME.NoSuch", "value": 5}
    assert "NAME.NoSuch" in assert_error(acme.patch(path_of(made), change), 400, "invalidPath")


def test_f2_details_repeat_neither_long_names_nor_addresses(acme):
    stranger = f"{SECRET}@elsewhere.test"
    refused = acme.new_user(stranger, emails=[{"value": stranger}])
    detail = assert_error(refused, 400, "invalidValue")
    assert SECRET not in detail
    long = acme.post("/Users", {"userName": "x", "schemas": [USER], "name": {"x" * 9000: 1}})
    assert long.status == 201
    acme.user("taken", emails=[{"value": acme.address(SECRET)}])
    twice = acme.new_user("other", emails=[{"value": acme.address(SECRET)}])
    assert SECRET not in assert_error(twice, 409, "uniqueness")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "scim_type"),
    [
        ("POST", "/Users", {"schemas": "x" * 9000, "userName": "a"}, 400, "invalidSyntax"),
        ("POST", "/Users", {"userName": {"x" * 9000: "y"}}, 400, "invalidValue"),
        ("GET", "/" + "x" * 3000, None, 404, None),
        ("GET", "/Users/" + "x" * 3000, None, 404, None),
        ("GET", "/Schemas/" + "x" * 3000, None, 404, None),
        ("GET", "/Users?filter=" + "x" * 9000, None, 400, "invalidFilter"),
        ("GET", "/Users?filter=" + "x" * 40_000, None, 414, None),
        ("GET", "/" + "x" * 40_000, None, 414, None),
        ("GET", "/Users?filter=" + "x" * 3000 + "%20eq%201", None, 400, "invalidFilter"),
        ("GET", "/Users?sortBy=" + "x" * 3000, None, 400, "invalidValue"),
        ("GET", "/Users?count=" + "9" * 3000, None, 400, "invalidValue"),
        ("GET", "/Users?count=x", None, 400, "invalidValue"),
        ("GET", "/Users?startIndex=1.5", None, 400, "invalidValue"),
        ("GET", "/Users?cursor=" + "x" * 3000, None, 400, "invalidCursor"),
        ("GET", "/Users?attributes=a&excludedAttributes=b", None, 400, "invalidValue"),
        ("X" * 300, "/Users", None, 405, None),
        ("DELETE", "/Users", None, 405, None),
        ("POST", "/Users/x", {}, 405, None),
        ("POST", "/Bulk", {"Operations": []}, 400, "invalidSyntax"),
        ("POST", "/Bulk", {}, 400, "invalidSyntax"),
    ],
    ids=range(20),
)
def test_f2_f5_refusals_are_short_and_of_the_table(anyone, method, path, body, status, scim_type):
    assert_error(anyone.call(method, path, body), status, scim_type)


def test_f3_every_answer_has_a_request_id(anyone):
    answers = [
        anyone.get("/Users"),
        anyone.get("/Nothing"),
        anyone.post("/Users", b"{"),
        raw(anyone, "GET", "/scim/v2/Users"),
        raw(anyone, "GET", "/scim/v2/ServiceProviderConfig"),
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    for answer in answers:
        assert not {"Server", "X-Powered-By", "Via"} & set(answer.headers.keys())


def test_f8_a_repeated_creation_is_a_conflict_and_its_result_is_found(acme):
    body = {"schemas": [USER], "userName": "ann", "title": "x"}
    made = acme.post("/Users", body).body
    assert_error(acme.post("/Users", body), 409, "uniqueness")
    assert acme.found("/Users", 'userName eq "ann"') == [made["id"]]
    path = path_of(made)
    change = {"op": "replace", "path": "title", "value": "y"}
    first, second = acme.patch(path, change), acme.patch(path, change)
    assert first.body == second.body
    assert acme.put(path, body).body == acme.put(path, body).body
    assert acme.delete(path).status == 204
    assert_error(acme.delete(path), 404)


def test_f10_ids_that_exist_elsewhere_get_the_same_answer_as_ids_that_do_not(acme, other):
    theirs = other.connection().user()["id"]
    shapes = set()
    for id in (theirs, new_id(), str(uuid4())):
        answer = acme.get(f"/Users/{id}")
        detail = assert_error(answer, 404).replace(id, "…")
        shapes.add((detail, tuple(sorted(set(answer.headers.keys())))))
    assert len(shapes) == 1


def test_f10_tokens_that_exist_are_refused_like_those_that_do_not(org):
    client = org.connection()
    org.world.cli("connection", "disable", client.connection.id)
    disabled = client.get("/Users")
    unknown = raw(client, "GET", "/scim/v2/Users", {"Authorization": "Bearer scimt_nothing"})
    assert_error(disabled, 401)
    assert_error(unknown, 401)
    assert disabled.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"]
    assert disabled.body == unknown.body
