"""Draft and Resource: what a client sent, and what may be stored.

A Draft is canonical but not judged as a whole; ``complete`` is the only way to a Resource, so
nothing unvalidated can travel further.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from scimserver.scim.errors import InvalidValueError, MutabilityError
from scimserver.scim.quirks import Profile
from scimserver.scim.readers import MAX_VALUES
from scimserver.scim.schema import Attribute, Mutability, ResourceType, Type

MAX_DOCUMENT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """A resource as it shall be: names in the schema's spelling, values typed, unset ones absent.

    ``attributes`` holds neither id, meta, schemas, externalId, the edge nor ``groups``; extensions
    lie under their URN. ``edges`` are the ids of all members, or None where the members are not
    part of it (then they stay); ``edge_types`` their types, where the client said them. ``ignored``
    names unknown attributes that were passed over (B16), ``quirks`` the tolerances that were used
    (J2.1). ``cleared`` names what the client unset on purpose, with null or an empty value: it
    differs from what was left out when a PUT keeps things (B36).
    """

    type: ResourceType
    attributes: Mapping[str, Any]
    external_id: str | None = None
    edges: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    edge_types: Mapping[str, str] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Resource:
    """A validated resource. Built by ``complete`` alone."""

    type: ResourceType
    attributes: Mapping[str, Any]
    external_id: str | None = None
    edges: tuple[str, ...] | None = None

    @property
    def active(self) -> bool:
        """Whether the resource is active; types without the attribute always are (B6, B43)."""
        return self.attributes.get("active", True) is not False


class Stored(NamedTuple):
    """A resource as it stands in the database.

    ``document`` is JSON text: an object with ``schemas``, ``id`` and the attributes, ready to be
    sent once meta, externalId, members and groups are spliced on. ``external_id`` is the asking
    connection's. ``version`` is the integer behind the ETag.
    """

    type: ResourceType
    id: str
    version: int
    document: str
    external_id: str | None
    active: bool
    created_at: datetime
    updated_at: datetime


def created(draft: Draft) -> Draft:
    """Return what a POST makes of a draft: ``active`` is true unless it says otherwise (B6)."""
    active = draft.type.attributes.get("active")
    if active is None or active.type is not Type.BOOLEAN or "active" in draft.attributes:
        return draft
    return replace(draft, attributes={**draft.attributes, "active": True})


def complete(draft: Draft, profile: Profile) -> Resource:  # noqa: ARG001  # Rules may need it.
    """Return the resource a draft describes, or raise InvalidValueError for what it lacks.

    Required attributes and extensions are there (B11, B13), equal entries are one (B28), at most
    one is primary (B27), and the sizes hold (B63).
    """
    kind = draft.type
    attributes = dict(draft.attributes)
    demands = _demands(kind)
    _check_required(demands[""], attributes)
    _settle(kind.attributes, attributes)
    for extension in kind.extensions.values():
        urn = extension.schema.urn
        if urn in attributes:
            attributes[urn] = held = dict(attributes[urn])
            _check_required(demands[urn], held)
            _settle(extension.schema.attributes, held)
        elif extension.required:
            raise InvalidValueError(f"{urn}: is required for each {kind.name}. Send it.", path=urn)
    if len(orjson.dumps(attributes)) > MAX_DOCUMENT:
        limit = f"{MAX_DOCUMENT // 1024} KiB"
        raise InvalidValueError(f"{kind.name}: is larger than {limit}. Send less in one resource.")
    return Resource(kind, attributes, draft.external_id, draft.edges)


def document(resource: Resource, id: str) -> str:
    """Return the JSON text to store: schemas with a value, id, attributes (B7)."""
    kind = resource.type
    held = resource.attributes
    urns = [e.schema.urn for e in kind.extensions.values() if e.schema.urn in held]
    urns += hidden(kind, held)
    return orjson.dumps({"schemas": [kind.schema.urn, *urns], "id": id, **held}).decode()


def parse(kind: ResourceType, document: str) -> dict[str, Any]:  # noqa: ARG001  # Part of the door.
    """Return the attributes of a stored document.

    What belongs to a schema file that has been taken away is among them: it stays stored (L7).
    """
    attributes: dict[str, Any] = orjson.loads(document)
    attributes.pop("schemas", None)
    attributes.pop("id", None)
    return attributes


def hidden(kind: ResourceType, attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the URNs under which a resource keeps data of schemas that were taken away (L7)."""
    # Names of attributes have no colon.
    return tuple(n for n in attributes if ":" in n and n.lower() not in kind.extensions)


