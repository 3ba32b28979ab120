"""Whatever is sent, the answer is SCIM's, its status is of table F5, and it is never 500 (F5)."""

import io
import json
import string
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.requirements.client import ENTERPRISE, GROUP, PATCH, USER, assert_error
from tests.world import MEDIA, Answer

EXAMPLES = 40
SUCCESS = {200, 201, 204, 304}

hunting = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

WORDS = [
    "schemas", "id", "externalId", "meta", "userName", "name", "givenName", "displayName", "emails",
    "value", "type", "primary", "active", "title", "password", "members", "groups", "$ref",
    "manager", "department", "addresses", "x509Certificates", "roles", "photos", "Operations",
    "op", "path", "add", "remove", "replace", "filter", "sortBy", "sortOrder", "count",
    "startIndex", "cursor", "attributes", "excludedAttributes", "method", "bulkId", "data",
    "version", "failOnErrors", "POST", "PUT", "PATCH", "DELETE", "/Users", "/Groups", "/Bulk",
    "bulkId:a", "a", USER, GROUP, ENTERPRISE, PATCH, f"{ENTERPRISE}:manager", "emails.value",
    'emails[type eq "work"].value', "members[value eq", 'userName eq "a"', "title pr", "",
    "urn:ietf:params:scim:api:messages:2.0:BulkRequest", "true", "work", "\u00e9", "\u0130",
    "2026-01-31T23:59:59Z", "AAEC", "ann", "ascending", "null",
]  # fmt: skip

# Lone surrogates and NUL included: JSON can write both.
texts = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(str.swapcase),
    st.text(st.characters(codec=None), max_size=12),
    st.text('\x00\ud800\udfff[]()."\\: %', max_size=6),
    st.builds("{}.{}".format, st.sampled_from(WORDS), st.sampled_from(WORDS)),
    st.builds('{}[{} eq "x"].{}'.format, *[st.sampled_from(WORDS)] * 3),
    st.sampled_from(["x" * 600, "x" * 5000, "(" * 100, "not " * 50, "a eq " * 90]),
)
scalars = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([2**63, -(2**63) - 1, 10**400, 1e308, -0.0]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
objects = st.dictionaries(texts, values, max_size=6)
bodies = st.one_of(
    objects,
    objects.map(lambda more: {"schemas": [USER], "userName": "x", **more}),
    objects.map(lambda more: {"schemas": [GROUP], "displayName": "x", **more}),
    st.lists(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["add", "remove", "replace", "x"])},
            optional={"path": texts, "value": values},
        ),
        max_size=4,
    ).map(lambda listed: {"schemas": [PATCH], "Operations": listed}),
    st.lists(
        st.fixed_dictionaries(
            {"method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET"])},
            optional={
                "path": st.one_of(st.sampled_from(["/Users", "/Groups", "/Users/bulkId:a"]), texts),
                "bulkId": texts,
                "data": objects,
                "version": texts,
            },
        ),
        max_size=3,
    ).map(
        lambda listed: {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": listed,
        }
    ),
    values,
)
TARGETS = [
    ("POST", "/Users"),
    ("POST", "/Groups"),
    ("POST", "/Bulk"),
    ("POST", "/.search"),
    ("POST", "/Users/.search"),
    ("PUT", "/Users/{user}"),
    ("PATCH", "/Users/{user}"),
    ("PUT", "/Groups/{group}"),
    ("PATCH", "/Groups/{group}"),
]


@pytest.fixture
def there(anyone):
    """A user and a group that requests may be about."""
    name = f"there-{uuid4()}"
    return {"user": anyone.user(name)["id"], "group": anyone.group(name)["id"]}


