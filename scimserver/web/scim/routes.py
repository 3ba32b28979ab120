"""Which view answers which path and method; names of endpoints match in any case (A20)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scimserver.ids import is_id
from scimserver.scim.errors import MethodNotAllowedError, NotFoundError, UnsupportedError
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import Registry
from scimserver.scim.schema import ResourceType
from scimserver.storage.reader import Ahead
from scimserver.web.http import Answer
from scimserver.web.scim import verified_domains
from scimserver.web.scim.discovery import Discovery
from scimserver.web.scim.verified_domains import VerifiedDomains
from scimserver.web.scim.views import Views

_UNKNOWN = "There is no such endpoint."


@dataclass(frozen=True, slots=True)
class Route:
    """One path: its template, for metrics, and its views by method.

    ``reads`` are given a session in autocommit, ``writes`` open a transaction of their own.
    """

    template: str
    reads: Mapping[str, Callable[..., Answer]]
    writes: Mapping[str, Callable[..., Answer]]
    arguments: tuple[Any, ...] = ()
    type_name: str | None = None

    def check(self, method: str) -> None:
        """Refuse a method this path does not have (A15)."""
        if method not in self.reads and method not in self.writes:
            allowed = [*self.reads, *self.writes]
            if "GET" in self.reads:
                allowed.insert(1, "HEAD")
            raise MethodNotAllowedError(
                f"{method[:20]} is not allowed here. Use {', '.join(allowed)}.",
                allow=tuple(allowed),
            )


class Router:
    """Finds the route of a path."""

    def __init__(
        self, views: Views, discovery: Discovery, domains: VerifiedDomains | None = None
    ) -> None:
        self._views = views
        self._discovery: dict[str, Callable[..., Answer]] = {
            "ServiceProviderConfig": discovery.service_provider_config,
            "ResourceTypes": discovery.resource_types,
            "Schemas": discovery.schemas,
        }
        if domains is not None:
            self._discovery[verified_domains.NAME] = domains.read
        self._item_writes = {"PUT": views.replace, "PATCH": views.patch, "DELETE": views.delete}
        fixed = (*self._discovery, "Bulk", "Me", ".search")
        self._fixed = {name.lower(): name for name in fixed}

    def find(self, segments: Sequence[str], profile: Profile, registry: Registry) -> Route:
        """Return the route of a path, or raise NotFoundError; /Me is not for machines (H1)."""
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
        elif name == "Me":
            raise UnsupportedError("/Me is for people; this credential is a machine's.")
        elif not rest and name == "Bulk":
            return Route("/Bulk", {}, {"POST": self._views.bulk})
        elif not rest:
            found = (_all(registry),)
            return Route("/.search", {"POST": self._views.search_in_body}, {}, found)
        raise NotFoundError(_UNKNOWN)


def _all(registry: Registry) -> tuple[ResourceType, ...]:
    return tuple(registry.types.values())
