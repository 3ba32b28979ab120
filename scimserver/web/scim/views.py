"""SCIM over HTTP: four generic verbs for every resource type, searches, Bulk and discovery.

Views read, call one service and present. They answer; refusals are raised and become errors in
``surface``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Effect, Outcome
from scimserver.ids import new_id
from scimserver.scim import bulk as bulk_plans
from scimserver.scim import conditions
from scimserver.scim.cursor import Sealer
from scimserver.scim.messages import LIST_TAIL, PageSize, SearchRequest, list_head
from scimserver.scim.project import Projection
from scimserver.scim.registry import Registry
from scimserver.scim.resource import Stored
from scimserver.scim.schema import ResourceType
from scimserver.scim.written import written
from scimserver.services import intake, quotas
from scimserver.services.bulk import BulkResult, BulkRunner, Refusal
from scimserver.services.directory import Directory, Page
from scimserver.services.intake import Sizes
from scimserver.services.provisioning import Provisioning
from scimserver.services.subjects import Subject
from scimserver.storage import members
from scimserver.storage.search import time_limit
from scimserver.storage.session import Session
from scimserver.web.http import Answer, Services
from scimserver.web.scim import refusals, settling
from scimserver.web.scim.bulk import bulk_response
from scimserver.web.scim.present import CHUNK, Presenter
from scimserver.web.scim.request import Call

NO_BODY_ABOVE = 1_000
"""PATCH of a group with more members answers 204 under ``patch_response=auto`` (C10)."""
BULK_SHARE = 25
"""Operations of a Bulk request that count as one request of the rate budget (E14)."""


class Views:
    """The views of one application."""

    def __init__(self, services: Services, presenter: Presenter, sealer: Sealer) -> None:
        self._services = services
        self._presenter = presenter
        self._sealer = sealer
        settings = services.settings
        self._page = PageSize(settings.default_results, settings.max_results)
        self._sizes = Sizes(
            settings.max_group_members, settings.max_patch_members, settings.max_patch_operations
        )

    def get(
        self, call: Call, session: Session, actor: Actor, kind: ResourceType, id: str
    ) -> Answer:
        """GET one resource (B34, G5)."""
        asked = call.search(self._page)
        stored = Directory(session, actor).get(kind, id, call.ahead)
        if conditions.matches(call.environ.get("HTTP_IF_NONE_MATCH"), stored.version):
            return Answer(304, headers=self._headers(stored))
        return self._resource(session, actor, stored, _projection((kind,), asked))

    def search(
        self,
        session: Session,
        call: Call,
        actor: Actor,
        kinds: tuple[ResourceType, ...],
        asked: SearchRequest,
    ) -> Answer:
        """Answer a query, from GET or from ``.search`` (D47)."""
        projection = _projection(kinds, asked)
        page = self._page_of(session, call, actor, kinds, asked)
        parts = self._presenter.parts(session, actor.org_id, page.found, projection)
        head = list_head(
            page.total,
            len(page.found),
            start_index=page.start_index,
            next_cursor=page.next_cursor,
            previous_cursor=page.previous_cursor,
        )
        found, org_id = page.found, actor.org_id
        sizes = self._presenter.sizes(session, org_id, found, projection)
        if not sizes:
            return Answer(200, head + b",".join([part.closed for part in parts]) + LIST_TAIL)

        def chunks(reading: Session) -> Iterator[bytes]:
            yield head
            yield from self._presenter.joined(reading, org_id, found, parts, projection, sizes)
            yield LIST_TAIL

        if sum(sizes.values()) <= CHUNK:
            return Answer(200, b"".join(chunks(session)))
        return Answer(200, Stream(self._services, chunks))

    def _page_of(
        self,
        session: Session,
        call: Call,
        actor: Actor,
        kinds: tuple[ResourceType, ...],
        asked: SearchRequest,
    ) -> Page:
        """Read a page; what may have to look at every row is given only so much time (D24)."""
        locations = self._presenter.roots
        query = Directory(session, actor, locations).query(kinds, asked)
        call.quirks.extend(query.quirks)
        if not query.is_costly:
            return Directory(session, actor, locations).page(query, self._sealer, call.now)
        seconds = self._services.settings.statement_timeout_seconds
        # On the session at hand: whoever held one and waited for another could wait for ever.
        with session.snapshot(), time_limit(session, seconds):
            return Directory(session, actor, locations).page(query, self._sealer, call.now)

    def search_one_type(
        self, call: Call, session: Session, actor: Actor, kind: ResourceType
    ) -> Answer:
        """GET a list of one type (D1)."""
        return self.search(session, call, actor, (kind,), call.search(self._page))

    def search_in_url(
        self, call: Call, session: Session, actor: Actor, kinds: tuple[ResourceType, ...]
    ) -> Answer:
        """GET the root: a list of all types (D48)."""
        return self.search(session, call, actor, kinds, call.search(self._page))

    def search_in_body(
        self, call: Call, session: Session, actor: Actor, kinds: tuple[ResourceType, ...]
    ) -> Answer:
        """POST ``.search`` (D47)."""
        limit = self._services.settings.max_body_bytes
        asked = call.search_body(actor.profile, self._page, limit)
        return self.search(session, call, actor, kinds, asked)

    def create(self, call: Call, actor: Actor, kind: ResourceType) -> Answer:
        """POST a resource (B1)."""
        asked, outcome = self._write(call, actor, kind, "")
        return self._written(call, actor, outcome, asked, status=201)

    def replace(self, call: Call, actor: Actor, kind: ResourceType, id: str) -> Answer:
        """PUT a resource (B36, B37)."""
        asked, outcome = self._write(call, actor, kind, id)
        return self._written(call, actor, outcome, asked, status=200)

    def patch(self, call: Call, actor: Actor, kind: ResourceType, id: str) -> Answer:
        """PATCH a resource; 204 where the connection prefers it (C9, C10)."""
        asked, outcome = self._write(call, actor, kind, id)
        is_plain = not asked.attributes and not asked.excluded
        if is_plain and self._is_bodiless(actor, outcome.stored):
            return Answer(204, headers=self._headers(outcome.stored))
        return self._written(call, actor, outcome, asked, status=200)

    def delete(self, call: Call, actor: Actor, kind: ResourceType, id: str) -> Answer:
        """DELETE a resource (B38)."""
        self._write(call, actor, kind, id)
        return Answer(204)

    def bulk(self, call: Call, actor: Actor) -> Answer:
        """POST a Bulk request (E1 to E14)."""
        settings, services = self._services.settings, self._services
        body = call.body(actor.profile, settings.max_body_bytes)
        plan = bulk_plans.read(body, actor.profile, settings.bulk_max_operations, new_id)
        call.charge(-(-len(plan.operations) // BULK_SHARE) - 1)

        def work(session: Session) -> list[BulkResult]:
            def refused(those: Sequence[Refusal]) -> None:
                refusals.log_operations(session, call, actor, those)

            door = self._door(session, call.registry)
            runner = BulkRunner(session, door, call.registry, actor, self._sizes, refused)
            results = runner.run(plan)
            failed = [(each.operation, each.refusal) for each in results if each.refusal]
            about[:] = refusals.note_operations(session, call, actor, failed)
            return results

        about: list[Subject] = []
        results = services.write(work)
        done = [(each.operation.method, each.outcome) for each in results if each.outcome]
        for _method, outcome in done:
            call.quirks.extend(outcome.quirks)
        settling.keep(call, actor, done, but=about)
        return Answer(200, bulk_response(results, self._presenter))

    def _write(
        self, call: Call, actor: Actor, kind: ResourceType, id: str
    ) -> tuple[SearchRequest, Outcome]:
        asked = call.search(self._page)
        body = None
        if call.method != "DELETE":
            body = call.body(actor.profile, self._body_limit(call.method, kind))
        request = intake.Request(call.method, kind, id, body, call.condition())
        command = intake.command(request, actor.profile, self._sizes)

        def work(session: Session) -> Outcome:
            return self._door(session, call.registry).apply(actor, command)

        outcome = self._services.write(work)
        call.quirks.extend(outcome.quirks)
        settling.keep(call, actor, [(call.method, outcome)])
        return asked, outcome

    def _door(self, session: Session, registry: Registry) -> Provisioning:
        services = self._services
        settings = services.settings
        return Provisioning(
            session,
            registry,
            services.clock,
            test_suffixes=settings.extra_suffixes,
            quotas=quotas.of_sandboxes(settings),
        )

    def _body_limit(self, method: str, kind: ResourceType) -> int:
        settings = self._services.settings
        if kind.edge is not None and method in ("POST", "PUT"):
            return settings.max_group_body_bytes
        return settings.max_body_bytes

    def _is_bodiless(self, actor: Actor, stored: Stored) -> bool:
        if stored.type.edge is None or actor.profile.patch_response == "body":
            return False
        if actor.profile.groups_without_body:
            return True
        with self._services.database.reading() as session:
            found = members.count(session, actor.org_id, stored.id, NO_BODY_ABOVE + 1)
        return found > NO_BODY_ABOVE

    def _written(
        self, call: Call, actor: Actor, outcome: Outcome, asked: SearchRequest, *, status: int
    ) -> Answer:
        """Present what was written, after the commit: no writer waits for it."""
        kind = outcome.stored.type
        projection = _projection((kind,), asked)
        if projection is None and kind.hides and call.sent_body:
            projection = Projection.written(kind, written(kind, call.sent_body))
        with self._services.database.reading() as session:
            answer = self._resource(
                session, actor, outcome.stored, projection, is_new=_is_new(outcome)
            )
        answer.status = status
        if status == 201:
            answer.headers.append(("Location", self._presenter.location(outcome.stored)))
        return answer

    def _resource(
        self,
        session: Session,
        actor: Actor,
        stored: Stored,
        projection: Projection | None,
        *,
        is_new: bool = False,
    ) -> Answer:
        presenter, org_id = self._presenter, actor.org_id
        (parts,) = presenter.parts(session, org_id, (stored,), projection, are_new=is_new)
        headers = self._headers(stored)
        if not presenter.has_members(stored.type, projection):
            return Answer(200, parts.closed, headers)
        first = members.page(session, org_id, stored.id, None, CHUNK + 1)
        if len(first) <= CHUNK:
            inside = b"".join(presenter.members(stored, (first,), projection))
            return Answer(200, parts.head + inside + parts.tail, headers)

        def chunks(reading: Session) -> Iterator[bytes]:
            return presenter.joined(
                reading, org_id, (stored,), (parts,), projection, {stored.id: len(first)}
            )

        return Answer(200, Stream(self._services, chunks), headers)

    def _headers(self, stored: Stored) -> list[tuple[str, str]]:
        location = self._presenter.location(stored)
        return [("ETag", conditions.etag(stored.version)), ("Content-Location", location)]


class Stream:
    """A body that is read from the database while it is sent, in a session of its own.

    An object and not a generator: closing a generator that was never begun runs none of it.
    """

    def __init__(self, services: Services, chunks: Callable[[Session], Iterator[bytes]]) -> None:
        self._stack = ExitStack()
        self._services = services
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        session = self._stack.enter_context(self._services.database.snapshot())
        return self._chunks(session)

    def close(self) -> None:
        """Give the session back; the server calls it, whether or not all was sent."""
        self._stack.close()


def _is_new(outcome: Outcome) -> bool:
    """Return whether a resource came to be just now; an adopted one has a past, and groups."""
    return outcome.effect is Effect.CREATED and outcome.stored.version == 1


def _projection(kinds: tuple[ResourceType, ...], asked: SearchRequest) -> Projection | None:
    if not asked.attributes and not asked.excluded:
        return None
    return Projection.read(kinds, asked.attributes, asked.excluded)
