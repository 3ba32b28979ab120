"""The audit log of management: every change an operator makes, with before and after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Change
from scimserver.domain.visit import Visit
from scimserver.ids import LOWEST
from scimserver.storage import journal
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session

OPERATOR = "operator"
NOBODY = Actor(org_id=LOWEST, door=Door.CONSOLE, id="anonymous")
"""A visitor before anyone knows whose: what is refused then belongs to no organization."""


def operator(organization: Organization) -> Actor:
    """Return the operator at the command line, acting for one organization."""
    return Actor(
        org_id=organization.id,
        door=Door.CLI,
        id=OPERATOR,
        sandbox=organization.sandbox,
        require_address=organization.require_address,
    )


def record(
    session: Session,
    actor: Actor,
    at: datetime,
    event: str,
    subject_id: str,
    changes: Mapping[str, tuple[Any, Any]],
    visit: Visit | None = None,
    code: str | None = None,
) -> None:
    """Write one audit row: ``event`` is ``noun:verb``, ``changes`` are (before, after) by name.

    Only what differs is kept, and a secret never is: callers name what changed, not its value.
    ``visit`` is the browser's request behind it, ``code`` the cause of a refusal (P96).
    """
    kept = tuple(Change(name, was, now) for name, (was, now) in changes.items() if was != now)
    journal.record_change(
        session,
        actor,
        at,
        event,
        subject_type=event.partition(":")[0],
        subject_id=subject_id,
        changes=kept,
        context=visit.context(code) if visit is not None else None,
    )
