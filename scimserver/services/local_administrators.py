"""Local administrators: the people an organization names to sign in without its identity provider.

An explicit list, kept by owners and by the operator at the shell (P89). Accounts are made through
the door, by the one command whose addresses may lie outside the verified domains (G8).
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from scimserver.domain import policies
from scimserver.domain.actor import Actor, Reach
from scimserver.domain.commands import Create
from scimserver.domain.errors import (
    InvalidRequestError,
    LastLocalAdministratorError,
    PermissionDeniedError,
)
from scimserver.domain.person import Person
from scimserver.domain.roles import ADMINISTRATIVE, Role, grants
from scimserver.domain.visit import Visit
from scimserver.scim.schema import ResourceType
from scimserver.scim.validate import canonical
from scimserver.services import accounts, audit, enrolment, notices
from scimserver.services.access import ROLE_CHANGED
from scimserver.services.enrolment import SHELL_LIFETIME, Issued, Way
from scimserver.services.provisioning import Provisioning
from scimserver.storage import access
from scimserver.storage import accounts as rows
from scimserver.storage.session import Session

PERMISSION = "local administrators edit"
REMOVED = "local_administrator_removed"
_OPERATOR = "the operator at the command line"


def add(
    session: Session,
    door: Provisioning,
    kind: ResourceType,
    actor: Actor,
    now: datetime,
    by: Person | None,
    *,
    address: str,
    name: str | None = None,
    role: Role = Role.OWNER,
    visit: Visit | None = None,
) -> Person:
    """Make a user who is a local administrator; ``kind`` is the type of users.

    ``by`` is the owner who does it, None for the operator at the shell.
    """
    _check_permission(by)
    _check_role(role)
    body: dict[str, Any] = {
        "schemas": [kind.schema.urn],
        "userName": address,
        "emails": [{"value": address, "primary": True}],
        "active": True,
    }
    if name:
        body["displayName"] = name
    if actor.sandbox:
        raise _sandbox()
    command = Create(kind, canonical(kind, body, actor.profile), local_administrator=True)
    made = door.apply(replace(actor, reach=_reach(actor)), command).stored
    return _enlist(session, actor, now, by, made.id, role, visit)


def promote(
    session: Session,
    actor: Actor,
    now: datetime,
    by: Person | None,
    user_id: str,
    role: Role | None = None,
    *,
    visit: Visit | None = None,
) -> Person:
    """Put a user who is there on the list; provisioning no longer reaches them.

    Without a role they keep theirs, if it is an administrator's, and become one otherwise.
    """
    _check_permission(by)
    person = accounts.find(session, actor.org_id, user_id)
    if person.sandbox:
        raise _sandbox()
    if not person.active:
        raise InvalidRequestError("This user is deactivated. Activate the user first.")
    if person.local_administrator:
        raise InvalidRequestError("This user is a local administrator already.")
    kept = person.role if person.role in ADMINISTRATIVE else Role.ADMINISTRATOR
    role = kept if role is None else role
    _check_role(role)
    return _enlist(session, actor, now, by, person.user_id, role, visit)


def remove(
    session: Session,
    actor: Actor,
    now: datetime,
    by: Person | None,
    user_id: str,
    *,
    minimum: int,
    visit: Visit | None = None,
) -> Person:
    """Take somebody off the list, role kept, and end their sessions.

    Not one of the last (P92); ``minimum`` is how many there must be while single sign-on is
    enforced. Their addresses are judged from now on as everybody's.
    """
    _check_permission(by)
    mode = rows.lock_organization(session, actor.org_id)
    person = accounts.find(session, actor.org_id, user_id)
    if not person.local_administrator:
        raise InvalidRequestError("This user is no local administrator.")
    if person.active and actor.reach is not Reach.FORCED:
        _check_left(session, actor, policies.least(mode, minimum))
    rows.update_fields(session, actor.org_id, person.user_id, {"local_administrator": False})
    ended = access.end_sessions(session, actor.org_id, person.user_id, now, REMOVED)
    changes = {"userName": (person.user_name, None), "sessions": (ended, 0)}
    audit.record(session, actor, now, "local_admin:remove", person.user_id, changes, visit)
    _tell(session, now, _name(by), person, "local_admin_removed")
    return accounts.find(session, actor.org_id, person.user_id)


def recover(
    session: Session,
    actor: Actor,
    now: datetime,
    name: str,
    *,
    issuer: str,
    origin: str,
    make: bool = False,
) -> tuple[Person, Issued] | None:
    """Issue a link by which a local administrator comes in again, from the shell alone (P84).

    ``issuer`` is the operating system's user. Somebody who is none gets no link but a trace in the
    audit log, and the answer is None; unless ``make`` puts them on the list first.
    """
    person = accounts.find(session, actor.org_id, name)
    if not person.local_administrator:
        if not make:
            changes = {"door": (None, "shell"), "operatingSystemUser": (None, issuer)}
            audit.record(session, actor, now, "local_admin:refuse", person.user_id, changes)
            _tell(session, now, issuer, person, "local_admin_recovery_refused")
            return None
        person = promote(session, actor, now, None, person.user_id)
    issued = enrolment.issue(
        session,
        actor,
        now,
        person,
        door=Way.SHELL,
        issued_by=issuer,
        lifetime=SHELL_LIFETIME,
        origin=origin,
    )
    changes = {"operatingSystemUser": (None, issuer), "link": (None, issued.link_id)}
    audit.record(session, actor, now, "local_admin:recover", person.user_id, changes)
    _tell(session, now, issuer, person, "local_admin_recovered", expires_at=issued.expires_at)
    return person, issued


def _check_left(session: Session, actor: Actor, least: int) -> None:
    if rows.active_local_administrators(session, actor.org_id) <= least:
        raise LastLocalAdministratorError(least)


def _enlist(
    session: Session,
    actor: Actor,
    now: datetime,
    by: Person | None,
    user_id: str,
    role: Role,
    visit: Visit | None,
) -> Person:
    before = accounts.ensure(session, actor.org_id, user_id, now)
    values = {"local_administrator": True, "role": role}
    rows.update_fields(session, actor.org_id, user_id, values)
    if role is not before.role:
        access.end_sessions(session, actor.org_id, user_id, now, ROLE_CHANGED)
    changes = {"userName": (None, before.user_name), "role": (before.role, role)}
    audit.record(session, actor, now, "local_admin:add", user_id, changes, visit)
    _tell(session, now, _name(by), before, "local_admin_added", role=role.value)
    return accounts.find(session, actor.org_id, user_id)


def _tell(session: Session, now: datetime, by: str, person: Person, code: str, **more: Any) -> None:
    """Tell every administrator what was done with the list, and by whom (P89)."""
    facts = {"user_name": person.user_name, "by": by, **more}
    notices.tell(session, now, person.org_id, code, administrators=True, facts=facts)


def _name(by: Person | None) -> str:
    return _OPERATOR if by is None else by.display_name


def _reach(actor: Actor) -> Reach:
    return Reach.PROTECTED if actor.reach is Reach.PROVISIONED else actor.reach


def _check_permission(by: Person | None) -> None:
    if by is not None and not grants(by.role, PERMISSION):
        raise PermissionDeniedError(PERMISSION)


def _check_role(role: Role) -> None:
    if role not in ADMINISTRATIVE:
        raise InvalidRequestError(
            "A local administrator is an owner or an administrator.", path="role"
        )


def _sandbox() -> InvalidRequestError:
    return InvalidRequestError("This organization is a sandbox: nobody signs in to it.")
