"""Section A of the requirements: discovery and transport, asked over HTTP."""

from uuid import uuid4

import pytest

from tests.requirements.client import (
    ENTERPRISE,
    GROUP,
    JSON_HEADERS,
    LIST,
    USER,
    assert_error,
    path_of,
)
from tests.world import MEDIA

PROVIDER = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
ENDPOINTS = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")


def anonymous(client, method, path, **headers):
    return client.connection.client.open(f"/scim/v2{path}", method=method, headers=headers)


def every_attribute(schema):
    for attribute in schema["attributes"]:
        yield attribute
        yield from attribute.get("subAttributes", ())


def test_a1_the_provider_configuration_is_one_object_with_its_urn_and_place(anyone):
    answer = anyone.get("/ServiceProviderConfig")
    assert answer.status == 200
    assert answer.body["schemas"] == [PROVIDER]
    assert answer.body["meta"]["resourceType"] == "ServiceProviderConfig"
    assert answer.body["meta"]["location"] == "https://scim.example/scim/v2/ServiceProviderConfig"


def test_a2_a3_the_provider_configuration_says_what_is_so_with_json_types(anyone):
    body = anyone.get("/ServiceProviderConfig").body
    expected = {
        "patch": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "changePassword": {"supported": False},
        "bulk": {"supported": True, "maxOperations": 1000, "maxPayloadSize": 4194304},
        "filter": {"supported": True, "maxResults": 1000},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": 100,
            "maxPageSize": 1000,
            "cursorTimeout": 3600,
        },
    }
    assert {name: body[name] for name in expected} == expected
    (scheme,) = body["authenticationSchemes"]
    assert scheme["type"] == "oauthbearertoken"
    assert scheme["primary"] is True
    assert scheme["name"]
    assert scheme["description"]
    assert scheme["specUri"].startswith("https://")
    assert body["documentationUri"].startswith("http")


def test_a3_capabilities_that_are_off_are_not_mentioned(acme, strict):
    later = {"securityEvents", "deltaQuery", "RolesAndEntitlements", "agentExtension"}
    body = acme.get("/ServiceProviderConfig").body
    assert not later & set(body)
    assert "interopProfileConformant" not in body
    assert strict.get("/ServiceProviderConfig").body["interopProfileConformant"] is True


def test_a4_bulk_takes_as_many_operations_as_are_advertised_and_no_more(acme):
    most = acme.get("/ServiceProviderConfig").body["bulk"]["maxOperations"]
    one = {"method": "DELETE", "path": "/Users/nobody"}
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [one] * (most + 1),
    }
    assert_error(acme.post("/Bulk", body), 413)
    body["Operations"] = [one] * 2
    assert acme.post("/Bulk", body).status == 200


def test_a5_schemas_are_listed_with_the_definitions_and_without_messages(anyone):
    answer = anyone.get("/Schemas")
    assert answer.body["schemas"] == [LIST]
    ids = [each["id"] for each in answer.body["Resources"]]
    assert {USER, GROUP, ENTERPRISE, PROVIDER, SCHEMA, TYPE} <= set(ids)
    assert len(ids) == len(set(ids)) == answer.body["totalResults"]
    assert answer.body["itemsPerPage"] == len(ids)
    assert answer.body["startIndex"] == 1
    assert not [id for id in ids if ":messages:" in id]


@pytest.mark.parametrize("urn", [USER, USER.upper(), USER.replace(":", "%3A"), USER.lower()])
def test_a7_one_schema_is_found_by_its_urn_in_any_case_and_encoding(anyone, urn):
    answer = anyone.get(f"/Schemas/{urn}")
    assert answer.status == 200
    assert answer.body["id"] == USER
    assert answer.body["meta"]["location"] == f"https://scim.example/scim/v2/Schemas/{USER}"


@pytest.mark.parametrize("path", ["/Schemas/urn:nothing", "/Schemas/User", "/ResourceTypes/Nope"])
def test_a7_a12_an_unknown_schema_or_type_is_not_found(anyone, path):
    assert_error(anyone.get(path), 404)


