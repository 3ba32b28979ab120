"""What is stored, looked over for rows that do not fit together.

This is an operator's check, not a request: it reads organization by organization, in pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from scimserver.ids import LOWEST
from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Stored, parse
from scimserver.scim.schema import ResourceType
from scimserver.storage import values
from scimserver.storage.indexes import is_in_force
from scimserver.storage.models import membership, resource, resource_value, unique_value
from scimserver.storage.session import Session
from scimserver.storage.statement import Among, Hot

PAGE = 500


@dataclass(frozen=True, slots=True)
class Flaw:
    """A stored row that should not be as it is: which resource, and what is wrong with it."""

    type: str
    id: str
    problem: str


_PAGE = Hot(
    sa.select(
        resource.c.id,
        resource.c.version,
        resource.c.document,
        sa.null(),
        resource.c.active,
        resource.c.created_at,
        resource.c.updated_at,
    )
    .where(
        resource.c.org_id == sa.bindparam("org_id", required=True),
        resource.c.type == sa.bindparam("type", required=True),
        resource.c.id > sa.bindparam("after", required=True),
    )
    .order_by(resource.c.id)
    .limit(PAGE)
)


_INDEXED = Hot(
    sa.select(resource_value.c.resource_id, resource_value.c.path, resource_value.c.key).where(
        resource_value.c.org_id == sa.bindparam("org_id", required=True),
        Among(resource_value.c.resource_id, "ids"),
    )
)
_HOLDER = Hot(
    sa.select(unique_value.c.resource_id).where(
        unique_value.c.org_id == sa.bindparam("org_id", required=True),
        unique_value.c.type == sa.bindparam("type", required=True),
        unique_value.c.path == sa.bindparam("path", required=True),
        unique_value.c.key == sa.bindparam("key", required=True),
    )
)


def flaws(session: Session, org_id: str, kinds: list[ResourceType]) -> Iterator[Flaw]:
    """Yield what does not fit together: values without a document's word for them, lost edges."""
    for kind in kinds:
        for page in _pages(session, org_id, kind):
            yield from _value_flaws(session, org_id, kind, page)
    yield from _edge_flaws(session, org_id)


def _pages(session: Session, org_id: str, kind: ResourceType) -> Iterator[list[Stored]]:
    after = LOWEST
    while True:
        rows = session.run(_PAGE, {"org_id": org_id, "type": kind.name, "after": after})
        if not rows:
            return
        yield [Stored(kind, *row) for row in rows]
        after = rows[-1][0]


def _value_flaws(
    session: Session, org_id: str, kind: ResourceType, page: list[Stored]
) -> Iterator[Flaw]:
    """Compare the value rows of a page with its documents.

    Which values are held alone depends on the connection that wrote them, so a value is missing
    only when it is in neither table. The rows of a schema that was taken away stay, unjudged.
    """
    ids = [stored.id for stored in page]
    indexed: dict[str, set[tuple[str, str]]] = {id: set() for id in ids}
    for id, path, key in session.run(_INDEXED, {"org_id": org_id, "ids": ids}):
        if is_in_force(kind, path):
            indexed[id].add((path, key))
    for stored in page:
        attributes = parse(kind, stored.document)
        found = values.of(kind, attributes, Profile(), enforce_unique=True)
        wanted = {(value.path, value.key) for each in found.values() for value in each}
        for path, _ in sorted(indexed[stored.id] - wanted):
            yield Flaw(kind.name, stored.id, f"{path}: indexed, but not in the document")
        for path, key in sorted(wanted - indexed[stored.id]):
            place = {"org_id": org_id, "type": kind.name, "path": path, "key": key}
            holder = session.run(_HOLDER, place)
            if not holder or holder[0][0] != stored.id:
                yield Flaw(kind.name, stored.id, f"{path}: in the document, but not indexed")


def _edge_flaws(session: Session, org_id: str) -> Iterator[Flaw]:
    """Find edges with an end that is not there; the foreign keys should make it impossible."""
    for end in (membership.c.group_id, membership.c.member_id):
        held = sa.exists().where(resource.c.org_id == org_id, resource.c.id == end)
        lost = sa.select(membership.c.group_id).where(membership.c.org_id == org_id, ~held)
        for row in session.execute(lost.distinct()):
            yield Flaw("Group", row.group_id, "members: an edge leads nowhere")
