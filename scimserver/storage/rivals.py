"""Many new resources want values for themselves at once: who gets them, in few statements."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from scimserver.domain.errors import TakenError
from scimserver.storage import holding
from scimserver.storage.errors import RaceLostError
from scimserver.storage.models import external_id, global_value, unique_value
from scimserver.storage.session import Session
from scimserver.storage.statement import Keys
from scimserver.storage.values import Value

_ROUNDS = 4
_UNIQUE = Keys(unique_value, "org_id", "type", "path", "key")
_SHARED = Keys(global_value, "path", "key")
_NAMES = Keys(external_id, "org_id", "type", "value", "connection_id", "slot")

Key = tuple[Keys, tuple[Any, ...]]


class Wanted(NamedTuple):
    """What a new resource wants: values, and a row of ``external_id`` if it is called anything."""

    type: str
    id: str
    values: Sequence[Value]
    names: Sequence[tuple[Any, ...]]


def hold(session: Session, org_id: str, many: Sequence[Wanted]) -> dict[str, TakenError]:
    """Hold what many want, and return the refused by id. The earlier of two rivals wins.

    Most lists have no conflict, so nothing is asked before. After one, a look-up a table tells
    what is held, and what is free is tried again: a second conflict can only be a race.
    """
    refused: dict[str, TakenError] = {}
    for _ in range(_ROUNDS):
        free = [each for each in many if each.id not in refused]
        if not free or _is_held(session, org_id, free):
            return refused
        refused |= _losers(session, org_id, free)
    raise RaceLostError("Others kept taking the same values.")


class _ConflictError(Exception):
    """One of many values is held already; it never leaves this module."""


def _is_held(session: Session, org_id: str, many: Sequence[Wanted]) -> bool:
    """Hold everything, or nothing."""
    names = [row for each in many for row in each.names]
    values: list[holding.Held] = [(each.type, each.id, each.values) for each in many]
    try:
        with session.savepoint():
            _hold_all(session, org_id, values, names)
    except _ConflictError:
        return False
    return True


def _hold_all(
    session: Session, org_id: str, values: list[holding.Held], names: list[tuple[Any, ...]]
) -> None:
    held = holding.claim_together(session, org_id, values)
    if not (held and holding.external_ids(session, names)):
        raise _ConflictError


def _losers(session: Session, org_id: str, many: Sequence[Wanted]) -> dict[str, TakenError]:
    """Return who cannot have what they want, because of what is stored or of who comes before."""
    keys = {each.id: list(_keys(org_id, each)) for each in many}
    asked: dict[Keys, list[tuple[Any, ...]]] = {}
    for (statement, row), _ in (key for each in keys.values() for key in each):
        asked.setdefault(statement, []).append(row)
    held: set[Key] = set()
    for statement, wanted in asked.items():
        held.update((statement, row) for row in session.present(statement, wanted))
    refused = {}
    for id, own in keys.items():
        attribute = next((name for key, name in own if key in held), None)
        if attribute is None:
            held.update(key for key, _ in own)
        else:
            refused[id] = TakenError(attribute)
    return refused


def _keys(org_id: str, each: Wanted) -> Iterator[tuple[Key, str]]:
    """Yield what is held for a resource, and the attribute each is told by, first to last."""
    for value in holding.alone(each.values):
        yield (_UNIQUE, (org_id, each.type, value.path, value.key)), value.path
        if value.shared:
            yield (_SHARED, (value.path, value.key)), value.path
    for _, connection_id, _, type_name, name, slot in each.names:
        yield (_NAMES, (org_id, type_name, name, connection_id, slot)), holding.EXTERNAL_ID
