"""PATCH of ``schemas``: it only says which extensions may stay (C59)."""

from typing import Any

from scimserver.scim.errors import InvalidValueError, MutabilityError
from scimserver.scim.patch_state import State
from scimserver.scim.patch_targets import Target
from scimserver.scim.schema import Schema


def write_schemas(state: State, op: str, target: Target, value: Any) -> None:
    """Drop the extensions an operation takes from ``schemas``; adding a known one does nothing.

    An extension without a value has no place in ``schemas``, and one with a value always does, so
    there is nothing to write.
    """
    where = target.text
    named = _named(state, value, where)
    base = state.kind.schema
    if op == "add":
        return
    if op == "remove":
        gone = named
        if value is None or base in gone:
            raise MutabilityError(f"{where}: '{base.urn}' cannot be removed")
    else:
        if base not in named:
            raise MutabilityError(f"{where}: '{base.urn}' cannot be removed")
        every = (extension.schema for extension in state.kind.extensions.values())
        gone = [schema for schema in every if schema not in named]
    for schema in gone:
        state.drop_schema(schema, where)


def _named(state: State, value: Any, where: str) -> list[Schema]:
    """Return the schemas a value names, each a known one."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    schemas = []
    for urn in listed:
        lowered = urn.lower() if isinstance(urn, str) else ""
        if lowered == state.kind.schema.urn.lower():
            schemas.append(state.kind.schema)
        elif lowered in state.kind.extensions:
            schemas.append(state.kind.extensions[lowered].schema)
        else:
            raise InvalidValueError(f"{where}: unknown schema for {state.kind.name}")
    return schemas
