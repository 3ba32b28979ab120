"""Values held by one resource alone: claimed before it is written, released when it lets go.

A claim inserts unless a row is there, and the count of rows says who won: a race has exactly one
winner (F7), and no transaction is aborted by the loser's statement.
"""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from scimserver.domain.errors import TakenError
from scimserver.storage.models import external_id, global_value, unique_value
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, Rows, at
from scimserver.storage.values import Value

EXTERNAL_ID = "externalId"

_UNIQUE = Rows(unique_value)
_GLOBAL = Rows(global_value)
_EXTERNAL_IDS = Rows(external_id)

_UNIQUE_OWNER = Hot(
    sa.select(unique_value.c.resource_id).where(*at(unique_value, "org_id", "type", "path", "key"))
)
_GLOBAL_OWNER = Hot(sa.select(global_value.c.resource_id).where(*at(global_value, "path", "key")))
_DROP_UNIQUE = Hot(
    sa.delete(unique_value).where(*at(unique_value, "org_id", "type", "path", "key", "resource_id"))
)
_DROP_GLOBAL = Hot(
    sa.delete(global_value).where(*at(global_value, "path", "key", "org_id", "resource_id"))
)
_DROP_EXTERNAL_ID = Hot(
    sa.delete(external_id).where(*at(external_id, "org_id", "resource_id", "connection_id"))
)

Held = tuple[str, str, Iterable[Value]]
"""A resource's type and id with the values it wants for itself."""


def claim(session: Session, org_id: str, type_name: str, id: str, wanted: Iterable[Value]) -> None:
    """Hold the values for a resource, or raise TakenError for the first another one holds."""
    wanted = alone(wanted)
    if claim_together(session, org_id, [(type_name, id, wanted)]):
        return
    for value in wanted:
        place = {"org_id": org_id, "type": type_name, "path": value.path, "key": value.key}
        rows = session.run(_UNIQUE_OWNER, place)
        if value.shared and rows and rows[0][0] == id:
            rows = session.run(_GLOBAL_OWNER, {"path": value.path, "key": value.key})
        if not rows or rows[0][0] != id:
            raise TakenError(value.path)


def claim_together(session: Session, org_id: str, many: Iterable[Held]) -> bool:
    """Hold the values for many resources; False when any of them was held already.

    Then those that were free are held, for the caller to release or to undo.
    """
    unique, shared = [], []
    for type_name, id, wanted in many:
        for value in alone(wanted):
            unique.append((org_id, type_name, value.path, value.key, id))
            if value.shared:
                shared.append((value.path, value.key, org_id, id))
    return session.insert(_UNIQUE, unique) == len(unique) and (
        session.insert(_GLOBAL, shared) == len(shared)
    )


def release(
    session: Session, org_id: str, type_name: str, id: str, values: Collection[Value]
) -> None:
    """Let go of whichever of the values the resource holds.

    All of them are asked for, also those that are not unique today: a switch of the connection may
    have said otherwise when they were written.
    """
    rows = [
        {"org_id": org_id, "type": type_name, "path": path, "key": key, "resource_id": id}
        for path, key in dict.fromkeys((value.path, value.key) for value in values)
    ]
    session.write_many(_DROP_UNIQUE, rows)
    if any(value.shared for value in values):
        session.write_many(_DROP_GLOBAL, rows)


def external_ids(session: Session, rows: list[tuple[Any, ...]]) -> bool:
    """Keep externalIds, rows of the table; False when any was in use in its connection and type."""
    return session.insert(_EXTERNAL_IDS, rows) == len(rows)


def drop_external_id(session: Session, org_id: str, id: str, connection_id: str) -> None:
    """Forget what a connection calls a resource."""
    session.write(
        _DROP_EXTERNAL_ID, {"org_id": org_id, "resource_id": id, "connection_id": connection_id}
    )


def alone(values: Iterable[Value]) -> list[Value]:
    """Return the unique ones, each key once: a resource may repeat its own value."""
    return list({(value.path, value.key): value for value in values if value.unique}.values())
