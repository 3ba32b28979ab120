"""Which stored resources hold given values: many at once, for what comes in batches."""

from collections.abc import Sequence

from sqlalchemy import select

from scimserver.storage.models.resource import resource_value, unique_value
from scimserver.storage.session import Session
from scimserver.storage.statement import Among, Hot, at

# A value with a row in one table has none in the other.
_HOLDERS = tuple(
    Hot(
        select(table.c.key, table.c.resource_id).where(
            *at(table, "org_id", "type", "path"), Among(table.c.key, "keys")
        )
    )
    for table in (unique_value, resource_value)
)


def holders(
    session: Session, org_id: str, type_name: str, path: str, keys: Sequence[str]
) -> dict[str, list[str]]:
    """Return the ids of the resources that hold an indexed value, by its comparison key."""
    found: dict[str, list[str]] = {}
    if not keys:
        return found
    parameters = {"org_id": org_id, "type": type_name, "path": path, "keys": list(keys)}
    for statement in _HOLDERS:
        for key, id in session.run(statement, parameters):
            found.setdefault(key, []).append(id)
    return found
