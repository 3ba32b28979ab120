"""A cause of refusals as programs read it (G11): one shape over the API and at the shell."""

from datetime import datetime
from typing import Any

from scimserver.clock import timestamp
from scimserver.storage.provisioning_errors import ProvisioningError


def shown(error: ProvisioningError) -> dict[str, Any]:
    """Return a cause as JSON values: what was refused, how often, why, and what to do (G11)."""
    return {
        "id": error.id,
        "state": error.state.value,
        "count": error.hits,
        "firstSeenAt": timestamp(error.first_seen_at),
        "lastSeenAt": timestamp(error.last_seen_at),
        "toldAt": _moment(error.told_at),
        "acknowledgedBy": error.acknowledged_by,
        "source": error.source,
        "connectionId": error.connection_id,
        "tokenId": error.token_id,
        "operation": error.operation,
        "resourceType": error.resource_type,
        "resourceId": error.resource_id,
        "externalId": error.external_id,
        "attributePath": error.attribute,
        "domain": error.domain,
        "errorCategory": error.category,
        "errorCode": error.code,
        "reason": error.reason,
        "recommendedAction": error.recommended_action,
        "retryable": error.retryable,
        "requestId": error.request_id,
    }


def _moment(at: datetime | None) -> str | None:
    return timestamp(at) if at is not None else None
