"""What resources are sorted by, and how a position in that order is remembered (D25, D26, D41).

Unset values come last in ascending order and first in descending; ties go by id, which is the
order of creation. A position names values, not rows, so it holds when its row is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)

from scimserver.scim.filter import parent_of
from scimserver.scim.literal import number_key
from scimserver.scim.schema import Attribute, ResourceType, Type
from scimserver.storage import leaves, shapes
from scimserver.storage.folded import Doc
from scimserver.storage.models.resource import resource
from scimserver.storage.pointers import NAMES, FilterContext, display_of

# A cursor has room for this much of a key (D35). A walk by cursor therefore orders by the first
# characters, then by id: two longer keys may swap, but none is missed or met twice.
KEPT = 64


@dataclass(frozen=True, slots=True)
class Order:
    """The attribute to sort by in each type that has it."""

    attributes: Mapping[str, Attribute]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an order: the sort key of a row, if it has one, and its id."""

    key: str | float | None
    id: str

    @property
    def is_null(self) -> bool:
        """Whether the row has no value to sort by."""
        return self.key is None


class _Class(Enum):
    TEXT = auto()
    NUMBER = auto()
    FLAG = auto()
    MOMENT = auto()


class Sorting:
    """One order as SQL: its key, and the conditions that follow from a position."""

    def __init__(
        self, order: Order, kinds: Sequence[ResourceType], context: FilterContext, *, whole: bool
    ) -> None:
        self._order = order
        self._context = context
        classes = {_class(attribute) for attribute in order.attributes.values()}
        # Types of one name may disagree about an attribute; then all are compared as text.
        self._class = classes.pop() if len(classes) == 1 else _Class.TEXT
        keys = [
            (resource.c.type == kind.name, self._of(kind, order.attributes[kind.name]))
            for kind in kinds
            if kind.name in order.attributes
        ]
        key: Any = keys[0][1] if len(kinds) == 1 else case(*keys, else_=null())
        if self._class is _Class.TEXT:
            key = key if whole else func.substr(key, 1, KEPT)
            key = key if context.sqlite else key.collate("C")
        self.key: ColumnElement[Any] = key

    def by(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        """Return the columns to order by."""
        down = self._order.descending is not backwards
        is_null, id = self.key.is_(None), resource.c.id
        if down:
            return [is_null.desc(), self.key.desc(), id.desc() if backwards else id]
        return [is_null, self.key, id.desc() if backwards else id]

    def beyond(self, position: Position, *, backwards: bool) -> ColumnElement[bool]:
        """Return the condition of rows after a position, or before it."""
        down = self._order.descending is not backwards
        id = resource.c.id < position.id if backwards else resource.c.id > position.id
        unset, is_set = self.key.is_(None), self.key.is_not(None)
        if position.is_null:
            return or_(is_set, and_(unset, id)) if down else and_(unset, id)
        key = self._bound(position.key)
        further = self.key < key if down else self.key > key
        found = and_(is_set, or_(further, and_(self.key == key, id)))
        return found if down else or_(unset, found)

    def position(self, id: str, key: Any) -> Position:
        """Return the position of a row from its id and the value of ``key``."""
        if key is None:
            return Position(None, id)
        if isinstance(key, Decimal):
            key = number_key(float(key)) if key != key.to_integral_value() else int(key)
        elif isinstance(key, datetime):
            key = key.astimezone(UTC).isoformat(timespec="microseconds")
        return Position(key, id)

    def _bound(self, key: Any) -> ColumnElement[Any]:
        match self._class:
            case _Class.MOMENT:
                return literal(datetime.fromisoformat(str(key)), resource.c.created_at.type)
            case _Class.NUMBER if not self._context.sqlite:
                return literal(Decimal(str(key)), Numeric)
            case _:
                return literal(key)

    def _of(self, kind: ResourceType, attribute: Attribute) -> ColumnElement[Any]:
        value = self._value(kind, attribute)
        return cast(value, Text) if self._class is not _class(attribute) else value

    def _value(  # noqa: PLR0911  # A table of columns.
        self, kind: ResourceType, attribute: Attribute
    ) -> ColumnElement[Any]:
        sqlite = self._context.sqlite
        match attribute.path:
            case "id":
                return leaves.as_text(resource.c.id, sqlite=sqlite)
            case "externalId":
                if self._context.connection_id is None:
                    return cast(null(), Text)
                return shapes.named(self._context.org_id, self._context.connection_id)
            case "meta.created":
                return resource.c.created_at
            case "meta.lastModified":
                return resource.c.updated_at
            case "meta.version":
                return resource.c.version
            case "meta.resourceType":
                return resource.c.type
            case "meta.location":
                prefix = self._context.locations.get(kind.name, "")
                return literal(prefix, Text) + cast(resource.c.id, Text)
            case _:
                return self._in_document(kind, attribute)

    def _in_document(self, kind: ResourceType, attribute: Attribute) -> ColumnElement[Any]:
        doc = Doc(resource.c.folded, sqlite=self._context.sqlite)
        parent = parent_of(kind, attribute)
        if parent is not None and parent.targets and attribute.name.lower() in NAMES:
            named = doc.text((*parent.location, "value"))
            return display_of(self._context, named, parent.targets)
        if attribute.multi_valued and not attribute.in_list:
            return self._typed(doc.first(attribute.location), (), attribute)
        if not attribute.in_list or parent is None:
            return self._typed(doc, attribute.location, attribute)
        name = (attribute.name,)
        first = self._typed(doc.first(parent.location), name, attribute)
        if "primary" not in parent.sub_attributes:
            return first
        rows, entry = doc.entries(parent.location)
        is_primary = entry.flag(("primary",)) == (1 if self._context.sqlite else "true")
        primary = (
            select(self._typed(entry, name, attribute))
            .select_from(rows)
            .where(is_primary)
            .limit(1)
            .correlate_except(rows)
        )
        there_is: Select[Any] = select(literal_column("1")).select_from(rows).where(is_primary)
        exists = there_is.correlate_except(rows).exists()
        return case((exists, primary.scalar_subquery()), else_=first)

    @staticmethod
    def _typed(doc: Doc, path: tuple[str, ...], attribute: Attribute) -> ColumnElement[Any]:
        match _class(attribute):
            case _Class.NUMBER:
                return doc.number(path)
            case _Class.FLAG:
                return doc.flag(path)
            case _:
                return doc.text(path)


def _class(attribute: Attribute) -> _Class:
    if attribute.path in ("meta.created", "meta.lastModified"):
        return _Class.MOMENT
    if attribute.path == "meta.version" or attribute.type in (Type.INTEGER, Type.DECIMAL):
        return _Class.NUMBER
    return _Class.FLAG if attribute.type is Type.BOOLEAN else _Class.TEXT
