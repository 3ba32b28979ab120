"""The messages of RFC 7644: search requests read, list responses and errors written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from scimserver.scim.errors import (
    InvalidCountError,
    InvalidFilterError,
    InvalidSyntaxError,
    InvalidValueError,
)
from scimserver.scim.quirks import Profile

_MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
LIST_RESPONSE = f"{_MESSAGES}ListResponse"
SEARCH_REQUEST = f"{_MESSAGES}SearchRequest"
BULK_REQUEST = f"{_MESSAGES}BulkRequest"
BULK_RESPONSE = f"{_MESSAGES}BulkResponse"
ERROR = f"{_MESSAGES}Error"

DETAIL_LENGTH = 500

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_LARGEST_INDEX = 2**53
_LISTS = ("attributes", "excludedattributes")
_KNOWN = frozenset(
    {"filter", "sortby", "sortorder", "startindex", "count", "cursor", "attributes"}
    | {"excludedattributes"}
)


@dataclass(frozen=True, slots=True)
class PageSize:
    """How many resources a page holds: where the client names no count, and at most (D30)."""

    default: int = 100
    maximum: int = 1000


PAGE_SIZE = PageSize()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a query asks for, from a URL or a ``.search`` body alike (RFC 7644 §3.4.2, §3.4.3).

    ``count`` is within our bounds; ``counted`` says that the client named one. ``cursor`` is None
    in index mode and empty for the first page of a cursor walk (RFC 9865 §2).
    """

    filter: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start_index: int = 1
    count: int = PAGE_SIZE.default
    counted: bool = False
    cursor: str | None = None
    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def from_query(pairs: Sequence[tuple[str, str]], page: PageSize = PAGE_SIZE) -> SearchRequest:
    """Read URL parameters: names in any case, unknown ones ignored, known ones once (D3)."""
    if not pairs:
        return SearchRequest(count=page.default)
    found: dict[str, Any] = {}
    for name, value in pairs:
        key = name.lower()
        if key not in _KNOWN:
            continue
        if key in _LISTS:
            found.setdefault(key, []).extend(value.split(","))
        elif key in found:
            raise InvalidValueError(f"{name}: the parameter stands twice. Send it once.", path=name)
        else:
            found[key] = value
    return _request(found, page)


def from_body(
    body: Mapping[str, Any], profile: Profile, page: PageSize = PAGE_SIZE
) -> SearchRequest:
    """Read a SearchRequest body (D47)."""
    check_schemas(body, SEARCH_REQUEST, absent_accepted=profile.missing_schemas)
    lowered = {name.lower(): value for name, value in body.items()}
    return _request({n: v for n, v in lowered.items() if n in _KNOWN and v is not None}, page)


def check_schemas(body: Mapping[str, Any], urn: str, *, absent_accepted: bool) -> None:
    """Refuse a message whose ``schemas`` does not name what it is (RFC 7644 §3.1)."""
    schemas = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    if schemas is None:
        if absent_accepted:
            return
        raise InvalidSyntaxError(f"schemas: missing. Send ['{urn}'].", path="schemas")
    named = schemas if isinstance(schemas, list) else [schemas]
    if not any(isinstance(each, str) and each.lower() == urn.lower() for each in named):
        raise InvalidSyntaxError(f"schemas: must be ['{urn}'].", path="schemas")


def _request(found: Mapping[str, Any], page: PageSize) -> SearchRequest:
    cursor = found.get("cursor")
    if cursor is not None:
        _check_text("cursor", cursor)
        if "startindex" in found:
            raise InvalidValueError(
                "cursor: cannot be combined with startIndex. Send one of them.", path="cursor"
            )
    text = found.get("filter")
    if text is not None and not isinstance(text, str):
        raise InvalidFilterError("filter: must be a string.", path="filter")
    sort_by = found.get("sortby") or None
    if sort_by is not None:
        _check_text("sortBy", sort_by)
    attributes = _names("attributes", found.get("attributes", ()))
    excluded = _names("excludedAttributes", found.get("excludedattributes", ()))
    if attributes and excluded:
        raise InvalidValueError(
            "attributes: cannot be combined with excludedAttributes. Send one of them.",
            path="attributes",
        )
    return SearchRequest(
        filter=text,
        sort_by=sort_by,
        descending=sort_by is not None and _is_descending(found.get("sortorder", "ascending")),
        start_index=_start_index(found.get("startindex", 1)),
        count=_count(found.get("count", page.default), page, in_walk=cursor is not None),
        counted="count" in found,
        cursor=cursor,
        attributes=attributes,
        excluded=excluded,
    )


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidValueError(f"{name}: must be a string.", path=name)


def _names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise InvalidValueError(f"{name}: must be a list of attribute names.", path=name)
    return tuple(stripped for each in value if (stripped := each.strip()))


def _is_descending(value: Any) -> bool:
    word = value.lower() if isinstance(value, str) else None
    if word not in ("ascending", "descending"):
        raise InvalidValueError("sortOrder: must be 'ascending' or 'descending'.", path="sortOrder")
    return word == "descending"


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    return None


def _start_index(value: Any) -> int:
    number = _integer(value)
    if number is None:
        raise InvalidValueError("startIndex: must be an integer.", path="startIndex")
    return min(max(number, 1), _LARGEST_INDEX)


def _count(value: Any, page: PageSize, *, in_walk: bool) -> int:
    number = _integer(value)
    if number is None:
        kind = InvalidCountError if in_walk else InvalidValueError
        raise kind("count: must be an integer.", path="count")
    return min(max(number, 0), page.maximum)


def list_head(
    total: int,
    returned: int,
    *,
    start_index: int | None = None,
    next_cursor: str | None = None,
    previous_cursor: str | None = None,
) -> bytes:
    """Return a ListResponse up to the bracket that opens its resources (D1, D31, D34).

    The caller sends the resources, separated by commas, and LIST_TAIL.
    """
    parts = [
        f'{{"schemas":["{LIST_RESPONSE}"],"totalResults":{total},"itemsPerPage":{returned}',
        f',"startIndex":{start_index}' if start_index is not None else "",
        f',"nextCursor":"{next_cursor}"' if next_cursor else "",
        f',"previousCursor":"{previous_cursor}"' if previous_cursor else "",
        ',"Resources":[',
    ]
    return "".join(parts).encode()


LIST_TAIL = b"]}"


def list_response(resources: Sequence[bytes]) -> bytes:
    """Return a ListResponse that holds everything there is, as discovery does (A5)."""
    head = list_head(len(resources), len(resources), start_index=1)
    return head + b",".join(resources) + LIST_TAIL


def error(status: int, detail: str, scim_type: str = "") -> dict[str, Any]:
    """Return an Error message (RFC 7644 §3.12)."""
    body: dict[str, Any] = {"schemas": [ERROR], "status": str(status)}
    if scim_type:
        body["scimType"] = scim_type
    body["detail"] = detail if len(detail) <= DETAIL_LENGTH else f"{detail[: DETAIL_LENGTH - 1]}…"
    return body


def error_bytes(status: int, detail: str, scim_type: str = "") -> bytes:
    """Return an Error message as JSON; what cannot be written is replaced."""
    clean = detail.encode("utf-8", "replace").decode()
    return orjson.dumps(error(status, clean, scim_type))
