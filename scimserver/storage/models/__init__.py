"""The tables, one file an aggregate. Core tables: rows are tuples, no object tracks them.

Keys start with ``org_id`` and no table has a serial; the few global tables find the organization.
"""

from scimserver.storage.models.account import (
    account,
    enrol_digest,
    enrol_link,
    passkey,
    passkey_credential,
    recovery_code,
)
from scimserver.storage.models.claim import claim, domain_owner
from scimserver.storage.models.connection import (
    connection,
    quirk_count,
    rate_window,
    token,
    token_digest,
)
from scimserver.storage.models.journal import audit, outbox, provisioning_log, receiver
from scimserver.storage.models.metadata import metadata
from scimserver.storage.models.notice import mail, notice
from scimserver.storage.models.organization import organization
from scimserver.storage.models.provisioning_error import provisioning_error
from scimserver.storage.models.resource import (
    external_id,
    global_value,
    membership,
    resource,
    resource_value,
    unique_value,
    value_index,
)
from scimserver.storage.models.web_session import ceremony, mail_code, web_session

__all__ = [
    "account",
    "audit",
    "ceremony",
    "claim",
    "connection",
    "domain_owner",
    "enrol_digest",
    "enrol_link",
    "external_id",
    "global_value",
    "mail",
    "mail_code",
    "membership",
    "metadata",
    "notice",
    "organization",
    "outbox",
    "passkey",
    "passkey_credential",
    "provisioning_error",
    "provisioning_log",
    "quirk_count",
    "rate_window",
    "receiver",
    "recovery_code",
    "resource",
    "resource_value",
    "token",
    "token_digest",
    "unique_value",
    "value_index",
    "web_session",
]
