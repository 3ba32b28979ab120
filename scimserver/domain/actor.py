"""Who acts: never without an organization, never through an unnamed door."""

from dataclasses import dataclass, field
from enum import StrEnum

from scimserver.scim.quirks import Profile

ALL_SCOPES = frozenset(
    {"scim", "scim.users.read", "scim.users.write", "scim.groups.read", "scim.groups.write"}
)


class Door(StrEnum):
    """The ways in. Every one leads to the same function."""

    SCIM = "scim"
    API = "api"
    JIT = "jit"
    CLI = "cli"
    CONSOLE = "console"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for which organization and through which door.

    ``id`` names the actor in the audit log: a connection's id, ``operator``, a job's name.
    ``connection_id`` is whose externalIds are seen and written, None for none. ``sandbox`` and
    ``require_address`` are the organization's.
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
