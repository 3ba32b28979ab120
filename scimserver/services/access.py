"""Access taken away: sessions, attempts and links of people who are turned off or deleted (P64).

The door calls this in the transaction of the change, so no commit leaves somebody both gone and
signed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scimserver.clock import timestamp
from scimserver.domain import policies
from scimserver.domain.actor import Actor
from scimserver.domain.commands import Change, Plan
from scimserver.domain.roles import Role
from scimserver.scim.resource import Resource
from scimserver.storage import access
from scimserver.storage.access import Bound
from scimserver.storage.accounts import USER
from scimserver.storage.session import Session

DEACTIVATED = "deactivated"
DELETED = "deleted"
ROLE_CHANGED = "role_changed"
SUSPENDED = "organization_suspended"


@dataclass(frozen=True, slots=True)
class Revoked:
    """What somebody lost with a change; ``passkeys`` work again when they are turned on again.

    ``tokens`` are those that were bound to them (H2). ``authenticators`` are those a deletion
    removed for good, which the audit log keeps (P98). ``has_account`` says whether there could have
    been more than sessions and tokens.
    """

    at: datetime
    sessions: int = 0
    passkeys: int = 0
    enrol_links: int = 0
    attempts: int = 0
    authenticators: Sequence[Bound] = ()
    tokens: int = 0
    has_account: bool = True

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the audit row of the change says of it; nothing of who had nothing to lose."""
        if not (self.has_account or self.sessions or self.tokens):
            return ()
        revoked = {**counts(self), "tokens": self.tokens, "at": timestamp(self.at)}
        found = (Change("revoked", None, revoked),)
        if not self.authenticators:
            return found
        listed = [
            {"credentialId": b.credential_id, "aaguid": b.aaguid} for b in self.authenticators
        ]
        return (*found, Change("passkeys", listed, None))


def counts(revoked: Revoked) -> dict[str, int]:
    """Return how much of each kind was taken away, by the names the audit log uses."""
    return {
        "sessions": revoked.sessions,
        "passkeys": revoked.passkeys,
        "enrolLinks": revoked.enrol_links,
        "attempts": revoked.attempts,
    }


def revoke_access(
    session: Session, org_id: str, user_id: str, now: datetime, why: str
) -> dict[str, int]:
    """End what a person who was turned off could act with; how much that was, by kind.

    Passkeys stay stored and open nothing: whoever is turned on again has theirs back.
    """
    return counts(shut_out(session, org_id, user_id, now, why))


def shut_out(
    session: Session,
    org_id: str,
    user_id: str,
    now: datetime,
    why: str,
    *,
    has_account: bool = True,
) -> Revoked:
    """Do what ``revoke_access`` does; without an account there can be nothing but sessions."""
    sessions = access.end_sessions(session, org_id, user_id, now, why)
    # Attempts of a session that had ended before cannot be reached (P16).
    attempts = access.end_attempts(session, org_id, user_id, now) if sessions else 0
    if not has_account:
        return Revoked(now, sessions=sessions, attempts=attempts, has_account=False)
    links = access.end_links(session, org_id, user_id, now, why)
    passkeys = access.count_passkeys(session, org_id, user_id)
    return Revoked(now, sessions, passkeys, links, attempts)


def forget(
    session: Session, org_id: str, user_id: str, now: datetime, *, has_account: bool = True
) -> Revoked:
    """Take away everything of a person who is deleted, the account itself included."""
    revoked = shut_out(session, org_id, user_id, now, DELETED, has_account=has_account)
    if not has_account:
        return revoked
    bound = access.erase_user(session, org_id, user_id)
    return replace(revoked, authenticators=bound)


def taken(
    session: Session,
    actor: Actor,
    plan: Plan,
    resource: Resource | None,
    role: Role | None,
    now: datetime,
) -> Revoked | None:
    """Take away the access of a user whom a plan turns off or deletes; what that was (P64, U21).

    ``role`` is None for a user without an account. Tokens are ``end_tokens``'.
    """
    if plan.before is None or plan.type.name != USER:
        return None
    has_account = role is not None
    if resource is None:
        return forget(session, actor.org_id, plan.id, now, has_account=has_account)
    if policies.turns_off(plan, resource):
        return shut_out(session, actor.org_id, plan.id, now, DEACTIVATED, has_account=has_account)
    return None


def end_tokens(session: Session, org_id: str, user_id: str, lost: Revoked) -> Revoked:
    """Revoke the tokens bound to a user whose row is written, and count them to what was lost."""
    return replace(lost, tokens=access.end_tokens(session, org_id, user_id, lost.at))
