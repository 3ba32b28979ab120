"""What ids are called: the names beside a list of members, or of who did what."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, select

from scimserver.ids import is_id
from scimserver.storage.models.resource import resource
from scimserver.storage.session import Session
from scimserver.storage.statement import Among, Hot

_CHUNK = 500
_NAMED = Hot(
    select(
        resource.c.id,
        resource.c.type,
        resource.c.user_name,
        resource.c.display_name,
        resource.c.active,
    ).where(resource.c.org_id == bindparam("org_id", required=True), Among(resource.c.id, "ids"))
)


class Named(NamedTuple):
    """One resource as people speak of it."""

    type: str
    user_name: str | None
    display_name: str | None
    active: bool

    @property
    def shown(self) -> str:
        """The name to show, which is a user's userName where nobody gave another."""
        return self.display_name or self.user_name or ""


def of(session: Session, org_id: str, ids: Iterable[str]) -> dict[str, Named]:
    """Return the names of those ids that are resources of the organization."""
    asked = sorted({id for id in ids if is_id(id)})
    found = {}
    for start in range(0, len(asked), _CHUNK):
        chunk = asked[start : start + _CHUNK]
        for id, *named in session.run(_NAMED, {"org_id": org_id, "ids": chunk}):
            found[id] = Named._make(named)
    return found
