"""/Me, for whoever comes with a token bound to a user (H2, RFC 7644 §3.11)."""

from collections.abc import Sequence
from typing import Any

from scimserver.domain.errors import BoundTokenError
from scimserver.scim.errors import NotFoundError, UnsupportedError
from scimserver.scim.registry import Registry
from scimserver.services.tokens import Credential
from scimserver.storage.accounts import USER
from scimserver.web.http import Answer
from scimserver.web.scim.present import Presenter
from scimserver.web.scim.route import Route
from scimserver.web.scim.views import Views

NAME = "Me"
_TEMPLATE = f"/{NAME}"
_NEITHER = frozenset({"POST", "DELETE"})


class Me:
    """The routes of one user: the alias, and under ``me=redirect`` what it leads to."""

    def __init__(self, views: Views, presenter: Presenter) -> None:
        self._reads = {"GET": views.get}
        self._writes = {"PUT": views.replace, "PATCH": views.patch}
        self._presenter = presenter

    def alias(self, rest: Sequence[str], credential: Credential, registry: Registry) -> Route:
        """Return the route of /Me as the connection has it, or refuse what lies below it."""
        kind, id = registry.types.get(USER), str(credential.user_id)
        mode = credential.profile.me
        if mode == "off" or kind is None:
            raise UnsupportedError("/Me is off for this connection.")
        if rest:
            raise NotFoundError("There is nothing below /Me.")
        location = self._presenter.address(kind, id)
        if mode == "redirect":
            away = dict.fromkeys(self._writes, _redirect)
            return Route(_TEMPLATE, {"GET": _redirect}, away, (), USER, location, _NEITHER)
        return Route(_TEMPLATE, self._reads, self._writes, (kind, id), USER, location, _NEITHER)

    def permanent(
        self, segments: Sequence[str], credential: Credential, registry: Registry
    ) -> Route:
        """Return the route of the user's own address where /Me leads there; refuse any other."""
        kind = registry.types.get(USER)
        if credential.profile.me != "redirect" or kind is None or len(segments) != 2:
            raise BoundTokenError
        first, id = segments
        exact = credential.profile.endpoint_case == "exact"
        endpoint, named = kind.endpoint.lower(), f"/{first}".lower()
        if named != endpoint or (exact and f"/{first}" != kind.endpoint):
            raise BoundTokenError
        if id != credential.user_id:
            raise BoundTokenError
        return Route(
            f"{kind.endpoint}/{{id}}",
            self._reads,
            self._writes,
            (kind, id),
            USER,
            forbidden=frozenset({"DELETE"}),
        )


def _redirect(*_asked: Any) -> Answer:
    """Answer 308; the surface says where to. It holds for one token, so nobody may keep it."""
    return Answer(308, headers=[("Cache-Control", "no-store")])