def test_a8_each_attribute_carries_its_characteristics_and_nothing_empty(anyone):
    words = {
        "type": {
            "string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex",
        },
        "mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
        "returned": {"always", "never", "default", "request"},
    }  # fmt: skip
    for schema in anyone.get("/Schemas").body["Resources"]:
        for attribute in every_attribute(schema):
            assert isinstance(attribute["name"], str)
            assert isinstance(attribute["multiValued"], bool)
            assert isinstance(attribute["required"], bool)
            assert attribute["description"]
            for name, known in words.items():
                assert attribute[name] in known
            assert None not in attribute.values()
            if attribute["type"] == "complex":
                assert not {"uniqueness", "caseExact", "canonicalValues"} & set(attribute)
                assert attribute["subAttributes"]
            else:
                assert "subAttributes" not in attribute
            if attribute["type"] == "string":
                assert isinstance(attribute["caseExact"], bool)
                assert attribute["uniqueness"] in {"none", "server", "global"}
            if attribute["type"] == "reference":
                assert attribute["referenceTypes"]


VALUES = {
    "string": "Some Text",
    "boolean": True,
    "decimal": 1.5,
    "integer": 7,
    "dateTime": "2026-01-31T23:59:59Z",
    "binary": "AAEC",
    "reference": "https://example.test/x",
}


def a_value(attribute, person):
    """Return a value an attribute may have."""
    if attribute["type"] != "complex":
        words = attribute.get("canonicalValues")
        return words[0] if words else VALUES[attribute["type"]]
    found = {
        sub["name"]: [a_value(sub, person)] if sub["multiValued"] else a_value(sub, person)
        for sub in attribute["subAttributes"]
        if sub["mutability"] not in ("readOnly", "writeOnly")
    }
    targets = [s for s in attribute["subAttributes"] if s["name"] == "$ref"]
    if targets and "User" in targets[0]["referenceTypes"]:
        found["value"] = person
        found.pop("$ref")
    return found


def test_a9_what_is_published_can_be_written_read_back_and_filtered(acme):
    person = acme.user("boss")["id"]
    schemas = {each["id"]: each for each in acme.get("/Schemas").body["Resources"]}
    number = 0
    for kind in acme.get("/ResourceTypes").body["Resources"]:
        urns = [kind["schema"], *(each["schema"] for each in kind["schemaExtensions"])]
        base = {"schemas": urns}
        for urn in urns:
            needed = {
                each["name"]: "needed" for each in schemas[urn]["attributes"] if each["required"]
            }
            base |= needed if urn == kind["schema"] else {urn: needed} if needed else {}
        for urn in urns:
            for attribute in schemas[urn]["attributes"]:
                if attribute["mutability"] == "readOnly" or attribute["required"]:
                    continue
                number += 1
                value = a_value(attribute, person)
                if attribute["name"] in ("emails", "contact"):
                    value = acme.address(f"n{number}")
                    value = [{"value": value}] if attribute["type"] == "complex" else value
                elif attribute["multiValued"]:
                    value = [value]
                one = {attribute["name"]: value}
                body = {
                    **base,
                    **(one if urn == kind["schema"] else {urn: base.get(urn, {}) | one}),
                }
                for name in {"userName", "displayName"} & set(base):
                    body[name] = f"{name}{number}"
                made = acme.post(kind["endpoint"], body)
                assert made.status == 201, (attribute["name"], made.body)
                path = f"{kind['endpoint']}/{made.body['id']}"
                named = f"{urn}:{attribute['name']}"
                read = acme.get(path, attributes=named).body
                held = read if urn == kind["schema"] else read.get(urn, {})
                if attribute["mutability"] == "writeOnly" or attribute["returned"] == "never":
                    assert attribute["name"] not in held
                    continue
                shown = held[attribute["name"]]
                assert covers(shown, value), (attribute["name"], shown, value)
                if attribute["name"] != "members":
                    ids = acme.found(kind["endpoint"], f"{named} pr")
                    assert made.body["id"] in ids, attribute["name"]
                acme.delete(path)


def covers(shown, sent):
    """Return whether what is shown holds all that was sent."""
    if isinstance(sent, dict):
        return all(
            name in shown and covers(shown[name], value)
            for name, value in sent.items()
            if name not in ("$ref", "type", "display", "quiet")
        )
    if isinstance(sent, list):
        return len(shown) == len(sent) and all(map(covers, shown, sent))
    return shown == sent