def is_public(kind: ResourceType, document: str) -> bool:
    """Return whether a stored document may be sent as it is.

    It may hold what a plain read must not send (B31), or data of a schema that was taken away (L7).
    """
    if kind.hides:
        return False
    # Every document begins with its schemas, and there are few combinations of them.
    head = document[: document.find("]")]
    known: dict[str, bool] = kind.memo.setdefault("public", {})
    public = known.get(head)
    if public is None:
        urns = orjson.loads(head.partition(":")[2] + "]")
        in_force = {kind.schema.urn.lower(), *kind.extensions}
        public = known[head] = all(urn.lower() in in_force for urn in urns)
    return public


def identity(attribute: Attribute, entry: Any) -> Hashable:
    """Return what tells one value of a multi-valued attribute from another (B28, C14).

    That is (type, value) of a complex one, all its sub-attributes where it has no value, and the
    comparison key of a simple one.
    """
    if type(entry) is not dict and not isinstance(entry, Mapping):
        return attribute.fold(entry) if isinstance(entry, str) else entry
    if entry.get("value") is None:
        return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    return _key(attribute, entry, "type"), _key(attribute, entry, "value")


def _key(attribute: Attribute, entry: Mapping[str, Any], name: str) -> Hashable:
    value = entry.get(name)
    if isinstance(value, str):
        return attribute.sub_attributes[name].fold(value)
    return orjson.dumps(value)


_Demands = tuple[tuple[Attribute, tuple[Attribute, ...]], ...]


def _demands(kind: ResourceType) -> Mapping[str, _Demands]:
    """Return what is required, by extension URN (core is the empty one), compiled once a type."""
    found: dict[str, _Demands] | None = kind.memo.get("demands")
    if found is None:
        found = {"": tuple(_demanding(kind.attributes))}
        for extension in kind.extensions.values():
            found[extension.schema.urn] = tuple(_demanding(extension.schema.attributes))
        kind.memo["demands"] = found
    return found


def _demanding(
    table: Mapping[str, Attribute],
) -> Iterator[tuple[Attribute, tuple[Attribute, ...]]]:
    """Return the attributes that require something, with their required sub-attributes."""
    for attribute in table.values():
        if attribute.mutability is Mutability.READ_ONLY:
            continue
        subs = tuple(
            sub
            for sub in attribute.sub_attributes.values()
            if sub.required and sub.mutability is not Mutability.READ_ONLY
        )
        if attribute.required or subs:
            yield attribute, subs


def _check_required(demands: _Demands, held: Mapping[str, Any]) -> None:
    """Refuse an attribute that is required and missing or blank, sub-attributes included (B13)."""
    for attribute, subs in demands:
        value = held.get(attribute.name)
        if attribute.required and _is_blank(value):
            raise _missing(attribute.path)
        if not subs or value is None:
            continue
        for index, entry in enumerate(value if attribute.multi_valued else [value]):
            place = f"{attribute.path}[{index}]" if attribute.multi_valued else attribute.path
            for sub in subs:
                if _is_blank(entry.get(sub.name)):
                    raise _missing(f"{place}.{sub.name}")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _missing(path: str) -> InvalidValueError:
    return InvalidValueError(f"{path}: is required. Send a value that is not empty.", path=path)


def _settle(table: Mapping[str, Attribute], held: dict[str, Any]) -> None:
    """Make equal entries one (B28), and refuse too many of them and two primaries (B27, B63)."""
    for name in [name for name, value in held.items() if type(value) is list]:
        attribute = table.get(name.lower())
        if attribute is None:
            continue
        values = held[name]
        if len(values) > 1:
            held[name] = values = _distinct(attribute, values)
        if len(values) > MAX_VALUES:
            raise InvalidValueError(f"{attribute.path}: holds more than {MAX_VALUES} values.")
        if len(values) > 1 and "primary" in attribute.sub_attributes and _primaries(values) > 1:
            raise InvalidValueError(f"{attribute.path}: more than one value is primary.")


