"""The application on a database, its clock and its DNS in a test's hand, and programs that ask it.

server = Server(database)
acme = server.program(server.organization())
acme.call("POST", "/domains", {"domain": "acme.com"})
"""

import json
from dataclasses import dataclass
from typing import Any

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.domain.actor import Actor, Door
from scimserver.services import connections, tokens
from scimserver.storage.transaction import run
from tests.factories import an_organization
from tests.fakes import FakeProver
from tests.signing_in import Clock

READ, WRITE = "domains.read", "domains.write"
BOTH = (READ, WRITE)
PROVISIONING = ("provisioning.read", "provisioning.write")
BASE = "/api/v2/organizations"


@dataclass(frozen=True)
class Reply:
    """An answer: its status, its headers, and its JSON, if any."""

    status: int
    headers: Any
    body: Any

    @property
    def problem(self):
        """Status and code of a refusal, which says both in the form of RFC 9457."""
        assert self.headers["Content-Type"] == "application/problem+json", self.body
        assert self.body["status"] == self.status
        assert set(self.body) >= {"type", "title", "detail"}
        return self.status, self.body["code"]


class Server:
    """One application."""

    def __init__(self, database, **settings):
        self.database = database
        self.clock = Clock()
        self.prover = FakeProver()
        environment = {"SECRET_KEY": "k" * 40, "LOG_LEVEL": "error", "EXTRA_SUFFIXES": "test"}
        environment |= {name.upper(): value for name, value in settings.items()}
        self.settings = Settings.from_env({f"SCIMSERVER_{k}": v for k, v in environment.items()})
        self.app = create_app(
            self.settings, database=database, clock=self.clock, prover=self.prover
        )

    def organization(self, **options):
        return an_organization(self.database, **options)

    def token(self, org_id, *scopes, rate_limit=10_000):
        """Return the text of a token of a new connection, which both have these scopes."""
        actor = Actor(org_id, Door.CLI, "operator")
        pepper = self.settings.token_pepper

        def work(session):
            made = connections.create(
                session,
                actor,
                self.clock.now(),
                name="Set-up",
                rate_limit=rate_limit,
                scopes=frozenset(scopes),
            )
            return tokens.mint(session, actor, self.clock.now(), pepper, made.id).secret

        return run(self.database, work)

    def program(self, org_id, *scopes, **options):
        """Return a client with a token, which may do everything unless told otherwise."""
        return Program(
            self,
            org_id,
            f"Bearer {self.token(org_id, *(scopes or BOTH + PROVISIONING), **options)}",
        )


@dataclass(frozen=True)
class Program:
    """A client with a token."""

    server: Server
    org_id: str
    authorization: str | None

    def call(self, method, path, body=None, *, org_id=None, headers=None, query=None):
        """Ask below an organization; a body that is no bytes is sent as JSON."""
        return self.ask(
            method, f"{BASE}/{org_id or self.org_id}{path}", body, headers=headers, query=query
        )

    def ask(self, method, address, body=None, *, headers=None, query=None):
        """Ask at an address."""
        sent = {} if self.authorization is None else {"Authorization": self.authorization}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        answer = self.server.app.test_client().open(
            address,
            method=method,
            data=body,
            headers={**sent, **(headers or {})},
            query_string=query,
        )
        text = answer.get_data()
        is_json = text and answer.mimetype.endswith("json")
        return Reply(answer.status_code, answer.headers, json.loads(text) if is_json else text)
