"""Accounts: who a person is to the organization, and what that lets them do.

Local administrators are in ``local_administrators``, which goes through the door; what the door
takes away from whom it turns off is in ``access``.
"""

import re
import secrets
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from scimserver.domain.actor import Actor, Door, Reach
from scimserver.domain.errors import (
    InvalidRequestError,
    OutrankedError,
    PermissionDeniedError,
    UnknownResourceError,
)
from scimserver.domain.person import Person
from scimserver.domain.roles import Role, grants, may_grant, may_manage
from scimserver.domain.visit import Visit
from scimserver.ids import is_id
from scimserver.services import audit
from scimserver.services.access import ROLE_CHANGED, revoke_access
from scimserver.storage import access, accounts, members, organizations
from scimserver.storage.session import Session

__all__ = [
    "Audience",
    "Person",
    "actor_of",
    "ensure",
    "erase",
    "erase_user",
    "find",
    "may_use_passkeys",
    "must_use_sso",
    "named",
    "people",
    "person",
    "revoke_access",
    "set_audience",
    "set_role",
]

HANDLE_BYTES = 64
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_ABOVE_MEMBERS = frozenset(Role) - {Role.MEMBER}


class Audience(StrEnum):
    """Who may sign in with a passkey, beside those who have a role in the console."""

    ADMINISTRATORS = "administrators"
    TEAM = "team"
    EVERYONE = "everyone"


def person(session: Session, org_id: str, user_id: str) -> Person | None:
    """Return a user of the organization as a person, whatever was sent as an id."""
    return accounts.person(session, org_id, user_id) if is_id(user_id) else None


def named(session: Session, org_id: str, user_name: str) -> Person | None:
    """Return the person with this userName, in whatever case it was typed, whatever that was."""
    # A name no database can keep is nobody's; asked for, it would be an error of the driver.
    if _UNWRITABLE.search(user_name):
        return None
    return accounts.named(session, org_id, user_name)


def find(session: Session, org_id: str, reference: str) -> Person:
    """Return the person with this id or userName, or raise UnknownResourceError."""
    found = person(session, org_id, reference) or named(session, org_id, reference)
    if found is None:
        raise UnknownResourceError("User", reference)
    return found


def people(session: Session, org_id: str, roles: Collection[Role] | None = None) -> list[Person]:
    """Return who has one of the roles, by default every one above a member.

    Local administrators are always among them. Members are not listed here: they are the users.
    """
    return accounts.of_roles(session, org_id, _ABOVE_MEMBERS if roles is None else roles)


def ensure(session: Session, org_id: str, user_id: str, now: datetime) -> Person:
    """Return the person, with an account from now on if there was none (P17).

    The handle is random and never changes: it says nothing of whom it stands for.
    """
    found = person(session, org_id, user_id)
    if found is None:
        raise UnknownResourceError("User", user_id)
    if found.handle is not None:
        return found
    accounts.insert(session, org_id, user_id, secrets.token_bytes(HANDLE_BYTES), now)
    made = person(session, org_id, user_id)
    assert made is not None  # noqa: S101  # Its row is in our own transaction.
    return made


def may_use_passkeys(session: Session, person: Person) -> bool:
    """Return whether somebody may have a passkey and sign in with it.

    Whoever has a role in the console may, and every local administrator; others as the
    organization says. Nobody signs in to a sandbox (M22).
    """
    if person.sandbox:
        return False
    if person.local_administrator or person.role is not Role.MEMBER:
        return True
    match person.passkey_audience:
        case Audience.EVERYONE:
            return True
        case Audience.TEAM:
            groups = members.groups_of(session, person.org_id, [person.user_id])
            return any(group.value == person.passkey_team for group in groups[person.user_id])
    return False


def must_use_sso(person: Person) -> bool:
    """Return whether nothing but the identity provider lets this person in (P34)."""
    return person.must_use_sso


def actor_of(person: Person, visit: Visit) -> Actor:
    """Return who acts at the door when somebody does something in the console."""
    scopes = frozenset[str]()
    if grants(person.role, "users edit"):
        scopes = frozenset({"scim"})
    elif grants(person.role, "users view"):
        scopes = frozenset({"scim.users.read", "scim.groups.read"})
    return Actor(
        org_id=person.org_id,
        door=Door.CONSOLE,
        id=f"user:{person.user_id}",
        scopes=scopes,
        sandbox=person.sandbox,
        require_address=person.require_address,
        request_id=visit.request_id,
        user_agent=visit.user_agent,
        role=person.role,
        reach=_reach(person),
    )


