"""Who may do what: which door asks for which scope (I6)."""

from scimserver.domain.actor import SCIM_SCOPES, Actor, Door
from scimserver.domain.commands import Patch, Plan, Replace
from scimserver.domain.errors import BoundTokenError, PermissionDeniedError
from scimserver.domain.roles import grants
from scimserver.scim.schema import ResourceType

EVERYTHING = "scim"
# Behind these doors stands the operator, or this program itself, after its own checks.
TRUSTED = frozenset({Door.CLI, Door.SYSTEM, Door.JIT})
_PEOPLE = "User"
_DOMAINS_IN_CONSOLE = {"read": "organization view", "write": "domains edit"}


def check(actor: Actor, plan: Plan) -> None:
    """Raise PermissionDeniedError unless the actor may write resources of the plan's type.

    One that is bound to a user may change that user, and neither make nor delete anybody (H2).
    """
    if actor.bound_to is not None:
        is_change = isinstance(plan.command, Replace | Patch)
        _check_own(actor, plan.type, plan.id if is_change else "")
    _check(actor, plan.type, "write")


def check_read(actor: Actor, kind: ResourceType, id: str = "") -> None:
    """Raise PermissionDeniedError unless the actor may read resources of this type.

    One that is bound to a user may read that user, and search nothing (H2).
    """
    if actor.bound_to is not None:
        _check_own(actor, kind, id)
    _check(actor, kind, "read")


def scope_of(kind: ResourceType, verb: str) -> str:
    """Return the scope for a verb on a type: ``scim.users.read``.

    Types without a scope of their own need the one for everything.
    """
    scope = f"scim.{kind.endpoint.strip('/').lower()}.{verb}"
    return scope if scope in SCIM_SCOPES else EVERYTHING


def check_scim(scopes: frozenset[str]) -> None:
    """Raise PermissionDeniedError for a credential that was made for another door than SCIM's."""
    if scopes.isdisjoint(SCIM_SCOPES):
        raise PermissionDeniedError(EVERYTHING)


def within(own: frozenset[str], allowed: frozenset[str]) -> frozenset[str]:
    """Return what a token with its own scopes may do where its connection has these.

    ``scim`` stands for every scope of SCIM, on either side, and for no other.
    """
    found = own & allowed
    if EVERYTHING in allowed:
        found |= own & SCIM_SCOPES
    if EVERYTHING in own:
        found |= allowed & SCIM_SCOPES
    return found


def check_domains(actor: Actor, verb: str) -> None:
    """Raise PermissionDeniedError unless the actor may read or write claims of domains (D2).

    People in the console may as their role grants it, credentials by a scope of its own.
    """
    if actor.door in TRUSTED:
        return
    if actor.door is Door.CONSOLE:
        needed = _DOMAINS_IN_CONSOLE[verb]
        may = actor.role is not None and grants(actor.role, needed)
    else:
        needed = f"domains.{verb}"
        may = needed in actor.scopes
    if not may:
        raise PermissionDeniedError(needed)


def _check_own(actor: Actor, kind: ResourceType, id: str) -> None:
    if kind.name != _PEOPLE or id != actor.bound_to:
        raise BoundTokenError


def _check(actor: Actor, kind: ResourceType, verb: str) -> None:
    needed = scope_of(kind, verb)
    if actor.door not in TRUSTED and actor.scopes.isdisjoint({needed, EVERYTHING}):
        raise PermissionDeniedError(needed)
