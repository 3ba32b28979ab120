"""Identity owners: who answers for an organization's domains and sign-in, and is told (G1)."""

from dataclasses import dataclass
from datetime import datetime

from scimserver.domain.actor import Actor
from scimserver.domain.person import Person
from scimserver.domain.visit import Visit
from scimserver.storage.session import Session


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
    raise NotImplementedError


def add(
    session: Session, actor: Actor, now: datetime, user_id: str, *, visit: Visit | None = None
) -> None:
    """Name a person; nothing happens where they are named already."""
    raise NotImplementedError


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
    raise NotImplementedError


def set_contact(
    session: Session, actor: Actor, now: datetime, email: str | None, *, visit: Visit | None = None
) -> None:
    """Set the address beside the people, or take it away with None; raise InvalidRequestError."""
    raise NotImplementedError
