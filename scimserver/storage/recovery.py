"""Recovery as rows: saved codes, and failures in a row (P76 to P88)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, update

from scimserver.storage.models import (
    account,
    organization,
    passkey,
    recovery_code,
)
from scimserver.storage.session import Session


class Standing(NamedTuple):
    """How often recovery failed in a row, and since when codes open nothing because of that."""

    failed: int
    disabled_at: datetime | None


def lock(session: Session, org_id: str, user_id: str) -> Standing | None:
    """Return where an account stands; whoever else would recover or change it waits for us."""
    query = select(account.c.failed_recoveries, account.c.codes_disabled_at).where(
        account.c.org_id == org_id, account.c.user_id == user_id
    )
    row = session.execute(query.with_for_update()).first()
    return Standing(row.failed_recoveries, row.codes_disabled_at) if row else None


def standing(session: Session, org_id: str, user_id: str) -> Standing | None:
    """Return where an account stands."""
    query = select(account.c.failed_recoveries, account.c.codes_disabled_at).where(
        account.c.org_id == org_id, account.c.user_id == user_id
    )
    row = session.execute(query).first()
    return Standing(row.failed_recoveries, row.codes_disabled_at) if row else None


def insert_set(
    session: Session, org_id: str, user_id: str, set_id: str, macs: Sequence[str], now: datetime
) -> None:
    """Write a new set of codes, and let the account begin to count failures anew."""
    new = [
        {
            "org_id": org_id,
            "user_id": user_id,
            "mac": mac,
            "set_id": set_id,
            "created_at": now,
        }
        for mac in macs
    ]
    session.execute(insert(recovery_code), new)
    here = (account.c.org_id == org_id, account.c.user_id == user_id)
    session.execute(
        update(account).where(*here).values(failed_recoveries=0, codes_disabled_at=None)
    )


def end_set(session: Session, org_id: str, user_id: str, now: datetime) -> int:
    """End the codes that were not used yet; how many."""
    ended = update(recovery_code).where(*_unused(org_id, user_id)).values(ended_at=now)
    count: int = session.execute(ended).rowcount
    return count


def unused(session: Session, org_id: str, user_id: str) -> int:
    """Count the codes that open something."""
    query = (
        select(func.count())
        .select_from(recovery_code)
        .join(
            account,
            (account.c.org_id == recovery_code.c.org_id)
            & (account.c.user_id == recovery_code.c.user_id),
        )
        .where(*_unused(org_id, user_id), account.c.codes_disabled_at.is_(None))
    )
    count: int = session.execute(query).scalar_one()
    return count


def made_at(session: Session, org_id: str, user_id: str) -> datetime | None:
    """Return when the present set of codes was made."""
    query = select(func.max(recovery_code.c.created_at)).where(*_unused(org_id, user_id))
    found: datetime | None = session.execute(query).scalar()
    return found


def is_unused(session: Session, org_id: str, user_id: str, macs: Collection[str]) -> bool:
    """Return whether one of these is a code of the person that was not used."""
    query = select(recovery_code.c.mac).where(
        *_unused(org_id, user_id), recovery_code.c.mac.in_(macs)
    )
    return session.execute(query).first() is not None


def use(session: Session, org_id: str, user_id: str, macs: Collection[str], now: datetime) -> bool:
    """Use a code of this person up; of several who try at once, one does (P78)."""
    used = (
        update(recovery_code)
        .where(*_unused(org_id, user_id), recovery_code.c.mac.in_(macs))
        .values(used_at=now)
    )
    return session.execute(used).rowcount == 1


def fail(session: Session, org_id: str, user_id: str) -> int:
    """Count a failure and return how many there were in a row; 0 for nobody."""
    counted = (
        update(account)
        .where(account.c.org_id == org_id, account.c.user_id == user_id)
        .values(failed_recoveries=account.c.failed_recoveries + 1)
        .returning(account.c.failed_recoveries)
    )
    return session.execute(counted).scalar() or 0


def succeed(session: Session, org_id: str, user_id: str) -> None:
    """End the row of failures."""
    here = (account.c.org_id == org_id, account.c.user_id == user_id)
    session.execute(update(account).where(*here).values(failed_recoveries=0))


def disable(session: Session, org_id: str, user_id: str, now: datetime) -> None:
    """Let the person's codes open nothing until there is a new set."""
    here = (account.c.org_id == org_id, account.c.user_id == user_id)
    session.execute(update(account).where(*here).values(codes_disabled_at=now))


def note_test(session: Session, org_id: str, user_id: str, now: datetime) -> None:
    """Note when and by whom recovery was tried out."""
    here = (account.c.org_id == org_id, account.c.user_id == user_id)
    session.execute(update(account).where(*here).values(recovery_tested_at=now))
    session.execute(
        update(organization)
        .where(organization.c.id == org_id)
        .values(recovery_tested_at=now, recovery_tested_by=user_id)
    )


def count_passkeys(session: Session, org_id: str, user_id: str, but: str | None = None) -> int:
    """Count a person's passkeys, apart from one."""
    query = select(func.count()).where(passkey.c.org_id == org_id, passkey.c.user_id == user_id)
    if but is not None:
        query = query.where(passkey.c.id != but)
    count: int = session.execute(query).scalar_one()
    return count


def _unused(org_id: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        recovery_code.c.org_id == org_id,
        recovery_code.c.user_id == user_id,
        recovery_code.c.used_at.is_(None),
        recovery_code.c.ended_at.is_(None),
    )
