"""Enrolment links: a way in for somebody who has no passkey yet, or none any more (P80 to P84).

A link is bound to a person, not to an address. Redeeming opens a small room, no session; the link
is used up with the passkey that is stored, so an interrupted ceremony leaves it good.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from scimserver.clock import timestamp
from scimserver.domain.actor import Actor, Door
from scimserver.domain.errors import (
    InvalidRequestError,
    OutrankedError,
    PermissionDeniedError,
    UnknownResourceError,
)
from scimserver.domain.person import Person
from scimserver.domain.roles import grants, may_manage
from scimserver.domain.sign_in_errors import LinkInvalidError, SsoRequiredError
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import accounts, audit, notices
from scimserver.storage import access, enrolment
from scimserver.storage.enrolment import Link
from scimserver.storage.errors import RaceLostError
from scimserver.storage.session import Session

PERMISSION = "enrolment edit"
DEFAULT_LIFETIME = timedelta(hours=1)
SHELL_LIFETIME = timedelta(minutes=15)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
SUPERSEDED, REVOKED = "superseded", "revoked"
_SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


class Way(StrEnum):
    """Where a link was asked for: what the restricted session and the notices say of it."""

    INVITE = "invite"
    ADMINISTRATOR = "administrator"
    SHELL = "shell"


class Issued(NamedTuple):
    """A link as it is told once: the secret is kept nowhere."""

    link_id: str
    secret: str
    url: str
    expires_at: datetime


def issue(
    session: Session,
    actor: Actor,
    now: datetime,
    person: Person,
    *,
    door: str,
    issued_by: str,
    lifetime: timedelta,
    origin: str,
    by: Person | None = None,
    visit: Visit | None = None,
) -> Issued:
    """Make a link for somebody; one that was live before opens nothing any more.

    ``door`` is a Way, ``issued_by`` the words for whoever made it, ``origin`` the first of ours.
    ``by`` is the person who asks, None at the shell: they need the permission, must rank above
    (an owner equals an owner) and never serve themselves (P83).
    """
    check_issuer(by, person)
    if not SHORTEST <= lifetime <= LONGEST:
        raise InvalidRequestError("A link lives for 5 minutes to 24 hours.", path="lifetime")
    _check_subject(session, person)
    accounts.ensure(session, person.org_id, person.user_id, now)
    if not enrolment.lock_account(session, person.org_id, person.user_id):
        raise RaceLostError("The user was deleted meanwhile.")
    access.end_links(session, person.org_id, person.user_id, now, SUPERSEDED)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    new = Link(person.org_id, new_id(), person.user_id, door, issued_by, now, now + lifetime)
    enrolment.insert_one(session, person.org_id, new, _digest(secret))
    changes = {
        "user": (None, person.user_id),
        "door": (None, door),
        "issuedBy": (None, issued_by),
        "expiresAt": (None, timestamp(new.expires_at)),
    }
    audit.record(session, actor, now, "enrol_link:create", new.id, changes, visit)
    _tell(session, now, person, "enrol_link_created", new)
    # The fragment reaches no server's log, no Referer and no scanner of mail (P81).
    return Issued(new.id, secret, f"{origin}/enrol#{secret}", new.expires_at)


def redeem(
    session: Session, now: datetime, secret: str, visit: Visit | None = None
) -> tuple[Person, Link]:
    """Return whom a secret lets in, or raise LinkInvalidError with the cause; nothing is used up.

    Raises SsoRequiredError where the person signs in at the identity provider only.
    """
    if not _SECRET.fullmatch(secret):
        raise LinkInvalidError("link_malformed")
    link = enrolment.find(session, _digest(secret))
    if link is None:
        raise LinkInvalidError("link_unknown")
    person = _admitted(session, link, now)
    actor = Actor(link.org_id, Door.CONSOLE, audit.NOBODY.id)
    changes = {"user": (None, person.user_id)}
    audit.record(session, actor, now, "enrol_link:redeem", link.id, changes, visit)
    return person, link


def consume(
    session: Session, org_id: str, link_id: str, now: datetime, visit: Visit | None = None
) -> Link:
    """Use a link up, in the transaction that stores the passkey, or raise LinkInvalidError (P82).

    Of two people who hold it the first to finish wins; the transaction of the other is undone.
    """
    link = enrolment.get(session, org_id, link_id)
    if link is None:
        raise LinkInvalidError("link_unknown")
    person = _admitted(session, link, now)
    if not enrolment.use(session, org_id, link_id, now):
        raise LinkInvalidError("link_used")
    actor = Actor(org_id, Door.CONSOLE, f"user:{person.user_id}")
    changes = {"user": (None, person.user_id)}
    audit.record(session, actor, now, "enrol_link:use", link_id, changes, visit)
    _tell(session, now, person, "enrol_link_used", link)
    return link


def revoke(
    session: Session,
    actor: Actor,
    now: datetime,
    person: Person,
    by: Person | None = None,
    visit: Visit | None = None,
) -> bool:
    """Withdraw a person's live link; False when there was none."""
    check_issuer(by, person)
    link = live(session, person.org_id, person.user_id, now)
    if link is None:
        return False
    access.end_links(session, person.org_id, person.user_id, now, REVOKED)
    changes = {"user": (person.user_id, None), "endedWhy": (None, REVOKED)}
    audit.record(session, actor, now, "enrol_link:revoke", link.id, changes, visit)
    return True


def live(session: Session, org_id: str, user_id: str, now: datetime) -> Link | None:
    """Return the link that opens something for a person, None when there is none."""
    return enrolment.live(session, org_id, user_id, now)


def check_issuer(by: Person | None, person: Person) -> None:
    """Raise unless somebody may issue and withdraw links of a person (P83); None is the shell."""
    if by is None:
        return
    if by.org_id != person.org_id:
        raise UnknownResourceError("User", person.user_id)
    if not grants(by.role, PERMISSION):
        raise PermissionDeniedError(PERMISSION)
    if by.user_id == person.user_id or not may_manage(by.role, person.role):
        raise OutrankedError


def _check_subject(session: Session, person: Person) -> None:
    """Refuse a link that could open nothing; whoever asks should know before handing it over."""
    if person.sandbox:
        raise InvalidRequestError("This organization is a sandbox: nobody signs in to it.")
    if not person.active:
        raise InvalidRequestError("This user is deactivated. Activate the user first.")
    if accounts.must_use_sso(person):
        raise InvalidRequestError("This person signs in by single sign-on only.")
    if not accounts.may_use_passkeys(session, person):
        raise InvalidRequestError(
            "The organization does not let this person sign in with a passkey. Give the person a "
            "role, or change who may use passkeys."
        )


def _admitted(session: Session, link: Link, now: datetime) -> Person:
    """Return the person of a link that still opens something."""
    if cause := link.why_dead(now):
        raise LinkInvalidError(cause)
    person = accounts.person(session, link.org_id, link.user_id)
    if person is None:
        raise LinkInvalidError("user_deleted")
    if cause := person.why_shut_out:
        raise LinkInvalidError(cause)
    if accounts.must_use_sso(person):
        raise SsoRequiredError
    if not accounts.may_use_passkeys(session, person):
        raise LinkInvalidError("passkeys_not_allowed")
    return person


def _tell(session: Session, now: datetime, person: Person, code: str, link: Link) -> None:
    """Tell a person of a link to their account: who made it, and when it expires (P87)."""
    facts = {
        "user_name": person.user_name,
        "issued_by": link.issued_by,
        "expires_at": link.expires_at,
    }
    notices.tell(session, now, person.org_id, code, person=person.user_id, facts=facts)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
