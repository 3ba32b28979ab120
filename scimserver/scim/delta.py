"""What a PATCH changes: the document that results, and edges as sets, never as a member list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scimserver.scim.filter import Node


@dataclass(frozen=True, slots=True)
class EdgeDelta:
    """How the operations change the members of a group, without knowing who they are.

    ``cleared``: start from none instead of the stored ones. Then stored members that match a filter
    of ``removed_where`` go (each bound to the sub-attributes of the edge), then ``removed`` go and
    ``added`` come; no id is in both. ``expected`` must be members beforehand, or the operation had
    no target (C35).
    """

    cleared: bool = False
    added: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    removed_where: tuple[Node, ...] = ()
    expected: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.cleared or self.added or self.removed or self.removed_where or self.expected
        )


NO_EDGES = EdgeDelta()


@dataclass(frozen=True, slots=True)
class Delta:
    """The result of PATCH operations applied to one stored resource.

    ``attributes`` is the whole canonical dict afterwards (without id, meta, externalId and edges);
    it is a new dict, or the very one given when no attribute changed. ``external_id`` is what it
    shall be afterwards. ``ignored`` names unknown attributes that were passed over (B16),
    ``quirks`` the tolerances that were used (J2.1).
    """

    attributes: Mapping[str, Any]
    external_id: str | None
    edges: EdgeDelta = NO_EDGES
    ignored: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
