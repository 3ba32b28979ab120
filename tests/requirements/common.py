"""What tables of cases share: one organization, a client for each profile, short operations."""

import json
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.requirements.client import Client, assert_error
from tests.world import Answer, World

TOLERANT = ("generic", "entra", "okta", "onelogin", "jumpcloud", "google")
EVERY = (*TOLERANT, "strict-interop")
DOMAIN = "common.test"

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

_NUMBERS = count(1)


def copy_for_all(file: Path, folder: Path) -> None:
    """Copy a schema file into a folder, to be seen by every organization."""
    document = json.loads(file.read_text(encoding="utf-8"))
    document["x-scimserver"].pop("organizations", None)
    (folder / file.name).write_text(json.dumps(document), encoding="utf-8")


def fresh(name: str) -> str:
    """Return a name nobody has yet, with this prefix."""
    return f"{name}-{next(_NUMBERS)}"


@dataclass
class Common:
    """An organization whose resources belong to whichever test made them."""

    world: World
    slug: str
    _clients: dict[Any, Client] = field(default_factory=dict)

    def client(self, profile: str = "generic", **switches: str) -> Client:
        """Return a connection of this profile with these switches, the same when asked again."""
        key = (profile, *sorted(switches.items()))
        if key not in self._clients:
            options = [f"--set={name}={word}" for name, word in switches.items()]
            connection = self.world.connection(self.slug, profile, *options)
            self._clients[key] = Client(connection, DOMAIN)
        return self._clients[key]


def refused(answer: Answer, scim_type: str | None, *naming: str, status: int = 400) -> None:
    """Assert a refusal: status, type, and what its detail names."""
    detail = assert_error(answer, status, scim_type)
    for each in naming:
        assert each in detail


def add(path: str | None, value: Any) -> dict[str, Any]:
    """Return an add operation, path-less where the path is None."""
    return _operation("add", path, value)


def replace(path: str | None, value: Any) -> dict[str, Any]:
    """Return a replace operation, path-less where the path is None."""
    return _operation("replace", path, value)


def remove(path: str | None, *value: Any) -> dict[str, Any]:
    """Return a remove operation, with a value if one is given."""
    operation = {"op": "remove", **({"value": value[0]} if value else {})}
    return operation if path is None else {**operation, "path": path}


def _operation(op: str, path: str | None, value: Any) -> dict[str, Any]:
    operation = {"op": op, "value": value}
    return operation if path is None else {**operation, "path": path}
