"""Who acts: never without an organization, never through an unnamed door."""

from dataclasses import dataclass, field
from enum import StrEnum

from scimserver.domain.roles import Role
from scimserver.scim.quirks import Profile

SCIM_SCOPES = frozenset(
    {"scim", "scim.users.read", "scim.users.write", "scim.groups.read", "scim.groups.write"}
)
# Of the management API. The scope for everything is everything in SCIM: it opens none of this.
API_SCOPES = frozenset({"domains.read", "domains.write", "provisioning.read", "provisioning.write"})
ALL_SCOPES = SCIM_SCOPES | API_SCOPES


class Door(StrEnum):
    """The ways in. Every one leads to the same function."""

    SCIM = "scim"
    API = "api"
    JIT = "jit"
    CLI = "cli"
    CONSOLE = "console"
    SYSTEM = "system"


class Reach(StrEnum):
    """Whose accounts an actor may change, as far as local administrators go (P91, P92)."""

    PROVISIONED = "everyone but local administrators"
    PROTECTED = "local administrators as well, as long as enough of them stay"
    FORCED = "everyone, the last local administrator included"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for which organization and through which door.

    ``id`` names the actor in the audit log: a connection's id, ``operator``, a job's name.
    ``connection_id`` is whose externalIds are seen and written, None for none. ``sandbox`` and
    ``require_address`` are the organization's. ``role`` is a person's in the console, None for a
    credential and for this program. ``reach`` goes beyond provisioning for owners and for what the
    operator types alone: a credential, a file and an identity provider's word never have it.
    ``paused`` says that its connection pauses after too many refusals (G12).
    ``bound_to`` is the user whom a credential is bound to, who reaches nobody else (H2).
    """

    org_id: str
    door: Door
    id: str
    connection_id: str | None = None
    token_id: str | None = None
    scopes: frozenset[str] = frozenset({"scim"})
    profile: Profile = field(default_factory=Profile)
    sandbox: bool = False
    require_address: bool = False
    request_id: str = ""
    user_agent: str = ""
    role: Role | None = None
    reach: Reach = Reach.PROVISIONED
    paused: bool = False
    bound_to: str | None = None
