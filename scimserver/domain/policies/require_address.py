"""A user has an address, where the organization asks for one (M4, U4)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Plan
from scimserver.domain.errors import NoEmailError
from scimserver.domain.policies.domain_claim import addresses_of, holds_addresses
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.scim.resource import Resource
from scimserver.scim.schema import ResourceType


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:  # noqa: ARG001  # One signature for every rule.
    """Raise when a user comes to life without an address, or an active one loses its last.

    Who had none before the organization asked may still be changed in other ways.
    """
    if resource is None or not actor.require_address or actor.sandbox:
        return
    if not _lacks(resource.type, resource.attributes):
        return
    if plan.before is not None:
        if not resource.active:
            return
        if plan.before.active and _lacks(resource.type, plan.before_attributes):
            return
    raise NoEmailError


def violations(
    kind: ResourceType,
    attributes: Mapping[str, Any],
    row: Row,
    facts: Facts,  # noqa: ARG001  # One signature for every twin.
) -> Iterator[Violation]:
    """Yield an active stored user without an address, where one is asked for."""
    if row.require_address and not row.sandbox and row.active and _lacks(kind, attributes):
        yield Violation("require_address", row.id, NoEmailError().detail)


def _lacks(kind: ResourceType, attributes: Mapping[str, Any]) -> bool:
    return holds_addresses(kind) and not addresses_of(kind, attributes)
