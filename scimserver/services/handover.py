"""A domain proved by one organization while another owns it: contested, and handed over (1.7).

Neither ever learns who the other is. What is done to the owner's claim, the system does.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from scimserver.domain import claim_life
from scimserver.domain.actor import Actor
from scimserver.domain.claim_life import Step
from scimserver.domain.claim_schedule import Limits
from scimserver.domain.claims import Claim
from scimserver.domain.errors import DomainOwnedError
from scimserver.domain.findings import Finding
from scimserver.domain.visit import Visit
from scimserver.services import claim_news, claim_steps
from scimserver.storage import claim_rows
from scimserver.storage.claim_rows import Owner
from scimserver.storage.session import Session

RETRY_AFTER = 60
"""Seconds after which it is worth asking again where DNS gave no clear answer (D34)."""

_QUIET = timedelta(hours=24)


class Rival(NamedTuple):
    """The claim that owns the domain, and what was found of its record as DNS was asked.

    ``seen`` is None where it needs no record: the operator's word stands for it.
    """

    claim: Claim
    seen: Finding | None


class Verdict(NamedTuple):
    """The claim as it is now, and the refusal to raise once that is committed, if any."""

    claim: Claim
    refusal: DomainOwnedError | None = None


def owner_of(session: Session, domain: str) -> Claim | None:
    """Return the claim that owns a domain, whichever organization's it is."""
    owner = claim_rows.owner(session, domain)
    return claim_rows.by_id(session, *owner) if owner is not None else None


def settle(
    session: Session,
    actor: Actor,
    now: datetime,
    mine: Claim,
    found: Finding,
    rival: Rival,
    limits: Limits,
    visit: Visit | None = None,
) -> Verdict:
    """Decide between two claims of a domain, of which ``mine`` was ``found`` just now (D33 to D35).

    ``mine`` is the row as it is now, locked.
    """
    asked, seen = rival
    theirs = claim_rows.by_id(session, asked.org_id, asked.id, lock=True)
    if theirs is None or not theirs.is_owned or theirs.token != asked.token:
        # Its owner gave it up, or began anew, while DNS was asked: what was seen is of no use.
        raise DomainOwnedError(mine.domain, retry_after=1)
    if seen is None or seen.is_match:
        _defend(session, now, theirs, seen, limits)
        held = claim_life.held_up(mine, found, now, limits)
        kept = claim_steps.take(session, actor, now, mine, held, visit)
        return Verdict(kept, DomainOwnedError(mine.domain))
    if seen.is_transient:
        held = claim_life.held_up(mine, found, now, limits, mine.transfer_after)
        kept = claim_steps.take(session, actor, now, mine, held, visit)
        return Verdict(kept, DomainOwnedError(mine.domain, retry_after=RETRY_AFTER))
    if claim_life.is_contest_over(theirs, now):
        taken = claim_life.after_check(mine, found, now, limits)
        return Verdict(_hand_over(session, actor, now, (theirs, seen), (mine, taken), visit))
    contested = claim_life.contested(theirs, seen, now, limits)
    claim_steps.take(session, claim_news.system(theirs.org_id), now, theirs, contested)
    ends_at = contested.claim.grace_ends_at
    held = claim_life.held_up(mine, found, now, limits, ends_at)
    return Verdict(claim_steps.take(session, actor, now, mine, held, visit))


def _defend(
    session: Session, now: datetime, theirs: Claim, seen: Finding | None, limits: Limits
) -> None:
    """Let an owner whose record is there be told that somebody else tried (D33)."""
    if seen is not None:
        step = claim_life.after_check(theirs, seen, now, limits)
        theirs = claim_steps.take(session, claim_news.system(theirs.org_id), now, theirs, step)
    # Whoever tries again and again is not thereby heard again and again.
    claim_news.tell(session, now, theirs, "domain_claimed_elsewhere", quiet_since=now - _QUIET)


def _hand_over(
    session: Session,
    actor: Actor,
    now: datetime,
    lost: tuple[Claim, Finding],
    won: tuple[Claim, Step],
    visit: Visit | None,
) -> Claim:
    """Let a domain pass from one claim to the other (D35).

    The order is the point: two claims never own a domain, not even between two statements.
    """
    theirs, seen = lost
    mine, step = won
    passed = claim_rows.pass_on(
        session, theirs.org_id, theirs.domain, theirs.id, Owner(mine.org_id, mine.id)
    )
    assert passed  # noqa: S101  # The owner's claim is locked, and owned.
    over = claim_life.handed_over(theirs, seen, now)
    claim_steps.take(session, claim_news.system(theirs.org_id), now, theirs, over)
    return claim_steps.take(session, actor, now, mine, step, visit)
