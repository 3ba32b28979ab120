"""A Bulk plan goes through the door, each operation in a savepoint of its own (RFC 7644 §3.7)."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Command, Outcome, Precondition
from scimserver.errors import ScimServerError
from scimserver.scim import conditions
from scimserver.scim.bulk import BulkOperation, BulkPlan, references, resolved, target_of, without
from scimserver.scim.errors import ConflictError, InvalidSyntaxError
from scimserver.scim.registry import Registry
from scimserver.scim.schema import ResourceType
from scimserver.services import intake
from scimserver.services.intake import Sizes
from scimserver.services.provisioning import Provisioning
from scimserver.storage.errors import StorageError
from scimserver.storage.session import Session

Refusal = tuple[BulkOperation, ScimServerError]
Refused = Callable[[Sequence[Refusal]], None]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one operation: an outcome, or a refusal.

    ``type`` and ``id`` say where the resource is; they are empty where a creation failed.
    """

    operation: BulkOperation
    type: ResourceType | None = None
    id: str = ""
    outcome: Outcome | None = None
    refusal: ScimServerError | None = None


class BulkRunner:
    """Runs a plan within one transaction. ``refused`` is told of the refusals, for the log."""

    def __init__(
        self,
        session: Session,
        door: Provisioning,
        registry: Registry,
        actor: Actor,
        sizes: Sizes,
        refused: Refused,
    ) -> None:
        self._session = session
        self._door = door
        self._registry = registry
        self._actor = actor
        self._sizes = sizes
        self._refused = refused
        self._promised: dict[int, str] = {}

    def run(self, plan: BulkPlan) -> list[BulkResult]:
        """Return the results of the operations that were run, in the order they were sent.

        After ``failOnErrors`` errors nothing further is run (E10).
        """
        ids = dict(plan.ids)
        self._promised.update((plan.creators[name], id) for name, id in plan.ids.items())
        results: dict[int, BulkResult] = {}
        allowed = len(plan.operations) + 1 if plan.fail_on_errors is None else plan.fail_on_errors
        pending = deque(_runs(plan))
        while pending and allowed > 0:
            group = pending.popleft()
            if len(group) > 1 and _stands_alone(group[0]):
                done, rest = self._at_once(group, ids, allowed)
                if rest:
                    pending.appendleft(rest)
            else:
                done = self._group(plan, group, ids, results)
            for result in done:
                results[result.operation.index] = result
                allowed -= result.refusal is not None
        return [results[index] for index in sorted(results)]

    def _at_once(
        self, group: list[BulkOperation], ids: dict[str, str], allowed: int
    ) -> tuple[list[BulkResult], list[BulkOperation]]:
        """Create what refers to nothing together; return the results and what was not run.

        Nothing may be run after the last allowed error. It is known only when all are tried, so
        they are undone then, and those up to it are created again: what comes later is no reason
        for what came before.
        """
        tried = group
        while True:
            attempt = dict(ids)
            try:
                with self._session.savepoint():
                    done = self._together(tried, attempt)
                    _check_allowance(tried, done, allowed)
            except _AllowanceSpentError as spent:
                tried = group[: spent.place]
                continue
            ids.clear()
            ids.update(attempt)
            return done, group[len(tried) :]

    def _together(self, group: list[BulkOperation], ids: dict[str, str]) -> list[BulkResult]:
        """Create what refers to nothing, as few statements as possible for all of it (E15)."""
        unsound: list[Refusal] = []
        sound: list[BulkOperation] = []
        commands: list[Command] = []
        for operation in group:
            try:
                commands.append(self._command(operation))
                sound.append(operation)
            except ScimServerError as refusal:
                unsound.append((operation, refusal))
        done = self._refuse(unsound, ids)
        refused: list[Refusal] = []
        places = [operation.index for operation in sound]
        for operation, result in zip(
            sound, self._door.apply_all(self._actor, commands, places), strict=True
        ):
            if isinstance(result, ScimServerError):
                refused.append((operation, result))
                continue
            done.append(BulkResult(operation, result.stored.type, result.stored.id, result))
            if operation.bulk_id is not None:
                ids[operation.bulk_id] = result.stored.id
        return done + self._refuse(refused, ids)

    def _group(
        self,
        plan: BulkPlan,
        group: list[BulkOperation],
        ids: dict[str, str],
        results: dict[int, BulkResult],
    ) -> list[BulkResult]:
        """Run one operation, or several that refer to each other: all of them or none."""
        at = [group[0]]
        try:
            for operation in group:
                at[0] = operation
                _check_sound(plan, operation, results)
            with self._session.savepoint():
                return self._run(group, ids, at)
        except StorageError:
            raise
        except ScimServerError as refusal:
            refused = [(each, refusal if each is at[0] else _dependent(at[0])) for each in group]
            return self._refuse(refused, ids)

    def _run(
        self, group: list[BulkOperation], ids: dict[str, str], at: list[BulkOperation]
    ) -> list[BulkResult]:
        """Apply a group; ``at`` tells which operation is under way.

        In a circle, each creation is first written without its references to those that are still
        to come, and completed when all of them are there (E6).
        """
        coming = {operation.bulk_id for operation in group if operation.bulk_id is not None}
        incomplete: list[BulkOperation] = []
        done: dict[int, BulkResult] = {}
        for operation in group:
            at[0] = operation
            coming.discard(operation.bulk_id)
            missing = references(operation) & coming if len(group) > 1 else frozenset()
            first = without(operation, missing) if missing else operation
            done[operation.index] = result = self._apply(resolved(first, ids), operation)
            if operation.method == "POST" and operation.bulk_id is not None:
                # An adopted user keeps the id it had, not the one that was promised (B46).
                ids[operation.bulk_id] = result.id
            if missing:
                incomplete.append(operation)
        for operation in incomplete:
            at[0] = operation
            done[operation.index] = self._complete(
                resolved(operation, ids), operation, done[operation.index].id
            )
        return [done[operation.index] for operation in group]

    def _apply(self, operation: BulkOperation, sent: BulkOperation) -> BulkResult:
        command = self._command(operation)
        outcome = self._door.apply(self._actor, command, operation_index=sent.index)
        return BulkResult(sent, command.type, outcome.stored.id, outcome)

    def _command(self, operation: BulkOperation) -> Command:
        kind = self._type_of(operation)
        condition = None
        if operation.method != "POST" and operation.version is not None:
            condition = Precondition(matches=conditions.versions(operation.version, "version"))
        request = intake.Request(
            operation.method, kind, operation.target, operation.data, condition
        )
        return intake.command(
            request, self._actor.profile, self._sizes, new_id=self._promised.get(operation.index)
        )

    def _complete(self, operation: BulkOperation, sent: BulkOperation, id: str) -> BulkResult:
        kind = self._type_of(operation)
        request = intake.Request("PUT", kind, id, operation.data)
        command = intake.command(request, self._actor.profile, self._sizes)
        outcome = self._door.apply(self._actor, command, operation_index=sent.index)
        return BulkResult(sent, kind, id, outcome)

    def _type_of(self, operation: BulkOperation) -> ResourceType:
        kind = self._registry.by_endpoint.get(operation.endpoint.lower())
        exact = self._actor.profile.endpoint_case == "exact"
        if (
            kind is None
            or operation.target.startswith(".")
            or (exact and kind.endpoint != f"/{operation.endpoint}")
        ):
            raise InvalidSyntaxError(
                f"Operations[{operation.index}].path: not the address of a resource type."
            )
        return kind

    def _refuse(self, refused: list[Refusal], ids: dict[str, str]) -> list[BulkResult]:
        if refused:
            self._refused(refused)
        results = []
        for operation, refusal in refused:
            kind = self._registry.by_endpoint.get(operation.endpoint.lower())
            if operation.method == "POST" and operation.bulk_id is not None:
                ids.pop(operation.bulk_id, None)
            target = target_of(operation, ids)
            results.append(BulkResult(operation, kind, target, refusal=refusal))
        return results


