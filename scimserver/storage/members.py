"""Edges read: who is in a group, page by page, and which groups someone is in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    literal,
    select,
)

from scimserver.ids import LOWEST, is_id
from scimserver.storage.models.resource import membership, resource
from scimserver.storage.session import Session
from scimserver.storage.statement import Among, Hot

# The type whose edges make up User.groups (RFC 7643 §4.1.2).
GROUP = "Group"
_CHUNK = 1_000
# Members of small groups that are read together: some megabytes at most.
_TOGETHER = 5_000


class Member(NamedTuple):
    """One member of a group, with what is shown of it."""

    value: str
    type: str
    display: str | None


class GroupOf(NamedTuple):
    """One group someone is in. ``direct`` also where it is reached both ways (B48)."""

    value: str
    display: str | None
    direct: bool


# Its displayName or nothing: a stand-in would be a value that nobody gave (B49, B57).
_DISPLAY = resource.c.display_name
_OF_GROUP = (
    membership.c.org_id == bindparam("org_id"),
    membership.c.group_id == bindparam("group_id"),
)
_PAGE = Hot(
    select(membership.c.member_id, resource.c.type, _DISPLAY)
    .join(
        resource,
        (resource.c.org_id == membership.c.org_id) & (resource.c.id == membership.c.member_id),
    )
    .where(*_OF_GROUP, membership.c.member_id > bindparam("after"))
    .order_by(membership.c.member_id)
    .limit(bindparam("limit"))
)
_OF_MANY = Hot(
    select(membership.c.group_id, membership.c.member_id, resource.c.type, _DISPLAY)
    .join(
        resource,
        (resource.c.org_id == membership.c.org_id) & (resource.c.id == membership.c.member_id),
    )
    .where(membership.c.org_id == bindparam("org_id"), Among(membership.c.group_id, "ids"))
    .order_by(membership.c.group_id, membership.c.member_id)
)
_SIZES = Hot(
    select(
        resource.c.id,
        select(func.count())
        .select_from(
            select(literal(1).label("one"))
            .where(membership.c.org_id == resource.c.org_id, membership.c.group_id == resource.c.id)
            .limit(bindparam("limit"))
            .correlate(resource)
            .subquery()
        )
        .scalar_subquery(),
    ).where(resource.c.org_id == bindparam("org_id"), Among(resource.c.id, "ids"))
)
_IDS = Hot(
    select(membership.c.member_id)
    .where(*_OF_GROUP, membership.c.member_id > bindparam("after"))
    .order_by(membership.c.member_id)
    .limit(bindparam("limit"))
)
_COUNT = Hot(
    select(func.count()).select_from(
        select(literal(1).label("one")).where(*_OF_GROUP).limit(bindparam("limit")).subquery()
    )
)
_KINDS = Hot(
    select(resource.c.id, resource.c.type, _DISPLAY).where(
        resource.c.org_id == bindparam("org_id"), Among(resource.c.id, "ids")
    )
)
_PRESENT = Hot(
    select(membership.c.member_id).where(*_OF_GROUP, Among(membership.c.member_id, "ids"))
)


def page(
    session: Session, org_id: str, group_id: str, after: str | None, limit: int
) -> list[Member]:
    """Return the members whose ids follow ``after``, in the order of their ids."""
    parameters = {
        "org_id": org_id,
        "group_id": group_id,
        "after": after or LOWEST,
        "limit": limit,
    }
    return [Member._make(row) for row in session.run(_PAGE, parameters)]


def stream(session: Session, org_id: str, group_id: str) -> Iterator[list[Member]]:
    """Yield all members in lists of bounded length, without holding them together."""
    after: str | None = None
    while found := page(session, org_id, group_id, after, _CHUNK):
        yield found
        if len(found) < _CHUNK:
            return
        after = found[-1].value


def sizes(session: Session, org_id: str, group_ids: Sequence[str]) -> dict[str, int]:
    """Return how many members each group has, in the order of the ids; of large ones no more."""
    found = dict.fromkeys(group_ids, 0)
    for chunk in _chunks(group_ids):
        parameters = {"org_id": org_id, "ids": chunk, "limit": _CHUNK + 1}
        found.update(session.run(_SIZES, parameters))
    return found


def each(
    session: Session, org_id: str, counted: Mapping[str, int]
) -> Iterator[Iterable[list[Member]]]:
    """Yield the members of each group as ``stream`` does, in the order of ``sizes``.

    Small groups that follow each other are read in one statement, so a list of them costs a few
    statements and no more memory than some thousand members.
    """
    together: list[str] = []
    total = 0
    for group_id, size in counted.items():
        if together and (size > _CHUNK or total + size > _TOGETHER):
            yield from _of_many(session, org_id, together)
            together, total = [], 0
        if size > _CHUNK:
            yield stream(session, org_id, group_id)
        else:
            together.append(group_id)
            total += size
    if together:
        yield from _of_many(session, org_id, together)


def _of_many(session: Session, org_id: str, ids: list[str]) -> Iterator[tuple[list[Member]]]:
    found: dict[str, list[Member]] = {id: [] for id in ids}
    for group_id, *member in session.run(_OF_MANY, {"org_id": org_id, "ids": ids}):
        found[group_id].append(Member._make(member))
    for id in ids:
        yield (found.pop(id),)


def member_ids(session: Session, org_id: str, group_id: str) -> Iterator[str]:
    """Yield the ids of all members in order."""
    after, size = LOWEST, 5 * _CHUNK
    while True:
        parameters = {"org_id": org_id, "group_id": group_id, "after": after, "limit": size}
        found = session.run(_IDS, parameters)
        for (id,) in found:
            yield id
        if len(found) < size:
            return
        after = found[-1][0]


def count(session: Session, org_id: str, group_id: str, at_most: int) -> int:
    """Return how many members a group has, or ``at_most`` where it has more."""
    parameters = {"org_id": org_id, "group_id": group_id, "limit": at_most}
    found: int = session.run(_COUNT, parameters)[0][0]
    return found


def _upward(start: ColumnElement[bool]) -> Select[Any]:
    """Select the groups reached from members: UNION drops what a cycle would repeat."""
    org_id: BindParameter[str] = bindparam("org_id")
    up = (
        select(membership.c.member_id, membership.c.group_id)
        .where(membership.c.org_id == org_id, start)
        .cte("up", recursive=True)
    )
    step = membership.alias("step")
    up = up.union(
        select(up.c.member_id, step.c.group_id).where(
            step.c.org_id == org_id, step.c.member_id == up.c.group_id
        )
    )
    direct = membership.alias("direct")
    return (
        select(
            up.c.member_id,
            up.c.group_id,
            resource.c.type,
            _DISPLAY,
            direct.c.member_id.is_not(None),
        )
        .join(resource, (resource.c.org_id == org_id) & (resource.c.id == up.c.group_id))
        .outerjoin(
            direct,
            (direct.c.org_id == org_id)
            & (direct.c.group_id == up.c.group_id)
            & (direct.c.member_id == up.c.member_id),
        )
        # Asking for the type here would make SQLite look at every group of the organization.
        .where(up.c.group_id != up.c.member_id)
        .order_by(up.c.member_id, up.c.group_id)
    )


_outer = membership.alias("outer_edge")


def _is_nested(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a group is in another one."""
    return exists(1).where(_outer.c.org_id == bindparam("org_id"), _outer.c.member_id == column)