def ask(client, method, path, *, query="", body=b"", headers=(), token=True, **environ):
    """Send a request whose every byte is ours, below HTTP and above the application."""
    builder = EnvironBuilder(method="GET", input_stream=io.BytesIO(body))
    made = builder.get_environ()
    made |= {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    made |= {"CONTENT_LENGTH": str(len(body))} if body else {}
    if token:
        made["HTTP_AUTHORIZATION"] = f"Bearer {client.connection.token}"
    made |= dict(headers)
    made |= environ
    chunks, status, answered = run_wsgi_app(client.connection.client.application, made)
    text = b"".join(chunks)
    number = int(status.split()[0])
    assert number != 500, (method, path, query, body, text)
    body = None
    if text:
        assert number not in (204, 304)
        body = json.loads(text)
    answer = Answer(number, answered, body)
    assert answered["X-Request-Id"]
    if number >= 400 and method != "HEAD":
        assert_error(answer)
    else:
        assert number in SUCCESS or method == "HEAD"
    return answer


def check_bulk(answer):
    if answer.status == 200 and "Operations" in (answer.body or {}):
        for each in answer.body["Operations"]:
            assert each["status"] != "500", answer.body
            if "response" in each:
                assert 0 < len(each["response"]["detail"]) <= 500


@hunting
@given(target=st.sampled_from(TARGETS), body=bodies)
def test_any_json_is_answered(anyone, there, target, body):
    method, path = target
    raw = json.dumps(body).encode()
    answer = ask(anyone, method, "/scim/v2" + path.format(**there), body=raw, CONTENT_TYPE=MEDIA)
    check_bulk(answer)


@hunting
@given(target=st.sampled_from(TARGETS), body=bodies)
def test_any_json_is_answered_by_a_strict_connection(org_of_strict, target, body):
    client, there = org_of_strict
    method, path = target
    raw = json.dumps(body).encode()
    answer = ask(client, method, "/scim/v2" + path.format(**there), body=raw, CONTENT_TYPE=MEDIA)
    check_bulk(answer)


@pytest.fixture
def org_of_strict(org):
    """A strict connection, with a user and a group."""
    client = org.connection("strict-interop")
    return client, {"user": client.user("there")["id"], "group": client.group("there")["id"]}


@hunting
@given(
    target=st.sampled_from(TARGETS),
    raw=st.one_of(
        st.binary(max_size=60),
        st.text(string.printable, max_size=60).map(str.encode),
        st.lists(st.sampled_from('{}[]",:\\u0 dtrfn1e-.'), max_size=60).map(
            lambda parts: "".join(parts).encode()
        ),
        st.integers(1, 40).map(lambda n: b'{"a":' * n + b"1" + b"}" * n),
        st.integers(1, 40).map(lambda n: b'{"a":' + b"[" * n * 500 + b"]" * n * 500 + b"}"),
    ),
    kind=st.sampled_from([MEDIA, "application/json", "", "text/plain", "\xff", ";", "a/b;c=\x01"]),
    length=st.sampled_from([None, "0", "3", "-1", "9999", "x", "1e3", " 5", "99999999999999999"]),
)
def test_any_bytes_of_any_type_and_length_are_answered(anyone, there, target, raw, kind, length):
    method, path = target
    extra = {"CONTENT_TYPE": kind} | ({} if length is None else {"CONTENT_LENGTH": length})
    ask(anyone, method, "/scim/v2" + path.format(**there), body=raw, **extra)


latin = st.text(st.characters(max_codepoint=255), max_size=30)
pieces = st.sampled_from(
    ["Users", "Groups", "Schemas", "ResourceTypes", "Me", "Bulk", ".search", "v1", "v2", "..",
     "/", "//", "%", "\x00", "\xff", "\xc3\xa9", " ", "{user}", USER]
)  # fmt: skip


@hunting
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "é", "X"]),
    path=st.one_of(latin, st.lists(pieces, max_size=5).map("/".join)),
    query=latin,
    token=st.booleans(),
)
def test_any_path_is_answered(anyone, there, method, path, query, token):
    path = "/scim/" + path.replace("{user}", there["user"])
    ask(anyone, method, path, query=query, token=token, REMOTE_ADDR="192.0.2.1")


parameters = st.one_of(
    st.sampled_from(
        ["filter", "sortBy", "sortOrder", "count", "startIndex", "cursor", "attributes",
         "excludedAttributes", "FILTER", "x"]
    ),
    latin,
)  # fmt: skip
escapes = st.lists(
    st.one_of(
        latin,
        st.sampled_from(WORDS).map(lambda text: text.encode().decode("latin-1")),
        st.sampled_from(
            ["%", "%2", "%zz", "%00", "%ff", "%ED%A0%80", "%C3%A9", "+", "%22", "\xc3\xa9",
             "9" * 40, "-1", "userName+eq+%22a%22",
             "(" * 40, "not+", "+and+", "[", "]", "meta"]
        ),
    ),
    max_size=5,
).map("".join)  # fmt: skip


@hunting
@given(
    path=st.sampled_from(["", "/Users", "/Groups", "/Users/{user}", "/Schemas", "/Nothing"]),
    pairs=st.lists(st.tuples(parameters, escapes), max_size=4),
)
def test_any_parameters_are_answered(anyone, there, path, pairs):
    query = "&".join(f"{name}={value}" for name, value in pairs)
    ask(anyone, "GET", "/scim/v2" + path.format(**there), query=query)


HEADERS = [
    "HTTP_ACCEPT", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT",
    "HTTP_USER_AGENT", "HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_RANGE", "HTTP_EXPECT",
    "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING", "HTTP_COOKIE", "HTTP_AUTHORIZATION",
    "HTTP_PREFER", "HTTP_X_HTTP_METHOD_OVERRIDE", "REMOTE_ADDR",
]  # fmt: skip


@hunting
@given(
    method=st.sampled_from(["GET", "PATCH", "DELETE"]),
    headers=st.dictionaries(
        st.sampled_from(HEADERS),
        st.one_of(
            latin, st.sampled_from(['W/"1"', "*", '"a", W/"2"', "application/json", "x" * 9000])
        ),
        max_size=4,
    ),
)
def test_any_headers_are_answered(anyone, there, method, headers):
    path = "/scim/v2/Users/nobody" if method == "DELETE" else f"/scim/v2/Users/{there['user']}"
    body = b'{"Operations": [{"op": "replace", "path": "title", "value": "x"}]}'
    ask(anyone, method, path, body=body, headers=headers.items(), CONTENT_TYPE=MEDIA)
