"""Edges written: members added and removed, at a cost of what changes (B53)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import bindparam, delete, null, select

from scimserver.ids import is_id
from scimserver.scim.delta import EdgeDelta
from scimserver.storage.errors import lost_if_dangling
from scimserver.storage.models import membership, resource
from scimserver.storage.pointers import FilterContext, member_test
from scimserver.storage.session import Session
from scimserver.storage.statement import Among, Hot, upsert

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class EdgeResult:
    """What really changed: those who were no members before, and those who were."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


# Two workers of one identity provider may add the same member at once. Both inserts are wanted and
# one of them is redundant, so a conflict is success here. Reading first would only move the race.
# Selecting from ``resource`` passes over a member that was deleted since the caller looked.
_ADD = Hot(
    upsert(membership)
    .from_select(
        ["org_id", "group_id", "member_id", "role"],
        select(
            resource.c.org_id,
            bindparam("group_id", type_=membership.c.group_id.type, required=True),
            resource.c.id,
            null(),
        ).where(
            resource.c.org_id == bindparam("org_id", required=True), Among(resource.c.id, "ids")
        ),
    )
    .on_conflict_do_nothing()
    .returning(membership.c.member_id)
)
_GROUP = (
    membership.c.org_id == bindparam("org_id", required=True),
    membership.c.group_id == bindparam("group_id", required=True),
)
_REMOVE = Hot(
    delete(membership)
    .where(*_GROUP, Among(membership.c.member_id, "ids"))
    .returning(membership.c.member_id)
)


def apply(
    session: Session,
    org_id: str,
    group_id: str,
    delta: EdgeDelta,
    targets: tuple[str, ...] = (),
) -> EdgeResult:
    """Change the members of a group as the delta says.

    ``cleared`` is the caller's to turn into a difference, ``expected`` the caller's to check.
    ``targets`` are the types a member may have, for filters that name one.
    """
    removed = [
        *_removed_where(session, org_id, group_id, delta, targets),
        *_remove(session, org_id, group_id, delta.removed),
    ]
    added = _add(session, org_id, group_id, delta.added)
    returned = set(removed).intersection(added)
    return EdgeResult(
        tuple(each for each in added if each not in returned),
        tuple(each for each in removed if each not in returned),
    )


def _add(session: Session, org_id: str, group_id: str, ids: Iterable[str]) -> list[str]:
    with lost_if_dangling("A member, or the group, was deleted meanwhile."):
        return _in_chunks(session, _ADD, org_id, group_id, ids)


def _remove(session: Session, org_id: str, group_id: str, ids: Iterable[str]) -> list[str]:
    # A client may name anything as a member to be removed; what is no id is no member.
    return _in_chunks(session, _REMOVE, org_id, group_id, filter(is_id, ids))


def _in_chunks(
    session: Session, statement: Hot, org_id: str, group_id: str, ids: Iterable[str]
) -> list[str]:
    """Run a statement over the ids, and return those it touched in the order given."""
    touched: list[str] = []
    remaining = iter(ids)
    while chunk := list(islice(remaining, CHUNK)):
        rows = session.run(statement, {"org_id": org_id, "group_id": group_id, "ids": chunk})
        touched.extend(_ordered(chunk, {row[0] for row in rows}))
    return touched


def _ordered(chunk: Sequence[str], touched: set[str]) -> list[str]:
    return [each for each in chunk if each in touched]


def _removed_where(
    session: Session, org_id: str, group_id: str, delta: EdgeDelta, targets: tuple[str, ...]
) -> list[str]:
    """Remove the members that match the filters, so many at a time."""
    removed: list[str] = []
    context = FilterContext(org_id, None, session.is_sqlite)
    for node in delta.removed_where:
        matching = (
            select(membership.c.member_id)
            .where(
                membership.c.org_id == org_id,
                membership.c.group_id == group_id,
                member_test(node, targets, context),
            )
            .limit(CHUNK)
        )
        while ids := [row[0] for row in session.execute(matching, kept=False)]:
            removed.extend(_remove(session, org_id, group_id, ids))
    return removed
