"""A server with organizations in it, set up through its own command line and asked over HTTP."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL

from scimserver.app import create_app
from scimserver.cli.main import run
from scimserver.config import Settings

BASE = "/scim/v2"
MEDIA = "application/scim+json"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: its status, its headers, and its JSON, if any."""

    status: int
    headers: Any
    body: Any


@dataclass(frozen=True)
class Connection:
    """One identity provider's link: who it is, and how it asks."""

    client: Any
    id: str
    org: str
    token: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request below the SCIM base; a body that is no bytes is sent as SCIM's JSON."""
        sent = {"Authorization": f"Bearer {self.token}"}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = MEDIA
        if headers is not None:
            sent = {"Authorization": sent["Authorization"], **headers}
        answer = self.client.open(
            BASE + path, method=method, data=body, query_string=query, headers=sent
        )
        text = answer.get_data()
        return Answer(answer.status_code, answer.headers, json.loads(text) if text else None)


@dataclass
class World:
    """One database, its command line and its application."""

    url: URL
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = {
            "SCIMSERVER_DATABASE_URL": self.url.render_as_string(hide_password=False),
            "SCIMSERVER_SECRET_KEY": "a-secret-key-of-the-tests-0123456789abcdef",
            "SCIMSERVER_EXTRA_SUFFIXES": "example,test",
            "SCIMSERVER_LOG_LEVEL": "error",
            **self.environment,
        }
        self.app = create_app(Settings.from_env(self.environment))

    def cli(self, *words: str, code: int = 0) -> Any:
        """Run a command with --json and return its object."""
        output, notes = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(notes):
            ended = run([*words, "--json"], dict(self.environment))
        assert ended == code, notes.getvalue() + output.getvalue()
        return json.loads(output.getvalue()) if output.getvalue() else None

    def organization(self, name: str, *domains: str, sandbox: bool = False) -> str:
        """Create an organization that has these domains attested; return its slug."""
        made = self.cli("org", "create", name, *(["--sandbox"] if sandbox else []))
        for domain in domains:
            self.cli("domain", "attest", made["slug"], domain, "--reason", "test")
        return made["slug"]

    def connection(self, org: str, profile: str = "generic", *options: str) -> Connection:
        """Create a connection with this profile and a budget no test uses up."""
        made = self.cli(
            "connection",
            "create",
            org,
            profile,
            "--profile",
            profile,
            "--rate-limit",
            "10000",
            *options,
        )
        return Connection(self.app.test_client(), made["id"], org, made["token"])
