"""Lists as people leaf through them: the newest first, page by page, without a total.

A total of a million users takes longer to count than the page to read, and nobody acts on it.
"""

from dataclasses import dataclass

import orjson

from scimserver.domain.actor import Actor
from scimserver.ids import is_id
from scimserver.scim.messages import SearchRequest
from scimserver.scim.resource import Stored
from scimserver.scim.schema import ResourceType
from scimserver.services.directory import Directory
from scimserver.storage import search
from scimserver.storage.search import Position
from scimserver.storage.session import Session

PAGE = 50
MOST = 10_000
"""What is counted at the most; more is "more than"."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page. ``newer`` and ``older`` are the ids to go on from, None at either end."""

    found: list[Stored]
    newer: str | None
    older: str | None


def leaf(
    session: Session,
    actor: Actor,
    kind: ResourceType,
    text: str | None = None,
    *,
    newer: str = "",
    older: str = "",
    count: int = PAGE,
) -> Leaf:
    """Return the page next to an id, or the newest one; ``text`` is a SCIM filter.

    Whatever is no id begins anew: it came with an address somebody typed.
    """
    query = Directory(session, actor).query((kind,), SearchRequest(filter=text))
    upwards = is_id(newer)
    start = newer if upwards else older
    position = Position(None, start) if is_id(start) else None
    rows = search.rows_after(
        session, actor.org_id, query.wanted, position, count + 1, backwards=not upwards
    )
    found = [stored for stored, _ in reversed(rows)]
    more = len(found) > count
    # The one too many lies at the far end of the direction we walk in.
    found = (found[1:] if upwards else found[:count]) if more else found
    has_newer = position is not None and (more or not upwards)
    has_older = more or upwards
    return Leaf(
        found,
        newer=found[0].id if found and has_newer else None,
        older=found[-1].id if found and has_older else None,
    )


def size(session: Session, actor: Actor, kind: ResourceType, text: str | None = None) -> int:
    """Return how many there are, or one more than MOST."""
    query = Directory(session, actor).query((kind,), SearchRequest(filter=text))
    return search.count_up_to(session, actor.org_id, query.wanted, MOST + 1)


def quoted(text: str) -> str:
    """Return a text as a filter compares with it (RFC 7644 §3.4.2.2): a JSON string."""
    return orjson.dumps(text).decode()
