"""Resources written: the row, its externalId and its values, each by one statement.

Only provisioning calls this. A conflict never aborts the transaction: rows are inserted unless they
are there, and the count says whether they were. What had been written before is undone by the
caller's transaction or savepoint.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from scimserver.domain.errors import TakenError
from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Resource, Stored, parse
from scimserver.scim.schema import ResourceType
from scimserver.storage import holding, rivals, values
from scimserver.storage.errors import RaceLostError
from scimserver.storage.models import resource, resource_value
from scimserver.storage.removal import delete, erase
from scimserver.storage.rivals import Wanted
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, Rows, at
from scimserver.storage.values import Value

__all__ = ["Entry", "bump", "delete", "erase", "index", "insert", "insert_many", "update"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource as it shall stand in the database.

    ``enforce_unique`` off lets addresses and externalIds repeat, whatever the profile says.
    """

    id: str
    resource: Resource
    document: str
    folded: Mapping[str, Any]
    version: int
    connection_id: str | None
    profile: Profile
    created_at: datetime
    updated_at: datetime
    enforce_unique: bool = True

    @property
    def type(self) -> str:
        """The resource type's name."""
        return self.resource.type.name

    def values_of(self, attributes: Mapping[str, Any]) -> dict[str, tuple[Value, ...]]:
        """Return the values that get rows, by path."""
        return values.of(
            self.resource.type, attributes, self.profile, enforce_unique=self.enforce_unique
        )


# An update names a column twice: where it is now, and what it shall be.
_at = partial(at, prefix="at_")
_RESOURCES = Rows(resource)
_VALUES = Rows(resource_value)
# What a switch of some connection makes unique is not known for rows of the past.
_OPEN = Profile(unique_emails=False, unique_group_names=False)
_CHANGED = ("version", "active", "user_name", "display_name", "document", "folded", "updated_at")
_UPDATE = Hot(
    sa.update(resource)
    .where(*_at(resource, "org_id", "id", "version"))
    .values({name: sa.bindparam(name, required=True) for name in _CHANGED})
)
_BUMP = Hot(
    sa.update(resource)
    .where(*_at(resource, "org_id", "id"))
    .values(version=resource.c.version + 1, updated_at=sa.bindparam("updated_at", required=True))
    .returning(resource.c.version)
)
_DROP_VALUES = Hot(
    sa.delete(resource_value).where(*_at(resource_value, "org_id", "resource_id", "path"))
)


def insert(session: Session, org_id: str, entry: Entry) -> None:
    """Add a resource, or raise TakenError naming the attribute whose value is held by another."""
    found = entry.values_of(entry.resource.attributes)
    holding.claim(session, org_id, entry.type, entry.id, _each(found))
    _keep_external_id(session, org_id, entry)
    session.insert(_RESOURCES, [_row(org_id, entry)])
    session.insert(_VALUES, _indexed(org_id, entry, found))


def update(session: Session, org_id: str, before: Stored, entry: Entry) -> None:
    """Write the next version of a resource; values and externalId only where they differ.

    Raises RaceLostError when ``before`` is no longer what is stored, TakenError as ``insert``.
    """
    columns = _columns(entry)
    row = {name: columns[name] for name in _CHANGED}
    row |= {"at_org_id": org_id, "at_id": entry.id, "at_version": before.version}
    if session.write(_UPDATE, row) != 1:
        raise RaceLostError("The resource was changed meanwhile.")
    _update_values(session, org_id, before, entry)
    if entry.connection_id is not None and before.external_id != entry.resource.external_id:
        holding.drop_external_id(session, org_id, entry.id, entry.connection_id)
        _keep_external_id(session, org_id, entry)


def bump(session: Session, org_id: str, id: str, now: datetime) -> int:
    """Give a resource its next version because its edges changed, and return it (B56)."""
    rows = session.run(_BUMP, {"at_org_id": org_id, "at_id": id, "updated_at": now})
    if not rows:
        raise RaceLostError("The resource was deleted meanwhile.")
    version: int = rows[0][0]
    return version


