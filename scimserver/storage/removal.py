"""Resources removed, with everything kept beside them, in statements of at most 1,000 rows (R7)."""

from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Stored, hidden, parse
from scimserver.storage import holding, values
from scimserver.storage.errors import RaceLostError, lost_if_dangling
from scimserver.storage.models import (
    external_id,
    global_value,
    membership,
    resource,
    resource_value,
    unique_value,
)
from scimserver.storage.session import Session
from scimserver.storage.statement import Among, Hot, at

CHUNK = 1_000
# An update names a column twice: where it is now, and what it shall be.
_at = partial(at, prefix="at_")
# Locked before its edges go: whoever adds it to a group now waits, and then finds it gone.
_LOCK = Hot(
    sa.select(resource.c.id).where(*_at(resource, "org_id", "id", "version")).with_for_update()
)
_GROUPS = Hot(
    sa.select(membership.c.group_id)
    .where(*_at(membership, "org_id", "member_id"))
    .order_by(membership.c.group_id)
    .limit(CHUNK)
)
_LEAVE = Hot(
    sa.delete(membership).where(
        *_at(membership, "org_id", "member_id"), Among(membership.c.group_id, "ids")
    )
)
_MEMBERS = Hot(
    sa.select(membership.c.member_id)
    .where(*_at(membership, "org_id", "group_id"))
    .order_by(membership.c.member_id)
    .limit(CHUNK)
)
_EMPTY = Hot(
    sa.delete(membership).where(
        *_at(membership, "org_id", "group_id"), Among(membership.c.member_id, "ids")
    )
)
_BUMP_ALL = Hot(
    sa.update(resource)
    .where(*_at(resource, "org_id"), Among(resource.c.id, "ids"))
    .values(version=resource.c.version + 1, updated_at=sa.bindparam("updated_at", required=True))
)
_DROP_VALUES = Hot(sa.delete(resource_value).where(*_at(resource_value, "org_id", "resource_id")))
_DROP_NAMES = Hot(sa.delete(external_id).where(*_at(external_id, "org_id", "resource_id")))
_DELETE = Hot(sa.delete(resource).where(*_at(resource, "org_id", "id", "version")))


def delete(session: Session, org_id: str, before: Stored, now: datetime) -> None:
    """Remove a resource with its values, externalIds and edges in both directions (B38, B40).

    The groups that lose it get a new version. Raises RaceLostError when ``before`` is no longer
    what is stored.
    """
    row = {"at_org_id": org_id, "at_id": before.id, "at_version": before.version}
    if not session.run(_LOCK, row):
        raise RaceLostError("The resource was changed meanwhile.")
    _leave_groups(session, org_id, before.id, now)
    _lose_members(session, org_id, before.id)
    attributes = parse(before.type, before.document)
    held = values.of(before.type, attributes, Profile(), enforce_unique=True)
    every = [value for found in held.values() for value in found]
    holding.release(session, org_id, before.type.name, before.id, every)
    for urn in hidden(before.type, attributes):
        _release_hidden(session, org_id, before, urn)
    place = {"at_org_id": org_id, "at_resource_id": before.id}
    session.write(_DROP_VALUES, place)
    session.write(_DROP_NAMES, place)
    with lost_if_dangling("An edge was added meanwhile."):
        gone = session.write(_DELETE, row)
    if gone != 1:
        raise RaceLostError("The resource was changed meanwhile.")


def erase(session: Session, org_id: str) -> None:
    """Remove every resource of an organization, a chunk at a time."""
    for table in (membership, resource_value, unique_value, external_id, global_value, resource):
        key = list(table.primary_key.columns)
        chunk = sa.select(*key).where(table.c.org_id == org_id).limit(CHUNK)
        statement = sa.delete(table).where(sa.tuple_(*key).in_(chunk))
        while session.execute(statement).rowcount:
            pass


def _release_hidden(session: Session, org_id: str, before: Stored, urn: str) -> None:
    """Let go of the values of a schema that was taken away: only their rows are known (L7)."""
    for table in (unique_value, global_value):
        within = (table.c.path > f"{urn}:", table.c.path < f"{urn};")
        held = (table.c.org_id == org_id, table.c.resource_id == before.id)
        session.execute(sa.delete(table).where(*held, *within))


def _leave_groups(session: Session, org_id: str, id: str, now: datetime) -> None:
    place: dict[str, Any] = {"at_org_id": org_id, "at_member_id": id}
    while groups := [row[0] for row in session.run(_GROUPS, place)]:
        session.write(_LEAVE, {**place, "ids": groups})
        session.write(_BUMP_ALL, {"at_org_id": org_id, "ids": groups, "updated_at": now})


def _lose_members(session: Session, org_id: str, id: str) -> None:
    place: dict[str, Any] = {"at_org_id": org_id, "at_group_id": id}
    while members := [row[0] for row in session.run(_MEMBERS, place)]:
        session.write(_EMPTY, {**place, "ids": members})
