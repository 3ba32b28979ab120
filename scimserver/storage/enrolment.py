"""Enrolment links as rows: found by the digest of their secret, used up by one statement (P82)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, and_, insert, select, update

from scimserver.storage.models import account, enrol_digest, enrol_link
from scimserver.storage.session import Session


@dataclass(frozen=True, slots=True)
class Link:
    """One link, without its secret. ``door`` says how it was asked for, ``issued_by`` by whom."""

    org_id: str
    id: str
    user_id: str
    door: str
    issued_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None

    def why_dead(self, now: datetime) -> str | None:
        """Return the code of why the link opens nothing, or None where it does."""
        if self.used_at is not None:
            return "link_used"
        if self.ended_at is not None:
            return f"link_{self.ended_why}"
        return "link_expired" if self.expires_at <= now else None


def find(session: Session, digest: str) -> Link | None:
    """Return the link with this digest, dead or alive."""
    same = and_(
        enrol_link.c.org_id == enrol_digest.c.org_id, enrol_link.c.id == enrol_digest.c.link_id
    )
    query = select(*enrol_link.c).join(enrol_digest, same).where(enrol_digest.c.digest == digest)
    row = session.execute(query).mappings().first()
    return _link(row) if row else None


def get(session: Session, org_id: str, id: str) -> Link | None:
    """Return one link."""
    query = select(*enrol_link.c).where(enrol_link.c.org_id == org_id, enrol_link.c.id == id)
    row = session.execute(query).mappings().first()
    return _link(row) if row else None


def live(session: Session, org_id: str, user_id: str, now: datetime) -> Link | None:
    """Return the link that opens something for a person; there is one at most."""
    query = select(*enrol_link.c).where(
        enrol_link.c.org_id == org_id,
        enrol_link.c.user_id == user_id,
        enrol_link.c.used_at.is_(None),
        enrol_link.c.ended_at.is_(None),
        enrol_link.c.expires_at > now,
    )
    row = session.execute(query).mappings().first()
    return _link(row) if row else None


def lock_account(session: Session, org_id: str, user_id: str) -> bool:
    """Let others wait who would change what this person can come in by, until we are done.

    False where there is no account, or none any more.
    """
    here = (account.c.org_id == org_id, account.c.user_id == user_id)
    found = session.execute(select(account.c.user_id).where(*here).with_for_update())
    return found.first() is not None


def insert_one(session: Session, org_id: str, new: Link, digest: str) -> None:
    """Write a link, and its digest into the directory that finds it."""
    values = {
        "org_id": org_id,
        "id": new.id,
        "user_id": new.user_id,
        "door": new.door,
        "issued_by": new.issued_by,
        "created_at": new.created_at,
        "expires_at": new.expires_at,
    }
    session.execute(insert(enrol_link).values(**values))
    session.execute(insert(enrol_digest).values(digest=digest, org_id=org_id, link_id=new.id))


def use(session: Session, org_id: str, id: str, now: datetime) -> bool:
    """Use a link up if it still opens something; of two who try at once, one does."""
    used = (
        update(enrol_link)
        .where(
            enrol_link.c.org_id == org_id,
            enrol_link.c.id == id,
            enrol_link.c.used_at.is_(None),
            enrol_link.c.ended_at.is_(None),
            enrol_link.c.expires_at > now,
        )
        .values(used_at=now)
    )
    return session.execute(used).rowcount == 1


def _link(row: RowMapping) -> Link:
    return Link(**row)
