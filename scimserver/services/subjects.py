"""What a refusal was about, and what a success puts right: a resource by whatever names it (G11).

A client that creates names what it sends by ``externalId``, else by the name it is unique by; any
other write names the resource by its id. What names none is a matter of the operation itself.
"""

from collections.abc import Mapping
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Effect, Outcome
from scimserver.scim.resource import Draft, parse
from scimserver.scim.schema import ResourceType
from scimserver.services.lines import name_attribute

Subject = tuple[str | None, ...]
"""Texts that become a digest before they are kept."""

IMPORT = "IMPORT"


def of_request(
    connection_id: str | None,
    method: str,
    place: str | None,
    *,
    id: str | None = None,
    kind: ResourceType | None = None,
    body: Mapping[str, Any] | None = None,
) -> Subject:
    """Return what a refused request was about; ``place`` is its type or route where that is all."""
    if id:
        return _by_id(id)
    if kind is not None and body:
        external_id = _text(body, "externalId")
        if external_id is not None:
            return _by_external_id(kind, connection_id, external_id)
        attribute = name_attribute(kind)
        name = _text(body, attribute.name) if attribute is not None else None
        if attribute is not None and name is not None:
            return _by_name(kind, attribute.fold(name))
    return _by_operation(connection_id, method, kind.name if kind is not None else place)


def of_draft(connection_id: str | None, draft: Draft | None) -> Subject:
    """Return what a refused line of an import was about; one that cannot be read names nothing."""
    if draft is None:
        return _by_operation(connection_id, IMPORT, None)
    if draft.external_id is not None:
        return _by_external_id(draft.type, connection_id, draft.external_id)
    return _named(draft.type, draft.attributes) or _by_operation(
        connection_id, IMPORT, draft.type.name
    )


def of_token(connection_id: str | None) -> Subject:
    """Return what a credential that does not hold any more is about."""
    return ("connection", connection_id)


def of_outcome(actor: Actor, method: str, outcome: Outcome) -> list[Subject]:
    """Return all that a success may have put right."""
    stored, kind = outcome.stored, outcome.stored.type
    found = [_by_id(stored.id), of_token(actor.connection_id)]
    found.append(_by_operation(actor.connection_id, method, kind.name))
    if stored.external_id is not None:
        found.append(_by_external_id(kind, actor.connection_id, stored.external_id))
    resource = outcome.resource
    held = resource.attributes if resource is not None else parse(kind, stored.document)
    if (named := _named(kind, held)) is not None:
        found.append(named)
    return found


def is_gone(outcome: Outcome) -> bool:
    """Return whether nothing is left that anything could be refused about."""
    return outcome.effect is Effect.DELETED


def _named(kind: ResourceType, attributes: Mapping[str, Any]) -> Subject | None:
    attribute = name_attribute(kind)
    name = attributes.get(attribute.name) if attribute is not None else None
    if attribute is None or not isinstance(name, str):
        return None
    return _by_name(kind, attribute.fold(name))


def _by_id(id: str) -> Subject:
    return ("id", id)


def _by_external_id(kind: ResourceType, connection_id: str | None, value: str) -> Subject:
    return ("externalId", kind.name, connection_id, value)


def _by_name(kind: ResourceType, key: str) -> Subject:
    return ("name", kind.name, key)


def _by_operation(connection_id: str | None, method: str, place: str | None) -> Subject:
    return ("operation", connection_id, method, place)


def _text(body: Mapping[str, Any], wanted: str) -> str | None:
    """Return a text of a body, in whatever case its name is written (B12)."""
    for name, value in body.items():
        if name.lower() == wanted.lower() and isinstance(value, str) and value:
            return value
    return None
