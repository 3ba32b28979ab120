"""Draft and Resource: what a client sent, and what may be stored.

A Draft is canonical but not judged as a whole; ``complete`` is the only way to a Resource, so
nothing unvalidated can travel further.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scimserver.scim.schema import ResourceType


@dataclass(frozen=True, slots=True)
class Draft:
    """A resource as it shall be: names in the schema's spelling, values typed, unset ones absent.

    ``attributes`` holds neither id, meta, schemas, externalId, the edge nor ``groups``; extensions
    lie under their URN. ``edges`` are the ids of all members, or None where the members are not
    part of it (then they stay). ``ignored`` names unknown attributes that were passed over (B16),
    ``quirks`` the tolerances that were used (J2.1). ``names`` maps a canonical path to the path as
    the client wrote it, where they differ.
    """

    type: ResourceType
    attributes: Mapping[str, Any]
    external_id: str | None = None
    edges: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """A validated resource. Built by ``complete`` alone."""

    type: ResourceType
    attributes: Mapping[str, Any]
    external_id: str | None = None
    edges: tuple[str, ...] | None = None

    @property
    def active(self) -> bool:
        """Whether the resource is active; types without the attribute always are (B6, B43)."""
        return self.attributes.get("active", True) is not False


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as it stands in the database.

    ``document`` is JSON text: an object with ``schemas``, ``id`` and the attributes, ready to be
    sent once meta, externalId, members and groups are spliced on. ``external_id`` is the asking
    connection's. ``version`` is the integer behind the ETag.
    """

    type: ResourceType
    id: str
    version: int
    document: str
    external_id: str | None
    active: bool
    created_at: datetime
    updated_at: datetime
