"""Facts: what the rules must know beside the resource, gathered by the door in advance."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scimserver.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for one organization now.

    ``owned`` are those of its verified domains that the command needs, grace included.
    ``protected`` are the ids of local administrators, of those the command may concern;
    ``local_administrators`` counts the active ones, read where one would go, and ``least`` is how
    many must stay. ``role`` is that of the user the command changes. ``room`` says how many
    resources of a type, by name, may still be created; a type not named has no limit.
    ``test_suffixes`` are the suffixes the operator enabled for addresses.
    """

    owned: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()
    local_administrators: int = 0
    least: int = 1
    role: Role | None = None
    room: Mapping[str, int] = field(default_factory=dict)
    test_suffixes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """A stored resource as the twins see it: read back, whole, judged again.

    ``sandbox`` and ``require_address`` are its organization's.
    """

    id: str
    active: bool
    sandbox: bool = False
    require_address: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """A stored row that breaks a rule today: which rule, which resource, and why."""

    rule: str
    id: str
    detail: str
