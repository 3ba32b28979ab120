"""Causes of refusals: counted where a refusal is logged, settled by what succeeds later (M11, G11).

A write that is accepted on a connection without errors asks nothing here, and a read never does.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from scimserver.domain import provisioning_error as domain
from scimserver.domain.actor import ALL_SCOPES, Actor, Door
from scimserver.domain.commands import Outcome
from scimserver.domain.errors import ProtectedResourceError
from scimserver.domain.provisioning_error import Notices, State, WritesPausedError
from scimserver.ids import is_id, new_id
from scimserver.services import notices, pausing, subjects
from scimserver.services.masking import MASK, sentence
from scimserver.services.subjects import Subject
from scimserver.storage import connections, error_notices
from scimserver.storage import provisioning_errors as rows
from scimserver.storage.journal import LogRow
from scimserver.storage.provisioning_errors import Origin, ProvisioningError
from scimserver.storage.session import Session

CODE = "provisioning_refused"
QUIET = timedelta(days=1)
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", subjects.IMPORT})

_NOT_FOUND = 404
_LENGTH = 512
_SUBJECTS = 1_000
# Whoever answers for identity is told of these in words of their own.
_TOLD_ELSEWHERE = frozenset({ProtectedResourceError.code})
# From a quotation mark that opens to the one that closes; an apostrophe stands within a word.
_QUOTED = re.compile(r"(?<!\w)'(.*?)'(?!\w)", re.DOTALL)
# What errors that stand for others are about: no success is, so they end by themselves.
_MANY = "many"
_TOO_MANY = "There are too many of these to list each; this one stands for the rest."


class Refused(NamedTuple):
    """A refusal as the provisioning log has it, and what it was about."""

    row: LogRow
    subject: Subject


@dataclass(frozen=True, slots=True)
class Success:
    """What some accepted writes of an organization may have put right, as digests.

    ``done`` is settled where it came the same way, ``gone`` whichever way it came.
    """

    org_id: str
    origin: Origin
    at: datetime
    done: Sequence[str]
    gone: Sequence[str]


class _Cause(NamedTuple):
    error: ProvisioningError
    subject: str


def note(
    session: Session,
    org_id: str,
    source: Door,
    now: datetime,
    refused: Iterable[Refused],
    *,
    pause_after: int | None = None,
) -> None:
    """Count refusals of one connection, open their errors, tell of them, and pause where asked.

    ``pause_after`` is the threshold of the organization, None where it has none or where nothing
    shall pause. A refusal of a known cause takes one statement, and two where refusals may pause.
    """
    causes = _causes(org_id, source, [each for each in refused if _is_counted(each.row)])
    if not causes:
        return
    opened = _count(session, org_id, causes)
    first = next(iter(causes.values())).error
    if opened and first.connection_id is not None:
        # Before anybody is told: of two who open errors at once, the second waits here, and finds
        # the notice of the first.
        rows.mark(session, org_id, first.connection_id)
        _tell(session, org_id, now, opened)
    if pause_after is not None and first.connection_id and first.token_id:
        total = sum(cause.error.hits for cause in causes.values())
        whose = (org_id, first.connection_id, first.token_id)
        if pausing.count(session, *whose, now, total, pause_after):
            _tell_pause(session, org_id, first.connection_id, now, pause_after)


def success(
    actor: Actor,
    at: datetime,
    done: Iterable[tuple[str, Outcome]],
    but: Collection[Subject] = (),
    also: Iterable[Subject] = (),
) -> Success:
    """Return what accepted writes, each with its method, may settle.

    ``at`` is when they were asked for. ``but`` is what was refused beside them: it stays open.
    ``also`` is what they put right together, such as the request that brought them.
    """
    settled = {domain.digest(actor.org_id, *subject): False for subject in also}
    for method, outcome in done:
        for subject in subjects.of_outcome(actor, method, outcome):
            if subject not in but:
                settled[domain.digest(actor.org_id, *subject)] = subjects.is_gone(outcome)
    return Success(
        actor.org_id,
        Origin(actor.door.value, _connection(actor.door, actor.connection_id)),
        at,
        [digest for digest, gone in settled.items() if not gone],
        [digest for digest, gone in settled.items() if gone],
    )


def any_unresolved(session: Session, org_id: str) -> bool:
    """Return whether anything waits to be settled, for whoever has much to settle at once."""
    return rows.any_unresolved(session, org_id)


def is_due(session: Session, done: Success) -> bool:
    """Return whether there is anything to settle; it writes nothing and locks nothing."""
    return any(
        rows.unresolved(session, done.org_id, chunk, done.at, origin)
        for chunk, origin in _chunks(done)
    )


def settle(session: Session, done: Success) -> int:
    """Resolve what was refused before these writes succeeded; how many errors.

    The note that a connection has errors goes with the last of them.
    """
    resolved = [
        each
        for chunk, origin in _chunks(done)
        for each in rows.resolve(session, done.org_id, chunk, done.at, origin)
    ]
    rows.unmark(session, done.org_id, {id for _, id in resolved if id is not None})
    return len(resolved)


def let_go(session: Session, org_id: str, now: datetime) -> int:
    """Resolve what stands for too many others and has not come for a day; how many."""
    found = rows.resolve(session, org_id, [domain.digest(org_id, _MANY)], now - QUIET)
    rows.unmark(session, org_id, {id for _, id in found if id is not None})
    return len(found)


def purge(session: Session, org_id: str, before: datetime) -> int:
    """Delete a chunk of the errors not seen since; how many. Repeat until there are none."""
    removed, whose = rows.purge(session, org_id, before)
    rows.unmark(session, org_id, whose)
    return removed


def _is_counted(row: LogRow) -> bool:
    """Return whether a refusal has a cause to put right.

    A paused write is refused for what came before it, and deleting what is gone is no trouble. A
    method nobody knows is the client's own text, and no write.
    """
    if row.code == WritesPausedError.code or row.method not in METHODS:
        return False
    return row.method != "DELETE" or row.status != _NOT_FOUND


def _causes(org_id: str, source: Door, refused: Iterable[Refused]) -> dict[str, _Cause]:
    """Return the refusals by the digest of their cause, in the order they are to be locked."""
    found: dict[str, _Cause] = {}
    for row, about in refused:
        subject = domain.digest(org_id, *about)
        code, attribute = row.code or "", _clean(row.attribute)
        cause = domain.digest(org_id, source.value, row.connection_id, code, subject, attribute)
        hits = found[cause].error.hits + 1 if cause in found else 1
        found[cause] = _Cause(_error(org_id, source, row, code, attribute, hits), subject)
    return dict(sorted(found.items()))


def _count(session: Session, org_id: str, causes: dict[str, _Cause]) -> list[ProvisioningError]:
    """Count each cause, and return those that are open now and were not before."""
    opened: list[ProvisioningError] = []
    rest: dict[str, _Cause] = {}
    for cause, (error, subject) in causes.items():
        if _count_one(session, org_id, cause, _Cause(error, subject), opened):
            continue
        of_code = domain.digest(org_id, _MANY, error.source, error.connection_id, error.code)
        before = rest[of_code].error.hits if of_code in rest else 0
        rest[of_code] = _Cause(_unnamed(error, before), domain.digest(org_id, _MANY))
    for cause, waiting in sorted(rest.items()):
        _count_one(session, org_id, cause, waiting, opened, unbounded=True)
    return opened


def _count_one(
    session: Session,
    org_id: str,
    cause: str,
    counted: _Cause,
    opened: list[ProvisioningError],
    *,
    unbounded: bool = False,
) -> bool:
    error, subject = counted
    found = rows.count(session, org_id, error, cause, subject, unbounded=unbounded)
    if found is None:
        return False
    if found.was_resolved:
        rows.open_again(session, org_id, found.id)
    if found.is_new or found.was_resolved:
        opened.append(replace(error, id=found.id))
    return True


def _unnamed(error: ProvisioningError, more: int) -> ProvisioningError:
    """Return the error that stands for all of a code for which there is no room any more."""
    return replace(
        error,
        hits=error.hits + more,
        resource_id=None,
        external_id=None,
        attribute=None,
        domain=None,
        reason=_TOO_MANY,
    )


def _error(
    org_id: str, source: Door, row: LogRow, code: str, attribute: str | None, hits: int
) -> ProvisioningError:
    return ProvisioningError(
        org_id=org_id,
        id=new_id(),
        state=State.OPEN,
        hits=hits,
        first_seen_at=row.at,
        last_seen_at=row.at,
        told_at=None,
        acknowledged_by=None,
        source=source.value,
        connection_id=_connection(source, row.connection_id),
        token_id=row.token_id,
        operation=row.method,
        resource_type=row.resource_type,
        # An address asked for where an id belongs is a value like any other.
        resource_id=row.resource_id if row.resource_id and is_id(row.resource_id) else None,
        external_id=_clean(row.external_id),
        attribute=attribute,
        domain=row.domain,
        category=domain.category(code),
        code=code,
        reason=_reason(row),
        recommended_action=domain.remedy(code) or row.recommended_action,
        retryable=domain.retryable(code),
        request_id=row.request_id,
    )


def _connection(source: Door, connection_id: str | None) -> str | None:
    """Return whose trouble it is: an import brings a connection's users, and is not that one."""
    return connection_id if source is Door.SCIM else None