_GROUPS_OF = Hot(_upward(Among(membership.c.member_id, "ids")))
_GROUPS_OF_ONE = Hot(
    select(membership.c.group_id, resource.c.type, _DISPLAY, _is_nested(membership.c.group_id))
    .join(
        resource,
        (resource.c.org_id == membership.c.org_id) & (resource.c.id == membership.c.group_id),
    )
    .where(membership.c.org_id == bindparam("org_id"), membership.c.member_id == bindparam("id"))
    .order_by(membership.c.group_id)
)
_EDGES = Hot(
    select(membership.c.member_id, membership.c.group_id)
    .where(membership.c.org_id == bindparam("org_id"), Among(membership.c.member_id, "ids"))
    .order_by(membership.c.member_id, membership.c.group_id)
)
_GROUPS = Hot(
    select(resource.c.id, resource.c.type, _DISPLAY, _is_nested(resource.c.id)).where(
        resource.c.org_id == bindparam("org_id"), Among(resource.c.id, "ids")
    )
)


def groups_of(session: Session, org_id: str, ids: Sequence[str]) -> dict[str, list[GroupOf]]:
    """Return the groups each of the resources is in, directly or through others (B48).

    Groups within groups are rare, so only who has them pays for them: the recursive statement costs
    a plain one many times over, even where it finds nothing. A page of people shares its groups,
    so these are read once.
    """
    if len(ids) == 1:
        rows = session.run(_GROUPS_OF_ONE, {"org_id": org_id, "id": ids[0]})
        return _settled(session, org_id, ids, [(ids[0], row[0]) for row in rows], rows)
    found: dict[str, list[GroupOf]] = {}
    for chunk in _chunks(ids):
        edges = session.run(_EDGES, {"org_id": org_id, "ids": chunk})
        rows = []
        for part in _chunks(list({group_id for _, group_id in edges})):
            rows += session.run(_GROUPS, {"org_id": org_id, "ids": part})
        found |= _settled(session, org_id, chunk, edges, rows)
    return found


def _settled(
    session: Session,
    org_id: str,
    ids: Sequence[str],
    edges: Sequence[tuple[str, str]],
    groups: Sequence[tuple[Any, ...]],
) -> dict[str, list[GroupOf]]:
    """Return groups by member, those of whoever is in a nested one by the recursive statement."""
    direct = {
        id: GroupOf(id, display, direct=True) for id, kind, display, _ in groups if kind == GROUP
    }
    nested = {group[0] for group in groups if group[3]}
    found: dict[str, list[GroupOf]] = {id: [] for id in ids}
    climbing = set()
    for member_id, group_id in edges:
        if group_id in nested:
            climbing.add(member_id)
        elif group_id in direct:
            found[member_id].append(direct[group_id])
    if climbing:
        found.update({id: [] for id in climbing})
        parameters = {"org_id": org_id, "ids": sorted(climbing)}
        for member_id, group_id, kind, display, is_direct in session.run(_GROUPS_OF, parameters):
            if kind == GROUP:
                found[member_id].append(GroupOf(group_id, display, bool(is_direct)))
    return found


def kinds_of(
    session: Session, org_id: str, ids: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """Return type and display name of those ids that are resources of the organization."""
    found: dict[str, tuple[str, str | None]] = {}
    for chunk in _chunks([id for id in ids if is_id(id)]):
        for id, type_name, display in session.run(_KINDS, {"org_id": org_id, "ids": chunk}):
            found[id] = (type_name, display)
    return found


def present(session: Session, org_id: str, group_id: str, ids: Sequence[str]) -> set[str]:
    """Return those ids that are members of the group."""
    found: set[str] = set()
    for chunk in _chunks([id for id in ids if is_id(id)]):
        parameters = {"org_id": org_id, "group_id": group_id, "ids": chunk}
        found.update(id for (id,) in session.run(_PRESENT, parameters))
    return found


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _CHUNK):
        yield list(ids[start : start + _CHUNK])
