"""Indexing what is stored, after a schema file began to index it: in chunks, through the door."""

from collections.abc import Callable
from functools import partial

from scimserver.clock import Clock
from scimserver.ids import LOWEST
from scimserver.scim.registry import Registry
from scimserver.scim.schema import ResourceType
from scimserver.services.provisioning import Provisioning
from scimserver.services.run import Run
from scimserver.storage import indexes, organizations, search
from scimserver.storage.indexes import Place
from scimserver.storage.organizations import Organization
from scimserver.storage.search import Search
from scimserver.storage.session import Session


def pending(session: Session, registry: Registry) -> list[Place]:
    """Record what the schemas index, and return what filters cannot look up by index yet."""
    return indexes.declare(session, registry.types.values())


def bring_up_to_date(
    run: Run, registry: Registry, clock: Clock, progress: Callable[[int, int], None]
) -> list[Place]:
    """Write the missing rows of stored values, a transaction a chunk; safe to interrupt.

    Returns the attributes whose values should be unique and are not: their index stays unused.
    Whoever writes meanwhile must know the same schemas.
    """
    places = run(lambda session: pending(session, registry))
    wanted: dict[str, set[str]] = {}
    for name, path in places:
        wanted.setdefault(name, set()).add(path)
    left: list[Place] = []
    for name, paths in wanted.items():
        kind = registry.types[name]
        repeated = _index(run, kind, frozenset(paths), clock, registry, progress)
        left += [(name, path) for path in sorted(repeated)]
        _complete(run, [(name, path) for path in sorted(paths - repeated)])
    return left


def _complete(run: Run, places: list[Place]) -> None:
    def work(session: Session) -> None:
        for place in places:
            indexes.complete(session, place)

    run(work)


def _index(
    run: Run,
    kind: ResourceType,
    paths: frozenset[str],
    clock: Clock,
    registry: Registry,
    progress: Callable[[int, int], None],
) -> frozenset[str]:
    """Index attributes of one type in every organization, and return those with repeated values."""
    every = run(organizations.every)
    repeated: frozenset[str] = frozenset()
    for number, organization in enumerate(every):
        total = run(partial(search.count, org_id=organization.id, search=Search((kind,))))
        after: str | None = LOWEST
        done = 0
        while after is not None:
            progress(number * max(total, 1) + min(done, total), len(every) * max(total, 1))

            def work(
                session: Session, whose: Organization = organization, start: str = after
            ) -> tuple[str | None, frozenset[str]]:
                door = Provisioning(session, registry, clock)
                return door.index(whose.id, kind, paths, start, sandbox=whose.sandbox)

            after, found = run(work)
            repeated |= found
            done += indexes.CHUNK
    return repeated
