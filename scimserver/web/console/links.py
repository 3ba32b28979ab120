"""Where things are on the console, and where a condition that is not met is put right."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from scimserver.ids import is_id


class Link(NamedTuple):
    """An address, what its button says, and the permission its page asks for."""

    href: str
    label: str
    needs: str = "organization view"


ORGANIZATION = "/console/organization"
SSO = f"{ORGANIZATION}/sso"
OWNERS = f"{SSO}/owners"
ERROR_POLICY = f"{ORGANIZATION}/errors"
ERRORS = "/console/log/errors"
CONNECTIONS = "/console/connections"


def domain_page(claim_id: str) -> str:
    """Return the address of a domain's page."""
    return f"{SSO}/domains/{claim_id}"


def connection_page(connection_id: str) -> str:
    """Return the address of a connection's page."""
    return f"{CONNECTIONS}/{connection_id}"


def error_page(error_id: str) -> str:
    """Return the address of the page of a cause of refusals."""
    return f"{ERRORS}/{error_id}"


def notice_page(code: str, facts: Mapping[str, Any]) -> Link | None:
    """Return where what a notice tells of is put right; None where it leads nowhere."""
    connection = str(facts.get("connection_id"))
    match code:
        case "provisioning_refused" if is_id(connection):
            return Link(f"{ERRORS}?connection={connection}", "Open the errors", "log view")
        case "provisioning_refused" | "provisioning_digest":
            return Link(ERRORS, "Open the errors", "log view")
        case "provisioning_paused" if is_id(connection):
            return Link(connection_page(connection), "Open the connection", "connections view")
    return None


ACTIONS: Mapping[str, Link] = {
    "owner_set": Link(OWNERS, "Name identity owners", "sso edit"),
    "domain_verified": Link(f"{SSO}#domains", "See the domains"),
    "authoritative_domain": Link(f"{SSO}#domains", "See the domains"),
    "error_policy_set": Link(ERROR_POLICY, "Decide about errors", "provisioning edit"),
    "local_admins": Link("/console/organization/administrators", "Open the administrators"),
    "recovery_tested": Link("/console/recovery-test", "Test recovery", "sso edit"),
}
"""Where a condition of readiness is met, by the code of its check."""
