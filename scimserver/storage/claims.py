"""Claims in the database: who owns a domain, asked on every write that brings an address."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, delete, or_, select

from scimserver.domain.claims import OWNED, Claim, Method, State
from scimserver.domain.findings import Finding
from scimserver.storage.models import claim, domain_owner
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, upsert

_IS_OWNED: ColumnElement[bool] = or_(*(claim.c.state == state.value for state in sorted(OWNED)))
_ONE = select(claim.c.domain).where(
    claim.c.org_id == bindparam("org"), claim.c.domain == bindparam("domain"), _IS_OWNED
)
# The claim is locked while a write relies on it, so it cannot be removed under that write's feet.
# SQLite has a single writer, and SQLAlchemy leaves the lock out there.
_ONE_LOCKED = Hot(_ONE.with_for_update(read=True))
_ONE_READ = Hot(_ONE)


def owned(
    session: Session, org_id: str, domains: Iterable[str], *, lock: bool = True
) -> frozenset[str]:
    """Return those of the domains that the organization owns, grace included.

    ``lock`` holds the claims until the transaction ends; leave it out where nothing is written.
    """
    # In one order always: two writes that lock the same claims must not wait for each other.
    wanted = sorted(set(domains))
    if len(wanted) <= 1:
        hot = _ONE_LOCKED if lock else _ONE_READ
        return frozenset(
            row[0]
            for domain in wanted
            for row in session.run(hot, {"org": org_id, "domain": domain})
        )
    many = (
        select(claim.c.domain)
        .where(claim.c.org_id == org_id, claim.c.domain.in_(wanted), _IS_OWNED)
        .order_by(claim.c.domain)
    )
    if lock:
        many = many.with_for_update(read=True)
    return frozenset(session.execute(many).scalars())


def is_lost(session: Session, org_id: str, domain: str) -> bool:
    """Return whether the organization owned a domain once and does no longer (1.6)."""
    query = select(claim.c.state).where(
        claim.c.org_id == org_id, claim.c.domain == domain, claim.c.verified_at.is_not(None)
    )
    states = set(session.execute(query).scalars())
    return bool(states) and OWNED.isdisjoint(states)


def get(session: Session, org_id: str, domain: str) -> Claim | None:
    """Return the organization's live claim of a domain."""
    row = session.execute(_live(org_id).where(claim.c.domain == domain)).mappings().first()
    return read(row) if row else None


def every(session: Session, org_id: str) -> list[Claim]:
    """Return the organization's live claims by domain."""
    rows = session.execute(_live(org_id).order_by(claim.c.domain)).mappings()
    return [read(row) for row in rows]


def insert(session: Session, org_id: str, new: Claim) -> bool:
    """Write a claim; False when the organization already has a live one of the domain."""
    statement = upsert(claim).values({**columns(new), "org_id": org_id}).on_conflict_do_nothing()
    return session.execute(statement.returning(claim.c.id)).first() is not None


def own(session: Session, org_id: str, domain: str, claim_id: str) -> bool:
    """Make the organization the one owner of a domain; False when it has an owner."""
    statement = (
        upsert(domain_owner)
        .values(domain=domain, org_id=org_id, claim_id=claim_id)
        .on_conflict_do_nothing()
        .returning(domain_owner.c.domain)
    )
    return session.execute(statement).first() is not None


def erase(session: Session, org_id: str) -> None:
    """Remove every claim of an organization that is being deleted."""
    session.execute(delete(domain_owner).where(domain_owner.c.org_id == org_id))
    session.execute(delete(claim).where(claim.c.org_id == org_id))


def _live(org_id: str) -> Select[Any]:
    return select(*claim.c).where(claim.c.org_id == org_id, claim.c.state != State.REVOKED.value)


def columns(kept: Claim) -> dict[str, Any]:
    """Return a claim as the values of its row."""
    values = {each.name: getattr(kept, each.name) for each in fields(Claim)}
    finding = kept.last_check.kept() if kept.last_check is not None else None
    return {
        **values,
        "state": kept.state.value,
        "method": kept.method.value,
        "last_check": finding,
    }


def read(row: RowMapping) -> Claim:
    """Return the claim that a whole row is."""
    values: dict[str, Any] = dict(row)
    values["state"] = State(row["state"])
    values["method"] = Method(row["method"])
    values["last_check"] = Finding.read(row["last_check"]) if row["last_check"] else None
    return Claim(**values)