def _runs(plan: BulkPlan) -> Iterator[list[BulkOperation]]:
    """Yield the groups of a plan, neighbours that stand alone as one."""
    alone: list[BulkOperation] = []
    for group in plan.groups:
        members = [plan.operations[index] for index in group]
        if _stands_alone(members[0]):
            alone += members
            continue
        if alone:
            yield alone
            alone = []
        yield members
    if alone:
        yield alone


def _stands_alone(operation: BulkOperation) -> bool:
    """Return whether an operation creates something whatever becomes of the others."""
    is_sound = operation.method == "POST" and operation.problem is None
    return is_sound and not references(operation)


class _AllowanceSpentError(Exception):
    """As many operations failed as may fail, and others were run; it never leaves this module."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def _check_allowance(tried: list[BulkOperation], done: list[BulkResult], allowed: int) -> None:
    """Refuse results beyond the last allowed error, saying how many operations lead up to it."""
    failed = {result.operation.index for result in done if result.refusal is not None}
    places = [place for place, each in enumerate(tried, 1) if each.index in failed]
    if len(places) >= allowed and places[allowed - 1] < len(tried):
        raise _AllowanceSpentError(places[allowed - 1])


def _check_sound(plan: BulkPlan, operation: BulkOperation, results: dict[int, BulkResult]) -> None:
    if operation.problem is not None:
        raise operation.problem
    for needed in sorted(plan.needs(operation)):
        done = results.get(needed)
        if done is not None and done.refusal is not None:
            raise _dependent(plan.operations[needed])


def _dependent(failed: BulkOperation) -> ConflictError:
    name = failed.bulk_id or str(failed.index)
    return ConflictError(
        f"The operation this one refers to, bulkId '{name[:80]}', failed. Correct it first."
    )
