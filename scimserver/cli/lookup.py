"""What ORG, CONNECTION and TOKEN_ID mean, and the operator who acts on it."""

from dataclasses import replace

from scimserver.domain.actor import Actor, Reach
from scimserver.domain.errors import UnknownResourceError
from scimserver.scim import quirks
from scimserver.services import audit, connections, organizations
from scimserver.storage import directory
from scimserver.storage.session import Session


def of_organization(session: Session, reference: str) -> Actor:
    """Return the operator acting for an organization, named by its id or slug."""
    return audit.operator(organizations.find(session, reference))


def of_operator(session: Session, reference: str, *, force: bool = False) -> Actor:
    """Return the operator as one who reaches local administrators, by ``force`` even the last."""
    reach = Reach.FORCED if force else Reach.PROTECTED
    return replace(of_organization(session, reference), reach=reach)


def of_connection(session: Session, connection_id: str) -> Actor:
    """Return the operator acting for the organization that has a connection."""
    org_id = directory.organization_of_connection(session, connection_id)
    if org_id is None:
        raise UnknownResourceError("Connection", connection_id)
    return of_organization(session, org_id)


def of_token(session: Session, token_id: str) -> Actor:
    """Return the operator acting for the organization that has a token."""
    org_id = directory.organization_of_token(session, token_id)
    if org_id is None:
        raise UnknownResourceError("Token", token_id)
    return of_organization(session, org_id)


def through_connection(session: Session, reference: str, connection_id: str | None) -> Actor:
    """Return the operator acting for an organization, with the externalIds of one connection.

    Without a name it is the only connection there is; with none or several, it is nobody's.
    """
    actor = of_organization(session, reference)
    found = connections.every(session, actor)
    if connection_id is not None:
        found = [connections.find(session, actor, connection_id)]
    if len(found) != 1:
        return actor
    profile = quirks.load(found[0].profile, found[0].switches)
    return replace(actor, connection_id=found[0].id, profile=profile)
