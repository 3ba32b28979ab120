"""What a command would do: the stored resource, the draft that would result, how edges change.

Planning only reads. Nothing here judges by our rules; what the protocol itself refuses (an unknown
id, a stale version, a PATCH without a target) is refused here, because there is no plan without it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Command, Create, Delete, Patch, Plan, Precondition, Replace
from scimserver.domain.errors import StaleVersionError, UnknownResourceError
from scimserver.domain.references import targets
from scimserver.ids import is_id, new_id
from scimserver.scim import patch
from scimserver.scim.delta import NO_EDGES, EdgeDelta
from scimserver.scim.errors import InvalidValueError, NoTargetError, PreconditionRequiredError
from scimserver.scim.resource import Draft, Resource, Stored, created, parse, replaced
from scimserver.scim.schema import ResourceType
from scimserver.storage import members, reader
from scimserver.storage.session import Session

CHUNK = 1_000


def plan(session: Session, actor: Actor, command: Command) -> Plan:
    """Return what the command would do to what is stored now.

    Raises UnknownResourceError, StaleVersionError, PreconditionRequiredError and whatever the
    protocol has against a PATCH or a PUT (RFC 7644 §3.5).
    """
    match command:
        case Create():
            return _created(session, actor, command)
        case Replace():
            before = _stored(session, actor, command.type, command.id, command.if_match)
            return _replaced(session, actor, command, before)
        case Patch():
            before = _stored(session, actor, command.type, command.id, command.if_match)
            return _patched(session, actor, command, before)
        case Delete():
            before = _stored(session, actor, command.type, command.id, command.if_match)
            attributes = parse(command.type, before.document)
            return Plan(command, before.id, before, attributes, None)


def check_references(session: Session, actor: Actor, resource: Resource) -> None:
    """Refuse a reference to a resource that does not exist here (B59, strict connections)."""
    held = [(attribute, id) for attribute, id in targets(resource.type, resource.attributes)]
    known = members.kinds_of(session, actor.org_id, [id for _, id in held if is_id(id)])
    for attribute, id in held:
        if id not in known or known[id][0] not in attribute.targets:
            raise InvalidValueError(
                f"{attribute.path}: '{id}' is not a resource of this organization. Create it first."
            )


def _stored(
    session: Session, actor: Actor, kind: ResourceType, id: str, condition: Precondition | None
) -> Stored:
    before = reader.get(session, actor.org_id, kind, id, actor.connection_id) if is_id(id) else None
    if before is None:
        raise UnknownResourceError(kind.name, id)
    if condition is not None and not condition.holds(before.version):
        raise StaleVersionError
    if actor.profile.require_if_match and (condition is None or condition.matches is None):
        raise PreconditionRequiredError("This connection requires If-Match on every change.")
    return before


def _created(session: Session, actor: Actor, command: Create) -> Plan:
    if actor.profile.adopt_inactive:
        adopted = _adoptable(session, actor, command)
        if adopted is not None:
            active = {"active": True, **command.draft.attributes}
            draft = _with_attributes(command.draft, active)
            whole = Replace(command.type, adopted.id, draft)
            return _replaced(session, actor, whole, adopted, command)
    id = command.id or new_id()
    edges = EdgeDelta(added=command.draft.edges) if command.draft.edges else NO_EDGES
    edges = _with_members(session, actor, command.type, id, edges, command.draft.edge_types)
    return Plan(command, id, None, {}, created(command.draft), edges)


def _adoptable(session: Session, actor: Actor, command: Create) -> Stored | None:
    """Return the inactive user that holds the userName of a new one, if adoption is on (B46)."""
    name = command.draft.attributes.get("userName")
    attribute = command.type.find("userName")
    if not isinstance(name, str) or attribute is None:
        return None
    found = reader.find_unique(
        session, actor.org_id, command.type, "userName", attribute.fold(name), actor.connection_id
    )
    return found if found is not None and not found.active else None


def _replaced(
    session: Session,
    actor: Actor,
    command: Replace,
    before: Stored,
    origin: Create | None = None,
) -> Plan:
    attributes = parse(command.type, before.document)
    draft = replaced(command.draft, attributes, external_id=before.external_id)
    edges = NO_EDGES
    if draft.edges is not None:
        edges = _difference(session, actor, before.id, draft.edges)
        edges = _with_members(session, actor, command.type, before.id, edges, draft.edge_types)
    return Plan(origin or command, before.id, before, attributes, draft, edges)


def _patched(session: Session, actor: Actor, command: Patch, before: Stored) -> Plan:
    attributes = parse(command.type, before.document)
    delta = patch.apply(
        command.type,
        command.operations,
        attributes,
        before.external_id,
        actor.profile,
        resource_id=before.id,
    )
    edges = delta.edges
    if edges.expected:
        _check_expected(session, actor, before.id, edges.expected)
    if edges.added_unless:
        edges = edges.settled(_entries(session, actor, edges.added_unless))
    claimed = edges.types
    if edges.cleared:
        edges = _difference(session, actor, before.id, edges.added)
    edges = _with_members(session, actor, command.type, before.id, edges, claimed)
    draft = Draft(
        command.type,
        delta.attributes,
        delta.external_id,
        ignored=delta.ignored,
        quirks=delta.quirks,
    )
    return Plan(command, before.id, before, attributes, draft, edges)


def _with_attributes(draft: Draft, attributes: Mapping[str, Any]) -> Draft:
    return Draft(
        draft.type,
        attributes,
        draft.external_id,
        draft.edges,
        ignored=draft.ignored,
        quirks=draft.quirks,
        edge_types=draft.edge_types,
        cleared=draft.cleared,
    )


def _difference(session: Session, actor: Actor, id: str, wanted: Iterable[str]) -> EdgeDelta:
    """Return the change from the stored members to the wanted ones.

    The stored ids are streamed and compared here: a replacement of 200,000 members that changes
    a thousand writes a thousand rows.
    """
    stored = set(members.member_ids(session, actor.org_id, id))
    wanted = tuple(wanted)
    added = tuple(member for member in wanted if member not in stored)
    return EdgeDelta(added=added, removed=frozenset(stored.difference(wanted)))


def _entries(
    session: Session, actor: Actor, ids: Iterable[str]
) -> dict[str, dict[str, str | None]]:
    """Return what ids would look like as members: value, type, display."""
    known = members.kinds_of(session, actor.org_id, [id for id in ids if is_id(id)])
    return {
        id: {"value": id, "type": kind, "display": display} for id, (kind, display) in known.items()
    }


def _check_expected(session: Session, actor: Actor, id: str, expected: tuple[str, ...]) -> None:
    present = members.present(session, actor.org_id, id, expected)
    for member in expected:
        if member not in present:
            raise NoTargetError(f'members[value eq "{member}"]: not a member of this group')


def _with_members(
    session: Session,
    actor: Actor,
    kind: ResourceType,
    id: str,
    edges: EdgeDelta,
    claimed: Mapping[str, str],
) -> EdgeDelta:
    """Return the change with members who are here, of a fitting type, and not the group itself.

    Anything else is refused (B49 to B51). A sandbox passes over members who do not exist, since
    conformance runners add made-up ones and expect success.
    """
    if not edges.added or kind.edge is None:
        return edges
    name = kind.edge.name
    missing: set[str] = set()
    remaining = iter(edges.added)
    while chunk := list(islice(remaining, CHUNK)):
        known = members.kinds_of(session, actor.org_id, [each for each in chunk if is_id(each)])
        for member in chunk:
            if member == id:
                raise InvalidValueError(f"{name}: a {kind.name} cannot be a member of itself")
            if member not in known or known[member][0] not in kind.edge_types:
                if actor.sandbox:
                    missing.add(member)
                    continue
                raise InvalidValueError(
                    f"{name}: '{member}' is not a resource of this organization that can be a "
                    "member. Create it first."
                )
            if claimed.get(member, known[member][0]) != known[member][0]:
                raise InvalidValueError(
                    f"{name}: '{member}' is a {known[member][0]}, not a {claimed[member]}"
                )
    if not missing:
        return edges
    return replace(edges, added=tuple(each for each in edges.added if each not in missing))
