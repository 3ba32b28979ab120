"""Import: a file of SCIM resources through the door, a batch at a time.

One line is one resource. A line updates the resource with its id, else the one with its unique name
(``userName``, or a team's ``displayName``), else it creates one. References may use the file's own
ids; where one names a line that has not been read yet, the reference is set once it has.

So a file is read in three stages: what has no members; what has, once those exist; and what refers
to a line of its own stage. Each batch is read, applied in one transaction, and remembered.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from scimserver.domain import references
from scimserver.domain.actor import Actor
from scimserver.domain.commands import Create, Effect, Outcome, Replace
from scimserver.errors import ScimServerError
from scimserver.ids import new_id
from scimserver.scim.errors import InvalidValueError
from scimserver.scim.registry import Registry
from scimserver.scim.resource import Draft
from scimserver.scim.schema import ResourceType
from scimserver.services import causes, subjects
from scimserver.services.causes import Refused
from scimserver.services.lines import BATCH_LINES, Line, LineReader, name_attribute
from scimserver.services.provisioning import Provisioning
from scimserver.storage import matching, members
from scimserver.storage.scratch import Later, Mark, Scratch
from scimserver.storage.session import Session

PLAIN, EDGES, REFERENCES, DONE = range(4)
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that share a transaction, and how far the import is once it is committed."""

    lines: list[Line]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was not applied, and why."""

    line: int
    failure: ScimServerError

    @property
    def text(self) -> str:
        """What was wrong and what to do about it, in one line."""
        action = self.failure.recommended_action
        detail = self.failure.detail
        return detail if action in detail else f"{detail} {action}"


@dataclass(slots=True)
class Applied:
    """What became of a batch: to be kept once it is committed."""

    mark: Mark
    mapping: list[tuple[str, str]] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, line: Line, failure: ScimServerError) -> None:
        """Count a line that was not applied."""
        self.mark.refused += 1
        self.refusals.append(Refusal(line.number, failure))

    def count(self, effect: str) -> None:
        """Count a line that was applied; one that changed nothing is up to date as well."""
        if effect == Effect.CREATED:
            self.mark.created += 1
        else:
            self.mark.updated += 1


@dataclass(frozen=True, slots=True)
class _Work:
    """A line with the command it became. ``waits`` says that a reference is still to be set."""

    line: Line
    command: Create | Replace
    waits: bool = False

    @property
    def id(self) -> str:
        id = self.command.id
        assert id is not None  # noqa: S101  # An import promises every id before it writes.
        return id


class Import:
    """An import under way. ``read`` a batch, ``apply`` it in a transaction, then ``keep`` it.

    ``apply`` may run more than once: it reads what ``keep`` remembered and changes nothing here.
    """

    def __init__(self, file: Path, actor: Actor, registry: Registry) -> None:
        self._actor = actor
        self._reader = ThreadPoolExecutor(1)
        self._ahead: tuple[int, Future[list[Line]]] | None = None
        with ExitStack() as opened:
            self.lines = opened.enter_context(closing(LineReader(file, actor, registry)))
            identity = f"{actor.org_id} {actor.connection_id} {self.lines.digest()}"
            self._scratch = Scratch(file.with_name(file.name + ".progress"), identity)
            # Both stay open; only a scratch file that cannot be used closes the other one.
            opened.pop_all()

    @property
    def mark(self) -> Mark:
        """How far it came, and what became of the lines so far."""
        return self._scratch.mark

    @property
    def done(self) -> int:
        """How much of the file has been read, in bytes."""
        return self.mark.position if self.mark.stage == PLAIN else self.lines.size

    def read(self) -> Batch | None:
        """Return the next batch, None when everything is done."""
        mark = replace(self.mark)
        while mark.stage < DONE:
            if mark.stage == PLAIN:
                lines = self._following(mark)
            else:
                waiting = self._scratch.later(mark.stage, mark.position, BATCH_LINES)
                lines = self.lines.again(waiting)
            if lines:
                mark.position = self.lines.position if mark.stage == PLAIN else lines[-1].position
                mark.line = self.lines.number
                return Batch(lines, mark)
            mark = replace(mark, stage=mark.stage + 1, position=-1)
        return None

    def read_ahead(self, batch: Batch) -> None:
        """Begin to read what follows a batch, while that is committed and its pages are synced.

        Later stages begin with what a commit has made of the lines before them.
        """
        after = batch.mark
        if after.stage == PLAIN and (self._ahead is None or self._ahead[0] != after.position):
            self._ahead = after.position, self._reader.submit(self.lines.following, after)

    def _following(self, mark: Mark) -> list[Line]:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == mark.position:
            return ahead[1].result()
        return self.lines.following(mark)

    def keep(self, applied: Applied) -> None:
        """Remember a batch that was committed."""
        if self._ahead is not None:
            # SQLite gives up the interpreter at every row, and a busy reader is slow to return it.
            wait([self._ahead[1]])
        self._scratch.keep(applied.mark, applied.mapping, applied.later)

    def apply(self, session: Session, door: Provisioning, batch: Batch) -> Applied:
        """Apply every line that can be, each alone; the refusals say why the others cannot."""
        applied = Applied(replace(batch.mark))
        readable = []
        for line in batch.lines:
            if line.refusal is not None:
                applied.refuse(line, line.refusal)
            elif line.has_edges and batch.mark.stage == PLAIN:
                applied.later.append(line.later(EDGES))
            else:
                readable.append(line)
        work = self._work(session, batch.mark.stage, readable, applied)
        results = door.apply_all(self._actor, [each.command for each in work])
        for each, result in zip(work, results, strict=True):
            self._settle(each, result, applied)
        self._tell(session, door, batch, applied, list(zip(work, results, strict=True)))
        return applied

    def _tell(
        self,
        session: Session,
        door: Provisioning,
        batch: Batch,
        applied: Applied,
        done: Sequence[tuple[_Work, Outcome | ScimServerError]],
    ) -> None:
        """Log what was refused, count its causes, and settle those of what was applied (G11)."""
        drafts = {line.number: line.draft for line in batch.lines}
        refused = []
        for each in applied.refusals:
            row = door.log_refusal(self._actor, f"line {each.line}", each.failure)
            about = subjects.of_draft(self._actor.connection_id, drafts[each.line])
            refused.append(Refused(row._replace(method=subjects.IMPORT), about))
        actor, now = self._actor, door.now
        if causes.any_unresolved(session, actor.org_id):
            whole = [
                (subjects.IMPORT, result)
                for work, result in done
                if isinstance(result, Outcome) and not work.waits
            ]
            about_refused = [each.subject for each in refused]
            causes.settle(session, causes.success(actor, now, whole, about_refused))
        causes.note(session, actor.org_id, actor.door, now, refused)

    def _settle(self, work: _Work, result: Outcome | ScimServerError, applied: Applied) -> None:
        line = work.line
        if isinstance(result, ScimServerError):
            applied.refuse(line, result)
            return
        if line.file_id is not None and line.file_id != work.id:
            applied.mapping.append((line.file_id, work.id))
        if work.waits:
            applied.later.append(line.later(REFERENCES, work.id, result.effect))
        else:
            applied.count(line.effect or result.effect)

    def _work(
        self, session: Session, stage: int, lines: list[Line], applied: Applied
    ) -> list[_Work]:
        """Return the commands of a batch; what can only wait or be refused goes to ``applied``."""
        found = self._matches(session, lines)
        known = self._known(session, lines)
        waiting = self._waiting(stage, lines, known)
        work = []
        for line in lines:
            matched = [line.id] if line.id else found.get(line.position, [])
            draft = _draft(line)
            if len(matched) > 1:
                applied.refuse(line, _ambiguous(draft.type, len(matched)))
                continue
            missing = [value for value in _values(line) if value in waiting] if waiting else []
            if missing and matched:
                # What exists already is left alone until all of it can be said at once.
                applied.later.append(line.later(REFERENCES, matched[0]))
                if line.file_id is not None and line.file_id != matched[0]:
                    applied.mapping.append((line.file_id, matched[0]))
                continue
            if line.references or draft.edges is not None:
                draft = redirected(draft, known, frozenset(missing))
            command: Create | Replace = (
                Replace(draft.type, matched[0], draft)
                if matched
                else Create(draft.type, draft, new_id())
            )
            work.append(_Work(line, command, bool(missing)))
        return work

    def _matches(self, session: Session, lines: list[Line]) -> dict[int, list[str]]:
        """Return the stored resources each line means, by its place: by id, else by name."""
        org_id = self._actor.org_id
        ids = [line.file_id for line in lines if line.file_id]
        stored = members.kinds_of(session, org_id, ids)
        found: dict[int, list[str]] = {}
        named: dict[tuple[str, str], dict[str, int]] = {}
        for line in lines:
            draft = _draft(line)
            if line.file_id in stored and stored[line.file_id][0] == draft.type.name:
                found[line.position] = [line.file_id]
            elif line.name is not None:
                attribute, key = line.name
                named.setdefault((draft.type.name, attribute.path), {})[key] = line.position
        for (type_name, path), keys in named.items():
            held = matching.holders(session, org_id, type_name, path, list(keys))
            found.update((keys[key], ids) for key, ids in held.items())
        return found

    def _known(self, session: Session, lines: list[Line]) -> dict[str, str]:
        """Return what references mean: a line's resource, else a resource of the organization."""
        known: dict[str, str] = {}
        values = (value for line in lines for value in _values(line) if value not in known)
        # A team of 200,000 names as many: what is asked on the way is not kept for all of them.
        while chunk := list(islice(values, _CHUNK)):
            known |= self._scratch.resolve(chunk)
            rest = [value for value in chunk if value not in known]
            there = members.kinds_of(session, self._actor.org_id, rest)
            known.update((id, id) for id in rest if id in there)
        return known

    def _waiting(self, stage: int, lines: list[Line], known: Mapping[str, str]) -> set[str]:
        """Return the references that a later line of the file may still explain."""
        if stage == REFERENCES:
            return set()
        unknown = {value for line in lines for value in _values(line) if value not in known}
        if stage == PLAIN or not unknown:
            return unknown
        return self._scratch.waiting(list(unknown), stage, lines[0].position)

    def finish(self) -> None:
        """Forget how far it came: everything is done."""
        self._scratch.discard()
        self._close()

    def close(self) -> None:
        """Stop here, to carry on another time."""
        self._scratch.close()
        self._close()

    def _close(self) -> None:
        self._reader.shutdown()
        self.lines.close()