def set_role(
    session: Session,
    actor: Actor,
    now: datetime,
    by: Person | None,
    user_id: str,
    role: Role,
    *,
    visit: Visit | None = None,
) -> Person:
    """Give somebody a role and end their sessions, so that the next one has its rights (P64).

    ``by`` is who does it, None for the operator at the shell. Nobody changes their own role, that
    of somebody of equal or higher rank, or gives one that ranks so; owners may, among each other.
    """
    _check_permission(by, "roles edit")
    accounts.lock_organization(session, actor.org_id)
    before = ensure(session, actor.org_id, user_id, now)
    if by is not None and (by.user_id == user_id or not _may_set(by.role, before.role, role)):
        raise OutrankedError
    if before.sandbox and role is not Role.MEMBER:
        raise InvalidRequestError(
            "Nobody signs in to a sandbox, so nobody has a role in it.", path="role"
        )
    _check_role(session, before, role)
    if role is before.role:
        return before
    accounts.update_fields(session, actor.org_id, user_id, {"role": role})
    ended = access.end_sessions(session, actor.org_id, user_id, now, ROLE_CHANGED)
    changes = {"role": (before.role, role), "sessions": (ended, 0)}
    audit.record(session, actor, now, "role:update", user_id, changes, visit)
    return ensure(session, actor.org_id, user_id, now)


def set_audience(
    session: Session,
    actor: Actor,
    now: datetime,
    by: Person | None,
    audience: Audience,
    team: str | None = None,
    *,
    visit: Visit | None = None,
) -> None:
    """Say who may sign in with a passkey; ``team`` is the id of the one, for Audience.TEAM."""
    _check_permission(by, "passkeys edit")
    if (audience is Audience.TEAM) != (team is not None):
        raise InvalidRequestError("Name a team for this choice, and for no other.", path="team")
    if team is not None and members.kinds_of(session, actor.org_id, [team]).get(team, ("",))[0] != (
        members.GROUP
    ):
        raise UnknownResourceError("Team", team)
    before = organizations.get(session, actor.org_id)
    assert before is not None  # noqa: S101  # An actor's organization is there.
    values = {"passkey_audience": audience.value, "passkey_team": team}
    organizations.update_fields(session, actor.org_id, values)
    changes = {
        "passkeyAudience": (before.passkey_audience, audience.value),
        "passkeyTeam": (before.passkey_team, team),
    }
    audit.record(session, actor, now, "organization:update", actor.org_id, changes, visit)


def erase_user(session: Session, org_id: str, user_id: str) -> None:
    """Remove the account of a person, with passkeys, codes and links."""
    access.erase_user(session, org_id, user_id)


def erase(session: Session, org_id: str) -> None:
    """Remove every account of an organization that is being deleted, and its sessions."""
    access.erase(session, org_id)


def _reach(person: Person) -> Reach:
    owns = grants(person.role, "local administrators edit")
    return Reach.PROTECTED if owns else Reach.PROVISIONED


def _check_permission(by: Person | None, permission: str) -> None:
    if by is not None and not grants(by.role, permission):
        raise PermissionDeniedError(permission)


def _may_set(mine: Role, theirs: Role, role: Role) -> bool:
    return may_manage(mine, theirs) and may_grant(mine, role)


def _check_role(session: Session, before: Person, role: Role) -> None:
    """Refuse what would leave the organization without an owner, or a list without its rank."""
    if before.local_administrator and role not in (Role.OWNER, Role.ADMINISTRATOR):
        raise InvalidRequestError(
            "A local administrator is an owner or an administrator. Take this person off the list "
            "of local administrators first.",
            path="role",
        )
    last = before.role is Role.OWNER and before.active and role is not Role.OWNER
    if last and accounts.active_owners(session, before.org_id) < 2:
        raise InvalidRequestError(
            "This is the only owner. Make somebody else an owner first.", path="role"
        )
