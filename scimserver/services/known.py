"""What was read for one command and holds for the next ones of its transaction."""

from collections.abc import Collection

from scimserver.domain.policies import Quotas
from scimserver.services.quotas import Headroom
from scimserver.storage import claims
from scimserver.storage.session import Session


class Known:
    """Which domains are owned, and how much room is left; read when it is asked for."""

    def __init__(self, session: Session, quotas: Quotas) -> None:
        self.headroom = Headroom(session, quotas)
        self._session = session
        self._domains: dict[str, bool] = {}

    def owned(self, org_id: str, needed: Collection[str]) -> frozenset[str]:
        """Return which of the domains the organization owns, grace included."""
        domains = self._domains
        if asked := [domain for domain in needed if domain not in domains]:
            found = claims.owned(self._session, org_id, asked)
            domains.update((domain, domain in found) for domain in asked)
        return frozenset(domain for domain in needed if domains[domain])