def insert_many(session: Session, org_id: str, entries: Sequence[Entry]) -> dict[str, TakenError]:
    """Add resources, one statement a table; those with a conflict are left out and told by id."""
    found = {entry.id: entry.values_of(entry.resource.attributes) for entry in entries}
    wanted = [
        Wanted(entry.type, entry.id, list(_each(found[entry.id])), _external_id(org_id, entry))
        for entry in entries
    ]
    refused = rivals.hold(session, org_id, wanted)
    kept = [entry for entry in entries if entry.id not in refused]
    session.insert(_RESOURCES, [_row(org_id, entry) for entry in kept])
    rows = [row for entry in kept for row in _indexed(org_id, entry, found[entry.id])]
    session.insert(_VALUES, rows)
    return refused


def index(
    session: Session,
    org_id: str,
    kind: ResourceType,
    stored: Sequence[tuple[str, str]],
    paths: frozenset[str],
    *,
    enforce_unique: bool,
) -> frozenset[str]:
    """Write the rows of some attributes for what is stored: pairs of id and document.

    Returns the paths whose values should be unique and are not; the first holder keeps its row.
    """
    drops = [
        {"at_org_id": org_id, "at_resource_id": id, "at_path": p} for id, _ in stored for p in paths
    ]
    session.write_many(_DROP_VALUES, drops)
    rows, repeated = [], set()
    for id, text in stored:
        found = values.of(kind, parse(kind, text), _OPEN, enforce_unique=enforce_unique)
        for value in (value for path in paths & found.keys() for value in found[path]):
            if not value.unique:
                rows.append((org_id, id, value.path, value.ordinal, kind.name, value.key))
                continue
            try:
                holding.claim(session, org_id, kind.name, id, [value])
            except TakenError:
                repeated.add(value.path)
    session.insert(_VALUES, rows)
    return frozenset(repeated)


def _update_values(session: Session, org_id: str, before: Stored, entry: Entry) -> None:
    """Replace the rows of the attributes whose values differ, and of no other."""
    was, now = parse(before.type, before.document), entry.resource.attributes
    # The values of an attribute depend on nothing beside it, and most changes are of one.
    old = entry.values_of({name: was[name] for name in was if was[name] != now.get(name)})
    new = entry.values_of({name: now[name] for name in now if now[name] != was.get(name)})
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    if not changed:
        return
    left = [value for path in changed for value in old.get(path, ())]
    if left:
        holding.release(session, org_id, entry.type, entry.id, left)
        session.write_many(
            _DROP_VALUES,
            [{"at_org_id": org_id, "at_resource_id": entry.id, "at_path": p} for p in changed],
        )
    came = {path: new[path] for path in changed if path in new}
    holding.claim(session, org_id, entry.type, entry.id, _each(came))
    session.insert(_VALUES, _indexed(org_id, entry, came))


def _keep_external_id(session: Session, org_id: str, entry: Entry) -> None:
    if not holding.external_ids(session, _external_id(org_id, entry)):
        raise TakenError(holding.EXTERNAL_ID)


def _external_id(org_id: str, entry: Entry) -> list[tuple[Any, ...]]:
    """Return the row of the connection's externalId, if there is one."""
    value = entry.resource.external_id
    if entry.connection_id is None or value is None:
        return []
    alone = entry.profile.unique_external_ids and entry.enforce_unique
    slot = "" if alone else entry.id
    return [(org_id, entry.connection_id, entry.id, entry.type, value, slot)]


def _each(found: Mapping[str, tuple[Value, ...]]) -> Iterator[Value]:
    for held in found.values():
        yield from held


def _indexed(
    org_id: str, entry: Entry, found: Mapping[str, tuple[Value, ...]]
) -> list[tuple[Any, ...]]:
    return [
        (org_id, entry.id, value.path, value.ordinal, entry.type, value.key)
        for value in _each(found)
        if not value.unique
    ]


def _columns(entry: Entry) -> dict[str, Any]:
    attributes = entry.resource.attributes
    user_name, display_name = attributes.get("userName"), attributes.get("displayName")
    return {
        "type": entry.type,
        "version": entry.version,
        "active": entry.resource.active,
        "user_name": user_name if isinstance(user_name, str) else None,
        "display_name": display_name if isinstance(display_name, str) else None,
        "document": entry.document,
        "folded": entry.folded,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }


def _row(org_id: str, entry: Entry) -> tuple[Any, ...]:
    return (org_id, entry.id, *_columns(entry).values())
