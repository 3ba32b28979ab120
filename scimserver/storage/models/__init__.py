"""The tables, one file an aggregate. Core tables: rows are tuples, no object tracks them.

Keys start with ``org_id`` and no table has a serial; the few global tables find the organization.
"""

from scimserver.storage.models.claim import claim, domain_owner
from scimserver.storage.models.connection import connection, rate_window, token, token_digest
from scimserver.storage.models.journal import audit, outbox, provisioning_log, receiver
from scimserver.storage.models.metadata import metadata
from scimserver.storage.models.organization import organization
from scimserver.storage.models.resource import (
    external_id,
    global_value,
    membership,
    resource,
    resource_value,
    unique_value,
    value_index,
)

__all__ = [
    "audit",
    "claim",
    "connection",
    "domain_owner",
    "external_id",
    "global_value",
    "membership",
    "metadata",
    "organization",
    "outbox",
    "provisioning_log",
    "rate_window",
    "receiver",
    "resource",
    "resource_value",
    "token",
    "token_digest",
    "unique_value",
    "value_index",
]
