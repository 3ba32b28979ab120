"""Filter text is parsed, bounded and bound to the schema of each resource type."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scimserver.scim import vocabulary
from scimserver.scim.bare import Literal, literals
from scimserver.scim.entry import entry_matches
from scimserver.scim.errors import InvalidFilterError, InvalidPathError, InvalidValueError
from scimserver.scim.literal import compare
from scimserver.scim.quirks import Profile
from scimserver.scim.quirks.counters import STRING_BOOLEAN, UNQUALIFIED_PATH, UNQUOTED_VALUE
from scimserver.scim.readers import Notes
from scimserver.scim.schema import Attribute, ResourceType, Type
from scimserver.scim.tree import (
    And,
    Compare,
    Constant,
    Entry,
    Node,
    Op,
    Or,
    Present,
    joined,
    negated,
    some_entry,
)
from scimserver.scim.vocabulary import AttrPath, FilterNode

MAX_LENGTH = 8192
MAX_TERMS = 256
KEPT = 512
_SHOWN = 128


@dataclass(frozen=True, slots=True)
class Bound:
    """A filter bound to each type, by type name, and the tolerances that took (J2.1)."""

    nodes: Mapping[str, Node]
    quirks: tuple[str, ...]


def bind(text: str, kinds: Sequence[ResourceType], profile: Profile) -> Bound:
    """Return the filter bound to each type; raise InvalidFilterError.

    An attribute that no type has is an error; one that some have has no value in the others (D22).
    """
    if len(text) > MAX_LENGTH:
        raise InvalidFilterError(f"filter: longer than {MAX_LENGTH} characters. Shorten it.")
    # What a client makes up at length is not asked twice, and must not fill the memory.
    bound = _bind if len(text) > KEPT else _remembered
    return bound(text, tuple(kinds), profile)


@lru_cache(maxsize=512)
def _remembered(text: str, kinds: tuple[ResourceType, ...], profile: Profile) -> Bound:
    return _bind(text, kinds, profile)


def _bind(text: str, kinds: tuple[ResourceType, ...], profile: Profile) -> Bound:
    notes = Notes(profile)
    tree, values = _parse(text, notes)
    terms = sum(1 for _ in _terms(tree))
    if terms > MAX_TERMS:
        raise InvalidFilterError(f"filter: more than {MAX_TERMS} terms. Split the query.")
    _check_known(tree, kinds, notes)
    nodes = {kind.name: _Binder(kind, notes, values).bind(tree) for kind in kinds}
    return Bound(nodes, tuple(notes.quirks))


def bind_entry(attribute: Attribute, tree: FilterNode, notes: Notes) -> Node:
    """Return the test that the brackets of a value path put to one entry of the attribute.

    ``notes`` give the profile, and are told which tolerances the test took.
    """
    if sum(1 for _ in _terms(tree)) > MAX_TERMS:
        raise InvalidFilterError(f"{attribute.path}: more than {MAX_TERMS} terms in the filter.")
    return _Binder(None, notes, None).bind(tree, attribute)


def sort_attribute(
    text: str, kinds: Sequence[ResourceType], notes: Notes
) -> Mapping[str, Attribute]:
    """Return what ``sortBy`` names in each type that has it; raise InvalidValueError (D27)."""
    try:
        path = vocabulary.parse_path(text)
    except InvalidPathError as refusal:
        raise InvalidValueError("sortBy: name an attribute, such as userName.") from refusal
    if not isinstance(path, AttrPath):
        raise InvalidValueError("sortBy: name an attribute without a filter.")
    shown = str(path)[:_SHOWN]
    found = {}
    for kind in kinds:
        top, attribute = _find(kind, path, notes)
        if top is None or attribute is None:
            continue
        if attribute.type is Type.COMPLEX:
            attribute = attribute.sub_attributes.get("value", attribute)
        computed = top is kind.edge or (kind.computed_groups and top.path == "groups")
        if (
            attribute.type in (Type.COMPLEX, Type.BINARY)
            or top.is_secret
            or attribute.is_secret
            or computed
        ):
            raise InvalidValueError(f"sortBy: '{shown}' has no order. Sort by another attribute.")
        found[kind.name] = attribute
    if not found:
        raise InvalidValueError(f"sortBy: '{shown}' is not an attribute here. Check its name.")
    return found


def parent_of(kind: ResourceType, attribute: Attribute) -> Attribute | None:
    """Return the complex attribute that a sub-attribute belongs to, or None at the top."""
    return _parents(kind).get(attribute)


@lru_cache(maxsize=128)
def _parents(kind: ResourceType) -> dict[Attribute, Attribute]:
    return {sub: top for top in kind.every() for sub in top.sub_attributes.values()}


def _parse(text: str, notes: Notes) -> tuple[FilterNode, list[Literal] | None]:
    if not notes.profile.unquoted_filter_values:
        return vocabulary.parse_filter(text), None
    found, quoted = literals(text)
    try:
        return vocabulary.parse_filter(text), found
    except InvalidFilterError:
        if quoted == text or len(quoted) > 2 * MAX_LENGTH:
            raise
        try:
            tree = vocabulary.parse_filter(quoted)
        except InvalidFilterError:
            # The columns of the quoted text are not the client's.
            pass
        else:
            notes.use(UNQUOTED_VALUE)
            return tree, found
        raise


def _terms(tree: FilterNode) -> Iterator[FilterNode]:
    """Yield comparisons and presences, in the order of the text."""
    match tree:
        case vocabulary.Not(expr=expr):
            yield from _terms(expr)
        case vocabulary.LogicalExpr(terms=terms):
            for term in terms:
                yield from _terms(term)
        case vocabulary.ValuePath(val_filter=inner):
            yield from _terms(inner)
        case _:
            yield tree


def _paths(tree: FilterNode) -> Iterator[AttrPath]:
    """Yield the paths outside of brackets."""
    match tree:
        case vocabulary.Not(expr=expr):
            yield from _paths(expr)
        case vocabulary.LogicalExpr(terms=terms):
            for term in terms:
                yield from _paths(term)
        case (  # pragma: no branch  # The binder refuses what is none of these.
            vocabulary.Comparison() | vocabulary.Present() | vocabulary.ValuePath()
        ):
            yield tree.attr_path


def _check_known(tree: FilterNode, kinds: Sequence[ResourceType], notes: Notes) -> None:
    for path in _paths(tree):
        if all(_find(kind, path, notes)[1] is None for kind in kinds):
            raise _unknown(str(path))


def _unknown(path: str) -> InvalidFilterError:
    return InvalidFilterError(
        f"filter: '{path[:_SHOWN]}' is not an attribute here. Check its name."
    )


def named(kind: ResourceType, path: AttrPath, notes: Notes) -> Attribute | None:
    """Return the attribute at the head of a path, or None; its URN may be left out (C5)."""
    found = kind.find(path.attr, None, path.uri)
    if found is None and path.uri is None and notes.profile.unqualified_extension_paths:
        found = kind.find(path.attr, unqualified=True)
        if found is not None:
            notes.use(UNQUALIFIED_PATH)
    return found


def _find(
    kind: ResourceType, path: AttrPath, notes: Notes
) -> tuple[Attribute | None, Attribute | None]:
    """Return the attribute at the top, and the one the path means."""
    top = named(kind, path, notes)
    if top is None or path.sub_attr is None:
        return top, top
    return top, top.sub_attributes.get(path.sub_attr.lower())


class _Binder:
    """Binds one tree to one type. With ``head``, names are sub-attributes of one entry."""

    def __init__(
        self, kind: ResourceType | None, notes: Notes, values: list[Literal] | None
    ) -> None:
        self._kind = kind
        self._notes = notes
        self._values = iter(values or ())

    def bind(self, tree: FilterNode, head: Attribute | None = None) -> Node:
        """Return the node; terms are met in the order of the text, as their literals are."""
        match tree:
            case vocabulary.Not(expr=expr):
                return negated(self.bind(expr, head))
            case vocabulary.LogicalExpr(op=op, terms=terms):
                kind = And if op is vocabulary.LogicalOperator.and_ else Or
                return joined(kind, [self.bind(term, head) for term in terms])
            case vocabulary.ValuePath(attr_path=path, val_filter=inner):
                return self._value_path(path, inner)
            case vocabulary.Comparison(attr_path=path, op=op, value=value):
                return self._comparison(path, Op(op.value), value, head)
            case vocabulary.Present(attr_path=path):
                return self._present(path, head)
        raise InvalidFilterError("filter: it holds something unknown.")

    def _resolve(
        self, path: AttrPath, head: Attribute | None
    ) -> tuple[Attribute | None, Attribute | None]:
        """Return the attribute whose entries are meant, if any, and the attribute itself."""
        shown = str(path)[:_SHOWN]
        top: Attribute | None
        found: Attribute | None
        if head is not None:
            top, found = head, self._within(path, head)
        else:
            assert self._kind is not None  # noqa: S101  # Only a value path is bound without a type.
            top, found = _find(self._kind, path, self._notes)
        if top is None or found is None:
            return None, None
        if top.is_secret or found.is_secret:
            raise InvalidFilterError(
                f"{shown}: it cannot be searched. Filter by another attribute."
            )
        lists = top.multi_valued and head is None and found is not top
        return (top if lists else None), found

    @staticmethod
    def _within(path: AttrPath, head: Attribute) -> Attribute:
        """Return what a name within brackets means; ``value`` of a plain value is the value."""
        found = head.sub_attributes.get(path.attr.lower())
        if head.type is not Type.COMPLEX and path.attr.lower() == "value":
            found = head
        if found is None or path.sub_attr is not None or path.uri is not None:
            raise _unknown(f"{head.path}.{path}")
        return found

    def _value_path(self, path: AttrPath, inner: FilterNode) -> Node:
        assert self._kind is not None  # noqa: S101  # The grammar has no brackets within brackets.
        _, found = _find(self._kind, path, self._notes)
        if found is None:
            for term in _terms(inner):
                if isinstance(term, vocabulary.Comparison):
                    next(self._values, None)
            return Constant(False)
        if found.is_secret or not found.multi_valued:
            raise InvalidFilterError(
                f"{str(path)[:_SHOWN]}: brackets choose among several values; it has one. "
                "Name its sub-attributes instead."
            )
        return self._some_entry(found, self.bind(inner, found))

    def _comparison(self, path: AttrPath, op: Op, value: Any, head: Attribute | None) -> Node:
        literal = next(self._values, None)
        parent, found = self._resolve(path, head)
        if found is None:
            # It has no value here: what is equal to nothing differs from everything but null.
            return Constant((op is Op.EQ) if value is None else op is Op.NE)
        plain = found is head
        if found.type is Type.COMPLEX:
            parent, found = self._value_of(found, path)
        if value is None:
            return self._null(parent, found, op, plain=plain)
        negative = op is Op.NE
        test = compare(
            found,
            Op.EQ if negative else op,
            self._spelled(found, value, literal),
            str(path)[:_SHOWN],
            booleans=self._notes.profile.string_booleans,
        )
        if found.type is Type.BOOLEAN and isinstance(value, str):
            self._notes.use(STRING_BOOLEAN)
        if found.multi_valued and not plain:
            test = self._some_entry(found, test)
        if parent is not None:
            test = some_entry(parent, test)
        return negated(test) if negative else test

    def _some_entry(self, attribute: Attribute, test: Node) -> Node:
        """Return that an entry passes a test; of ``schemas`` we know which there can be.

        What is stored of a schema that was taken away keeps its URN, which must not be found (L7).
        Every resource has that of its type.
        """
        if attribute.path != "schemas" or self._kind is None:
            return some_entry(attribute, test)
        if entry_matches(test, self._kind.schema.urn):
            return Constant(True)
        urns = [e.schema.urn for e in self._kind.extensions.values()]
        keys = [attribute.fold(urn) for urn in urns if entry_matches(test, urn)]
        return joined(Or, [Entry(attribute, Compare(attribute, Op.EQ, key)) for key in keys])

    @staticmethod
    def _value_of(found: Attribute, path: AttrPath) -> tuple[Attribute | None, Attribute]:
        value = found.sub_attributes.get("value")
        if value is None:
            raise InvalidFilterError(
                f"{str(path)[:_SHOWN]}: it has no value of its own. Name one of its sub-attributes."
            )
        return (found if found.multi_valued else None), value

    @staticmethod
    def _null(parent: Attribute | None, found: Attribute, op: Op, *, plain: bool) -> Node:
        if op not in (Op.EQ, Op.NE):
            return Constant(False)
        absent: Node = Constant(False) if plain else negated(Present(found))
        if parent is not None:
            absent = joined(Or, [some_entry(parent, absent), negated(Present(parent))])
        return negated(absent) if op is Op.NE else absent

    def _spelled(self, found: Attribute, value: Any, literal: Literal | None) -> Any:
        """Return a bare number as the client spelled it where a string is asked for (D16)."""
        if (
            found.type not in (Type.STRING, Type.REFERENCE)
            or not self._notes.profile.unquoted_filter_values
            or isinstance(value, bool)
            or not isinstance(value, int | float)
        ):
            return value
        self._notes.use(UNQUOTED_VALUE)
        return literal.text if literal is not None and literal.means(value) else str(value)

    def _present(self, path: AttrPath, head: Attribute | None) -> Node:
        parent, found = self._resolve(path, head)
        if found is None:
            return Constant(False)
        if found is head:
            return Constant(True)
        return Present(found) if parent is None else some_entry(parent, Present(found))
