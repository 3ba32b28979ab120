"""Members in a POST or PUT body become ids, in order and each once (B49). A group may have 200,000.

Of a member only its id counts; its type, when sent, is kept for the door to compare with the truth.
"""

from typing import Any

from scimserver.codec import Packed
from scimserver.scim.errors import PayloadTooLargeError
from scimserver.scim.quirks import counters
from scimserver.scim.readers import UNSET, Notes, Reader, Refusal, reader
from scimserver.scim.schema import Attribute, ResourceType

MAX_EDGES = 250_000


def read_edges(
    kind: ResourceType, edge: Attribute, value: Any, notes: Notes
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the ids and the types that were sent; both are empty where the members are unset."""
    if value is None or value in ([], {}, ""):
        return (), {}
    if type(value) not in (list, Packed):
        if not notes.profile.scalar_to_list:
            raise Refusal("must be an array")
        notes.use(counters.SCALAR_TO_LIST)
        value = [value]
    if len(value) > MAX_EDGES:
        raise PayloadTooLargeError(f"{edge.name}: more than {MAX_EDGES:,} values. Send fewer.")
    read_id = reader(edge.sub_attributes["value"])
    allowed = {name.lower(): name for name in kind.edge_types}
    found: dict[str, None] = {}
    types: dict[str, str] = {}
    index = 0
    try:
        for index, each in enumerate(value):  # noqa: B007  # The refusal needs it.
            raw_id, raw_type = _parts(edge, each, notes)
            id = _id(read_id, raw_id, notes)
            if id is UNSET:
                raise Refusal("has no 'value'. Send the id of the member.")  # noqa: TRY301
            found[id] = None
            if raw_type:
                types[id] = _type(allowed, raw_type)
    except Refusal as refusal:
        refusal.at(f"[{index}]")
        raise
    return tuple(found), types


def _parts(edge: Attribute, entry: Any, notes: Notes) -> tuple[Any, Any]:
    """Return the value and the type of one entry as they were sent."""
    if type(entry) is str and notes.profile.scalar_to_list:
        notes.use(counters.SCALAR_TO_LIST)
        return entry, None
    if type(entry) is not dict:
        raise Refusal("must be a JSON object")
    parts: dict[str, Any] = {}
    for key, each in entry.items():
        name = key.lower()
        if name not in edge.sub_attributes:
            notes.unknown(key, f"{edge.path}.")
        parts[name] = each
    return parts.get("value"), parts.get("type")


def _id(read: Reader, raw: Any, notes: Notes) -> Any:
    try:
        return read(raw, notes)
    except Refusal as refusal:
        refusal.at(".value")
        raise


def _type(allowed: dict[str, str], raw: Any) -> str:
    name = allowed.get(raw.lower()) if type(raw) is str else None
    if name is None:
        refusal = Refusal(f"must be one of {', '.join(allowed.values())}")
        refusal.at(".type")
        raise refusal
    return name
