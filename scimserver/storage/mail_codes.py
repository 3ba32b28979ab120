"""Mailed codes as rows: one a session at most, with the tries it has left (P79)."""

from datetime import datetime

from sqlalchemy import false, update

from scimserver.storage.models import mail_code
from scimserver.storage.session import Session
from scimserver.storage.statement import upsert


def put(session: Session, digest: str, name_mac: str, mac: str, expires_at: datetime) -> None:
    """Give a session its code; one it had before is worth nothing any more."""
    values = {
        "name_mac": name_mac,
        "mac": mac,
        "expires_at": expires_at,
        "tries": 0,
        "used": False,
    }
    statement = upsert(mail_code).values(session_digest=digest, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["session_digest"], set_=values))


def attempt(session: Session, digest: str, now: datetime, most: int) -> tuple[str, str] | None:
    """Count one try of a session's code; the keyed hashes of name and code if it was one of few.

    The count comes first, so that no failure between here and the verdict is a try for nothing.
    """
    counted = (
        update(mail_code)
        .where(
            mail_code.c.session_digest == digest,
            mail_code.c.used == false(),
            mail_code.c.expires_at > now,
            mail_code.c.tries < most,
        )
        .values(tries=mail_code.c.tries + 1)
        .returning(mail_code.c.name_mac, mail_code.c.mac)
    )
    row = session.execute(counted).first()
    return (row.name_mac, row.mac) if row else None


def use(session: Session, digest: str) -> bool:
    """Use a session's code up; of two who try at once, one does."""
    used = (
        update(mail_code)
        .where(mail_code.c.session_digest == digest, mail_code.c.used == false())
        .values(used=True)
    )
    return session.execute(used).rowcount == 1
