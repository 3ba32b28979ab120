"""Results of a Bulk plan become a BulkResponse (RFC 7644 §3.7.3)."""

from collections.abc import Sequence
from typing import Any

import orjson

from scimserver.domain.commands import Effect
from scimserver.scim.conditions import etag
from scimserver.scim.messages import BULK_RESPONSE, error
from scimserver.services.bulk import BulkResult
from scimserver.web.scim.errors import row_of
from scimserver.web.scim.present import Presenter

_STATUS = {"POST": "201", "PUT": "200", "PATCH": "200", "DELETE": "204"}


def bulk_response(results: Sequence[BulkResult], presenter: Presenter) -> bytes:
    """Return the BulkResponse: an entry an operation, in request order (E2)."""
    entries = [_entry(result, presenter) for result in results]
    return orjson.dumps({"schemas": [BULK_RESPONSE], "Operations": entries})


def _entry(result: BulkResult, presenter: Presenter) -> dict[str, Any]:
    operation = result.operation
    entry: dict[str, Any] = {}
    if operation.method:
        entry["method"] = operation.method
    if operation.bulk_id is not None:
        entry["bulkId"] = operation.bulk_id
    if result.type is not None and result.id:
        entry["location"] = presenter.address(result.type, result.id)
    if result.refusal is not None:
        status, scim_type = row_of(result.refusal)
        entry["status"] = str(status)
        entry["response"] = error(status, result.refusal.detail, scim_type)
        return entry
    outcome = result.outcome
    if outcome is not None and outcome.effect is not Effect.DELETED:
        entry["version"] = etag(outcome.stored.version)
    entry["status"] = _STATUS[operation.method]
    return entry
