"""Causes of refusals over the API: listed, shown, acknowledged, opened again (G11)."""

from flask import Response

from scimserver.domain.provisioning_error import State
from scimserver.services import error_object, provisioning_errors
from scimserver.storage.provisioning_errors import ProvisioningError
from scimserver.storage.session import Session
from scimserver.web.api.answers import item
from scimserver.web.api.shapes import ErrorPage, InOrganization, OfError
from scimserver.web.api.surface import Caller
from scimserver.web.http import Services


class ProvisioningErrorViews:
    """Answers for the causes of refusals of one organization."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def list_provisioning_errors(
        self,
        caller: Caller,  # noqa: ARG002  # The organization is the token's.
        path: InOrganization,
        query: ErrorPage,
    ) -> Response:
        """List what was refused, once for each cause, the latest first.

        Needs the scope `provisioning.read`. A cause is resolved by itself when the same resource
        succeeds. A cause that is refused again while pages are read moves to the front.
        """

        def work(session: Session) -> list[ProvisioningError]:
            return provisioning_errors.page(
                session,
                path.organization_id,
                state=State(query.state) if query.state is not None else None,
                connection_id=query.connection,
                before=query.cursor or "",
                limit=query.limit + 1,
            )

        found = self._services.read(work)
        kept = found[: query.limit]
        more = len(found) > len(kept)
        return item(
            {
                "items": [error_object.shown(each) for each in kept],
                "next": provisioning_errors.place(kept[-1]) if more else None,
            }
        )

    def get_provisioning_error(self, caller: Caller, path: OfError) -> Response:  # noqa: ARG002  # The organization is the token's.
        """Show why something was refused, how often, and what to do about it.

        Needs the scope `provisioning.read`.
        """

        def work(session: Session) -> ProvisioningError:
            return provisioning_errors.find(session, path.organization_id, path.id)

        return item(error_object.shown(self._services.read(work)))

    def acknowledge_provisioning_error(self, caller: Caller, path: OfError) -> Response:
        """Say that somebody sees to it, so that nobody is told of it again while it lasts.

        Needs the scope `provisioning.write`. What is resolved is refused.
        """

        def work(session: Session) -> ProvisioningError:
            return provisioning_errors.acknowledge(session, caller.actor, caller.now, path.id)

        return item(error_object.shown(self._services.write(work)))

    def reopen_provisioning_error(self, caller: Caller, path: OfError) -> Response:
        """Say that nobody sees to it any more.

        Needs the scope `provisioning.write`.
        """

        def work(session: Session) -> ProvisioningError:
            return provisioning_errors.reopen(session, caller.actor, caller.now, path.id)

        return item(error_object.shown(self._services.write(work)))
