"""/VerifiedDomains: which domains an organization owns, for its identity provider to read (D38).

An experiment behind a setting, after the idea of an expired draft
(draft-zollner-scim-domain-extension-00). The shape is ours, and so is the URN.
"""

from typing import Any

import orjson

from scimserver.clock import timestamp
from scimserver.domain import domain_name
from scimserver.domain.actor import Actor
from scimserver.domain.claims import Claim
from scimserver.domain.errors import PermissionDeniedError
from scimserver.domain.permissions import EVERYTHING
from scimserver.scim.discovery import SCIM_PATH
from scimserver.scim.errors import ForbiddenError, NotFoundError
from scimserver.scim.messages import list_response
from scimserver.storage import claims
from scimserver.storage.session import Session
from scimserver.web.http import Answer
from scimserver.web.scim.request import Call

NAME = "VerifiedDomains"
SCHEMA = "urn:scimserver:schemas:experimental:VerifiedDomain"


class VerifiedDomains:
    """Lists domains; they are changed by the management API and the console alone."""

    def __init__(self, base_url: str) -> None:
        self._root = f"{base_url}{SCIM_PATH}/{NAME}"

    def read(self, call: Call, session: Session, actor: Actor, id: str = "") -> Answer:
        """GET every owned domain by name, or one by its id; they are few, so on one page."""
        if EVERYTHING not in actor.scopes:
            raise PermissionDeniedError(EVERYTHING)
        if any(name.lower() == "filter" for name, _ in call.query()):
            raise ForbiddenError("Domains cannot be filtered. Read all of them.")
        owned = [each for each in claims.every(session, actor.org_id) if each.is_owned]
        if not id:
            return Answer(200, list_response([orjson.dumps(self._shown(each)) for each in owned]))
        for each in owned:
            if each.id == id:
                return Answer(200, orjson.dumps(self._shown(each)))
        raise NotFoundError(f"There is no '{id[:200]}' in {NAME}.")

    def _shown(self, claim: Claim) -> dict[str, Any]:
        shown = {
            "schemas": [SCHEMA],
            "id": claim.id,
            "domain": claim.domain,
            "domainUnicode": domain_name.unicode_of(claim.domain),
            "method": claim.method.value,
            "meta": {
                "resourceType": "VerifiedDomain",
                "created": timestamp(claim.created_at),
                "location": f"{self._root}/{claim.id}",
            },
        }
        if claim.verified_at is not None:
            shown["verifiedAt"] = timestamp(claim.verified_at)
        return shown
