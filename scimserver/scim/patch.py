"""PATCH operations become a Delta (RFC 7644 §3.5.2). No storage, no web, no member list."""

from collections.abc import Mapping, Sequence
from typing import Any

from scimserver.scim import patch_elements
from scimserver.scim.delta import NO_EDGES, Delta
from scimserver.scim.errors import (
    InvalidPathError,
    InvalidSyntaxError,
    InvalidValueError,
    MutabilityError,
    NoTargetError,
    PayloadTooLargeError,
    ScimError,
)
from scimserver.scim.operation import ABSENT, Operation
from scimserver.scim.patch_edges import Edges
from scimserver.scim.patch_schemas import write_schemas
from scimserver.scim.patch_state import EMPTY, State, check_once, check_removable, merged
from scimserver.scim.patch_targets import Target, is_derived, resolve
from scimserver.scim.quirks import Profile, counters
from scimserver.scim.readers import UNSET, shown
from scimserver.scim.schema import Attribute, Mutability, ResourceType, Schema, Type

MESSAGE = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OPS = frozenset({"add", "remove", "replace"})
MAX_OPERATIONS = 1_000
MAX_DETAIL = 500


def read(body: Mapping[str, Any], profile: Profile) -> tuple[Operation, ...]:
    """Return the operations of a PatchOp message, or raise InvalidSyntaxError (C1 to C3)."""
    members = _members(body, "body", {"schemas", "operations"}, profile)
    quirks = _check_schemas(members.get("schemas"), profile)
    sent = members.get("operations")
    if isinstance(sent, dict) and profile.scalar_to_list:
        quirks = (*quirks, counters.LONE_OPERATION)
        sent = [sent]
    if not isinstance(sent, list):
        raise InvalidSyntaxError("Operations: expected an array of operations")
    if not sent and not profile.empty_operations:
        raise InvalidSyntaxError("Operations: empty. Send at least one operation.")
    if len(sent) > MAX_OPERATIONS:
        raise PayloadTooLargeError(f"Operations: more than {MAX_OPERATIONS}. Split the request.")
    return tuple(
        _operation(each, index, () if index else quirks, profile) for index, each in enumerate(sent)
    )


def apply(
    kind: ResourceType,
    operations: Sequence[Operation],
    attributes: Mapping[str, Any],
    external_id: str | None,
    profile: Profile,
    *,
    resource_id: str | None = None,
) -> Delta:
    """Return what the operations change, or raise at the first that cannot apply.

    Nothing is half done: an error leaves ``attributes`` as they were, and so does success.
    ``resource_id`` is the target's id; where it is not given, an id in a value is passed over.
    """
    state = State(kind, attributes, external_id, profile)
    for operation in operations:
        state.index = operation.index
        for quirk in operation.quirks:
            state.use(quirk)
        try:
            _apply_one(state, operation, resource_id)
        except ScimError as refusal:
            raise _located(refusal, operation.index) from refusal
    _check_required(state)
    edges = state.edges
    return Delta(
        attributes=state.attributes,
        external_id=state.external_id,
        edges=(edges.delta() or NO_EDGES) if edges else NO_EDGES,
        ignored=tuple(state.notes.ignored),
        quirks=tuple(state.notes.quirks),
    )


def _members(given: Any, where: str, known: set[str], profile: Profile) -> dict[str, Any]:
    """Return the members of an object by lower-case name (C3)."""
    if not isinstance(given, dict):
        raise InvalidSyntaxError(f"{where}: expected an object")
    seen: set[str] = set()
    for key in given:
        check_once(key, seen, where)
        if profile.strict and key.lower() not in known:
            raise InvalidSyntaxError(f"{where}: unknown member '{shown(key)}'")
    return {key.lower(): value for key, value in given.items()}


