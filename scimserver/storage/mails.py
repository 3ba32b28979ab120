"""Mail that waits to leave: leased by one statement, kept until somebody took it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from scimserver.storage.models import mail
from scimserver.storage.session import Session


@dataclass(frozen=True, slots=True)
class Mail:
    """One message in the queue. Without a recipient it is for nobody, and just goes."""

    org_id: str
    id: str
    recipient: str
    subject: str
    body: str
    created_at: datetime
    attempts: int = 0


def add(session: Session, org_id: str, mails: Iterable[Mail]) -> None:
    """Queue messages; each is due at once."""
    rows = [
        {
            "org_id": org_id,
            "id": each.id,
            "recipient": each.recipient,
            "subject": each.subject,
            "body": each.body,
            "created_at": each.created_at,
            "due_at": each.created_at,
            "attempts": each.attempts,
        }
        for each in mails
    ]
    if rows:
        session.execute(insert(mail), rows)


def waiting(session: Session, now: datetime) -> list[str]:
    """Return the ids of the organizations that have a message due; the queue is short."""
    query = select(mail.c.org_id).where(mail.c.due_at <= now).distinct()
    return sorted(session.execute(query).scalars())


def lease(
    session: Session, org_id: str, now: datetime, until: datetime, limit: int
) -> Sequence[Mail]:
    """Take messages that are due, the oldest first; nobody else gets them before ``until``.

    The attempt is counted here: whoever dies while sending has tried.
    """
    free = (mail.c.org_id == org_id, *_free(now))
    oldest = select(mail.c.id).where(*free).order_by(mail.c.due_at, mail.c.id).limit(limit)
    ids = list(session.execute(oldest.with_for_update(skip_locked=True)).scalars())
    if not ids:
        return []
    taken = (
        update(mail)
        .where(*free, mail.c.id.in_(ids))
        .values(leased_until=until, attempts=mail.c.attempts + 1)
        .returning(
            mail.c.org_id,
            mail.c.id,
            mail.c.recipient,
            mail.c.subject,
            mail.c.body,
            mail.c.created_at,
            mail.c.attempts,
        )
    )
    found = [Mail(**row) for row in session.execute(taken).mappings()]
    return sorted(found, key=lambda each: each.id)


def postpone(session: Session, org_id: str, id: str, due_at: datetime) -> None:
    """Give a message back, to be tried again later."""
    later = update(mail).where(mail.c.org_id == org_id, mail.c.id == id)
    session.execute(later.values(leased_until=None, due_at=due_at))


def remove(session: Session, org_id: str, id: str) -> None:
    """Forget a message that has left, or never will."""
    session.execute(delete(mail).where(mail.c.org_id == org_id, mail.c.id == id))


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_free = or_(mail.c.leased_until.is_(None), mail.c.leased_until <= now)
    return (mail.c.due_at <= now, is_free)
