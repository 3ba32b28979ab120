"""What happened, written with it: audit rows, outbox rows, rows of the provisioning log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Change, Create, Delete, Effect, Outcome, Patch, Plan, Replace
from scimserver.domain.events import event_of
from scimserver.ids import new_id
from scimserver.scim.schema import ResourceType
from scimserver.storage.models import audit, outbox, provisioning_log, receiver
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, Rows

ACCEPTED = "accepted"
REFUSED = "refused"
_CHUNK = 1_000
_CAME_IN = ("user:create", "group:create")
_AGENT_LENGTH = 256
_METHODS = {Create: "POST", Replace: "PUT", Patch: "PATCH", Delete: "DELETE"}
# An import writes as many resources as a directory has; its audit rows say enough.
_LOGGED = frozenset({Door.SCIM, Door.API, Door.JIT})

_AUDIT = Rows(audit)
_LOG = Rows(provisioning_log)
_OUTBOX = Rows(outbox)
_RECEIVERS = Hot(
    sa.select(receiver.c.id).where(receiver.c.org_id == sa.bindparam("org_id", required=True))
)


class LogRow(NamedTuple):
    """One request, or one operation of it, as the provisioning log shows it (M9, M10).

    ``outcome`` is ACCEPTED or REFUSED. ``changed`` are names of attributes, ``body`` is masked
    before it comes here, and no token ever does. The order is the table's.
    """

    at: datetime
    connection_id: str | None = None
    token_id: str | None = None
    user_agent: str = ""
    method: str = ""
    endpoint: str = ""
    operation_index: int | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    external_id: str | None = None
    outcome: str = ACCEPTED
    status: int = 200
    code: str | None = None
    attribute: str | None = None
    domain: str | None = None
    reason: str | None = None
    recommended_action: str | None = None
    changed: Sequence[str] = ()
    body: str | None = None
    request_id: str = ""


def record(
    session: Session,
    actor: Actor,
    plan: Plan,
    outcome: Outcome,
    now: datetime,
    operation_index: int | None = None,
) -> None:
    """Record what a command did, in its own transaction; without a change only the log row."""
    _record(session, actor, [(plan, outcome)], now, [operation_index])


def record_many(
    session: Session,
    actor: Actor,
    done: Sequence[tuple[Plan, Outcome]],
    now: datetime,
    places: Sequence[int] = (),
) -> None:
    """Record what many commands did, one statement a table.

    ``places`` are theirs within a Bulk request, if they came in one.
    """
    _record(session, actor, done, now, places or [None] * len(done))


def record_consequence(
    session: Session, actor: Actor, kind: ResourceType, outcome: Outcome, now: datetime
) -> None:
    """Record a change nobody asked for, such as a manager who is no longer there."""
    session.insert(_AUDIT, [_audit_row(actor, kind, outcome, now)])
    _announce(session, actor, [(kind, outcome)], now)


def record_change(
    session: Session,
    actor: Actor,
    at: datetime,
    event: str,
    *,
    subject_type: str,
    subject_id: str,
    changes: Sequence[Change],
    context: Mapping[str, Any] | None = None,
) -> None:
    """Record a change of something that is no resource: a connection, a token, a claim.

    ``context`` is what a browser adds: its session, address and user agent, and a refusal's code.
    """
    listed = _listed(changes)
    row = (actor.org_id, new_id(), at, actor.door.value, actor.id, event)
    session.insert(_AUDIT, [(*row, subject_type, subject_id, listed, actor.request_id, context)])


def log_request(session: Session, org_id: str, *rows: LogRow) -> None:
    """Add rows to the provisioning log, by one statement."""
    session.insert(_LOG, [_log_row(org_id, row) for row in rows])


def read_log(
    session: Session,
    org_id: str,
    *,
    before: str | None = None,
    limit: int = 100,
    refused: bool = False,
    connection_id: str | None = None,
    since: datetime | None = None,
) -> Sequence[sa.Row[Any]]:
    """Return rows of the provisioning log, newest first; ``before`` is the last id of a page."""
    table = provisioning_log
    # Spelled out, not bound: only then may the index of refusals answer.
    tests = [table.c.outcome == sa.literal_column(f"'{REFUSED}'")] if refused else []
    if connection_id is not None:
        tests.append(table.c.connection_id == connection_id)
    if since is not None:
        tests.append(table.c.at >= since)
    return _newest(session, org_id, table, before, limit, tests)


def read_audit(
    session: Session,
    org_id: str,
    *,
    before: str | None = None,
    limit: int = 100,
    event: str | None = None,
    subject_id: str | None = None,
) -> Sequence[sa.Row[Any]]:
    """Return rows of the audit log, newest first; ``before`` is the last id of a page.

    Those of one subject are what happened to it after it came in, which an index has.
    """
    tests = [audit.c.event == event] if event is not None else []
    if subject_id is not None:
        tests.append(audit.c.subject_id == subject_id)
        # Spelled out, not bound: only then may the partial index answer.
        tests += [audit.c.event != sa.literal_column(f"'{name}'") for name in _CAME_IN]
    return _newest(session, org_id, audit, before, limit, tests)


def purge_log(session: Session, org_id: str, older_than: datetime, limit: int = _CHUNK) -> int:
    """Delete the oldest rows of the provisioning log that are older; repeat until it returns 0.

    Ids follow time, so the first of them are the oldest and no index on time is needed.
    """
    table = provisioning_log
    oldest = (
        sa.select(table.c.id, table.c.at)
        .where(table.c.org_id == org_id)
        .order_by(table.c.id)
        .limit(limit)
    )
    ids = [row.id for row in session.execute(oldest) if row.at < older_than]
    if ids:
        session.execute(sa.delete(table).where(table.c.org_id == org_id, table.c.id.in_(ids)))
    return len(ids)


def _newest(
    session: Session,
    org_id: str,
    table: sa.Table,
    before: str | None,
    limit: int,
    tests: Sequence[sa.ColumnElement[bool]],
) -> Sequence[sa.Row[Any]]:
    query = sa.select(table).where(table.c.org_id == org_id, *tests)
    if before is not None:
        query = query.where(table.c.id < before)
    return session.execute(query.order_by(table.c.id.desc()).limit(limit)).all()


def _record(
    session: Session,
    actor: Actor,
    done: Sequence[tuple[Plan, Outcome]],
    now: datetime,
    places: Sequence[int | None],
) -> None:
    changed = [(p.type, o) for p, o in done if o.effect is not Effect.UNCHANGED]
    session.insert(_AUDIT, [_audit_row(actor, kind, o, now) for kind, o in changed])
    if actor.door in _LOGGED:
        rows = [_accepted(actor, *each, now, at) for each, at in zip(done, places, strict=True)]
        session.insert(_LOG, rows)
    _announce(session, actor, changed, now)


def _announce(
    session: Session,
    actor: Actor,
    changed: Sequence[tuple[ResourceType, Outcome]],
    now: datetime,
) -> None:
    """Queue the changes for each receiver of the organization; most have none."""
    receivers = session.run(_RECEIVERS, {"org_id": actor.org_id}) if changed else []
    rows = []
    for (id,) in receivers:
        for kind, outcome in changed:
            event = event_of(kind.name, outcome.effect)
            body = {
                "type": kind.name,
                "id": outcome.stored.id,
                "version": outcome.stored.version,
                "changed": [change.path for change in outcome.changes],
            }
            rows.append((actor.org_id, new_id(), id, event, body, now, now, None, 0))
    session.insert(_OUTBOX, rows)


def _audit_row(
    actor: Actor, kind: ResourceType, outcome: Outcome, now: datetime
) -> tuple[Any, ...]:
    event = event_of(kind.name, outcome.effect)
    row = (actor.org_id, new_id(), now, actor.door.value, actor.id, event)
    listed = _listed(outcome.changes + outcome.consequences)
    return (*row, kind.name, outcome.stored.id, listed, actor.request_id, None)


def _listed(changes: Sequence[Change]) -> list[Mapping[str, Any]]:
    return [{"path": path, "before": old, "after": new} for path, old, new in changes]


def _accepted(
    actor: Actor, plan: Plan, outcome: Outcome, now: datetime, index: int | None
) -> tuple[Any, ...]:
    method = _METHODS[type(plan.command)]
    one = "" if method == "POST" else f"/{plan.id}"
    statuses = {Effect.CREATED: 201, Effect.DELETED: 204}
    row = LogRow(
        at=now,
        connection_id=actor.connection_id,
        token_id=actor.token_id,
        user_agent=actor.user_agent[:_AGENT_LENGTH],
        method=method,
        endpoint=f"{plan.type.endpoint}{one}",
        operation_index=index,
        resource_type=plan.type.name,
        resource_id=plan.id,
        external_id=outcome.stored.external_id,
        status=statuses.get(outcome.effect, 200),
        changed=[change.path for change in outcome.changes],
        reason=f"ignored: {', '.join(outcome.ignored)}" if outcome.ignored else None,
        request_id=actor.request_id,
    )
    return _log_row(actor.org_id, row)


def _log_row(org_id: str, row: LogRow) -> tuple[Any, ...]:
    return (org_id, new_id(), *row._replace(changed=list(row.changed)))
