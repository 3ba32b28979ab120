"""What the pages for administrators share: who acts, how they read, write and answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response

from scimserver.config import Settings
from scimserver.domain.actor import Actor
from scimserver.domain.claims import Claim
from scimserver.domain.commands import Command, Outcome
from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.person import Person
from scimserver.errors import ScimServerError
from scimserver.scim.registry import Registry
from scimserver.scim.resource import Stored
from scimserver.services import accounts
from scimserver.services.domain_checks import DomainChecks
from scimserver.services.provisioning import Provisioning
from scimserver.storage.errors import StorageError
from scimserver.storage.search import time_limit
from scimserver.storage.session import Session
from scimserver.web.browser import Browser, Visitor, Who
from scimserver.web.console.done import DONE
from scimserver.web.http import Services
from scimserver.web.render import Renderer, see_other

T = TypeVar("T")
View = Callable[..., Response]


class Representation(Protocol):
    """A resource as a SCIM client is given it."""

    @property
    def closed(self) -> bytes:
        """Its JSON, without the members of a group."""


class Presenting(Protocol):
    """Whatever makes representations; the surface of SCIM has it, and pages do not know that."""

    def parts(
        self, session: Session, org_id: str, found: Sequence[Stored], projection: None
    ) -> Sequence[Representation]:
        """Return the representations of some resources."""


class Operation(Protocol):
    """What a program may ask of the management API."""

    @property
    def method(self) -> str:
        """The method, in capitals."""

    @property
    def path(self) -> str:
        """The template of its address."""

    @property
    def summary(self) -> str:
        """One sentence."""

    @property
    def description(self) -> str:
        """The rest, with code in backquotes."""


class Describing(Protocol):
    """Whatever knows the management API; pages do not know that surface either."""

    def operations(self) -> Sequence[Operation]:
        """Return every operation."""


class Desk:
    """Stands between a page and the services."""

    def __init__(
        self,
        services: Services,
        browser: Browser,
        pages: Renderer,
        presenting: Presenting,
        describing: Describing,
    ) -> None:
        self._services = services
        self._browser = browser
        self._pages = pages
        self.presenting = presenting
        self.describing = describing
        self._checks = DomainChecks(
            services.write, self.read, services.clock, services.prover, services.settings
        )

    @property
    def settings(self) -> Settings:
        """The operator's settings."""
        return self._services.settings

    @property
    def has_mail(self) -> bool:
        """Whether messages leave this server; without, saved codes open no door (P79)."""
        return bool(self.settings.mail)

    @property
    def base_url(self) -> str:
        """The address an identity provider is given."""
        return f"{self.settings.base_url}/scim/v2"

    def page(self, app: Flask, rule: str, view: View, permission: str | None) -> None:
        """Add a page that is looked at."""
        guarded = self._browser.page(view, who=Who.SIGNED_IN, permission=permission)
        app.add_url_rule(rule, f"GET {rule}", guarded, methods=["GET"])

    def form(
        self, app: Flask, rule: str, view: View, permission: str | None, fresh: int | None = None
    ) -> None:
        """Add what the form at an address does; ``fresh`` as in Browser.page."""
        guarded = self._browser.page(view, who=Who.SIGNED_IN, permission=permission, fresh=fresh)
        app.add_url_rule(rule, f"POST {rule}", guarded, methods=["POST"])

    def show(
        self, template: str, visitor: Visitor, *, status: int = 200, **values: Any
    ) -> Response:
        """Answer with a page; it says what was just done where its address names that."""
        values.setdefault("note", DONE.get(visitor.query.get("done", ""), ""))
        return self._pages.render(f"console/{template}", visitor, status=status, **values)

    def read(self, work: Callable[[Session], T]) -> T:
        """Run reads that agree with each other, for as long as a page may take (D24)."""
        seconds = self.settings.statement_timeout_seconds
        with self._services.database.snapshot() as session, time_limit(session, seconds):
            return work(session)

    def write(self, work: Callable[[Session], T]) -> T:
        """Run work in one transaction and commit it."""
        return self._services.write(work)

    def verify(self, visitor: Visitor, claim_id: str) -> Claim:
        """Have DNS asked about a domain, for one visitor of this process at a time."""
        with self._services.turnstile:
            return self._checks.verify(actor_of(visitor), claim_id, visit=visitor.visit)

    def registry(self, person: Person) -> Registry:
        """Return the schemas that the person's organization sees."""
        return self._services.registry.seen_by(person.org_slug, sandbox=person.sandbox)

    def door(self, session: Session, person: Person) -> Provisioning:
        """Return the door for a session."""
        settings = self.settings
        return Provisioning(
            session,
            self.registry(person),
            self._services.clock,
            test_suffixes=settings.extra_suffixes,
            min_local_admins=settings.min_local_admins,
        )

    def apply(self, visitor: Visitor, place: str, command: Command) -> Outcome:
        """Send a command through the door; a refusal leaves its row in the log (M9)."""
        me, actor = visitor.me, actor_of(visitor)
        try:
            return self.write(lambda session: self.door(session, me).apply(actor, command))
        except StorageError:
            raise
        except ScimServerError as refusal:
            told = refusal
            self.write(lambda session: self.door(session, me).log_refusal(actor, place, told))
            raise


def actor_of(visitor: Visitor) -> Actor:
    """Return the visitor as the one who acts."""
    return accounts.actor_of(visitor.me, visitor.visit)


def subject_of(session: Session, visitor: Visitor, id: str) -> Person:
    """Return the user of the visitor's organization that an address names."""
    found = accounts.person(session, visitor.me.org_id, id)
    if found is None:
        raise UnknownResourceError("User", id)
    return found


def gone_to(path: str, done: str = "") -> Response:
    """Send the browser on after a change, so that a reload does not repeat it."""
    query: Mapping[str, str] = {"done": done} if done else {}
    location = f"{path}?{urlencode(query)}" if query else path
    return see_other(location)