def _primaries(values: Sequence[Mapping[str, Any]]) -> int:
    return sum(entry.get("primary") is True for entry in values)


def _distinct(attribute: Attribute, values: list[Any]) -> list[Any]:
    value = attribute.sub_attributes.get("value")
    texts = [e["value"] for e in values if type(e) is dict and type(e.get("value")) is str]
    if value is not None and len(texts) == len(values) == len(set(map(value.fold, texts))):
        # Their values alone tell them apart, as nearly always.
        return values
    found: dict[Hashable, Any] = {}
    for entry in values:
        key = identity(attribute, entry)
        if key not in found:
            found[key] = entry
        elif isinstance(entry, Mapping):
            found[key] = {**found[key], **entry}
    return list(found.values())


def replaced(draft: Draft, before: Mapping[str, Any], *, external_id: str | None) -> Draft:
    """Return what a PUT makes of a stored resource (B36).

    What it leaves out is unset, but for ``active``, externalId, members, secrets and values that
    cannot change. Raises MutabilityError where an immutable value would change (B30).
    """
    kind = draft.type
    after = dict(draft.attributes)
    _carry(kind.attributes, after, before, draft.cleared)
    for extension in kind.extensions.values():
        urn = extension.schema.urn
        if urn in before:
            held = dict(after.get(urn, {}))
            _carry(extension.schema.attributes, held, before[urn], frozenset())
            if held:
                after[urn] = held
    known = {e.schema.urn for e in kind.extensions.values()}
    for name in before:
        # The data of a schema file that has been taken away stays until it comes back (L7).
        if name not in known and name.lower() not in kind.attributes:
            after[name] = before[name]
    keeps = draft.external_id is None and "externalId" not in draft.cleared
    return replace(draft, attributes=after, external_id=external_id if keeps else draft.external_id)


def _carry(
    table: Mapping[str, Attribute],
    after: dict[str, Any],
    before: Mapping[str, Any],
    cleared: frozenset[str],
) -> None:
    """Take over from ``before`` what a PUT keeps, and compare what may not change."""
    for name, old in before.items():
        attribute = table.get(name.lower())
        if attribute is None:
            continue
        new = after.get(name)
        if attribute.mutability is Mutability.IMMUTABLE:
            if new is None and name not in cleared:
                after[name] = old
            elif new != old:
                raise _unchangeable(attribute)
        elif new is None:
            if name not in cleared and _is_kept(attribute):
                after[name] = old
            elif (kept := _kept_parts(attribute, old)) is not None:
                after[name] = kept
        elif _careful(attribute):
            after[name] = _carry_parts(attribute, new, old)


def _is_kept(attribute: Attribute) -> bool:
    return (
        attribute.path == "active"
        or attribute.is_secret
        or attribute.mutability is Mutability.READ_ONLY
    )


def _careful(attribute: Attribute) -> tuple[Attribute, ...]:
    """Return the sub-attributes that outlive a PUT which leaves them out."""
    return tuple(
        sub
        for sub in attribute.sub_attributes.values()
        if sub.mutability is Mutability.IMMUTABLE or _is_kept(sub)
    )


def _kept_parts(attribute: Attribute, old: Any) -> dict[str, Any] | None:
    """Return what stays of a single complex value that a PUT leaves out: immutable parts."""
    if not isinstance(old, Mapping):
        return None
    kept = {
        sub.name: old[sub.name]
        for sub in attribute.sub_attributes.values()
        if sub.mutability is Mutability.IMMUTABLE and sub.name in old
    }
    return kept or None


def _carry_parts(attribute: Attribute, new: Any, old: Any) -> Any:
    """Carry the parts of a complex value, entry by entry where there are many."""
    if isinstance(new, list):
        held = {identity(attribute, entry): entry for entry in old}
        return [
            _carry_parts(attribute, entry, held.get(identity(attribute, entry), {}))
            for entry in new
        ]
    whole = dict(new)
    _carry(attribute.sub_attributes, whole, old, frozenset())
    return whole


def _unchangeable(attribute: Attribute) -> MutabilityError:
    return MutabilityError(
        f"{attribute.path}: cannot change once it is set. Leave it out, or send the present value.",
        path=attribute.path,
    )
