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


def take(
    session: Session,
    actor: Actor,
    now: datetime,
    before: Claim,
    step: Step,
    visit: Visit | None = None,
) -> Claim:
    """Write what became of a claim and return it; raise ClaimChangedError if it is another now.

    A domain that is no longer owned is free for others from this moment on.
    """
    after = step.claim
    if not claim_rows.update_if(session, before.org_id, after, before.token, {before.state}):
        raise ClaimChangedError(before.domain)
    if before.is_owned and not after.is_owned:
        claim_rows.release(session, before.org_id, before.id)
    claim_news.spread(session, actor, now, before, after, step.events, visit)
    return after
