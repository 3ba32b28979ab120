"""Commands into the door, and outcomes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from scimserver.scim.conditions import ANY
from scimserver.scim.delta import NO_EDGES, EdgeDelta
from scimserver.scim.operation import Operation
from scimserver.scim.resource import Draft, Resource, Stored
from scimserver.scim.schema import ResourceType


@dataclass(frozen=True, slots=True)
class Create:
    """Add a resource. ``id`` is given by Bulk and import, which promise ids before they write.

    ``local_administrator`` is set by the service of that name alone: the one creation whose
    addresses may lie anywhere (G8).
    """

    type: ResourceType
    draft: Draft
    id: str | None = None
    local_administrator: bool = False


@dataclass(frozen=True, slots=True)
class Replace:
    """PUT: the resource as it shall be (B36). ``if_match`` are versions, empty for any."""

    type: ResourceType
    id: str
    draft: Draft
    if_match: "Precondition | None" = None


@dataclass(frozen=True, slots=True)
class Patch:
    """PATCH: operations in order, as ``patch.read`` returns them."""

    type: ResourceType
    id: str
    operations: Sequence[Operation]
    if_match: "Precondition | None" = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a resource, its memberships and the references to it (B38, B40)."""

    type: ResourceType
    id: str
    if_match: "Precondition | None" = None


Command = Create | Replace | Patch | Delete


@dataclass(frozen=True, slots=True)
class Precondition:
    """If-Match and If-None-Match over integer versions: None of either means it was not sent.

    ``matches`` and ``none_matches`` are sets of versions, or the set holding ANY for ``*``.
    """

    matches: frozenset[int] | None = None
    none_matches: frozenset[int] | None = None

    def holds(self, version: int) -> bool:
        """Return whether a resource in this version may be changed (G3, G6)."""
        if self.matches is not None and not self.matches & {version, ANY}:
            return False
        return self.none_matches is None or not self.none_matches & {version, ANY}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command would do, before anyone has judged it.

    ``before`` is the stored resource (None on create) and ``before_attributes`` its parsed dict.
    ``draft`` is what would result (None on delete); ``edges`` how members change, apart from it.
    """

    command: Command
    id: str
    before: Stored | None
    before_attributes: Mapping[str, Any]
    draft: Draft | None
    edges: EdgeDelta = NO_EDGES

    @property
    def type(self) -> ResourceType:
        """The resource type."""
        return self.command.type


class Effect(StrEnum):
    """What became of a command."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


class Change(NamedTuple):
    """One changed attribute, secrets masked: its path, the value before and after."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the door did. ``stored`` is the resource now (as it last was, after a delete).

    ``ignored`` are attributes sent and passed over, ``quirks`` the tolerances that took effect.
    ``consequences`` is what else the audit log tells of it: the access somebody lost.
    """

    effect: Effect
    stored: Stored
    resource: Resource | None
    changes: tuple[Change, ...] = field(default=())
    ignored: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    consequences: tuple[Change, ...] = ()
