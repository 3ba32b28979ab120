"""Who acts, as the people of the organization know them."""

from scimserver.domain.actor import Actor
from scimserver.services import accounts
from scimserver.storage import connections
from scimserver.storage.session import Session


def name_of(session: Session, actor: Actor) -> str:
    """Return what a notice calls whoever does something."""
    person = accounts.person(session, actor.org_id, actor.id.removeprefix("user:"))
    if person is not None:
        return person.display_name
    if actor.connection_id is not None:
        found = connections.get(session, actor.org_id, actor.connection_id)
        return f"the connection '{found.name}'" if found is not None else "a connection"
    return "the operator at the command line"
