"""Domain claims: added, attested, listed, given a new code, and given up.

Whether a record is there is looked up in ``domain_checks``.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from scimserver.clock import timestamp
from scimserver.config import Settings
from scimserver.domain import claim_life, domain_name, mail_providers, permissions, record
from scimserver.domain.actor import Actor
from scimserver.domain.claim_schedule import Limits
from scimserver.domain.claims import ROTATABLE, Claim, Method, State
from scimserver.domain.errors import (
    AlreadyVerifiedError,
    ClaimNotVerifiedError,
    DomainOwnedError,
    InvalidRequestError,
    UnknownResourceError,
)
from scimserver.domain.visit import Visit
from scimserver.ids import is_id, new_id
from scimserver.services import actors, audit, claim_news, claim_steps, domain_limits
from scimserver.storage import accounts as rows
from scimserver.storage import claim_rows, claims, connections, domain_users
from scimserver.storage.session import Session

MAX_DOMAINS = 100
MAX_REASON = 500
MAX_NAMED = 10
"""How many of the users a removal affects are named (D31)."""


class Affected(NamedTuple):
    """What giving a domain up touches: users with an address in it, the first of them by name.

    ``connections`` are the names of those that can provision nobody there any more.
    """

    users: int
    names: tuple[str, ...]
    connections: tuple[str, ...]


def add(
    session: Session,
    actor: Actor,
    now: datetime,
    domain: str,
    settings: Settings,
    *,
    visit: Visit | None = None,
) -> Claim:
    """Claim a domain; it stays pending until its record is found (D1).

    Nobody learns here whether another organization has it (D9). Raises InvalidDomainError, or
    InvalidRequestError for one that was added before or is one too many, with the code of D5 as
    ``reason`` in the context; TooOftenError (D26).
    """
    permissions.check_domains(actor, "write")
    name = claimable(domain, settings)
    _check_room(session, actor, name)
    domain_limits.hit(session, domain_limits.ADDED, actor.org_id, now)
    new = claim_life.begun(
        actor.org_id, new_id(), name, record.new_token(), now, Limits.of(settings)
    )
    _insert(session, new)
    changes = {
        "domain": (None, name),
        "state": (None, new.state.value),
        "method": (None, new.method.value),
    }
    audit.record(session, actor, now, "domain:add", new.id, changes, visit)
    return new


def attest(
    session: Session,
    actor: Actor,
    now: datetime,
    domain: str,
    *,
    reason: str,
    extra_suffixes: frozenset[str] = frozenset(),
) -> Claim:
    """Verify a domain on the operator's word, kept with the reason for it.

    Raises InvalidDomainError for a name nobody can hold, DomainOwnedError when another
    organization holds it, InvalidRequestError otherwise.
    """
    _check_reason(reason)
    name = domain_name.normalise(domain)
    domain_name.check_claimable(name, extra_suffixes=extra_suffixes)
    _check_room(session, actor, name)
    new = Claim(
        org_id=actor.org_id,
        id=new_id(),
        domain=name,
        state=State.VERIFIED,
        method=Method.ATTESTED,
        reason=reason,
        created_at=now,
        verified_at=now,
    )
    _insert(session, new)
    if not claims.own(session, actor.org_id, name, new.id):
        raise DomainOwnedError(name)
    changes = {
        "domain": (None, name),
        "state": (None, new.state.value),
        "method": (None, new.method.value),
        "reason": (None, reason),
    }
    audit.record(session, actor, now, "domain:attest", new.id, changes)
    return new


def claimable(domain: str, settings: Settings) -> str:
    """Return what a claim of a typed name is called, or raise InvalidDomainError (D3 to D7)."""
    name = domain_name.normalise(domain)
    domain_name.check_claimable(name, extra_suffixes=settings.extra_suffixes)
    mail_providers.check(name, settings.allowed_mail_providers)
    return name


def every(session: Session, actor: Actor) -> list[Claim]:
    """Return the organization's live claims by domain."""
    permissions.check_domains(actor, "read")
    return claims.every(session, actor.org_id)


def get(session: Session, actor: Actor, claim_id: str) -> Claim:
    """Return a live claim by its id, or raise UnknownResourceError."""
    permissions.check_domains(actor, "read")
    found = claim_rows.by_id(session, actor.org_id, claim_id) if is_id(claim_id) else None
    if found is None:
        raise UnknownResourceError("Domain", claim_id)
    return found


def find(session: Session, actor: Actor, domain: str) -> Claim:
    """Return the live claim of a domain, however it was typed, or raise UnknownResourceError."""
    permissions.check_domains(actor, "read")
    name = domain_name.normalise(domain)
    found = claims.get(session, actor.org_id, name)
    if found is None:
        raise UnknownResourceError("Domain", name)
    return found


