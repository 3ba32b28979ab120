"""Which attributes have a row for every stored value, so that filters may trust their index.

A schema file may begin to index an attribute that is stored already. Until the values of what is
there have rows, only ``folded`` knows them all. What is recorded here is trusted; a database in
which nothing is recorded is one that no schema has changed under.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from scimserver.scim.schema import ResourceType
from scimserver.storage.models import organization, resource, value_index
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, upsert
from scimserver.storage.values import indexed_paths

CHUNK = 500
Place = tuple[str, str]
"""A type's name and an attribute's path."""

_TRUSTED = "scimserver_trusted_indexes"
_RECORDED = Hot(sa.select(value_index.c.type, value_index.c.path, value_index.c.complete))


def is_trusted(session: Session, kind: ResourceType, path: str) -> bool:
    """Return whether a filter may look an attribute up by its rows alone.

    What was complete stays so; a connection asks again only about what is not.
    """
    trusted: set[Place] = session.info.setdefault(_TRUSTED, set())
    place = kind.name, path
    if place not in trusted:
        rows = session.run(_RECORDED, {})
        if not rows:
            return True
        trusted.update((name, found) for name, found, complete in rows if complete)
    return place in trusted


def declare(session: Session, kinds: Iterable[ResourceType]) -> list[Place]:
    """Record what the schemas index now, and return what has values without rows.

    A place whose schema is in force and indexes it no more is forgotten, since its rows are no
    longer kept. That of a schema that was taken away stays: its values cannot change meanwhile.
    """
    recorded = {(name, path): done for name, path, done in session.run(_RECORDED, {})}
    kinds = tuple(kinds)
    wanted = {(kind.name, path) for kind in kinds for path in indexed_paths(kind)}
    for name, path in recorded.keys() - wanted:
        if any(kind.name == name and is_in_force(kind, path) for kind in kinds):
            session.execute(sa.delete(value_index).where(*_at(name, path)))
    new = sorted(wanted - recorded.keys())
    stored = {name for name in {name for name, _ in new} if _is_stored(session, name)}
    for name, path in new:
        recorded[name, path] = name not in stored
        row = {"type": name, "path": path, "complete": recorded[name, path]}
        session.execute(upsert(value_index).values(row).on_conflict_do_nothing())
    return sorted(place for place in wanted if not recorded[place])


def complete(session: Session, place: Place) -> None:
    """Record that every stored value of an attribute has its row."""
    session.execute(sa.update(value_index).where(*_at(*place)).values(complete=True))


def is_in_force(kind: ResourceType, path: str) -> bool:
    """Return whether the schema that a path belongs to is there, or was taken away (L7)."""
    return not path.lower().startswith("urn:") or any(
        path.lower().startswith(f"{urn}:") for urn in kind.extensions
    )


def page(session: Session, org_id: str, type_name: str, after: str) -> list[Place]:
    """Return ids and documents of resources after one, held until the transaction ends."""
    query = (
        sa.select(resource.c.id, resource.c.document)
        .where(resource.c.org_id == org_id, resource.c.type == type_name, resource.c.id > after)
        .order_by(resource.c.id)
        .limit(CHUNK)
        .with_for_update()
    )
    return [(row.id, row.document) for row in session.execute(query)]


def _is_stored(session: Session, type_name: str) -> bool:
    """Return whether any organization has a resource of a type, by an index for each of them."""
    of_type = sa.exists().where(
        resource.c.org_id == organization.c.id, resource.c.type == type_name
    )
    return session.execute(sa.select(organization.c.id).where(of_type).limit(1)).first() is not None


def _at(name: str, path: str) -> tuple[sa.ColumnElement[bool], ...]:
    return value_index.c.type == name, value_index.c.path == path
