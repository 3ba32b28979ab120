"""Discovery says what is implemented, in the shapes the RFC and scim2_models know."""

import pytest
from scim2_models import ResourceType, Schema, ServiceProviderConfig

from scimserver.scim import discovery
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import default_folder, load

REGISTRY = load(default_folder())
BASE = "https://scim.example"
ALL = discovery.schemas(REGISTRY, BASE, Profile())
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def every_attribute(attributes):
    for each in attributes:
        yield each
        yield from every_attribute(each.get("subAttributes", []))


def values(thing):
    yield thing
    inner = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ()
    for each in inner:
        yield from values(each)


def test_the_configuration_states_every_feature():
    config = discovery.service_provider_config(BASE, documentation_uri="https://docs.example")
    ServiceProviderConfig.model_validate(config)
    assert config["bulk"] == {
        "supported": True,
        "maxOperations": 1000,
        "maxPayloadSize": 4194304,
    }
    assert config["filter"] == {"supported": True, "maxResults": 1000}
    assert [config[name]["supported"] for name in ("patch", "sort", "etag")] == [True] * 3
    assert config["changePassword"] == {"supported": False}
    assert config["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 1000,
        "cursorTimeout": 3600,
    }
    [scheme] = config["authenticationSchemes"]
    assert scheme["type"] == "oauthbearertoken"
    assert scheme["primary"] is True
    assert config["documentationUri"] == "https://docs.example"
    assert config["meta"] == {
        "resourceType": "ServiceProviderConfig",
        "location": f"{BASE}/scim/v2/ServiceProviderConfig",
    }
    assert "interopProfileConformant" not in config


def test_what_is_switched_off_is_not_announced():
    config = discovery.service_provider_config(
        BASE, bulk=False, max_operations=5, max_payload_size=6, interop=True
    )
    assert config["bulk"] == {"supported": False, "maxOperations": 5, "maxPayloadSize": 6}
    assert config["interopProfileConformant"] is True
    assert "documentationUri" not in config


def test_h2_tokens_of_users_are_announced_where_they_open_something():
    config = discovery.service_provider_config(BASE, me=True)
    ServiceProviderConfig.model_validate(config)
    schemes = config["authenticationSchemes"]
    assert [scheme["type"] for scheme in schemes] == ["oauthbearertoken"] * 2
    assert [scheme.get("primary", False) for scheme in schemes] == [True, False]
    assert "/Me" in schemes[1]["description"]


def test_resource_types_name_their_schemas():
    found = {each["id"]: each for each in discovery.resource_types(REGISTRY, BASE)}
    assert set(found) == {"User", "Group"}
    urns = {each["id"] for each in ALL}
    for name, each in found.items():
        ResourceType.model_validate(each)
        assert each["name"] == name
        assert each["endpoint"].startswith("/")
        assert each["schema"] in urns
        assert {e["schema"] for e in each["schemaExtensions"]} <= urns
        assert each["meta"]["location"] == f"{BASE}/scim/v2/ResourceTypes/{name}"
    assert [e["required"] for e in found["User"]["schemaExtensions"]] == [False]


def test_one_resource_type_is_found_by_its_id():
    found = discovery.resource_type(REGISTRY, BASE, "User")
    assert found["endpoint"] == "/Users"
    assert discovery.resource_type(REGISTRY, BASE, "Robot") is None


def test_schemas_are_those_in_use_and_those_of_discovery():
    assert [each["id"].rpartition(":schemas:")[2] for each in ALL] == [
        "core:2.0:Group",
        "core:2.0:User",
        "extension:enterprise:2.0:User",
        "core:2.0:ServiceProviderConfig",
        "core:2.0:ResourceType",
        "core:2.0:Schema",
    ]


@pytest.mark.parametrize("schema", ALL, ids=lambda each: each["id"].rpartition(":")[2])
def test_a_schema_carries_each_keyword_where_it_applies(schema):
    Schema.model_validate(schema)
    assert "x-scimserver" not in schema
    assert schema["meta"]["location"] == f"{BASE}/scim/v2/Schemas/{schema['id']}"
    assert None not in list(values(schema))
    for each in every_attribute(schema["attributes"]):
        needed = {"name", "type", "multiValued", "description", "required"}
        assert needed | {"mutability", "returned"} <= each.keys()
        assert each["description"]
        assert ("caseExact" in each) == (each["type"] in ("string", "reference", "binary"))
        assert ("uniqueness" in each) == (each["type"] not in ("complex", "boolean"))
        assert ("subAttributes" in each) == (each["type"] == "complex")
        assert ("referenceTypes" in each) <= (each["type"] == "reference")


@pytest.mark.parametrize(("unique", "word"), [(True, "server"), (False, "none")])
def test_the_uniqueness_of_group_names_follows_the_connection(unique, word):
    profile = Profile(unique_group_names=unique)
    found = discovery.schema(REGISTRY, BASE, profile, GROUP.upper())
    names = {each["name"]: each for each in found["attributes"]}
    assert names["displayName"]["uniqueness"] == word
    assert names["displayName"]["required"] is True
    assert REGISTRY.schemas[GROUP.lower()].document["attributes"][0]["uniqueness"] == "none"


def test_an_unknown_schema_is_none():
    urn = "urn:ietf:params:scim:api:messages:2.0:Error"
    assert discovery.schema(REGISTRY, BASE, Profile(), urn) is None
