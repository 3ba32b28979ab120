"""Whatever is sent to the management API, it is never our failure, and nothing is half done."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATH = "/domains"
JSON = {"Content-Type": "application/json"}

BODIES = {
    "nothing": (b"", 400, "malformed_json"),
    "half": (b'{"domain": "acme', 400, "malformed_json"),
    "no text": (b"\xff\xfe", 400, "malformed_json"),
    "a name twice": (b'{"domain": "a.com", "Domain": "b.com"}', 400, "malformed_json"),
    "too deep": (b"[" * 50_000, 400, "malformed_json"),
    "not a number": (b'{"domain": NaN}', 400, "malformed_json"),
    "a large number": (b'{"domain": 1e999}', 422, "unwritable_value"),
    "a list": (b'["acme.com"]', 422, "invalid_request"),
    "a text": (b'"acme.com"', 422, "invalid_request"),
    "a text of JSON": (b'"{\\"domain\\": \\"acme.com\\"}"', 422, "invalid_request"),
    "null": (b"null", 422, "invalid_request"),
    "no domain": (b"{}", 422, "invalid_request"),
    "an unknown name": (b'{"domain": "acme.com", "x": 1}', 422, "invalid_request"),
    "our own name for it": (b'{"domain": "acme.com", "org_id": "x"}', 422, "invalid_request"),
    "another type": (b'{"domain": 1}', 422, "invalid_request"),
    "an object": (b'{"domain": {"$ne": null}}', 422, "invalid_request"),
    "too long a name": (b'{"domain": "' + b"a" * 2_000 + b'"}', 422, "invalid_request"),
    "many names": (
        b"{" + b",".join(b'"%d": 1' % n for n in range(5_000)) + b"}",
        422,
        "invalid_request",
    ),
    "an odd name": (b'{"domain": "acme.com", "\\u0000\\ud800\\n": 1}', 422, "invalid_request"),
    "too much": (b'{"domain": "' + b"a" * 70_000 + b'"}', 413, "content_too_large"),
}


@pytest.fixture
def program(quiet):
    return quiet.program(quiet.organization())


@pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_none_of_ours_is_refused_and_changes_nothing(program, body, status, code):
    reply = program.call("POST", PATH, body, headers=JSON)
    assert reply.problem == (status, code)
    assert len(reply.body["detail"]) < 5_000
    assert program.call("GET", PATH).body["items"] == []


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "\x7f;;"],
)
def test_a_body_must_say_that_it_is_json(program, content_type):
    headers = {} if content_type is None else {"Content-Type": content_type}
    reply = program.call("POST", PATH, b'{"domain": "acme.com"}', headers=headers)
    assert reply.problem == (415, "unsupported_media_type")


def test_a_media_type_may_have_parameters(program):
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert program.call("POST", PATH, b'{"domain": "acme.com"}', headers=headers).status == 201


def test_every_fault_of_a_field_is_named(program):
    reply = program.call("POST", PATH, {"Domain": 1, "x": 2})
    assert {fault["field"] for fault in reply.body["errors"]} == {"domain", "Domain", "x"}


def test_an_action_takes_an_empty_object_and_no_other_body(program):
    claim = program.call("POST", PATH, {"domain": "acme.com"}).body
    path = f"{PATH}/{claim['id']}/rotate"
    assert program.call("POST", path, {}).status == 200
    assert program.call("POST", path, {"force": True}).problem == (422, "invalid_request")
    assert program.call("POST", path, b"x").problem == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "limit=99999999999999999999999",
        "limit=1&limit=2",
        "cursor=%00",
        "cursor=%ff%fe",
        "cursor=!",
        "cursor=a",
        "cursor=_w",
        "cursor=" + "a" * 2_000,
        "cursor=%F0%9F%A6%86",
        "page=2",
        "a%00=1",
    ],
)
def test_a_page_that_is_none_is_refused(program, query):
    reply = program.call("GET", PATH, query=query)
    assert reply.problem == (422, "invalid_request")


@pytest.mark.parametrize("cursor", ["", "AA", "8J-mhg"], ids=["empty", "nul", "a duck"])
def test_a_cursor_may_say_anything(program, cursor):
    program.call("POST", PATH, {"domain": "acme.com"})
    reply = program.call("GET", PATH, query={"cursor": cursor})
    assert reply.status == 200


@pytest.mark.parametrize("id", ["%00", "%ff", "..", "a%2fb", "🦆", "'--", "x" * 9_000, "%0d%0aX:1"])
@pytest.mark.parametrize(
    ("method", "end"), [("GET", ""), ("DELETE", ""), ("POST", "/verify"), ("POST", "/rotate")]
)
def test_an_id_that_is_none_is_not_found(program, method, end, id):
    assert program.call(method, f"{PATH}/{id}{end}").problem == (404, "not_found")


@pytest.mark.parametrize("length", ["x", "-1", "99999999999"])
def test_a_length_that_is_none_is_refused(program, length):
    headers = {**JSON, "Content-Length": length}
    reply = program.call("POST", PATH, b"{}", headers=headers)
    assert 400 <= reply.status < 500


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.builds("{}.com".format, st.text(max_size=70)))
def test_any_text_is_a_domain_or_refused(program, text):
    reply = program.call("POST", PATH, {"domain": text})
    if reply.status == 201:
        program.call("DELETE", f"{PATH}/{reply.body['id']}")
        # Twenty are added a day.
        program.server.clock.advance(4_321)
    else:
        assert reply.status == 422, reply.body
