"""The provisioning log read back: newest first, a page at a time."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from scimserver.storage.journal import REFUSED
from scimserver.storage.models import provisioning_log
from scimserver.storage.session import Session


def page(
    session: Session, org_id: str, before: str | None, limit: int, *, refused: bool = False
) -> list[Mapping[str, Any]]:
    """Return the rows older than ``before``, the newest of them first."""
    log = provisioning_log.c
    query = sa.select(*(column for column in log if column.name != "org_id"))
    query = query.where(log.org_id == org_id).order_by(log.id.desc()).limit(limit)
    if before is not None:
        query = query.where(log.id < before)
    if refused:
        query = query.where(log.outcome == REFUSED)
    return [dict(row) for row in session.execute(query).mappings()]
