"""Quotas: how many resources of a type an organization may hold (M24)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Plan
from scimserver.domain.errors import LimitExceededError
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many users and teams a sandbox may hold; of any further type as many as users."""

    users: int = 10_000
    teams: int = 1_000

    def of(self, kind: ResourceType) -> int:
        """Return how many resources of a type there may be."""
        return self.teams if kind.name == "Group" else self.users


USUAL = Quotas()


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:  # noqa: ARG001  # One signature for every rule.
    """Raise when a creation finds no room left; changing what exists is always possible."""
    if plan.before is None and facts.room.get(plan.type.name, 1) < 1:
        raise LimitExceededError(
            f"This organization holds as many {plan.type.name} resources as it may. "
            f"{LimitExceededError.recommended_action} (code {LimitExceededError.code})"
        )


def violations(
    kind: ResourceType,
    attributes: Mapping[str, Any],  # noqa: ARG001  # One signature for every twin.
    row: Row,
    facts: Facts,
) -> Iterator[Violation]:
    """Yield a resource that came when there were as many of its type as there may be."""
    if facts.room.get(kind.name, 0) < 0:
        yield Violation("limits", row.id, f"There are more {kind.name} resources than allowed.")
