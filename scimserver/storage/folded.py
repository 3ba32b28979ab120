"""The folded twin of a document, which filters and sorting read, and paths into it on each engine.

Texts stand in it as comparison keys (B21), dates as instants, binary in one spelling; nothing a
filter must not see is in it. No query folds anything.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Numeric,
    Text,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB

from scimserver.scim.filter import key_of
from scimserver.scim.resource import Resource
from scimserver.scim.schema import Attribute, ResourceType, Schema, Type

_Fold = Callable[[Any], Any]


def folded(resource: Resource) -> dict[str, Any]:
    """Return the attributes of a resource as comparison keys, with ``schemas``."""
    kind = resource.type
    own, extensions = _compiled(kind)
    urns, keys = [own.urn], _object(own, resource.attributes)
    for extension in extensions:
        values = resource.attributes.get(extension.name)
        if values:
            urns.append(extension.urn)
            keys[extension.name] = _object(extension, values)
    return {"schemas": urns, **keys}


@dataclass(frozen=True, slots=True)
class _Folder:
    """How an object is folded: a function for each attribute, and which of them are plain texts.

    ``lowered`` are texts that compare without regard to case, ``kept`` those that compare as they
    are: in ASCII, which most texts are, no function need be asked. Of a schema also its URN, and
    that as a key.
    """

    folds: Mapping[str, _Fold]
    lowered: frozenset[str]
    kept: frozenset[str]
    name: str = ""
    urn: str = ""


@lru_cache(maxsize=256)
def _compiled(kind: ResourceType) -> tuple[_Folder, tuple[_Folder, ...]]:
    fold = kind.attributes["schemas"].fold

    def folder(schema: Schema, attributes: Mapping[str, Attribute]) -> _Folder:
        return replace(_folder(attributes), name=schema.urn, urn=fold(schema.urn))

    extensions = (each.schema for each in kind.extensions.values())
    return folder(kind.schema, kind.attributes), tuple(
        folder(schema, schema.attributes) for schema in extensions
    )


def _folder(attributes: Mapping[str, Attribute]) -> _Folder:
    public = [each for each in attributes.values() if not each.is_secret]
    texts = [each for each in public if each.type is Type.STRING]
    return _Folder(
        folds={each.name: _fold(each) for each in public},
        lowered=frozenset(each.name for each in texts if not each.case_exact),
        kept=frozenset(each.name for each in texts if each.case_exact),
    )


def _fold(attribute: Attribute) -> _Fold:
    if attribute.type is Type.COMPLEX:
        folder = _folder(attribute.sub_attributes)
        return lambda value: _object(folder, value) or None
    if attribute.type is Type.STRING:
        fold = attribute.fold
        return lambda value: fold(value) if isinstance(value, str) else None
    return partial(key_of, attribute)


def _object(folder: _Folder, values: Any) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if type(values) is not dict and not isinstance(values, Mapping):
        # Left by an older schema; what a filter cannot ask for is not there.
        return keys
    folds, lowered, kept = folder.folds, folder.lowered, folder.kept
    for name, value in values.items():
        if type(value) is str and value.isascii():
            if name in lowered:
                keys[name] = value.lower()
                continue
            if name in kept:
                keys[name] = value
                continue
        fold = folds.get(name)
        if fold is None:
            continue
        if isinstance(value, list):
            key: Any = [each for each in map(fold, value) if each is not None] or None
        else:
            key = fold(value)
        if key is not None:
            keys[name] = key
    return keys


class Doc:
    """A JSON value in SQL: the folded document of a row, or one entry of a list within it.

    A path that leads nowhere gives NULL. A value whose type is not the one asked for, left by an
    older schema, counts as none: it must never stop a query.
    """

    __slots__ = ("_source", "_sqlite")

    def __init__(self, source: ColumnElement[Any], *, sqlite: bool) -> None:
        self._source = source
        self._sqlite = sqlite

    def text(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """Return a text, ordered by code point."""
        if self._sqlite:
            return self._extract(path)
        return self._extract_text(path).collate("C")

    def number(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """Return a number."""
        if self._sqlite:
            value = self._extract(path)
            return case((func.typeof(value).in_(("integer", "real")), value))
        is_number = func.jsonb_typeof(self._json(path)) == "number"
        return case((is_number, cast(self._extract_text(path), Numeric)))

    def flag(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """Return a boolean as it sorts and compares here: 0 and 1, or its JSON text."""
        return self._extract(path) if self._sqlite else self._extract_text(path).collate("C")

    def exists(self, path: tuple[str, ...]) -> ColumnElement[bool]:
        """Return whether there is anything at all; never NULL."""
        if self._sqlite:
            return func.json_type(self._source, _sqlite_path(path)).is_not(None)
        return self._json(path).is_not(None)

    def entries(self, path: tuple[str, ...]) -> tuple[FromClause, "Doc"]:
        """Return a list as a table, and one entry of it."""
        if self._sqlite:
            rows: Any = func.json_each(self._source, _sqlite_path(path)).table_valued("value")
        else:
            found = self._json(path)
            is_list = func.jsonb_typeof(found) == "array"
            rows = func.jsonb_array_elements(case((is_list, found))).table_valued(
                column("value", JSONB)
            )
        return rows, Doc(rows.c.value, sqlite=self._sqlite)

    def first(self, path: tuple[str, ...]) -> "Doc":
        """Return the first entry of a list."""
        return self._at(path, 0)

    def _at(self, path: tuple[str, ...], index: int) -> "Doc":
        if self._sqlite:
            where = f"{_sqlite_path(path)}[{index}]"
            source: Any = func.json_extract(self._source, where)
        else:
            source = func.jsonb_extract_path(self._source, *path, str(index))
        return Doc(source, sqlite=self._sqlite)

    def _extract(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        return func.json_extract(self._source, _sqlite_path(path)) if path else self._source

    def _json(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        return func.jsonb_extract_path(self._source, *path) if path else self._source

    def _extract_text(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        if path:
            return func.jsonb_extract_path_text(self._source, *path, type_=Text())
        return self._source.op("#>>", return_type=Text())(literal_column("'{}'"))


def _sqlite_path(path: tuple[str, ...]) -> str:
    return "$" + "".join(f".{json.dumps(name)}" for name in path)


def number_literal(value: float, *, sqlite: bool) -> ColumnElement[Any]:
    """Return a number to compare with, exact on each engine."""
    return literal(value) if sqlite else literal(Decimal(str(value)), Numeric)
