"""People read with their accounts and their organization, and accounts written.

A user without an account row is a member who never began to sign in, so reads join it loosely.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from scimserver.domain.address import is_address_like
from scimserver.domain.person import Person
from scimserver.domain.roles import Role
from scimserver.scim.schema import fold, plain_width
from scimserver.storage.errors import lost_if_dangling
from scimserver.storage.models import (
    account,
    organization,
    passkey,
    recovery_code,
    resource,
    unique_value,
)
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot, upsert

USER = "User"
_MEMBER: ColumnElement[str] = literal_column(f"'{Role.MEMBER}'")

COLUMNS = (
    organization.c.id,
    organization.c.slug,
    organization.c.name,
    organization.c.sandbox,
    organization.c.suspended,
    organization.c.sso_mode,
    organization.c.passkey_audience,
    organization.c.passkey_team,
    organization.c.require_address,
    organization.c.expires_at,
    resource.c.id,
    resource.c.user_name,
    resource.c.display_name,
    resource.c.document,
    resource.c.active,
    account.c.role,
    account.c.local_administrator,
    account.c.handle,
    account.c.recovery_tested_at,
)


# The fields of a Person, and the document, in the order of the columns.
_NAMES = (
    "org_id",
    "org_slug",
    "org_name",
    "sandbox",
    "suspended",
    "sso_mode",
    "passkey_audience",
    "passkey_team",
    "require_address",
    "closes_at",
    "user_id",
    "user_name",
    "display_name",
    "document",
    "active",
    "role",
    "local_administrator",
    "handle",
    "recovery_tested_at",
)


def _people(*, with_account: bool = False) -> Select[Any]:
    own = and_(account.c.org_id == resource.c.org_id, account.c.user_id == resource.c.id)
    return (
        select(*COLUMNS)
        .select_from(resource)
        .join(organization, organization.c.id == resource.c.org_id)
        .join(account, own, isouter=not with_account)
        .where(resource.c.org_id == bindparam("org_id", required=True), resource.c.type == USER)
    )


_ONE = Hot(_people().where(resource.c.id == bindparam("id", required=True)))
_NAMED = Hot(
    _people().where(
        resource.c.id
        == select(unique_value.c.resource_id)
        .where(
            unique_value.c.org_id == bindparam("org_id", required=True),
            unique_value.c.type == USER,
            unique_value.c.path == "userName",
            unique_value.c.key == bindparam("key", required=True),
        )
        .scalar_subquery()
    )
)
# Asked at the door with each change of a user: one row by its key, and mostly none.
_STANDING = Hot(
    select(account.c.role, account.c.local_administrator).where(
        account.c.org_id == bindparam("org_id", required=True),
        account.c.user_id == bindparam("id", required=True),
    )
)
_PROTECTED = Hot(
    select(account.c.user_id)
    .where(
        account.c.org_id == bindparam("org_id", required=True),
        account.c.local_administrator == true(),
    )
    .order_by(account.c.user_id)
)


def person(session: Session, org_id: str, user_id: str) -> Person | None:
    """Return a user of the organization as a person."""
    rows = session.run(_ONE, {"org_id": org_id, "id": user_id})
    return from_row(rows[0]) if rows else None


def named(session: Session, org_id: str, user_name: str) -> Person | None:
    """Return the person with this userName, in whatever case and width it was typed."""
    key = fold(plain_width(user_name), case_exact=False)
    rows = session.run(_NAMED, {"org_id": org_id, "key": key})
    return from_row(rows[0]) if rows else None


def of_roles(session: Session, org_id: str, roles: Collection[Role]) -> list[Person]:
    """Return who has one of these roles or is a local administrator, the earliest user first.

    Members apart: there may be as many of them as the organization has people.
    """
    # The plain comparison is what lets the partial index answer; no member is a local
    # administrator.
    wanted = or_(account.c.role.in_(sorted(roles)), account.c.local_administrator == true())
    query = (
        _people(with_account=True)
        .where(account.c.org_id == bindparam("org_id", required=True))
        .where(account.c.role != _MEMBER, wanted)
        .order_by(account.c.user_id)
    )
    return [from_row(tuple(row)) for row in session.execute(query, {"org_id": org_id})]


def standing(session: Session, org_id: str, user_id: str) -> tuple[Role, bool] | None:
    """Return the role of a user and whether they are a local administrator; None: no account."""
    rows = session.run(_STANDING, {"org_id": org_id, "id": user_id})
    return (Role(rows[0][0]), rows[0][1]) if rows else None


def protected(session: Session, org_id: str) -> frozenset[str]:
    """Return the ids of all local administrators."""
    return frozenset(id for (id,) in session.run(_PROTECTED, {"org_id": org_id}))


def insert(session: Session, org_id: str, user_id: str, handle: bytes, now: datetime) -> None:
    """Write a member's account, unless there is one."""
    statement = upsert(account).values(
        org_id=org_id,
        user_id=user_id,
        handle=handle,
        role=Role.MEMBER,
        local_administrator=False,
        failed_recoveries=0,
        dismissed=[],
        created_at=now,
    )
    with lost_if_dangling("The user was deleted meanwhile."):
        session.execute(statement.on_conflict_do_nothing())


