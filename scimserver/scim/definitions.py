"""The schemas of discovery itself: ServiceProviderConfig, ResourceType, Schema (RFC 7643 §8.7.2).

They are published beside the schemas in use (A5). Nothing is ever stored under them.
"""

from typing import Any

PROVIDER = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def _attribute(
    name: str,
    description: str,
    kind: str = "string",
    *subs: dict[str, Any],
    many: bool = False,
    required: bool = False,
    exact: bool = False,
    words: tuple[str, ...] = (),
    refers: tuple[str, ...] = (),
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "type": kind,
        "multiValued": many,
        "description": description,
        "required": required,
    }
    if kind in ("string", "reference"):
        found["caseExact"] = exact or kind == "reference"
    if words:
        found["canonicalValues"] = list(words)
    found |= {"mutability": "readOnly", "returned": "default"}
    if kind not in ("complex", "boolean"):
        found["uniqueness"] = "none"
    if refers:
        found["referenceTypes"] = list(refers)
    if subs:
        found["subAttributes"] = list(subs)
    return found


def _schema(urn: str, name: str, description: str, *attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": [SCHEMA],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": list(attributes),
    }


def _supported(what: str) -> dict[str, Any]:
    return _attribute("supported", f"Whether {what}.", "boolean", required=True)


def _feature(name: str, description: str, *more: dict[str, Any]) -> dict[str, Any]:
    supported = _supported("the feature works")
    return _attribute(name, description, "complex", supported, *more, required=True)


def _limit(name: str, description: str) -> dict[str, Any]:
    return _attribute(name, description, "integer", required=True)


_PAGING = _attribute(
    "pagination",
    "How results are paged (RFC 9865).",
    "complex",
    _attribute("cursor", "Whether paging by cursor works.", "boolean", required=True),
    _attribute("index", "Whether paging by index works.", "boolean", required=True),
    _attribute(
        "defaultPaginationMethod",
        "The method used when a request names none.",
        words=("cursor", "index"),
    ),
    _attribute("defaultPageSize", "Results a page when a request does not say.", "integer"),
    _attribute("maxPageSize", "Results a page holds at most.", "integer"),
    _attribute("cursorTimeout", "Seconds a cursor can be used for.", "integer"),
)

_SCHEMES = _attribute(
    "authenticationSchemes",
    "How clients authenticate.",
    "complex",
    _attribute(
        "type",
        "The kind of scheme.",
        required=True,
        words=("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"),
    ),
    _attribute("name", "The usual name of the scheme.", required=True),
    _attribute("description", "What the scheme asks of a client.", required=True),
    _attribute("specUri", "The specification of the scheme.", "reference", refers=("external",)),
    _attribute("documentationUri", "Help on the scheme.", "reference", refers=("external",)),
    _attribute("primary", "Whether this scheme is the preferred one.", "boolean"),
    many=True,
    required=True,
)

_PARTS: tuple[dict[str, Any], ...] = (
    _attribute("name", "The name of the attribute.", required=True, exact=True),
    _attribute(
        "type",
        "The type of its values.",
        required=True,
        words=(
            "string",
            "complex",
            "boolean",
            "decimal",
            "integer",
            "dateTime",
            "reference",
            "binary",
        ),
    ),
    _attribute("multiValued", "Whether it holds an array.", "boolean", required=True),
    _attribute("description", "What the attribute means."),
    _attribute("required", "Whether a resource must have it.", "boolean"),
    _attribute("canonicalValues", "Values that are suggested.", many=True, exact=True),
    _attribute("caseExact", "Whether upper and lower case differ.", "boolean"),
    _attribute(
        "mutability",
        "Who may write it, and when.",
        words=("readOnly", "readWrite", "immutable", "writeOnly"),
    ),
    _attribute(
        "returned",
        "When it is sent.",
        words=("always", "never", "default", "request"),
    ),
    _attribute(
        "uniqueness",
        "Among which resources a value stands only once.",
        words=("none", "server", "global"),
    ),
    _attribute("referenceTypes", "What a reference may point to.", many=True, exact=True),
)

DEFINITIONS: tuple[dict[str, Any], ...] = (
    _schema(
        PROVIDER,
        "Service Provider Configuration",
        "What this service provider supports",
        _attribute("documentationUri", "Our guide.", "reference", refers=("external",)),
        _feature("patch", "PATCH."),
        _feature(
            "bulk",
            "Bulk requests.",
            _limit("maxOperations", "Operations a request holds at most."),
            _limit("maxPayloadSize", "Bytes a request holds at most."),
        ),
        _feature("filter", "Filters.", _limit("maxResults", "Resources an answer holds at most.")),
        _feature("changePassword", "Changing passwords."),
        _feature("sort", "Sorting."),
        _feature("etag", "Versions of resources as ETags."),
        _PAGING,
        _SCHEMES,
    ),
    _schema(
        RESOURCE_TYPE,
        "ResourceType",
        "A kind of resource, and where it is found",
        _attribute("id", "The id of the resource type, which is its name."),
        _attribute("name", "The name of the resource type.", required=True),
        _attribute("description", "What its resources are."),
        _attribute(
            "endpoint",
            "Its endpoint below the base URL.",
            "reference",
            required=True,
            refers=("uri",),
        ),
        _attribute("schema", "The URN of its schema.", "reference", required=True, refers=("uri",)),
        _attribute(
            "schemaExtensions",
            "The schemas that extend it.",
            "complex",
            _attribute(
                "schema", "The URN of the extension.", "reference", required=True, refers=("uri",)
            ),
            _attribute("required", "Whether each resource needs it.", "boolean", required=True),
            many=True,
        ),
    ),
    _schema(
        SCHEMA,
        "Schema",
        "The attributes of a kind of resource",
        _attribute("id", "The URN of the schema.", required=True),
        _attribute("name", "The name of the schema."),
        _attribute("description", "What the schema is for."),
        _attribute(
            "attributes",
            "Its attributes.",
            "complex",
            *_PARTS,
            _attribute("subAttributes", "The attributes within it.", "complex", *_PARTS, many=True),
            many=True,
            required=True,
        ),
    ),
)
