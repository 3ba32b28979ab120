"""Paths, methods, media types and bodies: whatever is asked, the answer is SCIM's (A, F1)."""

import io
import json

import pytest

from scimserver.scim.messages import ERROR

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
A_USER = {"schemas": [USER], "userName": "ann@acme.test"}
SCIM = "application/scim+json"


def is_error(answer, status):
    body = answer.body if hasattr(answer, "body") else answer.get_json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert 0 < len(body["detail"]) <= 500
    return True


@pytest.mark.parametrize(
    "path",
    [
        "/scim/v2/Users",
        "/scim/v2/users/",
        "/scim/v2//USERS",
        "/scim/Users",
        "/scim/V2/Users",
        "/scim//v2//Users//",
    ],
)
def test_endpoints_match_in_any_case_with_any_slashes_and_never_redirect(acme, path):
    answer = acme.client.get(path, headers={"Authorization": f"bearer {acme.token}"})
    assert answer.status_code == 200
    assert answer.get_json()["totalResults"] == 0


@pytest.mark.parametrize("host", ["a b", "é", "", "[::1", "x" * 300])
def test_nothing_depends_on_the_host_a_client_names(acme, host):
    headers = {"Authorization": f"Bearer {acme.token}"}
    answer = acme.client.get(
        "/scim/v2/Users", headers=headers, environ_overrides={"HTTP_HOST": host}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/scimx", "/SCIM/v2/Users", "/scim-v2/Users"])
def test_what_only_looks_like_scim_is_not_ours(acme, path):
    assert "schemas" not in acme.client.get(path).get_json()


def test_a_strict_connection_wants_endpoints_as_they_are_spelled(strict):
    assert strict.call("GET", "/Users").status == 200
    for path in ("/users", "/schemas", "/bulk"):
        assert is_error(strict.call("GET", path), 404)


@pytest.mark.parametrize("path", ["/scim/v1/Users", "/scim/v3", "/scim/v22/Users/x"])
def test_another_version_is_named_as_the_fault(acme, path):
    answer = acme.client.get(path, headers={"Authorization": f"Bearer {acme.token}"})
    assert is_error(answer, 400)
    assert answer.get_json()["scimType"] == "invalidVers"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/Users", "GET, HEAD, POST"),
        ("POST", "/Users/x", "GET, HEAD, PUT, PATCH, DELETE"),
        ("TRACE", "/Users/x", "GET, HEAD, PUT, PATCH, DELETE"),
        ("OPTIONS", "/Groups", "GET, HEAD, POST"),
        ("FOO", "", "GET, HEAD"),
        ("GET", "/Bulk", "POST"),
        ("PUT", "/.search", "POST"),
        ("GET", "/Users/.search", "POST"),
        ("POST", "/Schemas", "GET, HEAD"),
        ("PATCH", "/ResourceTypes/User", "GET, HEAD"),
        ("PUT", "/ServiceProviderConfig", "GET, HEAD"),
    ],
)
def test_a_method_a_path_does_not_have_is_answered_with_those_it_has(acme, method, path, allow):
    answer = acme.call(method, path)
    assert is_error(answer, 405)
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize(
    "path",
    [
        "/Nothing",
        "/Users/x/y",
        "/Schemas/urn:x",
        "/Schemas/a/b",
        "/ResourceTypes/Nope",
        "/ServiceProviderConfig/x",
        "/Bulk/x",
        "/.search/x",
        "/Users/%00",
        "/Users/%ff",
        "/Users/%F0%9F%98%80",
    ],
)
def test_an_unknown_address_is_an_error_body(acme, path):
    assert is_error(acme.call("GET", path), 404)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_me_is_not_for_machines(acme, method):
    assert is_error(acme.call(method, "/Me"), 501)


