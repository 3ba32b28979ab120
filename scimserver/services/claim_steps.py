"""A step in a claim's life, written: the row under D28's conditions, its owner, and who is told."""

from datetime import datetime

from scimserver.domain.actor import Actor
from scimserver.domain.claim_life import Step
from scimserver.domain.claims import Claim
from scimserver.domain.errors import ClaimChangedError
from scimserver.domain.visit import Visit
from scimserver.services import claim_news
from scimserver.storage import claim_rows
from scimserver.storage.session import Session


def write(session: Session, before: Claim, after: Claim) -> None:
    """Write what became of a claim; raise ClaimChangedError if it is another one by now.

    A domain that is no longer owned is free for others from this moment on.
    """
    if not claim_rows.update_if(session, before.org_id, after, before.token, {before.state}):
        raise ClaimChangedError(before.domain)
    if before.is_owned and not after.is_owned:
        claim_rows.release(session, before.org_id, before.id)


def take(
    session: Session,
    actor: Actor,
    now: datetime,
    before: Claim,
    step: Step,
    visit: Visit | None = None,
) -> Claim:
    """Write a step, with what happened on the way, and return the claim as it is now."""
    write(session, before, step.claim)
    claim_news.spread(session, actor, now, before, step.claim, step.events, visit)
    return step.claim