def to_change(session: Session, actor: Actor, claim_id: str) -> Claim:
    """Return a live claim and lock it, for an actor who may change it; see ``get``."""
    permissions.check_domains(actor, "write")
    found = None
    if is_id(claim_id):
        found = claim_rows.by_id(session, actor.org_id, claim_id, lock=True)
    if found is None:
        raise UnknownResourceError("Domain", claim_id)
    return found


def rotate(
    session: Session,
    actor: Actor,
    now: datetime,
    claim_id: str,
    settings: Settings,
    *,
    visit: Visit | None = None,
) -> Claim:
    """Give a claim a new code; an expired one begins again with it (D13).

    Raises AlreadyVerifiedError while the domain is owned by the present one.
    """
    before = to_change(session, actor, claim_id)
    if before.state not in ROTATABLE:
        raise AlreadyVerifiedError(before.domain)
    after = claim_life.rotated(before, record.new_token(), now, Limits.of(settings))
    claim_steps.write(session, before, after)
    issued_at = before.token_issued_at
    changes = {
        "codeIssuedAt": (timestamp(issued_at) if issued_at else None, timestamp(now)),
        "state": (before.state.value, after.state.value),
    }
    audit.record(session, actor, now, "domain:rotate", before.id, changes, visit)
    return after


def make_authoritative(
    session: Session, actor: Actor, now: datetime, claim_id: str, *, visit: Visit | None = None
) -> Claim:
    """Make a domain the organization's authoritative one, in place of any other (G2).

    Raises ClaimNotVerifiedError unless it is verified; its grace period does not count (1.6).
    """
    # Two who choose at once would both find no other one, and there can be only one.
    rows.lock_organization(session, actor.org_id)
    before = to_change(session, actor, claim_id)
    if before.state is not State.VERIFIED:
        raise ClaimNotVerifiedError(before.domain)
    if before.authoritative:
        return before
    until_now = claim_rows.unset_authoritative(session, actor.org_id)
    after = replace(before, authoritative=True)
    claim_steps.write(session, before, after)
    changes = {"authoritative": (until_now, before.domain)}
    audit.record(session, actor, now, "domain:authorize", before.id, changes, visit)
    return after


def affected(session: Session, actor: Actor, claim: Claim) -> Affected:
    """Return what giving a domain up would touch (D31)."""
    permissions.check_domains(actor, "read")
    spellings = {claim.domain, domain_name.unicode_of(claim.domain)}
    found = domain_users.of(session, actor.org_id, spellings, MAX_NAMED)
    working = [c.name for c in connections.every(session, actor.org_id) if not c.disabled]
    return Affected(found.total, found.names, tuple(working))


def remove(
    session: Session,
    actor: Actor,
    now: datetime,
    claim_id: str,
    *,
    reason: str | None = None,
    visit: Visit | None = None,
) -> Claim:
    """Give a domain up at once: its addresses cannot enter any more, existing users stay (1.6).

    Returns the claim as it was.
    """
    if reason is not None:
        _check_reason(reason)
    before = to_change(session, actor, claim_id)
    after = claim_life.ended(before)
    claim_steps.write(session, before, after)
    changes = {
        "domain": (before.domain, None),
        "state": (before.state.value, after.state.value),
        "reason": (None, reason),
    }
    audit.record(session, actor, now, "domain:remove", before.id, changes, visit)
    if before.is_owned:
        claim_news.tell(session, now, before, "domain_removed", by=actors.name_of(session, actor))
    return before


def _check_room(session: Session, actor: Actor, name: str) -> None:
    """Refuse a domain for which there is no room, or which is there already (D5)."""
    if actor.sandbox:
        raise InvalidRequestError("domain: a sandbox needs no domains and cannot hold any.")
    # Two who add at once must not both find the last place free.
    rows.lock_organization(session, actor.org_id)
    held = claims.every(session, actor.org_id)
    if any(claim.domain == name for claim in held):
        raise InvalidRequestError(
            f"domain: '{name}' has been added already. (code already_added)",
            path="domain",
            reason="already_added",
        )
    if len(held) >= MAX_DOMAINS:
        raise InvalidRequestError(
            f"domain: an organization has at most {MAX_DOMAINS} domains. (code limit)",
            path="domain",
            reason="limit",
        )


def _insert(session: Session, new: Claim) -> None:
    inserted = claims.insert(session, new.org_id, new)
    assert inserted  # noqa: S101  # The organization is locked, and had no claim of this domain.


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MAX_REASON:
        raise InvalidRequestError(
            f"reason: say in 1 to {MAX_REASON} characters why; it is kept in the audit log.",
            path="reason",
        )
