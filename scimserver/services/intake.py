"""A request becomes a command: the same for a request of its own and for an operation of Bulk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scimserver.domain.commands import Command, Create, Delete, Patch, Precondition, Replace
from scimserver.scim import patch
from scimserver.scim.errors import PayloadTooLargeError
from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Draft
from scimserver.scim.schema import ResourceType
from scimserver.scim.validate import canonical


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much one write may carry (B64)."""

    group_members: int = 250_000
    patch_members: int = 10_000
    patch_operations: int = 1_000


@dataclass(frozen=True, slots=True)
class Request:
    """One write as it was asked for; ``body`` is None for a DELETE."""

    method: str
    type: ResourceType
    id: str = ""
    body: Mapping[str, Any] | None = None
    condition: Precondition | None = None


def command(
    request: Request, profile: Profile, sizes: Sizes, *, new_id: str | None = None
) -> Command:
    """Return the command a request asks for, or refuse its body.

    ``new_id`` is the id promised to a creation.
    """
    body = request.body or {}
    match request.method:
        case "POST":
            return Create(request.type, _draft(request.type, body, profile, sizes), new_id)
        case "PUT":
            draft = _draft(request.type, body, profile, sizes)
            return Replace(request.type, request.id, draft, request.condition)
        case "PATCH":
            _check_patch(body, sizes)
            operations = patch.read(body, profile)
            return Patch(request.type, request.id, operations, request.condition)
        case _:
            return Delete(request.type, request.id, request.condition)


def _draft(kind: ResourceType, body: Mapping[str, Any], profile: Profile, sizes: Sizes) -> Draft:
    draft = canonical(kind, body, profile)
    if draft.edges is not None and len(draft.edges) > sizes.group_members:
        raise PayloadTooLargeError(
            f"{len(draft.edges)} members in one request; the limit is {sizes.group_members}. "
            "Add the others by PATCH."
        )
    return draft


def _check_patch(body: Mapping[str, Any], sizes: Sizes) -> None:
    """Refuse a PATCH that is too large before anything reads it closely."""
    operations = next((v for n, v in body.items() if n.lower() == "operations"), None)
    if not isinstance(operations, list):
        return
    if len(operations) > sizes.patch_operations:
        raise PayloadTooLargeError(
            f"Operations: {len(operations)} of them; the limit is {sizes.patch_operations}. "
            "Send several requests."
        )
    values = sum(_values(operation) for operation in operations)
    if values > sizes.patch_members:
        raise PayloadTooLargeError(
            f"Operations: {values} values; the limit is {sizes.patch_members}. "
            "Send several requests."
        )


def _values(value: Any) -> int:
    """Return how many list entries an operation carries, its members among them."""
    if isinstance(value, dict):
        return sum(_values(held) for held in value.values() if isinstance(held, (dict, list)))
    return len(value) if isinstance(value, list) else 0
