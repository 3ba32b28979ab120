"""Domain claims: attested by the operator, listed, and given up."""

from datetime import datetime

from scimserver.domain import domain_name
from scimserver.domain.actor import Actor
from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.errors import DomainOwnedError, InvalidRequestError, UnknownResourceError
from scimserver.ids import new_id
from scimserver.services import audit
from scimserver.storage import claims
from scimserver.storage.session import Session

MAX_DOMAINS = 100
MAX_REASON = 500


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
    if actor.sandbox:
        raise InvalidRequestError("domain: a sandbox needs no domains and cannot hold any.")
    _check_reason(reason)
    name = domain_name.normalise(domain)
    domain_name.check_claimable(name, extra_suffixes=extra_suffixes)
    held = claims.every(session, actor.org_id)
    if any(claim.domain == name for claim in held):
        raise _already_added(name)
    if len(held) >= MAX_DOMAINS:
        raise InvalidRequestError(
            f"domain: an organization has at most {MAX_DOMAINS} domains. (code limit)"
        )
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
    if not claims.insert(session, actor.org_id, new):
        raise _already_added(name)
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


def every(session: Session, actor: Actor) -> list[Claim]:
    """Return the organization's live claims by domain."""
    return claims.every(session, actor.org_id)


def remove(session: Session, actor: Actor, now: datetime, domain: str, *, reason: str) -> Claim:
    """Give a domain up at once: its addresses cannot enter any more, existing users stay (1.6).

    Returns the claim as it was.
    """
    _check_reason(reason)
    name = domain_name.normalise(domain)
    found = claims.get(session, actor.org_id, name)
    if found is None:
        raise UnknownResourceError("Domain", name)
    claims.revoke(session, actor.org_id, found.id)
    changes = {
        "domain": (name, None),
        "state": (found.state.value, State.REVOKED.value),
        "reason": (None, reason),
    }
    audit.record(session, actor, now, "domain:remove", found.id, changes)
    return found


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MAX_REASON:
        raise InvalidRequestError(
            f"reason: say in 1 to {MAX_REASON} characters why; it is kept in the audit log.",
            path="reason",
        )


def _already_added(name: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"domain: '{name}' has been added already. (code already_added)", path="domain"
    )
