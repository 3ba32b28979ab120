"""Readiness over the API: what an organization still needs before it can enforce SSO (G3)."""

from flask import Response

from scimserver.services import readiness
from scimserver.storage.session import Session
from scimserver.web.api.answers import item
from scimserver.web.api.shapes import InOrganization
from scimserver.web.api.surface import Caller
from scimserver.web.http import Services


class ReadinessView:
    """Answers for one organization."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def get_readiness(self, caller: Caller, path: InOrganization) -> Response:
        """Tell what the organization needs before single sign-on can be enforced.

        Needs the scope `domains.read`. Checks that are not met say what to do.
        """
        settings = self._services.settings

        def work(session: Session) -> list[readiness.Check]:
            return readiness.readiness(
                session, path.organization_id, caller.now, settings, has_mail=bool(settings.mail)
            )

        checks = self._services.read(work)
        return item(
            {
                "checks": [
                    {"code": e.code, "ok": e.ok, "detail": e.detail, "action": e.action}
                    for e in checks
                ]
            }
        )
