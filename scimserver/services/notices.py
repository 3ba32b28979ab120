"""Notices: written where something happens, in its transaction; read in the console, and mailed.

Whether mail is configured is not asked here: a server without takes messages off the queue unsent.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from scimserver.clock import timestamp
from scimserver.domain.person import Person
from scimserver.domain.roles import ADMINISTRATIVE
from scimserver.ids import is_id, new_id
from scimserver.services import accounts, notice_texts
from scimserver.storage import identity_owners as owners
from scimserver.storage import mails, notices, organizations
from scimserver.storage.mails import Mail
from scimserver.storage.notices import ADMINISTRATORS, PERSON, Notice
from scimserver.storage.session import Session

__all__ = ["Notice", "dismiss", "shown", "tell"]


def tell(
    session: Session,
    now: datetime,
    org_id: str,
    code: str,
    *,
    person: str | None = None,
    administrators: bool = False,
    identity_owners: bool = False,
    facts: Mapping[str, Any],
    quiet_since: datetime | None = None,
    quiet_about: Collection[str] = (),
) -> None:
    """Tell a person, by their id, or everyone who runs the organization, what happened.

    ``identity_owners`` are who answers for domains and sign-in (G1), the administrators where
    nobody was named; what they are told the console shows to every administrator. ``code`` and
    ``facts`` are of ``notice_texts``; moments may be given as they are. Nothing is told again that
    was told no longer ago than ``quiet_since``, with the same facts of the names ``quiet_about``.
    """
    text = notice_texts.CATALOGUE[code]
    kept = {name: _kept(value) for name, value in facts.items() if value is not None}
    about = {name: kept[name] for name in quiet_about}
    if quiet_since and notices.was_told(session, org_id, code, quiet_since, about):
        return
    if person is not None:
        notices.add(session, org_id, Notice(org_id, new_id(), now, PERSON, person, code, kept))
    if administrators or identity_owners:
        notices.add(
            session, org_id, Notice(org_id, new_id(), now, ADMINISTRATORS, None, code, kept)
        )
    if text.mailed:
        reached = _addresses(session, org_id, person) if person is not None else []
        named = _identity_owners(session, org_id) if identity_owners else []
        if administrators or (identity_owners and not named):
            named += _administrators(session, org_id)
        addresses = list(dict.fromkeys([*reached, *named]))
        _mail(session, now, org_id, code, kept, addresses)


def shown(session: Session, person: Person, *, before: str = "", limit: int = 50) -> list[Notice]:
    """Return what a person is to see, newest first; ``before`` is the last id of a page."""
    return notices.shown(
        session,
        person.org_id,
        person.user_id,
        administrators=person.is_administrative,
        before=before if is_id(before) else None,
        limit=limit,
    )


def dismiss(session: Session, now: datetime, person: Person, id: str) -> bool:
    """Put a notice away; False where there is none that this person sees."""
    return is_id(id) and notices.dismiss(
        session, person.org_id, id, person.user_id, now, administrators=person.is_administrative
    )


def _addresses(session: Session, org_id: str, person: str) -> list[str]:
    """Return where a person can be reached, if anywhere."""
    found = accounts.person(session, org_id, person)
    return [found.email] if found is not None and found.email else []


def _administrators(session: Session, org_id: str) -> list[str]:
    """Return where those who run the organization can be reached."""
    everyone = accounts.people(session, org_id, ADMINISTRATIVE)
    return [p.email for p in everyone if p.active and p.is_administrative and p.email]


def _identity_owners(session: Session, org_id: str) -> list[str]:
    """Return where those who answer for identity can be reached, the contact among them."""
    named = [p.email for p in owners.every(session, org_id) if p.active and p.email]
    organization = organizations.get(session, org_id)
    if organization is not None and organization.identity_contact:
        named.append(organization.identity_contact)
    return named


def _mail(
    session: Session,
    now: datetime,
    org_id: str,
    code: str,
    facts: Mapping[str, Any],
    reached: list[str],
) -> None:
    if not reached:
        return
    organization = organizations.get(session, org_id)
    if organization is not None and organization.sandbox:
        # No mail leaves it: whoever runs it may have typed anybody's address (M22).
        return
    name = organization.name if organization is not None else ""
    subject, body = notice_texts.letter(code, facts, name, now)
    mails.add(
        session, org_id, [Mail(org_id, new_id(), each, subject, body, now) for each in reached]
    )


def _kept(value: Any) -> Any:
    return timestamp(value) if isinstance(value, datetime) else value
