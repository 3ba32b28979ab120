"""Identity owners: who answers for an organization's domains and sign-in, and is told (G1)."""

from dataclasses import dataclass
from datetime import datetime

from scimserver.domain import address
from scimserver.domain.actor import Actor, Door
from scimserver.domain.address import UnreadableAddressError
from scimserver.domain.errors import InvalidRequestError, PermissionDeniedError
from scimserver.domain.person import Person
from scimserver.domain.roles import grants
from scimserver.domain.visit import Visit
from scimserver.services import accounts, audit
from scimserver.storage import accounts as rows
from scimserver.storage import identity_owners, organizations
from scimserver.storage.session import Session

PERMISSION = "sso edit"


@dataclass(frozen=True, slots=True)
class IdentityOwners:
    """The people named, the earliest user first, and the address beside them."""

    people: tuple[Person, ...]
    contact: str | None

    @property
    def is_set(self) -> bool:
        """Whether there is an active person, and an address (G1)."""
        return bool(self.contact) and any(person.active for person in self.people)


def get(session: Session, actor: Actor) -> IdentityOwners:
    """Return who answers for identity in the actor's organization."""
    return of_organization(session, actor.org_id)


def of_organization(session: Session, org_id: str) -> IdentityOwners:
    """Return who answers for identity in an organization."""
    organization = organizations.get(session, org_id)
    contact = organization.identity_contact if organization is not None else None
    return IdentityOwners(tuple(identity_owners.every(session, org_id)), contact)


def add(
    session: Session, actor: Actor, now: datetime, user_id: str, *, visit: Visit | None = None
) -> None:
    """Name a person; nothing happens where they are named already.

    Raises UnknownResourceError, or InvalidRequestError for somebody who is turned off.
    """
    _check(actor)
    rows.lock_organization(session, actor.org_id)
    _name(session, actor, now, user_id, visit)


def remove(
    session: Session,
    actor: Actor,
    now: datetime,
    user_id: str,
    *,
    successor: str | None = None,
    visit: Visit | None = None,
) -> None:
    """Name a person no longer. The last one needs a ``successor``, named in the same step."""
    _check(actor)
    # Two who remove the last two at once must not both find another one left.
    rows.lock_organization(session, actor.org_id)
    if successor is not None:
        _name(session, actor, now, successor, visit)
    named = [person.user_id for person in identity_owners.every(session, actor.org_id)]
    if user_id not in named:
        return
    if named == [user_id]:
        raise InvalidRequestError(
            "This is the only identity owner. Name a successor first.", path="successor"
        )
    identity_owners.mark(session, actor.org_id, user_id, is_owner=False)
    _record(session, actor, now, "identity_owner:remove", user_id, visit, is_owner=False)


def set_contact(
    session: Session, actor: Actor, now: datetime, email: str | None, *, visit: Visit | None = None
) -> None:
    """Set the address beside the people, or take it away with None; raise InvalidRequestError."""
    _check(actor)
    contact = _readable(email) if email is not None else None
    before = organizations.get(session, actor.org_id)
    assert before is not None  # noqa: S101  # An actor's organization is there.
    organizations.update_fields(session, actor.org_id, {"identity_contact": contact})
    changes = {"identityContact": (before.identity_contact, contact)}
    if contact != before.identity_contact:
        audit.record(session, actor, now, "organization:update", actor.org_id, changes, visit)


def _name(session: Session, actor: Actor, now: datetime, user_id: str, visit: Visit | None) -> None:
    person = accounts.ensure(session, actor.org_id, user_id, now)
    if not person.active:
        raise InvalidRequestError(
            "A user who is turned off cannot answer for identity.", path="user"
        )
    if user_id in {each.user_id for each in identity_owners.every(session, actor.org_id)}:
        return
    identity_owners.mark(session, actor.org_id, user_id, is_owner=True)
    _record(session, actor, now, "identity_owner:add", user_id, visit, is_owner=True)


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    event: str,
    user_id: str,
    visit: Visit | None,
    *,
    is_owner: bool,
) -> None:
    changes = {"identityOwner": (not is_owner, is_owner)}
    audit.record(session, actor, now, event, user_id, changes, visit)


def _readable(email: str) -> str:
    """Return an address in its one form; anybody's will do, at whatever domain."""
    try:
        # It is only ever written to, so it matters little under which suffix it lies.
        read = address.parse(email.strip(), test_suffixes=frozenset({"test"}))
    except UnreadableAddressError as refusal:
        raise InvalidRequestError(f"contact: {refusal}", path="contact") from refusal
    return f"{read.local}@{read.domain}"


def _check(actor: Actor) -> None:
    trusted = actor.door in (Door.CLI, Door.SYSTEM)
    if not trusted and (actor.role is None or not grants(actor.role, PERMISSION)):
        raise PermissionDeniedError(PERMISSION)
