"""What a PATCH path selects: text becomes a Target bound to the schema (RFC 7644 §3.5.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scimserver.scim.errors import InvalidPathError, InvalidValueError
from scimserver.scim.filter import Node, bind_entry, named
from scimserver.scim.quirks import Profile
from scimserver.scim.readers import Notes
from scimserver.scim.schema import COMPUTED, Attribute, Mutability, ResourceType, Schema
from scimserver.scim.validate import UNSET, canonical_value
from scimserver.scim.vocabulary import (
    AttrPath,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    PathNode,
    ValuePath,
    parse_filter,
    parse_path,
)

MAX_PATH = 8_192
KEPT = 512
_BRACKETS = re.compile(r"[^\[\]]+\[(?P<filter>\D.*)\](\.[^\[\]]*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a path selects: a whole schema, an attribute, some of its elements, a sub-attribute.

    ``attribute`` is None for a whole schema. ``test`` is the value filter, and ``terms`` what an
    element made from it holds, or None where the filter is more than ``eq`` joined by ``and``
    (C39). ``text`` is the path as the client wrote it, ``quirks`` the tolerances it took (J2.1).
    """

    text: str
    schema: Schema
    attribute: Attribute | None = None
    sub: Attribute | None = None
    test: Node | None = None
    terms: Mapping[str, Any] | None = None
    quirks: tuple[str, ...] = ()

    @property
    def is_read_only(self) -> bool:
        """Whether no client may change it (C50); of ``schemas``, extensions may go (C59)."""
        if self.attribute is not None and self.attribute.path == "schemas":
            return False
        return any(
            each is not None and each.mutability is Mutability.READ_ONLY
            for each in (self.attribute, self.sub)
        )


def resolve(kind: ResourceType, text: str, profile: Profile) -> Target:
    """Return what a path selects, or raise InvalidPathError or InvalidFilterError (C53 to C55)."""
    if len(text) > MAX_PATH:
        raise InvalidPathError(f"path: longer than {MAX_PATH} characters")
    # Paths worth remembering are short. A client that makes up long ones must not fill the memory.
    if len(text) > KEPT:
        return _resolve(kind, text, profile)
    return _remembered(kind, text, profile)


@lru_cache(maxsize=4096)
def _remembered(kind: ResourceType, text: str, profile: Profile) -> Target:
    return _resolve(kind, text, profile)


def _resolve(kind: ResourceType, text: str, profile: Profile) -> Target:
    # The grammar reads a bare extension URN as an attribute of a schema that does not exist.
    whole = _whole(kind, text.lower())
    if whole is not None:
        return Target(text, whole)
    head, tree, tail = _parts(_parse(text), text)
    notes = Notes(profile)
    attribute = _attribute(kind, head, text, notes)
    name = tail or head.sub_attr
    sub = attribute.sub_attributes.get(name.lower()) if name else None
    if name and sub is None:
        raise InvalidPathError(f"{text}: {attribute.name} has no sub-attribute '{name}'")
    schema = _schema_of(kind, attribute)
    if tree is None:
        return Target(text, schema, attribute, sub, quirks=tuple(notes.quirks))
    if not attribute.multi_valued or not attribute.sub_attributes:
        raise InvalidPathError(f"{text}: a value filter needs a multi-valued complex attribute")
    test = bind_entry(attribute, tree, notes)
    terms = _terms(attribute, tree, profile)
    return Target(text, schema, attribute, sub, test, terms, tuple(notes.quirks))


def is_derived(attribute: Attribute, sub: Attribute) -> bool:
    """Return whether a sub-attribute of a reference is computed from what it points to (B33)."""
    return bool(attribute.targets) and sub.name.lower() in COMPUTED


def _whole(kind: ResourceType, urn: str) -> Schema | None:
    if urn == kind.schema.urn.lower():
        return kind.schema
    extension = kind.extensions.get(urn)
    return extension.schema if extension else None


def _schema_of(kind: ResourceType, attribute: Attribute) -> Schema:
    extension = kind.extensions.get(attribute.location[0].lower())
    return extension.schema if extension else kind.schema


def _parse(text: str) -> PathNode:
    try:
        return parse_path(text)
    except InvalidPathError as refusal:
        # A path may be well formed around a filter that is not, which has a type of its own (C55).
        within = _BRACKETS.fullmatch(text)
        if within:
            parse_filter(within["filter"])
        raise InvalidPathError(f"{text}: {refusal.detail}") from refusal


def _parts(tree: PathNode, text: str) -> tuple[AttrPath, FilterNode | None, str | None]:
    """Return the attribute, the value filter and the sub-attribute after it."""
    match tree:
        case AttrPath():
            return tree, None, None
        case ValuePath():
            return tree.attr_path, tree.val_filter, tree.sub_attr
        case Comparison():
            # E-7122: ``emails.type eq "work"`` selects as ``emails[type eq "work"]`` does.
            head = tree.attr_path
            within = AttrPath(attr=head.sub_attr or "value")
            return (
                AttrPath(attr=head.attr, uri=head.uri),
                Comparison(within, tree.op, tree.value),
                None,
            )
    raise InvalidPathError(f"{text}: not a path")


def _attribute(kind: ResourceType, head: AttrPath, text: str, notes: Notes) -> Attribute:
    found = named(kind, head, notes)
    if found is None:
        raise InvalidPathError(f"{text}: {kind.name} has no such attribute")
    return found


def _terms(attribute: Attribute, tree: FilterNode, profile: Profile) -> Mapping[str, Any] | None:
    """Return the sub-attributes an element must have to match, if ``eq`` and ``and`` say so."""
    terms: dict[str, Any] = {}
    pending = [tree]
    while pending:
        node = pending.pop(0)
        if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
            pending = [*node.terms, *pending]
            continue
        if not isinstance(node, Comparison) or node.op != "eq":
            return None
        sub = attribute.sub_attributes[node.attr_path.attr.lower()]
        try:
            value = canonical_value(sub, node.value, profile, sub.name)
        except InvalidValueError:
            return None
        if terms.setdefault(sub.name, value) != value:
            return None
    return {name: value for name, value in terms.items() if value is not UNSET}