def redirected(draft: Draft, known: Mapping[str, str], missing: frozenset[str]) -> Draft:
    """Return the draft with references as ids of resources, and without those still missing."""
    if draft.edges is not None:
        # Members come all together: a team is never seen with half of them.
        edges = None if missing else tuple(known.get(value, value) for value in draft.edges)
        types = {known.get(value, value): name for value, name in draft.edge_types.items()}
        draft = replace(draft, edges=edges, edge_types=types)
    if not draft.type.references:
        return draft
    attributes = draft.attributes
    for _attribute, value in list(references.targets(draft.type, attributes)):
        if value in missing:
            attributes = references.forget(draft.type, attributes, value)
    return replace(draft, attributes=references.redirect(draft.type, attributes, known))


def _values(line: Line) -> Iterator[str]:
    """Return the ids a line points to, by its attributes and as members."""
    return chain(line.references, _draft(line).edges or ())


def _draft(line: Line) -> Draft:
    assert line.draft is not None  # noqa: S101  # Lines without one were refused before.
    return line.draft


def _ambiguous(kind: ResourceType, count: int) -> ScimServerError:
    attribute = name_attribute(kind)
    name = attribute.name if attribute else "id"
    return InvalidValueError(
        f"{name}: {count} resources have this value. Give the id of the one that is meant."
    )
