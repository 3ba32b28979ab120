"""THE DOOR: the only code that changes a user, a group or any other resource.

SCIM, the REST API, sign-in, import, the console, the command line and jobs all build a command and
call it. Whatever is refused is refused before anything is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from scimserver.clock import Clock
from scimserver.domain import permissions, policies, references
from scimserver.domain.actor import Actor, Reach
from scimserver.domain.changes import differences, edge_change
from scimserver.domain.commands import Change, Command, Create, Effect, Outcome, Plan
from scimserver.domain.roles import Role
from scimserver.errors import ScimServerError
from scimserver.scim.delta import NO_EDGES
from scimserver.scim.registry import Registry
from scimserver.scim.resource import Resource, Stored, complete, document, hidden, parse
from scimserver.scim.schema import ResourceType
from scimserver.services import access, planning, protection
from scimserver.services.known import Known
from scimserver.services.masking import sentence
from scimserver.storage import accounts, edges, indexes, journal, reader, tripwire, writer
from scimserver.storage.errors import StorageError
from scimserver.storage.folded import folded
from scimserver.storage.journal import REFUSED, LogRow
from scimserver.storage.session import Session
from scimserver.storage.writer import Entry

Result = Outcome | ScimServerError

_REASON_LENGTH = 512


class Provisioning:
    """The door of one session: commands in, outcomes out, nothing committed.

    ``test_suffixes`` are the special-use suffixes the operator enabled, for the address parser.
    ``min_local_admins`` is how many local administrators stay while single sign-on is enforced,
    and ``quotas`` how much a sandbox may hold.
    """

    def __init__(
        self,
        session: Session,
        registry: Registry,
        clock: Clock,
        *,
        test_suffixes: frozenset[str] = frozenset(),
        min_local_admins: int = 2,
        quotas: policies.Quotas = policies.USUAL,
    ) -> None:
        self._session = session
        self._registry = registry
        self._clock = clock
        self._test_suffixes = test_suffixes
        self._min_local_admins = min_local_admins
        self._quotas = quotas

    @property
    def now(self) -> datetime:
        """The present instant, as what is written here has it."""
        return self._clock.now()

    def log_refusal(self, actor: Actor, place: str, refusal: ScimServerError) -> LogRow:
        """Leave a row for what never became a request: a line of a file, named by its place."""
        context = refusal.context
        protection.refused(self._session, actor, self._clock.now(), refusal)
        row = LogRow(
            at=self._clock.now(),
            connection_id=actor.connection_id,
            method=actor.door.value.upper(),
            endpoint=place,
            outcome=REFUSED,
            status=getattr(refusal, "status", 400),
            code=refusal.code,
            attribute=context.get("path"),
            domain=context.get("domain"),
            reason=sentence(refusal.detail[:_REASON_LENGTH]),
            recommended_action=refusal.recommended_action or None,
            request_id=actor.request_id,
        )
        journal.log_request(self._session, actor.org_id, row)
        return row

    def apply(
        self, actor: Actor, command: Command, *, operation_index: int | None = None
    ) -> Outcome:
        """Apply a command, or raise before anything is written.

        A uniqueness conflict shows only while writing; the caller's transaction or savepoint undoes
        what came before it. ``operation_index`` is the place within a Bulk request, for the log.
        """
        plan, resource, facts = self._judged(actor, command)
        now = self._clock.now()
        # Before the write: what refers to a user must go first.
        lost = access.taken(self._session, actor, plan, resource, facts.role, now)
        with tripwire.ticket(self._session.info):
            outcome = self._write(actor, plan, resource, now)
        if lost is not None:
            # After it, which holds the row: a token that was made meanwhile is there by now (H2).
            lost = access.end_tokens(self._session, actor.org_id, plan.id, lost)
            outcome = replace(outcome, consequences=lost.changes)
        if plan.draft is not None and plan.draft.ignored:
            outcome = replace(outcome, ignored=plan.draft.ignored)
        outcome = _with_quirks(plan, outcome)
        journal.record(self._session, actor, plan, outcome, now, operation_index)
        return outcome

    def apply_all(
        self, actor: Actor, commands: Sequence[Command], places: Sequence[int] = ()
    ) -> list[Result]:
        """Apply many commands: each has its outcome, or the refusal that left it without a trace.

        New resources without edges are written together, one statement a table; every other
        command runs alone in a savepoint. The order of the commands is kept. ``places`` are theirs
        within a Bulk request, if they came in one.
        """
        results: dict[int, Result] = {}
        batch: dict[int, tuple[Plan, Resource]] = {}
        known = Known(self._session, self._quotas)
        for index, command in enumerate(commands):
            try:
                if _is_plain(actor, command):
                    if known.headroom.is_doubtful(command.type):
                        self._flush(actor, batch, results, places)
                        known.headroom.forget()
                    plan, resource, _facts = self._judged(actor, command, known)
                    if resource is not None:
                        batch[index] = plan, resource
                        known.headroom.promise(plan)
                    continue
                self._flush(actor, batch, results, places)
                known.headroom.forget()
                place = places[index] if places else None
                with self._session.savepoint():
                    results[index] = self.apply(actor, command, operation_index=place)
            except StorageError:
                raise
            except ScimServerError as refusal:
                results[index] = refusal
        self._flush(actor, batch, results, places)
        return [results[index] for index in range(len(commands))]

    def index(
        self,
        org_id: str,
        kind: ResourceType,
        paths: frozenset[str],
        after: str,
        *,
        sandbox: bool,
    ) -> tuple[str | None, frozenset[str]]:
        """Write the index rows of some attributes for the resources that follow an id.

        Returns the last id of the chunk, None at the end, and the paths with repeated values that
        should be unique. Nothing a client sees changes, so no rule is asked.
        """
        stored = indexes.page(self._session, org_id, kind.name, after)
        with tripwire.ticket(self._session.info):
            repeated = writer.index(
                self._session, org_id, kind, stored, paths, enforce_unique=not sandbox
            )
        return (stored[-1][0] if stored else None), repeated

    def erase(self, org_id: str) -> None:
        """Remove every resource of an organization that is being deleted, a chunk at a time."""
        with tripwire.ticket(self._session.info):
            writer.erase(self._session, org_id)

    def _judged(
        self, actor: Actor, command: Command, known: Known | None = None
    ) -> tuple[Plan, Resource | None, policies.Facts]:
        """Plan, permit, validate and ask the rules; nothing is written yet.

        ``known`` is what was read for the commands before, in the same transaction.
        """
        plan = planning.plan(self._session, actor, command)
        permissions.check(actor, plan)
        resource = complete(plan.draft, actor.profile) if plan.draft is not None else None
        known = known or Known(self._session, self._quotas)
        facts = self._facts(actor, plan, resource, known)
        policies.check_all(actor, plan, resource, facts)
        if resource is not None and actor.profile.strict_references:
            # After the rules: to whom they refuse the reference, it says nothing of who is there.
            planning.check_references(self._session, actor, resource)
        return plan, resource, facts

    def _facts(
        self, actor: Actor, plan: Plan, resource: Resource | None, known: Known
    ) -> policies.Facts:
        """Read what the rules need to know, and nothing when they need nothing or it is known."""
        suffixes = self._test_suffixes
        role, protected = self._standing(actor, plan)
        needed = policies.domains_needed(
            actor, plan, resource, protected=protected, test_suffixes=suffixes
        )
        owned = known.owned(actor.org_id, needed)
        count, least = 0, 1
        if protected and actor.reach is Reach.PROTECTED and policies.turns_off(plan, resource):
            # The lock comes before the count: of two who would go at once, the second waits.
            mode = accounts.lock_organization(self._session, actor.org_id)
            least = policies.least(mode, self._min_local_admins)
            count = accounts.active_local_administrators(self._session, actor.org_id)
        return policies.Facts(
            owned=owned,
            protected=protected,
            local_administrators=count,
            least=least,
            role=role,
            room=known.headroom.left(actor, plan),
            test_suffixes=suffixes,
        )

    def _standing(self, actor: Actor, plan: Plan) -> tuple[Role | None, frozenset[str]]:
        """Return the role of the user who is changed, and their id if they are protected.

        One look-up by key for a change of a user, none for a new one: most have no account.
        """
        if plan.before is None or plan.type.name != accounts.USER:
            return None, frozenset()
        found = accounts.standing(self._session, actor.org_id, plan.id)
        if found is None:
            return None, frozenset()
        role, is_protected = found
        return role, frozenset({plan.id}) if is_protected else frozenset()

    def _flush(
        self,
        actor: Actor,
        batch: dict[int, tuple[Plan, Resource]],
        results: dict[int, Result],
        places: Sequence[int],
    ) -> None:
        """Write the planned creations together and empty the batch."""
        if not batch:
            return
        now = self._clock.now()
        entries = [
            self._entry(actor, resource, plan.id, None, now) for plan, resource in batch.values()
        ]
        with tripwire.ticket(self._session.info):
            taken = writer.insert_many(self._session, actor.org_id, entries)
        written = []
        at: list[int] = []
        for index, (plan, resource), entry in zip(batch, batch.values(), entries, strict=True):
            if entry.id in taken:
                results[index] = taken[entry.id]
                continue
            outcome = _with_quirks(plan, _created(plan, resource, entry))
            results[index] = outcome
            written.append((plan, outcome))
            at.extend(places[index : index + 1])
        journal.record_many(self._session, actor, written, now, at)
        batch.clear()

    def _write(self, actor: Actor, plan: Plan, resource: Resource | None, now: datetime) -> Outcome:
        if plan.before is not None and resource is None:
            return self._delete(actor, plan.before, now)
        assert resource is not None  # noqa: S101  # Only a delete has no draft.
        if plan.before is not None:
            return self._update(actor, plan, plan.before, resource, now)
        entry = self._entry(actor, resource, plan.id, None, now)
        writer.insert(self._session, actor.org_id, entry)
        return _created(plan, resource, entry, *self._edge_changes(actor, plan))

    def _update(
        self, actor: Actor, plan: Plan, before: Stored, resource: Resource, now: datetime
    ) -> Outcome:
        """Write what differs: the row, the edges, both, or nothing at all (C11, B37)."""
        changes = differences(plan.type, plan.before_attributes, resource.attributes)
        if before.external_id != resource.external_id:
            changes += (Change("externalId", before.external_id, resource.external_id),)
        edge_changes = self._edge_changes(actor, plan)
        effect = Effect.CREATED if isinstance(plan.command, Create) else Effect.UPDATED
        if changes:
            entry = self._entry(actor, resource, before.id, before, now)
            writer.update(self._session, actor.org_id, before, entry)
            return Outcome(effect, _stored(entry), resource, changes + edge_changes)
        if edge_changes:
            version = writer.bump(self._session, actor.org_id, before.id, now)
            stored = before._replace(version=version, updated_at=now)
            return Outcome(effect, stored, resource, edge_changes)
        return Outcome(Effect.UNCHANGED, before, resource)

    def _edge_changes(self, actor: Actor, plan: Plan) -> tuple[Change, ...]:
        if plan.type.edge is None or plan.edges == NO_EDGES:
            return ()
        targets = plan.type.edge_types
        done = edges.apply(self._session, actor.org_id, plan.id, plan.edges, targets)
        if not done.added and not done.removed:
            return ()
        return (edge_change(plan.type.edge.name, done.added, done.removed),)

    def _delete(self, actor: Actor, before: Stored, now: datetime) -> Outcome:
        """Remove the resource, its edges and every reference to it (B38, B40, L5)."""
        for kind, id in reader.referrers(
            self._session, actor.org_id, self._registry.types.values(), before.id
        ):
            if id != before.id:
                self._forget(actor, self._registry.types[kind], id, before.id, now)
        writer.delete(self._session, actor.org_id, before, now)
        return Outcome(Effect.DELETED, before, None)

    def _forget(self, actor: Actor, kind: ResourceType, id: str, gone: str, now: datetime) -> None:
        """Take the references to a deleted resource out of one that held them.

        It was valid and loses a reference; the rules are not asked, since a deletion always passes.
        """
        before = reader.get(self._session, actor.org_id, kind, id, actor.connection_id)
        if before is None:
            return
        held = parse(kind, before.document)
        resource = Resource(kind, references.forget(kind, held, gone), before.external_id)
        entry = self._entry(actor, resource, id, before, now)
        writer.update(self._session, actor.org_id, before, entry)
        changes = differences(kind, held, resource.attributes)
        outcome = Outcome(Effect.UPDATED, _stored(entry), resource, changes)
        journal.record_consequence(self._session, actor, kind, outcome, now)

    def _folded(self, actor: Actor, resource: Resource, before: Stored | None) -> Mapping[str, Any]:
        """Return the keys of a resource; those of a schema that was taken away stay (L7)."""
        keys = folded(resource)
        if before is not None and (urns := hidden(resource.type, resource.attributes)):
            kept = reader.folded_of(self._session, actor.org_id, before.id)
            keys |= {urn: kept[urn] for urn in urns if urn in kept}
            keys["schemas"] += [urn.lower() for urn in urns]
        return keys

    def _entry(
        self, actor: Actor, resource: Resource, id: str, before: Stored | None, now: datetime
    ) -> Entry:
        """Return the row of a resource: its next version, or the first."""
        return Entry(
            id=id,
            resource=resource,
            document=document(resource, id),
            folded=self._folded(actor, resource, before),
            version=before.version + 1 if before else 1,
            connection_id=actor.connection_id,
            profile=actor.profile,
            created_at=before.created_at if before else now,
            updated_at=now,
            enforce_unique=not actor.sandbox,
        )


def _is_plain(actor: Actor, command: Command) -> bool:
    """Return whether a command only adds rows, so that it may be written with others."""
    return (
        isinstance(command, Create) and not command.draft.edges and not actor.profile.adopt_inactive
    )


def _with_quirks(plan: Plan, outcome: Outcome) -> Outcome:
    """Name the tolerances that took effect, for whoever counts them."""
    draft = plan.draft
    return replace(outcome, quirks=draft.quirks) if draft is not None and draft.quirks else outcome


def _created(plan: Plan, resource: Resource, entry: Entry, *edge_changes: Change) -> Outcome:
    changes = differences(plan.type, {}, resource.attributes)
    if resource.external_id is not None:
        changes += (Change("externalId", None, resource.external_id),)
    ignored = plan.draft.ignored if plan.draft is not None else ()
    return Outcome(Effect.CREATED, _stored(entry), resource, changes + edge_changes, ignored)


def _stored(entry: Entry) -> Stored:
    return Stored(
        type=entry.resource.type,
        id=entry.id,
        version=entry.version,
        document=entry.document,
        external_id=entry.resource.external_id,
        active=entry.resource.active,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
    )
