"""The three discovery endpoints, rendered: what we are, which types there are, their schemas (A).

``base_url`` is the public URL of the server, without the SCIM path (A22). Functions return plain
dicts; an unknown id is None.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from scimserver.scim.definitions import DEFINITIONS, PROVIDER, RESOURCE_TYPE
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import Registry
from scimserver.scim.schema import ResourceType, Schema

SCIM_PATH = "/scim/v2"
MAX_RESULTS = 1_000
DEFAULT_PAGE_SIZE = 100
CURSOR_TIMEOUT = 3_600
BULK_OPERATIONS = 1_000
BULK_BYTES = 4 * 1024 * 1024

_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def service_provider_config(
    base_url: str,
    *,
    bulk: bool = True,
    max_operations: int = BULK_OPERATIONS,
    max_payload_size: int = BULK_BYTES,
    documentation_uri: str = "",
    interop: bool = False,
    me: bool = False,
) -> dict[str, Any]:
    """Return what this server supports (A1 to A4).

    ``interop`` announces the strict profile, ``me`` tokens that are bound to a user (H2).
    """
    config: dict[str, Any] = {"schemas": [PROVIDER]}
    if documentation_uri:
        config["documentationUri"] = documentation_uri
    config |= {
        "patch": {"supported": True},
        "bulk": {
            "supported": bulk,
            "maxOperations": max_operations,
            "maxPayloadSize": max_payload_size,
        },
        "filter": {"supported": True, "maxResults": MAX_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PAGE_SIZE,
            "maxPageSize": MAX_RESULTS,
            "cursorTimeout": CURSOR_TIMEOUT,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A token of the connection, sent in the Authorization header.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
    }
    if me:
        config["authenticationSchemes"].append(
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token of a User",
                "description": "A token bound to one user: it opens /Me and discovery.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
            }
        )
    if interop:
        config["interopProfileConformant"] = True
    config["meta"] = _meta("ServiceProviderConfig", base_url, "/ServiceProviderConfig")
    return config


def resource_types(registry: Registry, base_url: str) -> list[dict[str, Any]]:
    """Return every resource type (A12)."""
    return [_resource_type(kind, base_url) for kind in registry.types.values()]


def resource_type(registry: Registry, base_url: str, name: str) -> dict[str, Any] | None:
    """Return the resource type with this name, which is its id."""
    kind = registry.types.get(name)
    return _resource_type(kind, base_url) if kind else None


def _resource_type(kind: ResourceType, base_url: str) -> dict[str, Any]:
    return {
        "schemas": [RESOURCE_TYPE],
        "id": kind.name,
        "name": kind.name,
        "description": kind.description,
        "endpoint": kind.endpoint,
        "schema": kind.schema.urn,
        "schemaExtensions": [
            {"schema": each.schema.urn, "required": each.required}
            for each in kind.extensions.values()
        ],
        "meta": _meta("ResourceType", base_url, f"/ResourceTypes/{kind.name}"),
    }


def schemas(registry: Registry, base_url: str, profile: Profile) -> list[dict[str, Any]]:
    """Return every schema in use and those of discovery, as this connection has them (A5, A10)."""
    return [_schema(each, base_url, profile) for each in _documents(registry)]


def schema(registry: Registry, base_url: str, profile: Profile, urn: str) -> dict[str, Any] | None:
    """Return one schema by its URN, in any case (A7)."""
    for each in _documents(registry):
        if each["id"].lower() == urn.lower():
            return _schema(each, base_url, profile)
    return None


def _documents(registry: Registry) -> Iterator[Mapping[str, Any]]:
    """Return the documents, those of types before those of their extensions."""
    seen: dict[str, Schema] = {}
    for kind in registry.types.values():
        seen[kind.schema.urn] = kind.schema
    for each in registry.schemas.values():
        seen.setdefault(each.urn, each)
    yield from (each.document for each in seen.values())
    yield from DEFINITIONS


def _schema(document: Mapping[str, Any], base_url: str, profile: Profile) -> dict[str, Any]:
    rendered = deepcopy(dict(document))
    if document["id"] == _GROUP and profile.unique_group_names:
        for attribute in rendered["attributes"]:
            if attribute["name"] == "displayName":
                attribute["uniqueness"] = "server"
    rendered["meta"] = _meta("Schema", base_url, f"/Schemas/{document['id']}")
    return rendered


def _meta(resource_type: str, base_url: str, path: str) -> dict[str, str]:
    return {"resourceType": resource_type, "location": f"{base_url}{SCIM_PATH}{path}"}