def test_a10_the_schema_of_groups_follows_the_switch(org):
    def uniqueness(client):
        found = client.get(f"/Schemas/{GROUP}").body["attributes"]
        return next(each["uniqueness"] for each in found if each["name"] == "displayName")

    assert uniqueness(org.connection()) == "server"
    assert uniqueness(org.connection(unique_group_names="off")) == "none"


def test_a11_common_attributes_have_their_characteristics_where_they_are_listed(anyone):
    for schema in anyone.get("/Schemas").body["Resources"]:
        listed = {each["name"]: each for each in schema["attributes"]}
        if schema["id"] in (USER, GROUP) and "id" in listed:
            assert listed["id"]["caseExact"] is True
            assert listed["id"]["mutability"] == "readOnly"
            assert listed["id"]["returned"] == "always"
        if schema["id"] in (USER, GROUP) and "externalId" in listed:
            assert listed["externalId"]["caseExact"] is True


def test_a12_a13_resource_types_name_schemas_that_are_there(anyone):
    listed = anyone.get("/ResourceTypes")
    assert listed.body["schemas"] == [LIST]
    for kind in listed.body["Resources"]:
        assert kind["schemas"] == [TYPE]
        assert kind["id"] == kind["name"]
        assert kind["description"]
        assert kind["endpoint"].startswith("/")
        assert kind["meta"]["resourceType"] == "ResourceType"
        assert anyone.get(f"/ResourceTypes/{kind['id']}").body == kind
        for urn in (kind["schema"], *(each["schema"] for each in kind["schemaExtensions"])):
            assert anyone.get(f"/Schemas/{urn}").status == 200
    user = anyone.get("/ResourceTypes/User").body
    assert user["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]


@pytest.mark.parametrize(
    "path", [*ENDPOINTS, f"/Schemas/{USER}", "/ResourceTypes/User"], ids=lambda path: path[:20]
)
def test_a14_discovery_cannot_be_filtered_and_ignores_other_parameters(anyone, path):
    for name in ("filter", "FILTER"):
        assert_error(anyone.get(path, **{name: 'id eq "x"'}), 403)
    plain = anyone.get(path)
    asked = anyone.get(path, count="1", startIndex="2", attributes="id", sortBy="id", x="y")
    assert asked.status == 200
    assert asked.body == plain.body


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_a15_discovery_is_only_read(anyone, path, method):
    answer = anyone.call(method, path)
    assert_error(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a16_the_configuration_is_public_unless_a_token_is_wrong(anyone):
    answer = anonymous(anyone, "GET", "/ServiceProviderConfig")
    assert answer.status_code == 200
    assert anyone.connection.org not in answer.get_data(as_text=True)
    assert anonymous(anyone, "HEAD", "/ServiceProviderConfig").status_code == 200
    bad = anonymous(anyone, "GET", "/ServiceProviderConfig", Authorization="Bearer nonsense")
    assert bad.status_code == 401
    for path in ("/Schemas", "/ResourceTypes", f"/Schemas/{USER}"):
        assert anonymous(anyone, "GET", path).status_code == 401


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", MEDIA),
        ("*/*", MEDIA),
        ("application/json", "application/json"),
        ("application/json;q=0.5, text/html", "application/json"),
        ("application/json, application/scim+json;q=0.1", MEDIA),
        ("application/json, */*", MEDIA),
        ("image/png", MEDIA),
    ],
)
def test_a17_answers_and_errors_alike_follow_accept(anyone, accept, expected):
    headers = {"Accept": accept} if accept else {}
    for path in ("/Users", "/Users/none", "/Nothing", "/Schemas", "/ServiceProviderConfig"):
        answer = anyone.call("GET", path, headers=headers)
        assert answer.status in (200, 404)
        assert answer.headers["Content-Type"] == expected