def update_fields(session: Session, org_id: str, user_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of an account."""
    here = (account.c.org_id == org_id, account.c.user_id == user_id)
    session.execute(update(account).where(*here).values(**values))


def lock_organization(session: Session, org_id: str) -> str:
    """Let others wait who would count this organization's administrators, until we are done.

    Returns its mode of single sign-on, on which their least number depends.
    """
    mode: str = session.execute(
        select(organization.c.sso_mode)
        .where(organization.c.id == org_id)
        # A weaker lock than an update of the key: who adds users refers to this row meanwhile.
        .with_for_update(key_share=True)
    ).scalar_one()
    return mode


class Means(NamedTuple):
    """What somebody could come in by: passkeys, how many of those are suspect, unused codes."""

    passkeys: int = 0
    suspect: int = 0
    codes: int = 0


def means(session: Session, org_id: str, user_ids: Sequence[str]) -> dict[str, Means]:
    """Return what each of some people could come in by."""
    suspect = func.sum(case((passkey.c.suspect == true(), 1), else_=0))
    held = (
        select(passkey.c.user_id, func.count(), suspect)
        .where(passkey.c.org_id == org_id, passkey.c.user_id.in_(user_ids))
        .group_by(passkey.c.user_id)
    )
    kept = (
        select(recovery_code.c.user_id, func.count())
        .join(
            account,
            and_(
                account.c.org_id == recovery_code.c.org_id,
                account.c.user_id == recovery_code.c.user_id,
            ),
        )
        .where(
            recovery_code.c.org_id == org_id,
            recovery_code.c.user_id.in_(user_ids),
            recovery_code.c.used_at.is_(None),
            recovery_code.c.ended_at.is_(None),
            account.c.codes_disabled_at.is_(None),
        )
        .group_by(recovery_code.c.user_id)
    )
    with_codes: Sequence[Any] = session.execute(kept).all()
    with_passkeys: Sequence[Any] = session.execute(held).all()
    codes = dict(map(tuple, with_codes))
    passkeys = {id: (count, int(odd)) for id, count, odd in with_passkeys}
    return {id: Means(*passkeys.get(id, (0, 0)), codes.get(id, 0)) for id in user_ids}


def suspects(session: Session, org_id: str) -> list[tuple[str, str]]:
    """Return the user id and label of each passkey whose counter went backwards."""
    query = (
        select(passkey.c.user_id, passkey.c.label)
        .where(passkey.c.org_id == org_id, passkey.c.suspect == true())
        .order_by(passkey.c.id)
    )
    found: Sequence[Any] = session.execute(query).all()
    return [(user_id, label) for user_id, label in found]


def passkeys_elsewhere(session: Session, org_id: str, rp_id: str) -> int:
    """Count the passkeys made for another RP ID, which no browser offers here."""
    query = select(func.count()).where(passkey.c.org_id == org_id, passkey.c.rp_id != rp_id)
    found: int = session.execute(query).scalar_one()
    return found


def active_local_administrators(session: Session, org_id: str) -> int:
    """Count the local administrators who are active."""
    return _count(session, org_id, account.c.local_administrator == true())


def active_owners(session: Session, org_id: str) -> int:
    """Count the owners who are active."""
    return _count(session, org_id, account.c.role != _MEMBER, account.c.role == Role.OWNER)


def _count(session: Session, org_id: str, *tests: Any) -> int:
    own = and_(account.c.org_id == resource.c.org_id, account.c.user_id == resource.c.id)
    query = (
        select(func.count())
        .select_from(account)
        .join(resource, own)
        .where(account.c.org_id == org_id, resource.c.active == true(), *tests)
    )
    found: int = session.execute(query).scalar_one()
    return found


def from_row(row: tuple[Any, ...]) -> Person:
    """Return the person in a row of ``COLUMNS``."""
    known = dict(zip(_NAMES, row, strict=True))
    attributes = orjson.loads(known.pop("document"))
    user_name = known["user_name"] = known["user_name"] or ""
    known["display_name"] = known["display_name"] or _name(attributes) or user_name
    known["email"] = _email(attributes)
    known["role"] = Role(known["role"] or Role.MEMBER)
    known["local_administrator"] = bool(known["local_administrator"])
    return Person(**known)


def _name(attributes: Mapping[str, Any]) -> str:
    name = attributes.get("name") or {}
    given, family = name.get("givenName", ""), name.get("familyName", "")
    formatted: str = name.get("formatted") or f"{given} {family}".strip()
    return formatted


def _email(attributes: Mapping[str, Any]) -> str | None:
    """Return the primary address, else the first: some directories send no flag (U4)."""
    given = [each for each in attributes.get("emails", ()) if each.get("value")]
    flagged = [each for each in given if each.get("primary")]
    if chosen := (flagged or given)[:1]:
        address: str = chosen[0]["value"]
        return address
    user_name: str = attributes.get("userName", "")
    return user_name if is_address_like(user_name) else None
