"""Users as a row of a list shows them."""

from dataclasses import dataclass
from datetime import datetime

from scimserver.scim.resource import Stored, parse


@dataclass(frozen=True, slots=True)
class Listed:
    """One user of a list."""

    id: str
    name: str
    user_name: str
    email: str
    active: bool
    updated_at: datetime


def listed(stored: Stored) -> Listed:
    """Return a stored user as a row of a list."""
    held = parse(stored.type, stored.document)
    emails = [each for each in held.get("emails") or [] if each.get("value")]
    first = next((each for each in emails if each.get("primary")), emails[0] if emails else {})
    user_name = held.get("userName", "")
    return Listed(
        id=stored.id,
        name=held.get("displayName") or _name(held.get("name") or {}) or user_name,
        user_name=user_name,
        email=first.get("value", ""),
        active=stored.active,
        updated_at=stored.updated_at,
    )


def _name(parts: dict[str, str]) -> str:
    whole = f"{parts.get('givenName', '')} {parts.get('familyName', '')}".strip()
    return parts.get("formatted") or whole
