"""The one module that speaks to scim2_models: its grammar and its syntax tree.

Resources stay plain dicts on our side; the library reads filters and paths, and is the oracle of
the tests. Importing it costs about 0.4 s, so commands that need no SCIM do not come here.
"""

from scim2_models import InvalidFilterException, InvalidPathException
from scim2_models.path import (
    AttrPath,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Path,
    PathNode,
    Present,
    ScimFilter,
    ValuePath,
)

from scimserver.scim.errors import InvalidFilterError, InvalidPathError

__all__ = [
    "AttrPath",
    "Comparison",
    "FilterNode",
    "LogicalExpr",
    "LogicalOperator",
    "Not",
    "PathNode",
    "Present",
    "ValuePath",
    "parse_filter",
    "parse_path",
]


def parse_filter(text: str) -> FilterNode:
    """Return the syntax tree of a filter (RFC 7644 §3.4.2.2), or raise InvalidFilterError."""
    try:
        return ScimFilter(text).ast
    except InvalidFilterException as refusal:
        raise InvalidFilterError(f"filter: {refusal.detail}") from refusal


def parse_path(text: str) -> PathNode:
    """Return the syntax tree of a PATCH path (RFC 7644 §3.5.2), or raise InvalidPathError."""
    try:
        tree = Path(text).ast
    except InvalidPathException as refusal:
        raise InvalidPathError(f"path: {refusal.detail}") from refusal
    if tree is None:
        raise InvalidPathError("path: nothing to select")
    return tree