def _reason(row: LogRow) -> str:
    """Return why, without any value a client sent; the domain is what it is about."""
    kept = ALL_SCOPES | {row.domain, row.attribute}

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if quoted[1] in kept else f"'{MASK}'"

    return sentence(_QUOTED.sub(shown, row.reason or ""))[:_LENGTH]


def _clean(text: str | None) -> str | None:
    return sentence(text)[:_LENGTH] if text else None


def _tell(
    session: Session, org_id: str, now: datetime, opened: Sequence[ProvisioningError]
) -> None:
    """Tell of each kind of trouble of a connection, once a day at the most."""
    hearing = error_notices.hearing(session, org_id, CODE, now - QUIET)
    if hearing is None or hearing.sandbox or hearing.error_notices == Notices.DAILY:
        return
    told = {(facts.get("connection_id"), facts.get("error")) for facts in hearing.told}
    for error in opened:
        pair = (error.connection_id, error.code)
        if pair in told or error.code in _TOLD_ELSEWHERE:
            continue
        told.add(pair)
        _tell_one(session, org_id, now, error)


def _tell_one(session: Session, org_id: str, now: datetime, error: ProvisioningError) -> None:
    connection = connections.get(session, org_id, error.connection_id or "")
    facts = {
        "connection": connection.name if connection is not None else None,
        "connection_id": error.connection_id,
        "error": error.code,
        "reason": error.reason,
        "action": error.recommended_action,
    }
    notices.tell(session, now, org_id, CODE, identity_owners=True, facts=facts)
    error_notices.tell(session, org_id, [error.id], now)


def _tell_pause(
    session: Session, org_id: str, connection_id: str, now: datetime, pause_after: int
) -> None:
    hearing = error_notices.hearing(session, org_id, CODE, now)
    connection = connections.get(session, org_id, connection_id)
    if connection is not None and hearing is not None and not hearing.sandbox:
        pausing.tell(session, now, connection, pause_after)


def _chunks(done: Success) -> Iterable[tuple[Sequence[str], Origin | None]]:
    for digests, origin in ((done.done, done.origin), (done.gone, None)):
        for start in range(0, len(digests), _SUBJECTS):
            yield digests[start : start + _SUBJECTS], origin
