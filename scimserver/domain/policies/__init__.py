"""What this product promises about every resource: rules in a visible order.

A rule is a pure function that returns nothing or raises; beside it stands its twin, which finds
stored resources that break it today. A new promise is a new module and a line in ``RULES``.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Plan
from scimserver.domain.policies import (
    domain_claim,
    limits,
    paused,
    protected,
    rank,
    require_address,
    self_service,
)
from scimserver.domain.policies.domain_claim import domains_needed, domains_stored
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.domain.policies.limits import USUAL, Quotas
from scimserver.domain.policies.protected import least, turns_off
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType

__all__ = [
    "RULES",
    "TWINS",
    "USUAL",
    "Facts",
    "Quotas",
    "Row",
    "Violation",
    "check_all",
    "domains_needed",
    "domains_stored",
    "least",
    "turns_off",
    "violations",
]

Rule = Callable[[Actor, Plan, Resource | None, Facts], None]
Twin = Callable[[ResourceType, Mapping[str, Any], Row, Facts], Iterator[Violation]]

# A connection that pauses is told nothing else. Then a protected account comes first: nothing else
# about the change is worth telling.
RULES: tuple[Rule, ...] = (
    paused.check,
    protected.check,
    rank.check,
    # Before any rule that knows of others: its refusal says nothing of the value.
    self_service.check,
    domain_claim.check,
    require_address.check,
    limits.check,
)
TWINS: tuple[Twin, ...] = (
    paused.violations,
    protected.violations,
    rank.violations,
    self_service.violations,
    domain_claim.violations,
    require_address.violations,
    limits.violations,
)


def check_all(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:
    """Ask every rule in order; the first that says no raises."""
    for rule in RULES:
        rule(actor, plan, resource, facts)


def violations(
    kind: ResourceType, attributes: Mapping[str, Any], row: Row, facts: Facts
) -> list[Violation]:
    """Return how one stored resource breaks the rules today; mostly not at all."""
    return [found for twin in TWINS for found in twin(kind, attributes, row, facts)]
