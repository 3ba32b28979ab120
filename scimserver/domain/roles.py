"""Roles of people in the console, and the one table of which role grants which permission."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to the organization; RANK orders them."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    HELPDESK = "helpdesk"
    VIEWER = "viewer"
    MEMBER = "member"


# A member and a viewer rank alike: neither can raise, help or shut out anybody (P83).
RANK = {Role.MEMBER: 0, Role.VIEWER: 0, Role.HELPDESK: 1, Role.ADMINISTRATOR: 2, Role.OWNER: 3}

_SEES = frozenset(
    {
        "users view",
        "teams view",
        "connections view",
        "organization view",
        "log view",
        "notices view",
    }
)
_MANAGES = frozenset(
    {"sso edit", "domains edit", "provisioning edit", "users edit", "roles edit", "passkeys edit"}
)
_HELPS = frozenset({"users view", "teams view", "enrolment edit"})
# Owners alone: who is out of the identity provider's reach, and the organization itself.
_OWNS = frozenset({"local administrators edit", "organization edit"})

GRANTS: dict[Role, frozenset[str]] = {
    Role.OWNER: _SEES | _HELPS | _MANAGES | _OWNS,
    Role.ADMINISTRATOR: _SEES | _HELPS | _MANAGES,
    Role.HELPDESK: _HELPS,
    Role.VIEWER: _SEES,
    Role.MEMBER: frozenset(),
}

# Whose sessions are short, and who is told what happens to the organization.
ADMINISTRATIVE = frozenset({Role.OWNER, Role.ADMINISTRATOR})


def grants(role: Role, permission: str) -> bool:
    """Return whether a role has a permission, such as ``users edit``."""
    return permission in GRANTS[role]


def may_manage(actor: Role, subject: Role) -> bool:
    """Return whether someone may change or help someone else: ranks below, or owner to owner.

    Nobody manages themselves; that is for the caller to see, who knows both (P83).
    """
    if actor is Role.OWNER:
        return True
    return RANK[subject] < RANK[actor]


def may_grant(actor: Role, role: Role) -> bool:
    """Return whether someone may give a role: never their own or one above, owners apart."""
    return actor is Role.OWNER or RANK[role] < RANK[actor]