def test_head_answers_as_get_without_a_body(acme):
    made = acme.call("POST", "/Users", A_USER).body
    path = f"/Users/{made['id']}"
    got, head = acme.call("GET", path), acme.call("HEAD", path)
    assert head.body is None
    assert head.status == got.status == 200
    for name in ("ETag", "Content-Type", "Content-Length", "Content-Location"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, SCIM),
        ("*/*", SCIM),
        ("application/scim+json", SCIM),
        ("application/json", "application/json"),
        ("text/html, Application/JSON;q=0.9", "application/json"),
        ("application/json, */*;q=0.1", SCIM),
        ("application/json, application/scim+json", SCIM),
        ("application/*, application/json", SCIM),
        ("text/html", SCIM),
        ("application/json-patch+json", SCIM),
    ],
)
def test_the_media_type_follows_accept_and_never_refuses(acme, accept, content_type):
    answer = acme.call("GET", "/Users", headers={"Accept": accept} if accept else {})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("application/scim+json", 201),
        ("application/json", 201),
        ("Application/SCIM+JSON; charset=UTF-8", 201),
        ('application/json;charset="utf-8"', 201),
        (None, 201),
        ("text/plain", 415),
        ("application/json; charset=iso-8859-1", 415),
        ("application/jsonx", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_bodies_are_scim_json_or_json(acme, sent, status):
    raw = json.dumps(A_USER).encode()
    answer = acme.call("POST", "/Users", raw, headers={"Content-Type": sent} if sent else {})
    assert answer.status == status


@pytest.mark.parametrize("sent", [None, "application/json"])
def test_a_strict_connection_takes_scims_own_type_alone(strict, sent):
    raw = json.dumps(A_USER).encode()
    answer = strict.call("POST", "/Users", raw, headers={"Content-Type": sent} if sent else {})
    assert is_error(answer, 415)


@pytest.mark.parametrize(
    ("raw", "scim_type"),
    [
        (b"", "invalidSyntax"),
        (b"  ", "invalidSyntax"),
        (b"[]", "invalidSyntax"),
        (b"5", "invalidSyntax"),
        (b"{", "invalidSyntax"),
        (b"\xff", "invalidSyntax"),
        (b'{"userName": "a", "USERNAME": "b"}', "invalidSyntax"),
        (b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "invalidSyntax"),
        (b'{"userName": "a\\u0000"}', "invalidValue"),
        (b'{"userName": "a\\ud800"}', "invalidValue"),
        (b'{"userName": 1e999}', "invalidValue"),
    ],
)
@pytest.mark.parametrize("path", ["/Users", "/.search", "/Bulk"])
def test_a_body_that_is_no_json_object_is_refused(acme, path, raw, scim_type):
    answer = acme.call("POST", path, raw, headers={"Content-Type": SCIM})
    assert is_error(answer, 400)
    assert answer.body["scimType"] == scim_type


def test_a_body_over_the_limit_is_refused_by_its_length_and_while_it_is_read(world, slug):
    world = type(world)(world.url, {"SCIMSERVER_MAX_BODY_BYTES": "2048"})
    acme = world.connection(slug, "okta")
    large = json.dumps({**A_USER, "title": "x" * 4000}).encode()
    headers = {"Authorization": f"Bearer {acme.token}", "Content-Type": SCIM}
    answer = acme.call("POST", "/Users", large, headers={"Content-Type": SCIM})
    assert is_error(answer, 413)
    assert "2048" in answer.body["detail"]
    chunked = acme.client.post(
        "/scim/v2/Users",
        input_stream=io.BytesIO(large),
        headers=headers,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert is_error(chunked, 413)
    group = {"displayName": "A", "x": "y" * 4000}
    assert acme.call("POST", "/Groups", group).status == 201


def test_a_body_that_ends_early_is_the_clients_fault(acme):
    answer = acme.client.post(
        "/scim/v2/Users",
        input_stream=io.BytesIO(b"{}"),
        headers={
            "Authorization": f"Bearer {acme.token}",
            "Content-Type": SCIM,
            "Content-Length": "50",
        },
    )
    assert is_error(answer, 400)


@pytest.mark.parametrize(
    ("header", "value", "is_kept"),
    [
        ("X-Request-Id", "abc-DEF_123.4", True),
        ("X-Request-Id", "short", False),
        ("X-Request-Id", "has space in it", False),
        ("X-Request-Id", "x" * 65, False),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", False),
    ],
)
def test_a_well_formed_request_id_is_taken_over(acme, header, value, is_kept):
    answer = acme.call("GET", "/Users", headers={header: value})
    shown = answer.headers["X-Request-Id"]
    assert (shown == value) is is_kept
    assert len(shown) >= 8
    if header == "traceparent":
        assert shown == "0af7651916cd43dd8448eb211c80319c"


def test_a_trace_of_zeros_is_no_trace(acme):
    zeros = f"00-{'0' * 32}-b7ad6b7169203331-01"
    answer = acme.call("GET", "/Users", headers={"traceparent": zeros})
    assert "0" * 32 not in answer.headers["X-Request-Id"]


def test_addresses_come_from_the_public_url_and_never_from_the_request(acme):
    made = acme.call(
        "POST",
        "/Users",
        A_USER,
        headers={"Content-Type": SCIM, "Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )
    assert made.body["meta"]["location"].startswith("http://127.0.0.1:8000/scim/v2/Users/")
    assert "evil" not in json.dumps(made.body)


@pytest.mark.parametrize("query", ["filter=%ff", "%fe=1", "&".join(["a=1"] * 200)])
def test_url_parameters_that_are_no_text_are_refused(acme, query):
    answer = acme.call("GET", f"/Users?{query}")
    assert is_error(answer, 400)


@pytest.mark.parametrize(
    "query",
    [
        "filter=userName+eq+%22ann%2B1@acme.test%22",
        "filter=userName%20eq%20%22ann%2B1%40acme.test%22",
    ],
)
def test_spaces_pluses_and_ats_are_decoded(acme, query):
    acme.call("POST", "/Users", {**A_USER, "userName": "ann+1@acme.test"})
    assert acme.call("GET", f"/Users?{query}").body["totalResults"] == 1


def test_an_incident_tells_nothing_but_its_id(acme, monkeypatch, capfd):
    def broken(*_arguments, **_named):
        message = "secret SELECT * FROM token"
        raise RuntimeError(message)

    monkeypatch.setattr("scimserver.services.directory.search.rows", broken)
    answer = acme.call("GET", "/Users")
    assert is_error(answer, 500)
    assert answer.headers["X-Request-Id"] in answer.body["detail"]
    assert "secret" not in json.dumps(answer.body)


def test_a_media_type_with_white_space_without_end_is_refused_at_once(acme):
    # Dividing it between two places in every way would take minutes.
    sent = f"application/json{' ' * 100_000}x"
    answer = acme.call("POST", "/Users", b"{}", headers={"Content-Type": sent})
    assert is_error(answer, 415)
