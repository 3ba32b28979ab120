"""The names under which tolerances are counted, so that a dead one can go with evidence (J2.1).

They are counted for each profile by the metrics, and for each connection by
``connection show``: what such clients, and what this one, really send.
"""

from collections.abc import Mapping
from types import MappingProxyType

ENDPOINT_CASE = "endpoint-case"
LONE_OPERATION = "lone-operation"
LONE_VALUE = "lone-value"
MANAGER_FORM = "manager-form"
MISSING_CONTENT_TYPE = "missing-content-type"
MISSING_SCHEMAS = "missing-schemas"
OP_CASE = "op-case"
PATHLESS = "pathless-patch"
REMOVE_VALUE = "remove-value"
SCALAR_TO_LIST = "scalar-to-list"
STRING_BOOLEAN = "string-boolean"
UNKNOWN_SCHEMA = "unknown-schema"
UNMATCHED_CREATE = "unmatched-create"
UNQUALIFIED_PATH = "unqualified-attribute"
UNQUOTED_VALUE = "unquoted-value"
UNWRAPPED_LIST = "unwrapped-list"

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        ENDPOINT_CASE: "spells an endpoint in another case, such as /users",
        LONE_OPERATION: "sends one PATCH operation as an object where a list belongs",
        LONE_VALUE: "sends one value where PATCH takes a list of them",
        MANAGER_FORM: "sends the manager as text or as a list instead of an object",
        MISSING_CONTENT_TYPE: "sends a body without a Content-Type",
        MISSING_SCHEMAS: "leaves schemas out of a body",
        OP_CASE: "spells a PATCH operation in another case, such as Replace",
        PATHLESS: "sends PATCH operations without a path",
        REMOVE_VALUE: "names what PATCH removes in its value instead of its path",
        SCALAR_TO_LIST: "sends one value where a list belongs",
        STRING_BOOLEAN: 'sends true and false as text, such as "True"',
        UNKNOWN_SCHEMA: "names a schema in schemas that the type does not have",
        UNMATCHED_CREATE: "changes an entry that does not exist, which is then made",
        UNQUALIFIED_PATH: "names an attribute of an extension without its URN",
        UNQUOTED_VALUE: "compares with text without quotes in a filter",
        UNWRAPPED_LIST: "sends a list around a single value",
    }
)
"""What a connection does that takes each tolerance, for its admin."""
