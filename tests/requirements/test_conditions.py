"""Sections G and H: entity tags, preconditions, and /Me."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.requirements.client import ENTERPRISE, JSON_HEADERS, USER, assert_error, path_of

SET = {"op": "replace", "path": "title", "value": "new"}
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def when(**conditions):
    return {
        **JSON_HEADERS,
        **{name.replace("_", "-"): value for name, value in conditions.items()},
    }


def writes(client, path, **conditions):
    """Try each writing method under these conditions; DELETE comes last."""
    headers = when(**conditions)
    body = {"schemas": [USER], "userName": "ann", "title": "put"}
    yield client.put(path, body, headers=headers)
    yield client.patch(path, SET, headers=headers)
    yield client.delete(path, headers=headers)


def test_g1_resources_carry_a_weak_tag_that_is_their_version(acme):
    made = acme.new_user()
    path = path_of(made.body)
    put = acme.put(path, {"schemas": [USER], "userName": "ann", "title": "x"})
    for answer in (made, put, acme.patch(path, SET), acme.get(path)):
        assert answer.headers["ETag"].startswith('W/"')
        assert answer.headers["ETag"] == answer.body["meta"]["version"]


def test_g2_the_version_changes_with_each_change_and_only_then(acme):
    made = acme.user("ann", phoneNumbers=[{"value": "1"}])
    path = path_of(made)
    team = acme.group("Team", made["id"])
    seen = [made["meta"]["version"]]
    same = [
        acme.put(path, made),
        acme.patch(path, {"op": "replace", "path": "userName", "value": "ann"}),
        acme.patch(path, {"op": "add", "path": "phoneNumbers", "value": [{"value": "1"}]}),
        acme.patch(path, {"op": "remove", "path": "title"}),
        acme.patch(path, {"op": "replace", "path": "password", "value": "x"}),
        acme.patch(path, {"op": "add", "value": {"nonsense": 1}}),
        acme.get(path),
    ]
    for answer in same:
        assert answer.status == 200, answer.body
        assert answer.headers["ETag"] == seen[0]
        assert answer.body["meta"] == made["meta"]
    for value in ("a", "b", "a"):
        changed = acme.patch(path, {**SET, "value": value})
        assert changed.headers["ETag"] not in seen
        seen.append(changed.headers["ETag"])
    external = acme.patch(path, {"op": "add", "path": "externalId", "value": "e"})
    assert external.headers["ETag"] not in seen
    for op in ("add", "add", "remove", "remove"):
        entry = {"op": op, "path": "members", "value": [{"value": made["id"]}]}
        acme.patch(path_of(team), entry)
    assert acme.get(path).headers["ETag"] == external.headers["ETag"]


@pytest.mark.parametrize("form", ["{tag}", "{strong}", '"x", {tag}', "*", '{tag},W/"0"'])
def test_g3_if_match_lets_the_present_version_through(acme, form):
    made = acme.user()
    path = path_of(made)
    for method in ("PUT", "PATCH", "DELETE"):
        tag = acme.get(path).headers["ETag"]
        value = form.format(tag=tag, strong=tag.removeprefix("W/"))
        body = {
            "PUT": {"schemas": [USER], "userName": "ann", "title": "t"},
            "PATCH": {"Operations": [SET]},
            "DELETE": None,
        }[method]
        answer = acme.call(method, path, body, headers=when(If_Match=value))
        assert answer.status in (200, 204), answer.body


@pytest.mark.parametrize("stale", ['W/"999"', '"x"', '"1x"', 'W/"-1", "é"', '""'])
def test_g3_if_match_with_another_version_changes_nothing(acme, stale):
    made = acme.user()
    for answer in writes(acme, path_of(made), If_Match=stale):
        assert_error(answer, 412)
    assert acme.get(path_of(made)).body == made


def test_g4_of_writers_with_one_tag_one_succeeds(acme):
    made = acme.user()
    path = path_of(made)
    for _ in range(3):
        headers = when(If_Match=acme.get(path).headers["ETag"])

        def write(value, headers=headers):
            return acme.patch(path, {**SET, "value": f"{headers}{value}"}, headers=headers).status

        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(write, range(4)))
        assert statuses == [200, 412, 412, 412]


def test_g5_if_none_match_saves_the_body_of_what_is_known(acme):
    made = acme.user("ann", title="t")
    path, tag = path_of(made), made["meta"]["version"]
    for value in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        for query in (None, {"attributes": "title"}):
            answer = acme.call("GET", path, headers=when(If_None_Match=value), query=query)
            assert answer.status == 304
            assert answer.body is None
            assert answer.headers["ETag"] == tag
            assert answer.headers["Content-Location"] == made["meta"]["location"]
    assert acme.call("HEAD", path, headers=when(If_None_Match=tag)).status == 304
    other = acme.call("GET", path, headers=when(If_None_Match='W/"999"'))
    assert other.status == 200
    assert acme.get(path, excludedAttributes="meta").headers["ETag"] == tag


def test_g6_if_none_match_on_a_write_refuses_what_matches(acme):
    made = acme.user()
    path = path_of(made)
    for value in (made["meta"]["version"], "*"):
        for answer in writes(acme, path, If_None_Match=value):
            assert_error(answer, 412)
    assert acme.get(path).body == made
    for answer in writes(acme, path, If_None_Match='W/"999"'):
        assert answer.status in (200, 204)


@pytest.mark.parametrize("bad", ["nonsense", "W/x", '"open', 'w/"1"', "* , *", '"a" "b"', ",", ""])
def test_g7_a_malformed_tag_is_a_bad_value(acme, bad):
    made = acme.user()
    for name in ("If_Match", "If_None_Match"):
        for answer in writes(acme, path_of(made), **{name: bad}):
            assert_error(answer, 400, "invalidValue")
    read = acme.call("GET", path_of(made), headers=when(If_None_Match=bad))
    assert_error(read, 400, "invalidValue")


def test_g7_unknown_ids_lists_and_discovery(anyone):
    for answer in writes(anyone, "/Users/nobody", If_Match='W/"1"'):
        assert_error(answer, 404)
    assert "ETag" not in anyone.get("/Users").headers
    assert "ETag" not in anyone.post("/.search", {"count": 1}).headers
    for path in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig", f"/Schemas/{USER}"):
        tag = anyone.get(path).headers["ETag"]
        known = anyone.call("GET", path, headers=when(If_None_Match=tag))
        assert known.status == 304
        assert known.body is None


def test_g8_a_connection_may_demand_if_match(org):
    careful = org.connection(require_if_match="on")
    made = careful.user()
    path = path_of(made)
    for answer in writes(careful, path):
        assert_error(answer, 428)
    assert careful.get(path).body == made
    for answer in writes(careful, path, If_Match="*"):
        assert answer.status in (200, 204)
    again = org.connection("strict-interop").user("bob")
    assert org.made[-1].delete(path_of(again)).status == 204


def test_g3_tags_hold_in_bulk_as_well(acme):
    made = acme.user()
    one = {"method": "PATCH", "path": path_of(made), "version": 'W/"999"'}
    body = {"schemas": [BULK], "Operations": [{**one, "data": {"Operations": [SET]}}]}
    (result,) = acme.post("/Bulk", body).body["Operations"]
    assert result["status"] == "412"
    assert acme.get(path_of(made)).body == made


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "BREW"])
@pytest.mark.parametrize("path", ["/Me", "/me", "/ME/", "/Me/x"])
def test_h1_me_is_not_for_machines(anyone, method, path):
    answer = anyone.call(method, path, {} if method in ("POST", "PUT", "PATCH") else None)
    if method == "HEAD":
        assert answer.status == 501
    else:
        assert_error(answer, 501)


def test_h1_e3_me_within_bulk_is_no_path_of_a_resource(acme):
    one = {"method": "PATCH", "path": "/Me", "data": {"Operations": [SET]}}
    (result,) = acme.post("/Bulk", {"schemas": [BULK], "Operations": [one]}).body["Operations"]
    assert result["status"] == "400"


def test_a_manager_that_is_deleted_gives_its_reports_a_new_version(acme):
    boss = acme.user("boss")
    ann = acme.user("ann", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    acme.delete(path_of(boss))
    headers = when(If_Match=ann["meta"]["version"])
    assert_error(acme.patch(path_of(ann), SET, headers=headers), 412)
