"""Who may do what: which door asks for which scope (I6)."""

from scimserver.domain.actor import ALL_SCOPES, Actor, Door
from scimserver.domain.commands import Plan
from scimserver.domain.errors import PermissionDeniedError
from scimserver.scim.schema import ResourceType

EVERYTHING = "scim"
# Behind these doors stands the operator, or this program itself, after its own checks.
TRUSTED = frozenset({Door.CLI, Door.SYSTEM, Door.JIT})


def check(actor: Actor, plan: Plan) -> None:
    """Raise PermissionDeniedError unless the actor may write resources of the plan's type."""
    _check(actor, plan.type, "write")


def check_read(actor: Actor, kind: ResourceType) -> None:
    """Raise PermissionDeniedError unless the actor may read resources of this type."""
    _check(actor, kind, "read")


def scope_of(kind: ResourceType, verb: str) -> str:
    """Return the scope for a verb on a type: ``scim.users.read``.

    Types without a scope of their own need the one for everything.
    """
    scope = f"scim.{kind.endpoint.strip('/').lower()}.{verb}"
    return scope if scope in ALL_SCOPES else EVERYTHING


def _check(actor: Actor, kind: ResourceType, verb: str) -> None:
    needed = scope_of(kind, verb)
    if actor.door not in TRUSTED and actor.scopes.isdisjoint({needed, EVERYTHING}):
        raise PermissionDeniedError(needed)
