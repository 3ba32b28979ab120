"""Which stored resources hold given values: many at once, for what comes in batches."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, union_all

from scimserver.storage.models.resource import resource_value, unique_value
from scimserver.storage.session import Session

# A value with a row in one table has none in the other.
_HOLDERS = union_all(
    *(
        select(table.c.key, table.c.resource_id).where(
            table.c.org_id == bindparam("org_id"),
            table.c.type == bindparam("type"),
            table.c.path == bindparam("path"),
            table.c.key.in_(bindparam("keys", expanding=True)),
        )
        for table in (unique_value, resource_value)
    )
)


def holders(
    session: Session, org_id: str, type_name: str, path: str, keys: Sequence[str]
) -> dict[str, list[str]]:
    """Return the ids of the resources that hold an indexed value, by its comparison key."""
    found: dict[str, list[str]] = {}
    if keys:
        parameters = {"org_id": org_id, "type": type_name, "path": path, "keys": list(keys)}
        rows: Sequence[Any] = session.execute(_HOLDERS, parameters).all()
        for key, id in rows:
            found.setdefault(key, []).append(id)
    return found
