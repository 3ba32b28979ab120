"""Local administrators are out of reach of provisioning, whatever the change (B47, G9)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Plan
from scimserver.domain.errors import ProtectedResourceError
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:  # noqa: ARG001  # One signature for every rule.
    """Raise when the command touches a protected account, even to deactivate or delete it."""
    if plan.id in facts.protected:
        raise ProtectedResourceError


def violations(
    kind: ResourceType,  # noqa: ARG001  # One signature for every twin.
    attributes: Mapping[str, Any],  # noqa: ARG001
    row: Row,
    facts: Facts,
) -> Iterator[Violation]:
    """Yield a protected account that is not active: nothing but provisioning turns one off."""
    if row.id in facts.protected and not row.active:
        yield Violation("protected", row.id, "This local administrator has been deactivated.")
