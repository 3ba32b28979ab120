"""Asking for single sign-on, and being told what of it is missing (G4, P93).

There are no connections for single sign-on in this version, and each mode but ``off`` needs one.
So all but ``off`` is refused, with everything else that is missing besides.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from scimserver.config import Settings
from scimserver.domain.actor import Actor, Door
from scimserver.domain.check import Check
from scimserver.domain.errors import PermissionDeniedError
from scimserver.domain.roles import grants
from scimserver.domain.sso_mode import Mode
from scimserver.domain.visit import Visit
from scimserver.services import actors, audit, notices, readiness
from scimserver.storage import accounts as rows
from scimserver.storage import organizations
from scimserver.storage.session import Session

PERMISSION, SCOPE = "sso edit", "domains.write"
QUIET = timedelta(days=1)

_CONNECTION = Check(
    "sso_connection",
    ok=False,
    detail="No identity provider is configured for single sign-on.",
    action="Single sign-on cannot be configured in this version. People sign in with passkeys.",
)
# What is needed before anybody is sent to an identity provider; enforcing it needs everything.
_FOR_SOME = frozenset({"owner_set", "domain_verified"})
_REFUSED: Mapping[Mode, str] = {
    Mode.PILOT: "sso:pilot_refused",
    Mode.OPTIONAL: "sso:offer_refused",
    Mode.ENFORCED: "sso:enforce_refused",
}


def choose(
    session: Session,
    actor: Actor,
    now: datetime,
    mode: Mode,
    settings: Settings,
    *,
    visit: Visit | None = None,
) -> list[Check]:
    """Set a mode, or return what stands against it and change nothing.

    That is returned, not raised: a refusal leaves its trace, which must be committed. The caller
    raises NotReadyError afterwards.
    """
    _check(actor)
    # How few local administrators may stay depends on it: who removes one meanwhile waits.
    before = rows.lock_organization(session, actor.org_id)
    unmet = _unmet(session, actor.org_id, now, mode, settings)
    if unmet:
        _refuse(session, actor, now, mode, unmet, visit)
    elif mode != before:
        organizations.update_fields(session, actor.org_id, {"sso_mode": mode.value})
        changes = {"ssoMode": (before, mode.value)}
        audit.record(session, actor, now, "organization:update", actor.org_id, changes, visit)
    return unmet


def _unmet(
    session: Session, org_id: str, now: datetime, mode: Mode, settings: Settings
) -> list[Check]:
    if mode is Mode.OFF:
        return []
    checks = readiness.readiness(session, org_id, now, settings, has_mail=bool(settings.mail))
    needed = [check for check in checks if mode is Mode.ENFORCED or check.code in _FOR_SOME]
    return [_CONNECTION, *(check for check in needed if not check.ok)]


def _refuse(
    session: Session,
    actor: Actor,
    now: datetime,
    mode: Mode,
    unmet: list[Check],
    visit: Visit | None,
) -> None:
    """Leave a row in the audit log, and tell the administrators, once a day at the most."""
    codes = [check.code for check in unmet]
    audit.record(
        session,
        actor,
        now,
        _REFUSED[mode],
        actor.org_id,
        {"unmet": (None, codes)},
        visit,
        "not_ready",
    )
    notices.tell(
        session,
        now,
        actor.org_id,
        "sso_refused",
        administrators=True,
        facts={"mode": mode.value, "by": actors.name_of(session, actor)},
        quiet_since=now - QUIET,
        quiet_about=("mode",),
    )


def _check(actor: Actor) -> None:
    """Refuse whoever may not, by role or by scope; the operator may."""
    if actor.door is Door.CONSOLE:
        needed, may = PERMISSION, actor.role is not None and grants(actor.role, PERMISSION)
    else:
        needed, may = SCOPE, SCOPE in actor.scopes or actor.door in (Door.CLI, Door.SYSTEM)
    if not may:
        raise PermissionDeniedError(needed)
