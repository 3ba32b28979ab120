"""Whoever comes with a token of their own changes what is theirs to change, nothing else (H2).

Judged is what would result, as the domain rule does: a PUT that repeats what it read passes, and a
PATCH by any path meets the same list.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.changes import differences
from scimserver.domain.commands import Plan
from scimserver.domain.errors import NotSelfServiceError
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.scim.delta import NO_EDGES
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:  # noqa: ARG001  # One signature for every rule.
    """Raise when a user would change an attribute that no schema declares as self-service."""
    if actor.bound_to is None or resource is None:
        return
    for path in _changed(plan, resource):
        if path not in _declared(plan.type):
            raise NotSelfServiceError(path)


def violations(
    kind: ResourceType,  # noqa: ARG001  # One signature for every twin.
    attributes: Mapping[str, Any],  # noqa: ARG001
    row: Row,  # noqa: ARG001
    facts: Facts,  # noqa: ARG001
) -> Iterator[Violation]:
    """Yield nothing: what is stored does not say who wrote it, and may stay as it is."""
    return iter(())


def _changed(plan: Plan, resource: Resource) -> Iterator[str]:
    """Yield the paths the door would write, by the comparison by which it writes them."""
    for change in differences(plan.type, plan.before_attributes, resource.attributes):
        yield change.path
    if plan.before is not None and plan.before.external_id != resource.external_id:
        yield "externalId"
    if plan.type.edge is not None and plan.edges != NO_EDGES:
        yield plan.type.edge.name


@lru_cache(maxsize=256)
def _declared(kind: ResourceType) -> frozenset[str]:
    return frozenset(attribute.path for attribute in kind.every() if attribute.self_service)
