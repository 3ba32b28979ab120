"""Writes of a connection that pauses wait, those apart that take access away (M11, G12)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Plan
from scimserver.domain.errors import PolicyDeniedError
from scimserver.domain.policies import domain_claim
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.domain.policies.protected import turns_off
from scimserver.domain.provisioning_error import WritesPausedError
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:
    """Raise while the actor's connection pauses, unless a user is deleted or turned off.

    Whoever is turned off again passes as well: a client repeats what it had no answer to.
    """
    if not actor.paused or resource is None:
        return
    if not turns_off(plan, resource) and not _repeats_it(plan, resource):
        raise WritesPausedError
    try:
        domain_claim.check(actor, plan, resource, facts)
    except PolicyDeniedError as refusal:
        # A change that turns somebody off is no way in for an address that would be refused.
        raise WritesPausedError from refusal


def violations(
    kind: ResourceType,  # noqa: ARG001  # One signature for every twin.
    attributes: Mapping[str, Any],  # noqa: ARG001
    row: Row,  # noqa: ARG001
    facts: Facts,  # noqa: ARG001
) -> Iterator[Violation]:
    """Yield nothing: what is stored had come before, or was let through."""
    return iter(())


def _repeats_it(plan: Plan, resource: Resource) -> bool:
    """Return whether the user is off already, and nothing else about them would change."""
    before = plan.before
    if before is None or before.active or resource.active:
        return False
    same_id = before.external_id == resource.external_id
    return same_id and plan.before_attributes == resource.attributes
