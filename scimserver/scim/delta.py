"""What a PATCH changes: the document that results, and edges as sets, never as a member list."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scimserver.scim.entry import entry_matches
from scimserver.scim.tree import Node


@dataclass(frozen=True, slots=True)
class EdgeDelta:
    """How the operations change the members of a group, without knowing who they are.

    ``cleared``: start from none instead of the stored ones. Then stored members that match a filter
    of ``removed_where`` go (each bound to the sub-attributes of the edge), then ``removed`` go and
    ``added`` come; no id is in both. ``expected`` must be members beforehand, or the operation had
    no target (C35).

    ``added_unless`` names ids of ``added`` that a later operation of the same request takes away
    again if they match a filter; whoever knows their types calls ``settled``. ``types`` holds the
    type the client claimed for a member, where it claimed one (B49).
    """

    cleared: bool = False
    added: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    removed_where: tuple[Node, ...] = ()
    expected: tuple[str, ...] = ()
    added_unless: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(
            self.cleared or self.added or self.removed or self.removed_where or self.expected
        )

    def settled(self, entries: Mapping[str, Mapping[str, Any]]) -> "EdgeDelta":
        """Return the delta with every conditional addition decided.

        ``entries`` maps ids of ``added_unless`` to the members they would be: value, type, display.
        """
        gone = frozenset(
            id
            for id, tests in self.added_unless.items()
            if any(entry_matches(test, entries.get(id, {"value": id})) for test in tests)
        )
        return replace(
            self,
            added=tuple(id for id in self.added if id not in gone),
            removed=self.removed | gone,
            added_unless={},
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
