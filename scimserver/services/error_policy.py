"""The error policy: how an organization hears of refused writes, and when they pause (G12)."""

from dataclasses import dataclass
from datetime import datetime

from scimserver.domain.actor import Actor
from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.domain.provisioning_error import Notices
from scimserver.services import audit
from scimserver.storage import organizations
from scimserver.storage.session import Session

PERMISSION = "provisioning edit"
PROPOSED = 100
"""Refusals of one token in ten minutes after which forms propose to pause."""
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Policy:
    """What was decided. ``notices`` is None until it was, which means at once.

    ``pause_after`` is after how many refusals of one token in ten minutes writes of its connection
    pause; None for never.
    """

    notices: Notices | None
    pause_after: int | None

    @property
    def is_set(self) -> bool:
        """Whether anybody has decided (G3)."""
        return self.notices is not None


def get(session: Session, org_id: str) -> Policy:
    """Return the policy of an organization, or raise UnknownResourceError."""
    found = organizations.get(session, org_id)
    if found is None:
        raise UnknownResourceError("Organization", org_id)
    notices = Notices(found.error_notices) if found.error_notices is not None else None
    return Policy(notices, found.pause_after)


def decide(
    session: Session, actor: Actor, now: datetime, notices: Notices, pause_after: int | None
) -> Policy:
    """Decide both; what pauses at this moment stays paused until somebody resumes it."""
    if pause_after is not None and not 1 <= pause_after <= MOST:
        raise InvalidRequestError(
            f"pauseAfter: give 1 to {MOST} refusals, or none to pause never.", path="pauseAfter"
        )
    before = get(session, actor.org_id)
    values = {"error_notices": notices.value, "pause_after": pause_after}
    organizations.update_fields(session, actor.org_id, values)
    was = before.notices.value if before.notices is not None else None
    changes = {
        "errorNotices": (was, notices.value),
        "pauseAfter": (before.pause_after, pause_after),
    }
    if values != {"error_notices": was, "pause_after": before.pause_after}:
        audit.record(session, actor, now, "organization:update", actor.org_id, changes)
    return Policy(notices, pause_after)
