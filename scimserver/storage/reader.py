"""One resource, by its id or by a value it alone holds. Lists and filters are search.py's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, select

from scimserver.scim.resource import Stored
from scimserver.scim.schema import ResourceType
from scimserver.storage.models import external_id, resource, resource_value, unique_value
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot

# In the order in which Stored takes them, after its type.
COLUMNS = (
    resource.c.id,
    resource.c.version,
    resource.c.document,
    external_id.c.value,
    resource.c.active,
    resource.c.created_at,
    resource.c.updated_at,
)


@dataclass(slots=True)
class Ahead:
    """One resource to be read along with another look-up, and whether that has happened."""

    type: ResourceType
    id: str
    stored: Stored | None = None
    is_read: bool = False


def _stored() -> Select[Any]:
    """Return the columns of a Stored, with the externalId of the asking connection."""
    own = and_(
        external_id.c.org_id == resource.c.org_id,
        external_id.c.resource_id == resource.c.id,
        external_id.c.connection_id == bindparam("connection_id", required=True),
    )
    return (
        select(*COLUMNS)
        .select_from(resource.outerjoin(external_id, own))
        .where(
            resource.c.org_id == bindparam("org_id", required=True),
            resource.c.type == bindparam("type", required=True),
        )
    )


_GET = Hot(_stored().where(resource.c.id == bindparam("id", required=True)))
_FOLDED = Hot(
    select(resource.c.folded).where(
        resource.c.org_id == bindparam("org_id", required=True),
        resource.c.id == bindparam("id", required=True),
    )
)
_FIND_UNIQUE = Hot(
    _stored().where(
        resource.c.id
        == select(unique_value.c.resource_id)
        .where(
            unique_value.c.org_id == bindparam("org_id", required=True),
            unique_value.c.type == bindparam("type", required=True),
            unique_value.c.path == bindparam("path", required=True),
            unique_value.c.key == bindparam("key", required=True),
        )
        .scalar_subquery()
    )
)
_REFERRERS = Hot(
    select(resource_value.c.resource_id).where(
        resource_value.c.org_id == bindparam("org_id", required=True),
        resource_value.c.type == bindparam("type", required=True),
        resource_value.c.path == bindparam("path", required=True),
        resource_value.c.key == bindparam("key", required=True),
    )
)


def get(
    session: Session, org_id: str, kind: ResourceType, id: str, connection_id: str | None
) -> Stored | None:
    """Return a resource as the connection sees it, or None; ``id`` must be one of our shape."""
    rows = session.run(
        _GET, {"org_id": org_id, "type": kind.name, "id": id, "connection_id": connection_id}
    )
    return Stored(kind, *rows[0]) if rows else None


def folded_of(session: Session, org_id: str, id: str) -> Mapping[str, Any]:
    """Return the comparison keys of a resource as they are stored."""
    rows = session.run(_FOLDED, {"org_id": org_id, "id": id})
    return rows[0][0] if rows else {}


def find_unique(
    session: Session,
    org_id: str,
    kind: ResourceType,
    path: str,
    key: str,
    connection_id: str | None,
) -> Stored | None:
    """Return the resource that holds a unique value, given as its comparison key."""
    rows = session.run(
        _FIND_UNIQUE,
        {
            "org_id": org_id,
            "type": kind.name,
            "path": path,
            "key": key,
            "connection_id": connection_id,
        },
    )
    return Stored(kind, *rows[0]) if rows else None


def referrers(
    session: Session, org_id: str, kinds: Iterable[ResourceType], id: str
) -> list[tuple[str, str]]:
    """Return the type and id of each resource whose document refers to ``id`` (L5)."""
    found: dict[tuple[str, str], None] = {}
    for kind in kinds:
        for reference in kind.references:
            path = reference.sub_attributes["value"].path
            rows = session.run(
                _REFERRERS, {"org_id": org_id, "type": kind.name, "path": path, "key": id}
            )
            found.update({(kind.name, row[0]): None for row in rows})
    return list(found)
