"""A SCIM client of the tests: resources by keyword, and what every error must look like."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.world import MEDIA, Answer, Connection, World

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
USER = f"{CORE}User"
GROUP = f"{CORE}Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

JSON_HEADERS = {"Content-Type": MEDIA}

_INSIDE = re.compile(
    r"Traceback|sqlalchemy|psycopg|sqlite|scimserver\.|werkzeug|pydantic|scim2|NoneType|KeyError|"
    r"TypeError|ValueError|object at 0x|\bdict\b|\bUNSET\b|\.py\b|SELECT |INSERT |"
    r"/site-packages/|<class",
    re.IGNORECASE,
)
# Table F5: which statuses there are, and which scimTypes each may name.
STATUSES = {
    400: {
        "invalidSyntax", "invalidValue", "invalidFilter", "invalidPath", "noTarget", "mutability",
        "tooMany", "invalidVers", "invalidCursor", "expiredCursor", "invalidCount",
    },
    401: {None}, 403: {None, "sensitive"}, 404: {None}, 405: {None}, 409: {None, "uniqueness"},
    412: {None}, 413: {None}, 414: {None}, 415: {None}, 428: {None}, 429: {None}, 431: {None},
    500: {None}, 501: {None}, 503: {None},
}  # fmt: skip


def assert_error(answer: Answer, status: int | None = None, scim_type: str | None = None) -> str:
    """Assert that an answer is a SCIM error of table F5, and return its detail."""
    body = answer.body
    assert isinstance(body, dict), (answer.status, body)
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(answer.status)
    assert answer.status in STATUSES
    assert body.get("scimType") in STATUSES[answer.status]
    assert set(body) <= {"schemas", "status", "scimType", "detail"}
    assert 0 < len(body["detail"]) <= 500
    assert answer.headers["Content-Type"] in (MEDIA, "application/json")
    assert answer.headers["X-Request-Id"]
    inside = _INSIDE.search(body["detail"])
    assert inside is None, body["detail"]
    if status is not None:
        assert answer.status == status, body
        assert body.get("scimType") == scim_type, body
    return body["detail"]


@dataclass
class Client:
    """A connection and the words of SCIM."""

    connection: Connection
    domain: str

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        return self.connection.call(method, path, body, **more)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, query=query or None)

    def post(self, path: str, body: Any, **more: Any) -> Answer:
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any, **more: Any) -> Answer:
        return self.call("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.call("DELETE", path, **more)

    def patch(self, path: str, *operations: dict[str, Any], **more: Any) -> Answer:
        return self.call("PATCH", path, {"schemas": [PATCH], "Operations": operations}, **more)

    def address(self, local: str) -> str:
        return f"{local}@{self.domain}"

    def new_user(self, name: str = "ann", /, **attributes: Any) -> Answer:
        return self.post("/Users", {"schemas": [USER], "userName": name, **attributes})

    def new_group(self, name: str = "Team", /, **attributes: Any) -> Answer:
        return self.post("/Groups", {"schemas": [GROUP], "displayName": name, **attributes})

    def user(self, name: str = "ann", /, **attributes: Any) -> dict[str, Any]:
        made = self.new_user(name, **attributes)
        assert made.status == 201, made.body
        return made.body

    def group(self, name: str = "Team", /, *ids: str, **attributes: Any) -> dict[str, Any]:
        listed = [{"value": id} for id in ids]
        made = self.new_group(name, members=listed, **attributes)
        assert made.status == 201, made.body
        return made.body

    def found(self, path: str, text: str) -> list[str]:
        """Return the ids a filter finds."""
        answer = self.get(path, filter=text)
        assert answer.status == 200, answer.body
        return [each["id"] for each in answer.body["Resources"]]


def path_of(resource: dict[str, Any]) -> str:
    """Return the address of a resource below the base URL."""
    return resource["meta"]["location"].split("/scim/v2", 1)[1]


@dataclass
class Organization:
    """One organization of a server, and the clients connected to it."""

    world: World
    slug: str
    domain: str
    made: list[Client] = field(default_factory=list)

    def connection(self, profile: str = "generic", **switches: str) -> Client:
        """Return a client of a new connection; the keywords are switches of its profile."""
        options = [f"--set={name}={word}" for name, word in switches.items()]
        connection = self.world.connection(self.slug, profile, *options)
        self.made.append(Client(connection, self.domain))
        return self.made[-1]

    def log(self) -> str:
        """Return all there is in the provisioning log, as text."""
        return json.dumps(self.world.cli("log", "show", self.slug, "--limit", "100"))