@pytest.mark.parametrize(
    ("sent", "accepted"),
    [
        ("application/scim+json", True),
        ("application/json; charset=utf-8", True),
        ("APPLICATION/JSON;charset=UTF-8", True),
        ("application/scim+json; charset=latin-1", False),
        ("text/json", False),
        ("multipart/form-data; boundary=x", False),
        ("application/xml", False),
        ("nonsense", False),
        (";;;", False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a18_bodies_are_json_in_utf_8(acme, method, sent, accepted):
    made = acme.user()
    path = "/Users" if method == "POST" else path_of(made)
    raw = {
        "POST": b'{"userName": "bob"}',
        "PUT": b'{"userName": "ann"}',
        "PATCH": b'{"Operations": [{"op": "replace", "path": "title", "value": "x"}]}',
    }[method]
    answer = acme.call(method, path, raw, headers={"Content-Type": sent})
    if accepted:
        assert answer.status in (200, 201), answer.body
    else:
        assert_error(answer, 415)


def test_a18_a_missing_content_type_is_the_profiles_matter(org):
    raw = b'{"userName": "ann"}'
    assert org.connection().call("POST", "/Users", raw, headers={}).status == 201
    refusing = org.connection(missing_content_type="refuse")
    assert_error(refusing.call("POST", "/Users", raw, headers={}), 415)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xef\xbb",
        b'{"userName": "\xff"}',
        '{"userName": "ann"}'.encode("utf-16"),
        b"userName=ann",
        b"[1]",
        b'"ann"',
        b"null",
        b"NaN",
        b'{"userName": "ann",}',
        b'{"userName": "ann"} x',
        b"{'userName': 'ann'}",
        b'{"userName": "a", "username": "b"}',
        b'{"userName": "a", "name": {"givenName": "x", "GIVENNAME": "y"}}',
        b'{"a":' * 21 + b"1" + b"}" * 21,
        b'{"userName": "a", "x": ' + b"[" * 20 + b"]" * 20 + b"}",
    ],
    ids=range(16),
)
def test_a19_a_body_that_is_not_one_clear_object_is_a_syntax_error(acme, raw):
    made = acme.user()
    for method, path in (("POST", "/Users"), ("PUT", path_of(made)), ("PATCH", path_of(made))):
        answer = acme.call(method, path, raw, headers=JSON_HEADERS)
        assert_error(answer, 400, "invalidSyntax")


@pytest.mark.parametrize("path", ["/users", "/USERS/", "/Users/", "//Users", "/uSERS//"])
def test_a20_endpoints_match_in_any_case_and_never_redirect(anyone, path):
    assert anyone.get(path).status == 200


def test_a20_ids_are_case_exact_and_strict_wants_the_spelling(anyone, strict):
    made = anyone.user()
    assert anyone.get(f"/Users/{made['id']}/").status == 200
    assert_error(anyone.get(f"/Users/{made['id'].upper()}"), 404)
    assert_error(strict.get("/users"), 404)
    assert strict.get("/Users/").status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/scim/Users", 200),
        ("/scim/v2/Users", 200),
        ("/scim/v1/Users", 400),
        ("/scim/v3", 400),
        ("/scim/V10/ServiceProviderConfig", 400),
    ],
)
def test_a21_only_version_two_is_spoken_and_is_meant_when_none_is_named(anyone, path, status):
    answer = anyone.connection.client.get(
        path, headers={"Authorization": f"Bearer {anyone.connection.token}"}
    )
    assert answer.status_code == status
    if status == 400:
        assert answer.get_json()["scimType"] == "invalidVers"


def test_a22_no_address_follows_host_or_forwarding_headers(acme):
    headers = {
        **JSON_HEADERS,
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "host=evil.example",
    }
    made = acme.post("/Users", {"schemas": [USER], "userName": "ann"}, headers=headers)
    listed = acme.call("GET", "/Schemas", headers=headers)
    assert made.status == 201, made.body
    for answer in (made, listed):
        assert "evil" not in str(answer.body) + str(answer.headers)
    assert made.headers["Location"].startswith("https://scim.example/scim/v2/Users/")


@pytest.mark.parametrize("path", ["/Users", "/Groups", *ENDPOINTS, "", "/Users/{id}"])
def test_a23_head_is_get_without_a_body(anyone, path):
    path = path.format(id=anyone.user(f"u{uuid4()}")["id"])
    got, head = anyone.get(path), anyone.call("HEAD", path)
    assert head.status == got.status == 200
    assert head.body is None
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize("path", ["/Nothing", "/Users/a/b", "/Schemas/a/b", "/.well-known/x"])
def test_a23_an_unknown_endpoint_is_an_error_body(anyone, path):
    assert_error(anyone.get(path), 404)
