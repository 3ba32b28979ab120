"""Which view answers which path and method; names of endpoints match in any case (A20)."""

from collections.abc import Sequence

from scimserver.ids import is_id
from scimserver.scim.errors import NotFoundError, UnsupportedError
from scimserver.scim.registry import Registry
from scimserver.scim.schema import ResourceType
from scimserver.services.tokens import Credential
from scimserver.storage.reader import Ahead
from scimserver.web.scim import me, verified_domains
from scimserver.web.scim.discovery import Discovery
from scimserver.web.scim.me import Me
from scimserver.web.scim.route import Route, View
from scimserver.web.scim.verified_domains import VerifiedDomains
from scimserver.web.scim.views import Views

_UNKNOWN = "There is no such endpoint."


class Router:
    """Finds the route of a path."""

    def __init__(
        self,
        views: Views,
        discovery: Discovery,
        users: Me,
        domains: VerifiedDomains | None = None,
    ) -> None:
        self._views = views
        self._me = users
        self._discovery: dict[str, View] = {
            "ServiceProviderConfig": discovery.service_provider_config,
            "ResourceTypes": discovery.resource_types,
            "Schemas": discovery.schemas,
        }
        self._for_users = {name.lower(): name for name in (*self._discovery, me.NAME)}
        if domains is not None:
            self._discovery[verified_domains.NAME] = domains.read
        self._item_writes = {"PUT": views.replace, "PATCH": views.patch, "DELETE": views.delete}
        fixed = (*self._discovery, "Bulk", me.NAME, ".search")
        self._fixed = {name.lower(): name for name in fixed}

    def find(self, segments: Sequence[str], credential: Credential, registry: Registry) -> Route:
        """Return the route of a path, or raise NotFoundError; /Me is not for machines (H1)."""
        if credential.user_id is not None:
            return self._of_user(segments, credential, registry)
        profile = credential.profile
        if not segments:
            return Route("/", {"GET": self._views.search_in_url}, {}, (_all(registry),))
        first = segments[0]
        kind = registry.by_endpoint.get(first.lower())
        if kind is not None and (profile.endpoint_case == "any" or kind.endpoint == f"/{first}"):
            return self._of_type(kind, segments[1:])
        name = self._fixed.get(first.lower())
        if name is None or (profile.endpoint_case == "exact" and name != first):
            raise NotFoundError(_UNKNOWN)
        return self._of_name(name, segments[1:], registry)

    def ahead(self, segments: Sequence[str], registry: Registry) -> Ahead | None:
        """Return the resource a GET of this path will ask for, before anyone is let in."""
        if len(segments) != 2 or not is_id(segments[1]):
            return None
        kind = registry.by_endpoint.get(segments[0].lower())
        return None if kind is None else Ahead(kind, segments[1])

    def _of_user(
        self, segments: Sequence[str], credential: Credential, registry: Registry
    ) -> Route:
        """Return one of the few routes of a user, or refuse whatever else there is or is not."""
        first, rest = segments[0] if segments else "", segments[1:]
        name = self._for_users.get(first.lower())
        if name is None or (credential.profile.endpoint_case == "exact" and name != first):
            return self._me.permanent(segments, credential, registry)
        if name == me.NAME:
            return self._me.alias(rest, credential, registry)
        return self._of_name(name, rest, registry)

    def _of_type(self, kind: ResourceType, rest: Sequence[str]) -> Route:
        views, name = self._views, kind.endpoint
        match rest:
            case []:
                return Route(
                    name, {"GET": views.search_one_type}, {"POST": views.create}, (kind,), kind.name
                )
            case [".search"]:
                return Route(f"{name}/.search", {"POST": views.search_in_body}, {}, ((kind,),))
            case [id]:
                return Route(
                    f"{name}/{{id}}", {"GET": views.get}, self._item_writes, (kind, id), kind.name
                )
        raise NotFoundError(_UNKNOWN)

    def _of_name(self, name: str, rest: Sequence[str], registry: Registry) -> Route:
        if name in self._discovery:
            shape = len(rest) <= (0 if name == "ServiceProviderConfig" else 1)
            if shape:
                template = f"/{name}/{{id}}" if rest else f"/{name}"
                return Route(template, {"GET": self._discovery[name]}, {}, tuple(rest))
        elif name == me.NAME:
            raise UnsupportedError("/Me is for people; this credential is a machine's.")
        elif not rest and name == "Bulk":
            return Route("/Bulk", {}, {"POST": self._views.bulk})
        elif not rest:
            found = (_all(registry),)
            return Route("/.search", {"POST": self._views.search_in_body}, {}, found)
        raise NotFoundError(_UNKNOWN)


def _all(registry: Registry) -> tuple[ResourceType, ...]:
    return tuple(registry.types.values())
