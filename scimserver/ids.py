"""Identifiers as strings: UUIDv7 for what an organization holds, v4 for the organization itself."""

import re
import uuid

from uuid_utils import uuid7

LOWEST = "00000000-0000-0000-0000-000000000000"
"""Sorts before every id: where a walk by id begins."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    """Return a UUIDv7: later ids sort after earlier ones, so key order is creation order."""
    return str(uuid7())


def new_org_id() -> str:
    """Return a random UUIDv4, so that organizations spread over the shards of a database."""
    return str(uuid.uuid4())


def is_id(text: str) -> bool:
    """Return whether a text is an id as we write them: canonical, lower case.

    Ask before an id from outside meets PostgreSQL, whose uuid type raises on anything else.
    """
    return _UUID.fullmatch(text) is not None
