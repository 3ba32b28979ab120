"""Nobody in the console changes somebody of equal or higher rank, owners apart (P83)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Plan
from scimserver.domain.errors import OutrankedError
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.domain.roles import may_manage
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:  # noqa: ARG001  # One signature for every rule.
    """Raise when a person changes, turns off or deletes a user they do not rank above.

    An identity provider has no rank: it owns what it provisions, whatever roles people have here.
    """
    if actor.role is None or facts.role is None or plan.before is None:
        return
    if not may_manage(actor.role, facts.role):
        raise OutrankedError


def violations(
    kind: ResourceType,  # noqa: ARG001  # One signature for every twin.
    attributes: Mapping[str, Any],  # noqa: ARG001
    row: Row,  # noqa: ARG001
    facts: Facts,  # noqa: ARG001
) -> Iterator[Violation]:
    """Yield nothing: what is stored does not say who wrote it, and may stay as it is."""
    return iter(())