def _check_schemas(sent: Any, profile: Profile) -> tuple[str, ...]:
    if sent in (None, []):
        if not profile.missing_schemas:
            raise InvalidSyntaxError(f"schemas: missing. Send '{MESSAGE}'.")
        return (counters.MISSING_SCHEMAS,)
    listed = [sent] if isinstance(sent, str) and profile.scalar_to_list else sent
    if not isinstance(listed, list) or not any(
        isinstance(urn, str) and urn.lower() == MESSAGE.lower() for urn in listed
    ):
        raise InvalidSyntaxError(f"schemas: expected '{MESSAGE}'")
    if profile.strict and len(listed) > 1:
        raise InvalidSyntaxError(f"schemas: expected '{MESSAGE}' alone")
    return ()


def _operation(sent: Any, index: int, quirks: tuple[str, ...], profile: Profile) -> Operation:
    where = f"Operations[{index}]"
    members = _members(sent, where, {"op", "path", "value"}, profile)
    op = members.get("op")
    if not isinstance(op, str) or op.lower() not in OPS:
        raise InvalidSyntaxError(f"{where}.op: expected add, remove or replace")
    if op not in OPS:
        quirks = (*quirks, counters.OP_CASE)
    path = members.get("path")
    if path is not None and not isinstance(path, str):
        raise InvalidPathError(f"{where}.path: expected a string")
    return Operation(op.lower(), path or None, members.get("value", ABSENT), index, quirks)


def _located(refusal: ScimError, index: int) -> ScimError:
    """Return a refusal that names its operation: one line, however odd the client's path is."""
    detail = f"Operations[{index}]: {refusal.detail}"[:MAX_DETAIL]
    if not detail.isprintable():
        detail = "".join(each if each.isprintable() else "?" for each in detail)
    return type(refusal)(detail, **refusal.context)


def _check_required(state: State) -> None:
    """Refuse what was emptied and never filled again; later operations may repair (C8, C12)."""
    for name, (index, where) in state.emptied.items():
        attribute = state.kind.find(name)
        if attribute is not None and state.get(attribute) is None:
            raise _located(InvalidValueError(f"{where}: required, so it needs a value"), index)


def _apply_one(state: State, operation: Operation, resource_id: str | None) -> None:
    op, path, value = operation.op, operation.path, operation.value
    if path is None and not state.profile.pathless_patch:
        raise InvalidSyntaxError("path: missing. Name the attribute.")
    if op == "remove":
        if path is None:
            raise NoTargetError("path: missing. Name what to remove.")
        target = _target(state, path)
        _remove(state, target, None if value is ABSENT else value)
        return
    if value is ABSENT:
        raise InvalidValueError(f"{path or 'value'}: add and replace need a value")
    if path is None:
        state.use(counters.PATHLESS)
        _check_id(value, resource_id)
        _merge(state, op, value, None, "value")
        return
    _write(state, op, _target(state, path), value)


def _target(state: State, path: str) -> Target:
    """Return what an explicit path selects, unless the client may not write there."""
    target = resolve(state.kind, path, state.profile)
    for quirk in target.quirks:
        state.use(quirk)
    if target.is_read_only:
        raise MutabilityError(f"{path}: read-only")
    on_edge = target.attribute is not None and _is_edge(state, target.attribute)
    if state.profile.strict and target.test is not None and target.sub is None and not on_edge:
        raise InvalidPathError(f"{path}: name a sub-attribute after the value filter")
    return target


def _check_id(value: Any, resource_id: str | None) -> None:
    """Refuse an id that is not the target's: the client means another resource (C40)."""
    given = value.items() if isinstance(value, dict) else ()
    for key, each in given:
        if key.lower() == "id" and resource_id is not None and each not in (None, resource_id):
            raise MutabilityError("id: not the id of this resource, and it cannot be changed")


def _merge(state: State, op: str, value: Any, schema: Schema | None, where: str) -> None:
    """Apply each key of an object as if it were a path, within ``schema`` if given (C20, C32)."""
    if not isinstance(value, dict):
        raise InvalidValueError(f"{where}: expected an object with attributes")
    seen: set[str] = set()
    for key, each in value.items():
        check_once(key, seen, where)
        target = _keyed(state, key, schema)
        if target is None:
            state.ignore(f"{schema.urn}:{key}" if schema else key)
        elif not target.is_read_only and not _is_schemas(target):
            _write(state, op, target, each)


