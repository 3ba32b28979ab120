"""Claims as rows with a life: found, leased for a check, and moved on from one state to the next.

What the door asks on every write is in ``claims``.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, or_, select, true, update

from scimserver.domain.claims import Claim, State
from scimserver.storage.claims import columns, read
from scimserver.storage.models import claim, domain_owner
from scimserver.storage.session import Session

# What a claim is known by, and never changes.
_FIXED = ("org_id", "id", "domain", "created_at")
# A revoked claim needs to be known no longer than its code may still turn up in DNS.
_MOST_OLD_TOKENS = 200


class Owner(NamedTuple):
    """Which claim of which organization owns a domain."""

    org_id: str
    claim_id: str


def by_id(session: Session, org_id: str, id: str, *, lock: bool = False) -> Claim | None:
    """Return a live claim; with ``lock`` nobody else changes it until the transaction ends."""
    query = select(*claim.c).where(
        claim.c.org_id == org_id, claim.c.id == id, claim.c.state != State.REVOKED.value
    )
    if lock:
        query = query.with_for_update()
    row = session.execute(query).mappings().first()
    return read(row) if row else None


def update_if(
    session: Session, org_id: str, after: Claim, token: str | None, states: Collection[State]
) -> bool:
    """Write a claim that still has this token and one of these states; else False (D28)."""
    values = {name: value for name, value in columns(after).items() if name not in _FIXED}
    changed = (
        update(claim)
        .where(
            claim.c.org_id == org_id,
            claim.c.id == after.id,
            claim.c.domain == after.domain,
            claim.c.token == token if token is not None else claim.c.token.is_(None),
            claim.c.state.in_(sorted(states)),
        )
        .values(**values)
    )
    return session.execute(changed).rowcount == 1


def due_organizations(session: Session, now: datetime) -> list[str]:
    """Return the organizations that have a check due.

    First those that wait for another one's domain: at the end of a contest theirs is the check that
    looks at both claims (D35).
    """
    # Grouped here: asked to group, SQLite walks all claims by organization, due or not.
    query = select(claim.c.org_id, claim.c.transfer_after).where(*_free(now))
    due = session.execute(query).all()
    contesting = {row.org_id for row in due if row.transfer_after is not None}
    return sorted({row.org_id for row in due}, key=lambda id: (id not in contesting, id))


def lease(session: Session, org_id: str, now: datetime, until: datetime, limit: int) -> list[Claim]:
    """Take claims whose check is due, the longest due first; nobody else does before ``until``."""
    free = (claim.c.org_id == org_id, *_free(now))
    oldest = select(claim.c.id).where(*free).order_by(claim.c.next_check_at, claim.c.id)
    skipping = oldest.limit(limit).with_for_update(skip_locked=True)
    ids = list(session.execute(skipping).scalars())
    if not ids:
        return []
    taken = update(claim).where(*free, claim.c.id.in_(ids)).values(leased_until=until)
    found = session.execute(taken.returning(*claim.c)).mappings()
    return sorted(map(read, found), key=lambda each: each.id)


def take_lease(session: Session, org_id: str, id: str, until: datetime) -> None:
    """Let nobody else begin a check of a claim before ``until``, whoever is at one now."""
    here = (claim.c.org_id == org_id, claim.c.id == id)
    session.execute(update(claim).where(*here).values(leased_until=until))


def owner(session: Session, domain: str) -> Owner | None:
    """Return who owns a domain, whichever organization that is."""
    query = select(domain_owner.c.org_id, domain_owner.c.claim_id)
    row = session.execute(query.where(domain_owner.c.domain == domain)).first()
    return Owner(row.org_id, row.claim_id) if row else None


def release(session: Session, org_id: str, claim_id: str) -> None:
    """Free the domain that a claim owns, if it does."""
    session.execute(
        delete(domain_owner).where(
            domain_owner.c.org_id == org_id, domain_owner.c.claim_id == claim_id
        )
    )


def pass_on(session: Session, org_id: str, domain: str, claim_id: str, to: Owner) -> bool:
    """Give a domain from a claim that owns it to another one; False where it does not (D35)."""
    passed = (
        update(domain_owner)
        .where(
            domain_owner.c.domain == domain,
            domain_owner.c.org_id == org_id,
            domain_owner.c.claim_id == claim_id,
        )
        .values(org_id=to.org_id, claim_id=to.claim_id)
    )
    return session.execute(passed).rowcount == 1


def unset_authoritative(session: Session, org_id: str) -> str | None:
    """Let no domain of the organization be the authoritative one; return which one was."""
    here = (claim.c.org_id == org_id, claim.c.authoritative == true())
    cleared = update(claim).where(*here).values(authoritative=False).returning(claim.c.domain)
    return session.execute(cleared).scalar()


def other_tokens(session: Session, org_id: str, but: Collection[str]) -> tuple[str, ...]:
    """Return the codes the organization has or had, newest claim first, for a hint alone (X6)."""
    query = (
        select(claim.c.token, claim.c.previous_token)
        .where(claim.c.org_id == org_id, claim.c.token.is_not(None))
        .order_by(claim.c.id.desc())
        .limit(_MOST_OLD_TOKENS)
    )
    known = [token for row in session.execute(query) for token in row if token and token not in but]
    return tuple(dict.fromkeys(known))


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_free = or_(claim.c.leased_until.is_(None), claim.c.leased_until <= now)
    return (claim.c.next_check_at <= now, is_free)
