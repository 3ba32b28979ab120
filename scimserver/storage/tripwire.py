"""Refuses a write to the tables of resources unless provisioning handed out a ticket."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scimserver.storage.errors import TripwireError

GUARDED = frozenset(
    {"resource", "external_id", "resource_value", "unique_value", "global_value", "membership"}
)
_WRITE = re.compile(
    r'^\s*(?:WITH\b.*?\)\s*)?(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?',
    re.IGNORECASE | re.DOTALL,
)
TICKET = "scimserver_ticket"


@contextmanager
def ticket(info: dict[Any, Any]) -> Iterator[None]:
    """Allow writes to resources on one connection while the block runs.

    ``info`` is the connection's own dictionary (``Session.info``). Tickets nest.
    """
    before = info.get(TICKET, 0)
    info[TICKET] = before + 1
    try:
        yield
    finally:
        info[TICKET] = before


def check_table(info: dict[Any, Any], table: str | None) -> None:
    """Raise TripwireError when ``table`` holds resources and no ticket is out."""
    if table in GUARDED and not info.get(TICKET):
        message = f"table '{table}' is written by provisioning alone"
        raise TripwireError(message)


def check_sql(info: dict[Any, Any], sql: str) -> None:
    """Raise TripwireError when SQL text writes a table of resources and no ticket is out."""
    written = _WRITE.match(sql)
    if written:
        check_table(info, written.group(1).lower())
