"""The commonest queries as hot statements: a plain page, and one value looked up by its index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, bindparam, func, select, union_all

from scimserver.scim.filter import Compare, Entry, Node, Op
from scimserver.scim.schema import ResourceType, Uniqueness
from scimserver.storage.filters import is_indexed
from scimserver.storage.indexes import is_trusted
from scimserver.storage.models.resource import (
    external_id,
    resource,
    resource_value,
    unique_value,
)
from scimserver.storage.session import Session
from scimserver.storage.statement import Chosen, Hot
from scimserver.storage.values import bounded

COLUMNS = (
    resource.c.type,
    resource.c.id,
    resource.c.version,
    resource.c.document,
    resource.c.active,
    resource.c.created_at,
    resource.c.updated_at,
)
_OWNED = (resource.c.org_id == bindparam("org_id"), resource.c.type == bindparam("type"))


def named(org_id: Any, connection_id: Any) -> ScalarSelect[Any]:
    """Return the column with a connection's externalId of each resource.

    A column of its own, not a join: it is asked for the rows that are found, while PostgreSQL
    without statistics joins the names of the whole organization to each resource.
    """
    return (
        select(external_id.c.value)
        .where(
            external_id.c.org_id == org_id,
            external_id.c.resource_id == resource.c.id,
            external_id.c.connection_id == connection_id,
        )
        .correlate(resource)
        .scalar_subquery()
    )


# Whoever has no connection asks with NULL, which equals none.
_NAMED = select(*COLUMNS, named(bindparam("org_id"), bindparam("connection_id"))).where(*_OWNED)
_PAGED = _NAMED.order_by(resource.c.id).limit(bindparam("limit")).offset(bindparam("offset"))
_PAGE = Hot(_PAGED)
# Rows are passed over in the index; only those of the page are read.
_FAR_PAGE = Hot(
    _NAMED.where(
        resource.c.id.in_(
            select(resource.c.id)
            .where(*_OWNED)
            .order_by(resource.c.id)
            .limit(bindparam("limit"))
            .offset(bindparam("offset"))
            .correlate(None)
        )
    ).order_by(resource.c.id)
)


def _keyed(table: Any) -> tuple[Any, ...]:
    return (
        table.c.org_id == bindparam("org_id"),
        table.c.type == bindparam("type"),
        table.c.path == bindparam("path"),
        table.c.key == bindparam("key"),
    )


# One value at the most, asked first whatever the planner believes of the tables.
_HOLDER = select(unique_value.c.resource_id).where(*_keyed(unique_value)).scalar_subquery()
_UNIQUE = Hot(_NAMED.where(resource.c.id == _HOLDER))
_UNIQUE_COUNT = Hot(select(func.count()).select_from(unique_value).where(*_keyed(unique_value)))
_HOLDERS = union_all(
    *(select(table.c.resource_id).where(*_keyed(table)) for table in (resource_value, unique_value))
)
_INDEXED = Hot(_PAGED.where(Chosen(resource.c.id, _HOLDERS)))
_INDEXED_COUNT = Hot(select(func.count(_HOLDERS.subquery().c.resource_id.distinct())))
_LINKED = (
    external_id.c.org_id == bindparam("org_id"),
    external_id.c.connection_id == bindparam("connection_id"),
    external_id.c.type == bindparam("type"),
    external_id.c.value == bindparam("key"),
)
# A join would let either engine walk all resources by id, since their order is asked for.
_EXTERNAL = Hot(
    _PAGED.where(Chosen(resource.c.id, select(external_id.c.resource_id).where(*_LINKED)))
)
_EXTERNAL_COUNT = Hot(select(func.count()).select_from(external_id).where(*_LINKED))


def page(
    session: Session,
    org_id: str,
    kind: ResourceType,
    connection_id: str | None,
    offset: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Return a page of one type by creation."""
    parameters = {
        "org_id": org_id,
        "type": kind.name,
        "connection_id": connection_id,
        "limit": limit,
        "offset": offset,
    }
    return session.run(_FAR_PAGE if offset else _PAGE, parameters)


def equal(
    session: Session,
    org_id: str,
    kind: ResourceType,
    node: Node,
    connection_id: str | None,
    offset: int,
    limit: int,
) -> Sequence[tuple[Any, ...]] | None:
    """Return a page of those with one indexed value, or None where that is not what is asked."""
    compare = _equality(session, kind, node)
    if compare is None:
        return None
    parameters = _parameters(org_id, kind, compare, connection_id)
    parameters |= {"limit": limit, "offset": offset}
    if compare.attribute.path == "externalId":
        return session.run(_EXTERNAL, parameters)
    if compare.attribute.uniqueness is not Uniqueness.NONE:
        return session.run(_UNIQUE, parameters)[offset:][:limit]
    return session.run(_INDEXED, parameters)


def count(
    session: Session, org_id: str, kind: ResourceType, node: Node, connection_id: str | None
) -> int | None:
    """Return how many have one indexed value, or None where that is not what is asked."""
    compare = _equality(session, kind, node)
    if compare is None:
        return None
    parameters = _parameters(org_id, kind, compare, connection_id)
    statement = _INDEXED_COUNT
    if compare.attribute.path == "externalId":
        statement = _EXTERNAL_COUNT
    elif compare.attribute.uniqueness is not Uniqueness.NONE:
        statement = _UNIQUE_COUNT
    found: int = session.run(statement, parameters)[0][0]
    return found


def _parameters(
    org_id: str, kind: ResourceType, compare: Compare, connection_id: str | None
) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "type": kind.name,
        "connection_id": connection_id,
        "path": compare.attribute.path,
        "key": _key(compare),
    }


def _key(compare: Compare) -> Any:
    if compare.attribute.path == "externalId":
        return compare.value
    return bounded(str(compare.value))


def _equality(session: Session, kind: ResourceType, node: Node) -> Compare | None:
    if isinstance(node, Entry):
        node = node.test
    if not isinstance(node, Compare) or node.op is not Op.EQ:
        return None
    path = node.attribute.path
    if path == "externalId":
        return node
    return node if is_indexed(kind, node.attribute) and is_trusted(session, kind, path) else None
