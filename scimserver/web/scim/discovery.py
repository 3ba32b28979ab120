"""The discovery endpoints over HTTP: rendered once a kind of connection, tagged by content (A)."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from scimserver.config import Settings
from scimserver.domain.actor import Actor
from scimserver.scim import discovery
from scimserver.scim.errors import ForbiddenError, NotFoundError
from scimserver.scim.messages import list_response
from scimserver.scim.quirks import Profile, conforms
from scimserver.scim.registry import Registry
from scimserver.storage.session import Session
from scimserver.web.http import Answer
from scimserver.web.scim.request import Call


class Discovery:
    """What this server is, which types it has, and their schemas as a connection has them.

    ``documentation`` is the address of a guide for clients, if there is one.
    """

    def __init__(self, settings: Settings, documentation: str) -> None:
        self._settings = settings
        self._documentation = documentation
        self._rendered: dict[tuple[Registry, str, str, bool, bool, bool], bytes] = {}

    def is_public(self, segments: Sequence[str], method: str) -> bool:
        """Return whether a request is answered without a token (A16)."""
        return (
            method == "GET"
            and len(segments) == 1
            and segments[0].lower() == "serviceproviderconfig"
        )

    def public(self, call: Call) -> Answer:
        """GET ServiceProviderConfig without a token: nothing about any organization."""
        return self._answer(call, "ServiceProviderConfig", "", Profile())

    def service_provider_config(self, call: Call, _session: Session, actor: Actor) -> Answer:
        """GET ServiceProviderConfig (A1)."""
        return self._answer(call, "ServiceProviderConfig", "", actor.profile)

    def resource_types(self, call: Call, _session: Session, actor: Actor, id: str = "") -> Answer:
        """GET all resource types, or one (A12)."""
        return self._answer(call, "ResourceTypes", id, actor.profile)

    def schemas(self, call: Call, _session: Session, actor: Actor, urn: str = "") -> Answer:
        """GET all schemas, or one by its URN in any case (A5, A7)."""
        return self._answer(call, "Schemas", urn.lower(), actor.profile)

    def _answer(self, call: Call, what: str, id: str, profile: Profile) -> Answer:
        if any(name.lower() == "filter" for name, _ in call.query()):
            raise ForbiddenError("Discovery cannot be filtered. Read all of it.")
        body = self._body(call.registry, what, id, profile)
        if body is None:
            raise NotFoundError(f"There is no '{id[:200]}' in {what}.")
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = [("ETag", tag)]
        asked = call.environ.get("HTTP_IF_NONE_MATCH", "")
        if tag in asked or asked.strip() == "*":
            return Answer(304, headers=headers)
        return Answer(200, body, headers)

    def _body(self, registry: Registry, what: str, id: str, profile: Profile) -> bytes | None:
        # What differs between connections is a matter of what their organization sees and of three
        # switches; unknown ids are not kept, or a client could fill the memory with them.
        has_me = profile.me != "off"
        key = (registry, what, id, profile.unique_group_names, conforms(profile), has_me)
        if key not in self._rendered:
            body = self._render(registry, what, id, profile)
            if body is None:
                return None
            self._rendered[key] = body
        return self._rendered[key]

    def _render(self, registry: Registry, what: str, id: str, profile: Profile) -> bytes | None:
        base = self._settings.base_url
        found: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
        if what == "ServiceProviderConfig":
            found = self._config(profile)
        elif what == "ResourceTypes":
            one = discovery.resource_type
            found = one(registry, base, id) if id else discovery.resource_types(registry, base)
        elif id:
            found = discovery.schema(registry, base, profile, id)
        else:
            found = discovery.schemas(registry, base, profile)
        if found is None or isinstance(found, Mapping):
            return None if found is None else orjson.dumps(found)
        return list_response([orjson.dumps(each) for each in found])

    def _config(self, profile: Profile) -> dict[str, Any]:
        """Return ServiceProviderConfig with the limits the operator set (A4)."""
        settings = self._settings
        config = discovery.service_provider_config(
            settings.base_url,
            max_operations=settings.bulk_max_operations,
            max_payload_size=settings.max_body_bytes,
            documentation_uri=self._documentation,
            interop=conforms(profile),
            me=profile.me != "off",
        )
        config["filter"]["maxResults"] = settings.max_results
        config["pagination"] |= {
            "defaultPageSize": settings.default_results,
            "maxPageSize": settings.max_results,
            "cursorTimeout": settings.cursor_timeout_seconds,
        }
        return config
