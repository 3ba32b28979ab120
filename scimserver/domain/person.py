"""A person as sign-in and the console see one: user, account and organization read together."""

from dataclasses import dataclass
from datetime import datetime

from scimserver.domain.roles import ADMINISTRATIVE, Role
from scimserver.domain.sso_mode import Mode


@dataclass(frozen=True, slots=True)
class Person:
    """One user of one organization, read afresh for each request (P63).

    ``handle`` is None, and ``role`` member, for whoever has no account yet. ``email`` is the
    primary address, else the first, else a userName that is one (U4). ``recovery_tested_at`` is
    when this person tried recovery, ``closes_at`` when the organization does, a sandbox (M24).
    """

    org_id: str
    org_slug: str
    org_name: str
    sandbox: bool
    suspended: bool
    sso_mode: str
    passkey_audience: str
    passkey_team: str | None
    user_id: str
    user_name: str
    display_name: str
    email: str | None
    active: bool
    role: Role
    local_administrator: bool
    handle: bytes | None
    recovery_tested_at: datetime | None
    require_address: bool = False
    closes_at: datetime | None = None

    @property
    def why_shut_out(self) -> str | None:
        """The code of what keeps this person from any session (P33, M22), or None."""
        if not self.active:
            return "user_deactivated"
        if self.suspended:
            return "organization_inactive"
        return "organization_sandbox" if self.sandbox else None

    @property
    def is_administrative(self) -> bool:
        """Whether sessions are short, and what happens to the organization is told (P62)."""
        return self.role in ADMINISTRATIVE or self.local_administrator

    @property
    def must_use_sso(self) -> bool:
        """Whether nothing but the identity provider lets this person in (P34, P90)."""
        return self.sso_mode == Mode.ENFORCED and not self.local_administrator
