"""The claim object (1.8): one shape of a claim for REST, the command line and the console."""

from datetime import datetime
from typing import Any

from scimserver.domain.claims import Claim


def shown(claim: Claim, now: datetime) -> dict[str, Any]:
    """Return a claim as JSON values, its record and its last check in words included (1.8)."""
    raise NotImplementedError
