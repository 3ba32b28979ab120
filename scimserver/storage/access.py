"""What a person can act with, ended or removed: sessions, attempts, links, passkeys, codes.

Written for the door, which asks it only when somebody is turned off or deleted.
"""

import base64
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    delete,
    func,
    select,
    tuple_,
    update,
)

from scimserver.storage.models import (
    account,
    ceremony,
    enrol_digest,
    enrol_link,
    mail,
    notice,
    passkey,
    passkey_credential,
    recovery_code,
    token,
    web_session,
)
from scimserver.storage.session import Session
from scimserver.storage.statement import Hot

CHUNK = 1_000


class Bound(NamedTuple):
    """An authenticator that was bound to somebody: what the record of it must keep (P98)."""

    credential_id: str
    aaguid: str


def _of(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        table.c.org_id == bindparam("at_org_id", required=True),
        table.c.user_id == bindparam("at_user_id", required=True),
    )


_WHEN: dict[str, Any] = {
    "ended_at": bindparam("now", required=True),
    "ended_why": bindparam("why", required=True),
}
_END_SESSIONS = Hot(
    update(web_session).where(*_of(web_session), web_session.c.ended_at.is_(None)).values(**_WHEN)
)
# Attempts have no index by person; they are reached by the sessions they are bound to.
_END_ATTEMPTS = Hot(
    update(ceremony)
    .where(
        ceremony.c.session_digest.in_(select(web_session.c.digest).where(*_of(web_session))),
        ceremony.c.ended_at.is_(None),
    )
    .values(**_WHEN)
)
_END_LINKS = Hot(
    update(enrol_link)
    .where(*_of(enrol_link), enrol_link.c.used_at.is_(None), enrol_link.c.ended_at.is_(None))
    .values(**_WHEN)
)
_END_TOKENS = Hot(
    update(token)
    .where(*_of(token), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now", required=True))
)
_LOCK = Hot(select(account.c.user_id).where(*_of(account)).with_for_update())
_PASSKEYS = Hot(select(func.count()).select_from(passkey).where(*_of(passkey)))
_BOUND = Hot(
    select(passkey.c.credential_id, passkey.c.aaguid).where(*_of(passkey)).order_by(passkey.c.id)
)
# A global row is reached by its key, since it has no index by organization: through its owner.
_ERASE_USER = (
    Hot(
        delete(passkey_credential).where(
            tuple_(passkey_credential.c.rp_id, passkey_credential.c.credential_id).in_(
                select(passkey.c.rp_id, passkey.c.credential_id).where(*_of(passkey))
            )
        )
    ),
    Hot(
        delete(enrol_digest).where(
            enrol_digest.c.link_id.in_(select(enrol_link.c.id).where(*_of(enrol_link))),
            enrol_digest.c.org_id == bindparam("at_org_id", required=True),
        )
    ),
    *(
        Hot(delete(table).where(*_of(table)))
        for table in (passkey, recovery_code, enrol_link, notice, account)
    ),
)
# What refers to another table goes before it.
_ERASE = (
    passkey_credential,
    enrol_digest,
    ceremony,
    passkey,
    recovery_code,
    enrol_link,
    account,
    notice,
    mail,
    web_session,
)


def end_sessions(session: Session, org_id: str, user_id: str, now: datetime, why: str) -> int:
    """End a person's sessions; how many were open."""
    return session.write(_END_SESSIONS, _place(org_id, user_id) | {"now": now, "why": why})


def end_attempts(session: Session, org_id: str, user_id: str, now: datetime) -> int:
    """End the open attempts of a person's sessions; how many there were."""
    return session.write(_END_ATTEMPTS, _place(org_id, user_id) | {"now": now, "why": "revoked"})


def end_links(session: Session, org_id: str, user_id: str, now: datetime, why: str) -> int:
    """End a person's enrolment links; how many were live or had merely expired."""
    return session.write(_END_LINKS, _place(org_id, user_id) | {"now": now, "why": why})


def end_tokens(session: Session, org_id: str, user_id: str, now: datetime) -> int:
    """Revoke the tokens that are bound to a person (H2); how many were live or merely expired."""
    return session.write(_END_TOKENS, _place(org_id, user_id) | {"now": now})


def end_organization(session: Session, org_id: str, now: datetime, why: str) -> int:
    """End every session of an organization; how many were open."""
    open_ = (web_session.c.org_id == org_id, web_session.c.ended_at.is_(None))
    ended = update(web_session).where(*open_).values(ended_at=now, ended_why=why)
    return session.execute(ended).rowcount


def count_passkeys(session: Session, org_id: str, user_id: str) -> int:
    """Return how many passkeys a person has."""
    found: int = session.run(_PASSKEYS, _place(org_id, user_id))[0][0]
    return found


def erase_user(session: Session, org_id: str, user_id: str) -> list[Bound]:
    """Remove a person's account with all that hangs on it; the authenticators that were bound."""
    place = _place(org_id, user_id)
    # Before anything goes: whoever adds a passkey now waits, and then finds nobody to add it to.
    session.run(_LOCK, place)
    bound = [
        Bound(base64.urlsafe_b64encode(id).decode().rstrip("="), aaguid)
        for id, aaguid in session.run(_BOUND, place)
    ]
    for statement in _ERASE_USER:
        session.write(statement, place)
    return bound


def erase(session: Session, org_id: str) -> None:
    """Remove every account of an organization with all that hangs on it, a chunk at a time."""
    for table in _ERASE:
        key = list(table.primary_key.columns)
        chunk = select(*key).where(table.c.org_id == org_id).limit(CHUNK)
        statement = delete(table).where(tuple_(*key).in_(chunk))
        while session.execute(statement).rowcount:
            pass


def _place(org_id: str, user_id: str) -> dict[str, Any]:
    return {"at_org_id": org_id, "at_user_id": user_id}
