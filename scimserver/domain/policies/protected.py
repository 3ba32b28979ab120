"""Local administrators are out of reach of provisioning, and never too few (B47, G9, P91, P92)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.domain.actor import Actor, Reach
from scimserver.domain.commands import Create, Plan
from scimserver.domain.errors import LastLocalAdministratorError, ProtectedResourceError
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.domain.sso_mode import Mode
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:
    """Raise when the command touches a protected account and the actor does not reach that far.

    Who does may change one, but not turn off or delete one of the last.
    """
    if actor.reach is Reach.PROVISIONED:
        if plan.id in facts.protected or _makes_one(plan):
            raise ProtectedResourceError(plan.id)
        return
    if plan.id not in facts.protected or actor.reach is Reach.FORCED:
        return
    if turns_off(plan, resource) and facts.local_administrators <= facts.least:
        raise LastLocalAdministratorError(facts.least)


def least(sso_mode: str, minimum: int) -> int:
    """Return how many active local administrators must stay (P92, G8).

    ``minimum`` is the operator's for organizations that enforce single sign-on; others keep one.
    """
    return minimum if sso_mode == Mode.ENFORCED else 1


def turns_off(plan: Plan, resource: Resource | None) -> bool:
    """Return whether an active resource is inactive or gone after the command."""
    if plan.before is None or not plan.before.active:
        return False
    return resource is None or not resource.active


def violations(
    kind: ResourceType,  # noqa: ARG001  # One signature for every twin.
    attributes: Mapping[str, Any],  # noqa: ARG001
    row: Row,
    facts: Facts,
) -> Iterator[Violation]:
    """Yield a protected account that is not active, where too few of the others are."""
    if row.id in facts.protected and not row.active and facts.local_administrators < facts.least:
        yield Violation(
            "protected",
            row.id,
            "This local administrator has been deactivated, and too few others are active.",
        )


def _makes_one(plan: Plan) -> bool:
    return isinstance(plan.command, Create) and plan.command.local_administrator
