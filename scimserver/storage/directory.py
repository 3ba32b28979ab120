"""Which organization something belongs to that an operator names by its id alone.

No index leads from these ids to their organization: requests find it by the digest of a token. The
tables are small and the caller is a person.
"""

from sqlalchemy import Column, select

from scimserver.ids import is_id
from scimserver.storage.models import connection, token
from scimserver.storage.session import Session


def organization_of_connection(session: Session, id: str) -> str | None:
    """Return the id of the organization that has a connection."""
    return _organization(session, connection.c.org_id, connection.c.id, id)


def organization_of_token(session: Session, id: str) -> str | None:
    """Return the id of the organization that has a token."""
    return _organization(session, token.c.org_id, token.c.id, id)


def _organization(session: Session, org_id: Column[str], key: Column[str], id: str) -> str | None:
    if not is_id(id):
        return None
    row = session.execute(select(org_id).where(key == id)).first()
    return row[0] if row else None
