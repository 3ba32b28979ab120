"""Organizations: made, found, changed and, on purpose only, deleted with everything they hold."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.ids import is_id, new_org_id
from scimserver.services import audit, sandboxes
from scimserver.services.access import SUSPENDED
from scimserver.storage import access, claims, connections, organizations, tokens
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session

MAX_NAME = 200
MAX_SLUG = 63
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_SLUG_ATTEMPTS = 100


def create(
    session: Session,
    now: datetime,
    *,
    name: str,
    slug: str | None = None,
    sandbox: bool = False,
    days: int | None = None,
    require_address: bool = False,
) -> Organization:
    """Make an organization; without a slug, one is formed from its name.

    A sandbox takes any address and lets nobody sign in; it stays one for good (M20, M21) and closes
    after some ``days`` (M24).
    """
    expires_at = sandboxes.end(now, days, sandbox=sandbox)
    _check_name(name)
    candidates = [slug] if slug is not None else _slugs(name)
    for candidate in candidates:
        _check_slug(candidate)
        new = Organization(
            new_org_id(), candidate, name, sandbox, require_address, now, expires_at=expires_at
        )
        if organizations.insert(session, new):
            values = {"slug": candidate, "name": name, "sandbox": sandbox}
            values["requireAddress"] = require_address
            actor = audit.operator(new)
            made: dict[str, tuple[Any, Any]] = {key: (None, value) for key, value in values.items()}
            made["expiresAt"] = sandboxes.change(None, expires_at)
            audit.record(session, actor, now, "organization:create", new.id, made)
            return new
    raise InvalidRequestError(f"slug: '{candidates[0]}' is in use. Give another one.", path="slug")


def every(session: Session) -> list[Organization]:
    """Return all organizations by slug."""
    return organizations.every(session)


def find(session: Session, reference: str) -> Organization:
    """Return an organization by slug or id, or raise UnknownResourceError."""
    found = organizations.by_slug(session, reference)
    if found is None and is_id(reference):
        found = organizations.get(session, reference)
    if found is None:
        raise UnknownResourceError("Organization", reference)
    return found


def update(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    name: str | None = None,
    require_address: bool | None = None,
    forbid_get_filters: bool | None = None,
    suspended: bool | None = None,
    days: int | None = None,
) -> Organization:
    """Change an organization; what is None stays. A sandbox closes so many ``days`` from now.

    Suspending ends every session in the same transaction (P64). Provisioning goes on: whoever is
    turned off at the identity provider must be turned off here as well.
    """
    before = find(session, actor.org_id)
    if name is not None:
        _check_name(name)
    name = before.name if name is None else name
    required = before.require_address if require_address is None else require_address
    forbidden = before.forbid_get_filters if forbid_get_filters is None else forbid_get_filters
    stopped = before.suspended if suspended is None else suspended
    expires_at = before.expires_at
    if days is not None:
        expires_at = sandboxes.end(now, days, sandbox=before.sandbox)
    values = {
        "name": name,
        "require_address": required,
        "forbid_get_filters": forbidden,
        "suspended": stopped,
        "expires_at": expires_at,
    }
    organizations.update_fields(session, actor.org_id, values)
    changes: dict[str, tuple[Any, Any]] = {
        "name": (before.name, name),
        "requireAddress": (before.require_address, required),
        "forbidGetFilters": (before.forbid_get_filters, forbidden),
        "suspended": (before.suspended, stopped),
        "expiresAt": sandboxes.change(before.expires_at, expires_at),
    }
    if stopped and not before.suspended:
        ended = access.end_organization(session, actor.org_id, now, SUSPENDED)
        changes["sessions"] = (ended, 0)
    audit.record(session, actor, now, "organization:update", before.id, changes)
    return find(session, actor.org_id)


def delete(
    session: Session, actor: Actor, *, confirm: str, erase_resources: Callable[[str], None]
) -> None:
    """Remove an organization and everything it holds, its audit log included.

    ``confirm`` must be its slug. ``erase_resources`` is the door's own: nobody else may remove a
    resource.
    """
    found = find(session, actor.org_id)
    if confirm != found.slug:
        raise InvalidRequestError(
            f"To delete this organization with all its users, confirm with its slug, "
            f"'{found.slug}'.",
            path="confirm",
        )
    access.erase(session, found.id)
    erase_resources(found.id)
    tokens.erase(session, found.id)
    connections.erase(session, found.id)
    claims.erase(session, found.id)
    organizations.erase(session, found.id)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidRequestError(
            f"name: give a printable name of 1 to {MAX_NAME} characters.", path="name"
        )


def _check_slug(slug: str) -> None:
    # A slug that reads as an id would hide the organization with that id.
    if len(slug) > MAX_SLUG or not _SLUG.fullmatch(slug) or is_id(slug):
        raise InvalidRequestError(
            f"slug: use lower-case letters, digits and inner hyphens, at most {MAX_SLUG}.",
            path="slug",
        )


def _slugs(name: str) -> list[str]:
    """Return slugs to try for a name, the plain one first."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: MAX_SLUG - 4].strip("-")
    stem = stem or "organization"
    return [stem, *(f"{stem}-{number}" for number in range(2, _SLUG_ATTEMPTS))]