def _keyed(state: State, key: str, schema: Schema | None) -> Target | None:
    """Return what a key of a path-less value selects, or None for an unknown plain name (C41)."""
    text = f"{schema.urn}:{key}" if schema else key
    try:
        target = resolve(state.kind, text, state.profile)
    except InvalidPathError:
        if any(mark in key for mark in ".[:"):
            raise
        return None
    for quirk in target.quirks:
        state.use(quirk)
    return target


def _write(state: State, op: str, target: Target, value: Any) -> None:
    """Add or replace what a target selects: the columns of table C.2."""
    attribute, where = target.attribute, target.text
    if attribute is None:
        if value in EMPTY and target.schema is not state.kind.schema:
            state.drop_schema(target.schema, where)
        else:
            _merge(state, op, value, target.schema, where)
    elif _is_schemas(target):
        write_schemas(state, op, target, value)
    elif _is_edge(state, attribute):
        (_edges(state).add if op == "add" else _edges(state).replace)(target, value, where)
    elif attribute.multi_valued:
        patch_elements.write(state, op, target, value, where)
    elif target.sub is not None:
        _write_sub(state, attribute, target.sub, value, where)
    elif attribute.type is Type.COMPLEX:
        _write_complex(state, op, attribute, value, where)
    else:
        _put_simple(state, attribute, state.canonical(attribute, value, where), where)


def _remove(state: State, target: Target, value: Any) -> None:
    attribute, sub, where = target.attribute, target.sub, target.text
    if attribute is None:
        if target.schema is state.kind.schema:
            raise MutabilityError(f"{where}: the schema of the resource cannot be removed")
        state.drop_schema(target.schema, where)
    elif _is_schemas(target):
        write_schemas(state, "remove", target, value)
    elif _is_edge(state, attribute):
        _edges(state).remove(target, value, where)
    elif attribute.multi_valued:
        patch_elements.remove(state, target, value, where)
    elif sub is None:
        if attribute.required or state.get(attribute) is not None:
            check_removable(attribute, where)
        _put_simple(state, attribute, UNSET, where)
    else:
        held = state.get(attribute) or {}
        if sub.name in held:
            check_removable(sub, where)
            state.put(attribute, merged(attribute, held, {sub.name: UNSET}, where) or UNSET, where)


def _put_simple(state: State, attribute: Attribute, value: Any, where: str) -> None:
    """Set a single-valued attribute; what is no part of the document goes where it belongs."""
    if attribute.path == "externalId":
        state.external_id = None if value is UNSET else value
    else:
        state.put(attribute, value, where)


def _write_sub(state: State, attribute: Attribute, sub: Attribute, value: Any, where: str) -> None:
    given = state.canonical(sub, value, where)
    if is_derived(attribute, sub):
        return
    held = state.get(attribute) or {}
    parent = where.rpartition(".")[0]
    state.put(attribute, merged(attribute, held, {sub.name: given}, parent) or UNSET, where)


def _write_complex(state: State, op: str, attribute: Attribute, value: Any, where: str) -> None:
    """Merge an object into a single complex value; ``complex_replace=whole`` starts anew (C23)."""
    if value in EMPTY:
        state.put(attribute, UNSET, where)
        return
    held = state.get(attribute) or {}
    if isinstance(value, dict):
        given = state.subs(attribute, value, where)
    else:
        read = state.canonical(attribute, value, where)
        given = {} if read is UNSET else read
        if not given:
            held = {}
    result = merged(attribute, held, given, where)
    if op == "replace" and state.profile.complex_replace == "whole":
        subs = attribute.sub_attributes
        result = {
            name: each
            for name, each in result.items()
            if name in given or subs[name.lower()].mutability is Mutability.IMMUTABLE
        }
    state.put(attribute, result or UNSET, where)


def _is_edge(state: State, attribute: Attribute) -> bool:
    return state.kind.edge is not None and attribute.path == state.kind.edge.path


def _edges(state: State) -> Edges:
    assert state.edges is not None  # noqa: S101  # Asked for the edge attribute alone.
    return state.edges


def _is_schemas(target: Target) -> bool:
    return target.attribute is not None and target.attribute.path == "schemas"
