"""Single sign-on over the API: what an organization lacks for it, and its mode (G3, G4)."""

from flask import Response

from scimserver.domain.check import Check
from scimserver.domain.errors import NotReadyError
from scimserver.services import readiness, sso_modes
from scimserver.storage.session import Session
from scimserver.web.api.answers import item
from scimserver.web.api.problems import shown
from scimserver.web.api.shapes import InOrganization, SsoMode
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

        def work(session: Session) -> list[Check]:
            return readiness.readiness(
                session, path.organization_id, caller.now, settings, has_mail=bool(settings.mail)
            )

        return item({"checks": shown(self._services.read(work))})

    def set_sso_mode(self, caller: Caller, path: InOrganization, body: SsoMode) -> Response:  # noqa: ARG002  # The actor says it, too.
        """Ask for a mode of single sign-on.

        Needs the scope `domains.write`. 409 `not_ready` names in `checks` each condition that is
        not met. One of them cannot be met in this version, which has no single sign-on:
        `sso_connection`. So every mode but `off` is refused.
        """

        def work(session: Session) -> list[Check]:
            return sso_modes.choose(
                session,
                caller.actor,
                caller.now,
                body.mode,
                self._services.settings,
                visit=caller.visit,
            )

        unmet = self._services.write(work)
        if unmet:
            raise NotReadyError(body.mode, unmet)
        return item({"mode": body.mode.value})
